// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/rig.hpp"

#include <algorithm>

#include "agent/journal/own_events.hpp"

namespace tillpost::test {
namespace {

constexpr int most_slices = 100;

bool same(const EpochSummary& a, const EpochSummary& b) {
    return a.epoch == b.epoch && a.first == b.first && a.last == b.last && a.before == b.before && a.head == b.head &&
           a.confirmed == b.confirmed;
}

}  // namespace

Rig::~Rig() = default;

void Rig::stop(const Error& error) {
    stopped_ = error;
    store_.reset();
}

void Rig::open() {
    if (stopped_) return;
    store_.reset();
    auto opened = Store::open(settings_, clock_);
    if (!opened) return stop(opened.error());
    store_ = std::move(*opened);
    history_.confirmed(now(), store_->live().confirmed);  // what central said since the last commit is forgotten
}

void Rig::close() { store_.reset(); }

std::string Rig::line_at(Sequence sequence) {
    if (idle() || sequence < store_->live().first) return {};
    const auto lines = store_->read({sequence, sequence}, 1);
    if (lines && !lines->empty()) return std::string(lines->line(0));
    stop(lines ? Error{Errc::corrupt, "an acknowledged event is not there"} : lines.error());
    return {};
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
    const std::int64_t quarantined = store_->quarantined();
    const auto answers = store_->append(drafts);
    attempt.ended = now();
    if (answers) {
        attempt.outcome = History::Attempt::Outcome::recorded;
        attempt.answers = *answers;
        history_.live_epoch(attempt.ended, store_->live().epoch);
        history_.mark_written(attempt.ended);
        for (const Recorded& answer : *answers) attempt.lines.push_back(line_at(answer.sequence));
    } else if (answers.error().code == Errc::full) {
        attempt.outcome = History::Attempt::Outcome::refused;
        refused_as_before(before, quarantined);
    } else {
        stop(answers.error());
    }
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
        attempt.outcome = History::Attempt::Outcome::recorded;
        history_.mark_written(attempt.ended);
        for (const Sequence number : {before.last + 1, before.last + 2}) {
            attempt.answers.emplace_back().sequence = number;
            attempt.lines.push_back(line_at(number));
        }
    } else if (decided.error().code == Errc::full) {
        attempt.outcome = History::Attempt::Outcome::refused;
        refused_as_before(before, quarantined);
    } else {
        stop(decided.error());
    }
    history_.attempted(std::move(attempt));
}

void Rig::refused_as_before(const EpochSummary& before, std::int64_t quarantined) {
    ++refused_;
    if (same(before, store_->live()) && quarantined == store_->quarantined()) return;
    broken_ = "after Errc::full the journal was not as before";
}

void Rig::confirm(Sequence upto) {
    if (idle()) return;
    Sha256 sha;
    EpochReceipt receipt;
    receipt.epoch = store_->live().epoch;
    receipt.upto = upto;
    const std::string text = line_at(upto);
    if (idle() || text.empty()) return;  // on a full disk what is confirmed goes before its time
    receipt.hash = parse_line(sha, text)->chain;
    const auto outcome = store_->confirm(receipt);
    if (!outcome) return stop(outcome.error());
    if (outcome->alarm || outcome->confirmed != upto) broken_ = "a good receipt was not taken";
    history_.confirmed(now(), upto);
}

void Rig::maintain() {
    for (int slice = 0; slice < most_slices; ++slice) {
        if (idle()) return;
        const auto last = static_cast<std::int64_t>(store_->live().last);
        if (last > settings_.remembered_keys) {
            history_.keys_may_go(now(), static_cast<Sequence>(last - settings_.remembered_keys));
        }
        const EpochSummary before = store_->live();
        const auto more = store_->maintain();
        if (!more && more.error().code == Errc::full) return refused_as_before(before, store_->quarantined());
        if (!more) return stop(more.error());
        if (*more) continue;
        history_.mark_written(now());
        return;
    }
    broken_ = "upkeep doesn't come to an end";
}

Draft Rig::event(std::size_t size) {
    Draft draft;
    draft.event.type = "sale";
    draft.event.data = "{\"n\":" + std::to_string(++drafts_) + ",\"x\":\"" + std::string(size, 'x') + "\"}";
    draft.device = "feed";
    return draft;
}

Draft Rig::keyed(const std::string& key, std::size_t size) {
    Draft draft = event(size);
    draft.event.subject = key;
    return draft;
}

Draft Rig::rejected(const std::string& bytes) {
    Draft draft = event();
    draft.event.type = "quarantined";
    draft.quarantine = Draft::Quarantine{bytes, "not_json", ""};
    return draft;
}

std::vector<Draft> Rig::events(int count, std::size_t size) {
    std::vector<Draft> drafts;
    for (int i = 0; i < count; ++i) drafts.push_back(event(size));
    return drafts;
}

}  // namespace tillpost::test
