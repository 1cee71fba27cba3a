// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/rig.hpp"

#include <algorithm>

#include "agent/journal/own_events.hpp"
#include "agent/journal/position.hpp"

namespace tillpost::test {
namespace {

constexpr int most_slices = 100;

bool same(const EpochSummary& a, const EpochSummary& b) {
    return a.epoch == b.epoch && a.first == b.first && a.last == b.last && a.before == b.before && a.head == b.head &&
           a.confirmed == b.confirmed;
}

std::string file_aside(const JournalSettings& settings) { return settings.path + ".damaged-1"; }

}  // namespace

Rig::~Rig() = default;

void Rig::stop(const Error& error) {
    stopped_ = error;
    store_.reset();
}

void Rig::open() {
    if (stopped_) return;
    store_.reset();
    auto opened = open_store(disk_, settings_, clock_);
    if (!opened) return stop(opened.error());
    store_ = std::move(*opened);
    written_ = store_->live().confirmed;
    history_.confirmed(now(), written_);  // what central said and was not written is forgotten
}

void Rig::close() {
    store_.reset();
    damaged_.reset();
}

std::string Rig::line_at(Sequence sequence) {
    if (idle() || sequence < store_->live().first) return {};
    const auto lines = store_->read({sequence, sequence}, 1);
    if (lines && !lines->empty()) return std::string(lines->line(0));
    stop(lines ? Error{Errc::corrupt, "an acknowledged event is not there"} : lines.error());
    return {};
}

/// A mark that is lower than the written one is written at once, a higher one when it is far ahead.
void Rig::committed() {
    const Sequence mark = store_->live().confirmed;
    if (mark >= written_ && mark - written_ <= settings_.mark_lag && settings_.mark_lag != 0) return;
    written_ = mark;
    history_.mark_written(now());
}

/// True, and all is done: after Errc::full the journal has to be as before, any other error stops it.
template <class T>
bool Rig::failed(const Result<T>& result, const EpochSummary& before, std::int64_t quarantined) {
    if (result) return false;
    if (result.error().code == Errc::full) {
        refused_as_before(before, quarantined);
    } else {
        stop(result.error());
    }
    return true;
}

void Rig::append(Draft draft) {
    std::vector<Draft> one;
    one.push_back(std::move(draft));
    append(std::move(one));
}

void Rig::append(std::vector<Draft> drafts) {
    if (idle() || drafts.empty()) return;  // the journal never records nothing
    History::Attempt attempt;
    attempt.drafts = drafts;
    attempt.begun = now();
    const EpochSummary before = store_->live();
    shed_before_ = store_->shed();
    const auto answers = store_->append(drafts);
    attempt.ended = now();
    if (answers) {
        attempt.outcome = History::Outcome::done;
        attempt.answers = *answers;
        const Epoch live = store_->live().epoch;
        history_.live_epoch(attempt.ended, live);
        committed();
        for (const Recorded& answer : *answers) {
            attempt.lines.push_back(answer.epoch == live ? line_at(answer.sequence) : "");
        }
    } else if (failed(answers, before, store_->quarantined()) && !stopped_) {
        attempt.outcome = History::Outcome::refused;
    }
    if (store_) shed_before_ = store_->shed();
    history_.attempted(std::move(attempt));
}

// Both events are known before: a decision in flight is there with both of them or with none.
void Rig::release(Sequence sequence) {
    if (idle()) return;
    const EpochSummary before = store_->live();
    const std::int64_t quarantined = store_->quarantined();
    QuarantineDecision decision;
    decision.kind = QuarantineDecision::Kind::release;
    decision.id = "Q" + std::to_string(before.ordinal) + "-" + std::to_string(sequence);
    decision.draft = event();
    const auto record = store_->quarantine_record(decision.id);
    if (!record) return stop(record.error());
    own::Decision said;
    said.record = decision.id;
    said.quarantined = event_id(before.epoch, sequence);
    said.event = event_id(before.epoch, before.last + 1);
    said.rule = record->rule;
    said.till = record->till;
    said.number = record->number;
    said.business_date = record->business_date;
    said.waited = clock_.now().wall.time_since_epoch() - Millis(record->recorded);
    Sha256 sha;
    said.digest = sha(record->bytes);
    History::Attempt attempt;
    attempt.decided = 1;
    attempt.drafts.push_back(*decision.draft);
    attempt.drafts.emplace_back().event = own::decided("released", said);
    attempt.begun = now();
    const auto decided = store_->decide(std::move(decision));
    attempt.ended = now();
    if (decided) {
        attempt.outcome = History::Outcome::done;
        committed();
        for (const Sequence number : {before.last + 1, before.last + 2}) {
            Recorded& answer = attempt.answers.emplace_back();
            answer.epoch = before.epoch;
            answer.sequence = number;
            attempt.lines.push_back(line_at(number));
        }
    } else if (failed(decided, before, quarantined) && !stopped_) {
        attempt.outcome = History::Outcome::refused;
    }
    history_.attempted(std::move(attempt));
}

/// What had to be shed before it turned out that the disk is full stays shed, and its `loss` stays told.
void Rig::refused_as_before(const EpochSummary& before, std::int64_t quarantined) {
    ++refused_;
    EpochSummary now = store_->live();
    bool tells_losses = store_->shed() != shed_before_;
    for (Sequence each = before.last + 1; tells_losses && each <= now.last; ++each) {
        tells_losses = line_at(each).find(R"("type":"tillpost.loss.v1")") != std::string::npos;
    }
    if (tells_losses) {
        now.last = before.last;
        now.head = before.head;
    }
    if (same(before, now) && quarantined == store_->quarantined()) return;
    broken_ = "after Errc::full the journal was not as before";
}

EpochReceipt Rig::receipt(Sequence upto) const {
    EpochReceipt receipt;
    receipt.epoch = store_->live().epoch;
    receipt.upto = upto;
    receipt.hash = store_->live().before;
    return receipt;
}

void Rig::confirm(Sequence upto) {
    if (idle()) return;
    Sha256 sha;
    EpochReceipt good = receipt(upto);
    const std::string text = line_at(upto);
    if (idle() || text.empty()) return;  // on a full disk what is confirmed goes before its time
    good.hash = parse_line(sha, text)->chain;
    const auto outcome = store_->confirm(good);
    if (!outcome) return stop(outcome.error());
    if (outcome->alarm || outcome->confirmed != upto) broken_ = "a good receipt was not taken";
    history_.confirmed(now(), upto);
}

void Rig::fork() {
    if (idle()) return;
    History::Change change{History::Change::Kind::fork, now()};
    const EpochSummary before = store_->live();
    const auto outcome = store_->confirm(receipt(before.last + 1));
    change.ended = now();
    if (!outcome) {
        stop(outcome.error());
    } else if (!outcome->forked) {
        change.outcome = History::Outcome::refused;
        refused_as_before(before, store_->quarantined());
    } else {
        change.outcome = History::Outcome::done;
        history_.live_epoch(change.ended, store_->live().epoch);
        history_.confirmed(change.ended, 0);
        history_.mark_written(change.ended);
        written_ = 0;
    }
    history_.changed(std::move(change));
}

void Rig::reissue() {
    if (idle()) return;
    const EpochSummary before = store_->live();
    if (!failed(store_->reissue(), before, store_->quarantined())) committed();
}

void Rig::note_largest_line(std::int64_t bytes) {
    if (idle()) return;
    const EpochSummary before = store_->live();
    if (!failed(store_->note_largest_line(bytes), before, store_->quarantined())) committed();
}

void Rig::withhold(Sequence sequence) { quarantine(History::Change::Kind::withheld, sequence); }
void Rig::reject(Sequence sequence) { quarantine(History::Change::Kind::rejected, sequence); }

void Rig::quarantine(History::Change::Kind kind, Sequence sequence) {
    const std::string text = line_at(sequence);
    if (idle()) return;
    History::Change change{kind, now()};
    change.place = {store_->live().epoch, sequence};
    change.body = text.substr(std::min(line_prefix_size, text.size()));
    const EpochSummary before = store_->live();
    const std::int64_t quarantined = store_->quarantined();
    Result<void> done;
    if (kind == History::Change::Kind::withheld) {
        done = store_->withhold(sequence, change.rule());
    } else {
        EpochReceipt rejecting = receipt(before.first - 1);
        rejecting.rejected.push_back({sequence, "schema"});
        if (const auto outcome = store_->confirm(rejecting); !outcome) done = outcome.error();
    }
    change.ended = now();
    if (!failed(done, before, quarantined)) {
        // On a full disk a receipt is taken without what it rejects, which comes again.
        const bool taken = store_->quarantined() == quarantined + 1;
        change.outcome = taken ? History::Outcome::done : History::Outcome::refused;
        if (taken) committed();
        if (!taken) refused_as_before(before, quarantined);
    } else if (!stopped_) {
        change.outcome = History::Outcome::refused;
    }
    history_.changed(std::move(change));
}

void Rig::seal() {
    if (idle()) return;
    const EpochSummary before = store_->live();
    const auto sealed = store_->seal("count");
    if (!sealed && sealed.error().code == Errc::full) return refused_as_before(before, store_->quarantined());
    if (!sealed) return stop(sealed.error());
    history_.mark_written(now());
}

void Rig::maintain() {
    for (int slice = 0; slice < most_slices; ++slice) {
        if (idle()) return;
        const EpochSummary before = store_->live();
        const auto last = static_cast<std::int64_t>(before.last);
        if (last > settings_.remembered_keys) {
            history_.keys_may_go(now(), static_cast<Sequence>(last - settings_.remembered_keys));
        }
        history_.may_be_pruned(now(), before.epoch, before.confirmed);
        const auto more = store_->maintain();
        if (failed(more, before, store_ ? store_->quarantined() : 0)) return;
        committed();
        if (!*more) return;
    }
    broken_ = "upkeep doesn't come to an end";
}

void Rig::settle() {
    if (idle()) return;
    const EpochSummary before = store_->live();
    if (failed(store_->settle(), before, store_->quarantined())) return;
    written_ = store_->live().confirmed;
    history_.mark_written(now());
}

// As Journal::salvage() does it, a slice at a time.
bool Rig::salvage() {
    if (idle()) return false;
    const std::string file = file_aside(settings_);
    if (!disk_.holds(file)) return false;
    if (!damaged_) {
        auto opened = Salvage::open(file, std::nullopt, {}, Patience{{Millis(0), Millis(0)}, false});
        if (!opened) return stop(opened.error()), false;
        damaged_ = std::move(*opened);
    }
    const auto taken = [this](auto slice) -> std::optional<bool> {
        if (!slice) return stop(slice.error()), false;
        if (!*slice) return std::nullopt;
        const EpochSummary before = store_->live();
        if (failed(store_->adopt(**slice), before, store_->quarantined())) return false;
        committed();
        return true;
    };
    const auto progress = store_->salvage_progress(file);
    if (!progress) return stop(progress.error()), false;
    if (const auto done = taken(damaged_->rows(progress->rows))) return *done;
    if (const auto done = taken(damaged_->keys(progress->keys))) return *done;
    for (std::int64_t at = 0;;) {
        const auto records = damaged_->quarantine(at);
        const auto done = taken(records);
        if (!done) break;
        if (!*done) return false;
        at = (*records)->upto;
    }
    end_salvage();
    return false;
}

// The agent gives the file another name; here it is away. Only then its progress may be forgotten.
void Rig::end_salvage() {
    damaged_.reset();
    disk_.remove(file_aside(settings_) + "-wal");
    disk_.remove(Witness::beside(file_aside(settings_)));
    disk_.remove(file_aside(settings_));
    store_->set_salvaging(false);
    const EpochSummary before = store_->live();
    (void)failed(store_->salvage_done(file_aside(settings_)), before, store_->quarantined());
}

void Rig::catch_up() {
    while (salvage()) {
    }
    for (int slice = 0; !idle() && slice < most_slices; ++slice) {
        const auto more = store_->reissue();
        if (!more) return stop(more.error());
        if (!*more) return;
    }
}

}  // namespace tillpost::test
