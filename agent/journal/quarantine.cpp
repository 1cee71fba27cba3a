// SPDX-License-Identifier: Apache-2.0
// [durable-3] What people look at and decide in quarantine: each decision once, with an event that says who and when.
#include <algorithm>
#include <optional>

#include "agent/event/glance.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/json_paths.hpp"
#include "agent/event/redaction/json_token.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/quarantine_content.hpp"
#include "agent/journal/store_transaction.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

std::string_view word_of(QuarantineDecision::Kind kind) {
    switch (kind) {
        case QuarantineDecision::Kind::release:
        case QuarantineDecision::Kind::deliver: return "released";
        case QuarantineDecision::Kind::correct: return "corrected";
        case QuarantineDecision::Kind::discard: break;
    }
    return "discarded";
}

/// Why, as the `quarantined` event says it.
std::string detail_in(std::string_view body) {
    static const JsonPaths path({"/detail"});
    const std::string_view written = path.values(body_data(body)).front();
    return written.size() < 2 ? std::string() : decoded_string(written.substr(1, written.size() - 2));
}

Error no_record(const std::string& id) {
    return {Errc::rejected, "there is no record " + id +
                                " in quarantine: `tillpost quarantine list` shows those that wait for a decision"};
}

/// Why nothing more is decided on it.
Error decided_already(const QuarantineRecord& record) {
    const QuarantineRecord::Decision& decision = record.decision;
    std::string said = record.id + " was " + decision.word + " already, at " + rfc3339(WallTime(Millis(decision.at))) +
                       " by user " + std::to_string(decision.user);
    if (!decision.actor.empty()) said += " (" + decision.actor + ")";
    if (!decision.became.empty()) said += ", as event " + decision.became;
    return {Errc::rejected, said + ": a decision is taken once"};
}

/// Two would count. What the feed sends so nobody here can know better; a person is asked.
Error recorded_otherwise(const QuarantineRecord& record, const Event& corrected) {
    return {Errc::rejected, record.id + " cannot be corrected: event " + corrected.correlation + " is recorded under " +
                                corrected.subject +
                                " already, and says something else; discard this record, give it its own number, or "
                                "say in it which event it corrects (corrects, corrects_kind)"};
}

}  // namespace

Result<void> Store::prepare_quarantine() {
    return database_->prepare_all<Store>(
        *this,
        {{&Store::open_records_,
          "SELECT position, type, amount, CASE WHEN ?2 AND amount <> '' THEN (SELECT unpacked(body) FROM event WHERE "
          "event.position = quarantine.position) END FROM quarantine WHERE decision IS NULL ORDER BY position "
          "LIMIT ?1"},
         {&Store::read_record_,
          "SELECT position, recorded, device, rule, field, length(bytes), about, type, amount, decision, "
          "decided, user, actor, became, unpacked(bytes), digest, told FROM quarantine WHERE position = ?1"},
         {&Store::insert_quarantine_,
          "INSERT INTO quarantine (position, recorded, device, rule, field, bytes, about, type, amount, digest) "
          "VALUES (?1, ?2, ?3, ?4, ?5, packed(?6), ?7, ?8, ?9, ?10) RETURNING length(bytes)"},
         {&Store::decide_,
          "UPDATE quarantine SET decision = ?2, decided = ?3, user = ?4, actor = ?5, became = ?6, told = ?7 "
          "WHERE position = ?1 AND decision IS NULL"},
         {&Store::decided_records_,
          "SELECT position, told, about, length(bytes) FROM quarantine WHERE decision IS NOT NULL AND told <= ?1 "
          "ORDER BY told LIMIT 64"},
         {&Store::delete_record_, "DELETE FROM quarantine WHERE position = ?1 AND decision IS NOT NULL"},
         {&Store::empty_record_, "UPDATE quarantine SET bytes = x'' WHERE position = ?1"}});
}

Result<void> Store::insert_quarantine(const Draft::Quarantine& record, std::string_view device, std::int64_t position,
                                      std::optional<std::int64_t> about) {
    const std::string_view bytes = record.bytes;
    const Glance glance = glance_at(about ? body_data(bytes) : bytes);
    const std::int64_t recorded = clock_.now().wall.time_since_epoch().count();
    insert_quarantine_.begin().bind(1, position).bind(2, recorded);
    insert_quarantine_.bind_text(3, device).bind_text(4, record.rule).bind_text(5, record.field).bind_blob(6, bytes);
    if (about) insert_quarantine_.bind(7, *about);
    const Digest digest = sha_(bytes);
    insert_quarantine_.bind_text(8, glance.type).bind_text(9, glance.amount).bind_blob(10, view(digest));
    const Result<bool> done = insert_quarantine_.step();
    if (!done) return done.error();
    ++counters_.quarantined;
    counters_.quarantine_bytes += insert_quarantine_.integer(0) + JournalCounters::bytes_of_record;
    insert_quarantine_.reset();
    return about ? Result<void>() : begin_waiting(position, recorded, glance);
}

/// Is the record there, and not thrown away? What was discarded and comes again is for a person to decide again: its
/// content is gone, and who discarded it by mistake has no other way to it. The event says which one was before.
Result<bool> Store::stands_for_repeats(std::int64_t position) {
    const Result<std::optional<QuarantineRecord>> record = read_record(position, false);
    if (!record) return record.error();
    return *record && (*record)->decision.word != word_of(QuarantineDecision::Kind::discard);
}

// [once-2] A POS that sends a record again that was held back gets its first answer, before and after the decision:
// else each try would become a record to decide on, and two decisions two effects. Its key goes to the table at once,
// in this transaction, as a `quarantined` event has none in its body from which a start could read it.
Result<Recorded> Store::append_quarantined(Draft& draft, const Stamp& stamp) {
    const auto one_more = [&]() -> Result<Recorded> {
        return draft.unless_known ? not_recorded(*draft.unless_known) : insert(draft, stamp, {}, 0);
    };
    if (!draft.quarantine->once) return one_more();
    const std::string content = content_of(sha_, nullptr, {}, draft.quarantine->bytes);
    const std::string key = key_of_held(draft.quarantine->bytes, content);
    Result<KeyMatch> match = find_key(key, content);
    if (!match) return match.error();
    if (match->key == Key::known && draft.cut) {
        const auto same = cut_records_.find(*draft.cut);
        if (!same) return one_more();
        match->same = *same;
    }
    if (match->key == Key::known) {
        const Result<bool> stands = stands_for_repeats(match->same);
        if (!stands) return stands.error();
        Recorded repeat = recorded_at(match->same);
        repeat.repeat = true;
        repeat.quarantine_id = quarantine_id(match->same);
        if (*stands) return repeat;
        draft.event.correlation = known_id(match->same);
    }
    if (draft.unless_known) return one_more();
    if (match->key != Key::unknown) {
        if (auto done = free_key_.begin().bind(1, match->same).run(); !done) return done.error();
    }
    Result<Recorded> recorded = one_more();
    if (!recorded) return recorded;
    const std::int64_t position = position_of(recorded->sequence);
    const std::int64_t now = stamp.recorded.wall.time_since_epoch().count();
    if (auto done = insert_key({position, now, key, content, position}); !done) return done.error();
    return recorded;
}

/// What lacks a part of its present key may have been recorded by a former one.
Result<Recorded> Store::append_unless_recorded(Draft& held, const Stamp& stamp) {
    std::optional<Event> before;
    if (!former_rules_.empty() && !held.cut)
        before = event_by_former(held.quarantine->bytes, *settings_.keys, former_rules_);
    const Result<KeyMatch> match = before ? find_formerly(*before) : Result<KeyMatch>(KeyMatch());
    if (!match) return match.error();
    return match->key == Key::known ? repeat_of(match->same) : append_quarantined(held, stamp);
}

// [once-2] What was held back, and is an event by a person's decision, comes again when nothing would hold it back any
// more: a corrected one says something else than it, so that its key would make it a second sale.
Result<std::optional<Recorded>> Store::decided_before(const Draft& draft) {
    const bool is_decision = !draft.event.causation.empty();
    if (counters_.quarantine_bytes == 0 || is_decision) return std::optional<Recorded>();
    const std::string content = content_of(sha_, nullptr, {}, draft.event.data);
    const Result<KeyMatch> match = find_key(key_of_held(draft.event.data, content), content);
    if (!match) return match.error();
    if (match->key != Key::known) return std::optional<Recorded>();
    const auto held = draft.cut ? cut_records_.find(*draft.cut) : std::optional(match->same);
    if (!held) return std::optional<Recorded>();
    const Result<std::optional<QuarantineRecord>> record = read_record(*held, false);
    if (!record) return record.error();
    if (!*record || (*record)->decision.became.empty()) return std::optional<Recorded>();
    Recorded first = repeat_of(*held);
    first.quarantine_id = quarantine_id(*held);
    first.rule = (*record)->rule;
    first.field = (*record)->field;
    return std::optional(std::move(first));
}

/// "" for an event of an epoch that nobody knows any more.
std::string Store::known_id(std::int64_t position) const {
    const auto ordinal = static_cast<std::uint32_t>(position >> sequence_bits);
    return ordinal == live_.ordinal || find_former_by_ordinal(ordinal) != nullptr ? id_at(position) : std::string();
}

Result<std::optional<QuarantineRecord>> Store::read_record(std::int64_t position, bool with_bytes) {
    const Result<bool> row = read_record_.begin().bind(1, position).step();
    if (!row) return row.error();
    if (!*row) return std::optional<QuarantineRecord>();
    QuarantineRecord record;
    record.id = quarantine_id(position);
    record.event = known_id(position);
    record.recorded = read_record_.integer(1);
    record.device = read_record_.bytes(2);
    record.rule = read_record_.bytes(3);
    record.field = read_record_.bytes(4);
    record.stored = static_cast<std::uint64_t>(read_record_.integer(5));
    record.was_event = !read_record_.is_null(6);
    if (record.was_event) record.about = known_id(read_record_.integer(6));
    record.type = read_record_.bytes(7);
    record.amount = read_record_.bytes(8);
    record.decision.word = read_record_.bytes(9);
    record.decision.at = read_record_.integer(10);
    record.decision.user = read_record_.integer(11);
    record.decision.actor = read_record_.bytes(12);
    if (!read_record_.is_null(13)) record.decision.became = known_id(read_record_.integer(13));
    if (!read_record_.is_null(16)) record.decision.told = known_id(read_record_.integer(16));
    record.size = read_record_.bytes(14).size();
    if (with_bytes) record.bytes = read_record_.bytes(14);
    note_glance(record, record.was_event ? body_data(read_record_.bytes(14)) : read_record_.bytes(14));
    std::optional<Digest> kept;
    if (!read_record_.is_null(15)) kept = digest_from_bytes(read_record_.bytes(15));
    read_record_.reset();
    const Result<std::optional<StoredRow>> event = row_at(position);
    if (!event) return event.error();
    const std::string_view body = *event ? std::string_view((*event)->body) : std::string_view();
    record.detail = detail_in(body);
    if (!with_bytes) return std::optional(std::move(record));
    record.altered = altered_content(sha_, {record.bytes, record.rule, body, kept});
    return std::optional(std::move(record));
}

Result<QuarantineRecord> Store::quarantine_record(const std::string& id) {
    const auto position = quarantine_position(id);
    if (!position) {
        return Error{
            Errc::rejected,
            "\"" + id + "\" is not the id of a record in quarantine: expected one such as Q1-42, as the list shows it"};
    }
    auto record = read_record(*position, true);
    if (!record) return noted(record.error()).with_context("read quarantine");
    if (!*record) return no_record(id);
    return std::move(**record);
}

// One transaction: the event that the record becomes, the event that says who decided, and the mark in the table. The
// bytes of a discarded record go with it, so that they are there until its event is on stable storage.
Result<Decided> Store::decide(QuarantineDecision decision) {
    const auto record = quarantine_record(decision.id);
    if (!record) return record.error();
    if (!record->decision.word.empty()) return decided_already(*record);
    const bool kept = decision.kind != QuarantineDecision::Kind::discard;
    if (kept && record->altered) return altered_refusal(*record, word_of(decision.kind));
    Decided decided;
    bool stays = false;
    const auto work = [&]() -> Result<void> {
        std::optional<std::int64_t> became;
        if (decision.draft) {
            const Result<Recorded> event = append_decided(*record, decision);
            if (!event) return event.error();
            if (!event->rule.empty()) {
                return Error{Errc::rejected, record->id + " would be held back again by the rule " + event->rule +
                                                 " (/rules): only a person can release it"};
            }
            if (event->conflict) decided.beside = decision.draft->event.correlation;
            if (decision.kind == QuarantineDecision::Kind::correct && event->conflict) {
                return recorded_otherwise(*record, decision.draft->event);
            }
            stays = decision.dry_run || (decision.only_alone && event->conflict);
            if (stays) return Error{Errc::rejected, record->id + " stays as it is"};
            decided.became = event_id(event->epoch, event->sequence);
            decided.repeat = event->repeat;
            const bool again = record->was_event && decision.kind == QuarantineDecision::Kind::release;
            if (!event->repeat && !again) decided.added = *event;
            became = position_of_recorded(*event);
        }
        const bool delivered = decision.kind == QuarantineDecision::Kind::deliver;
        if (const auto itself = delivered ? number_of_event(record->about) : std::nullopt) {
            Recorded place;
            place.epoch = itself->first;
            place.sequence = itself->second;
            decided.became = record->about;
            became = position_of_recorded(place);
        }
        return note_decision(*record, decision, became, decided);
    };
    if (auto done = transaction("decide on a quarantined record", work); !done && !stays) return done.error();
    return decided;
}

/// In a transaction. What was an event already is not taken for its own repeat when it is released.
Result<Recorded> Store::append_decided(const QuarantineRecord& record, QuarantineDecision& decision) {
    Draft& draft = *decision.draft;
    draft.event.causation = record.event;
    Stamp stamp{clock_.now(), clock_.boot_id(), {}};
    if (auto done = note_clock(stamp.recorded); !done) return done.error();
    fill_random(stamp.salt);
    if (!record.was_event || decision.kind == QuarantineDecision::Kind::correct) return append_one(draft, stamp);
    draft.event.correlation = record.about;
    return insert(draft, stamp, {}, 0);
}

Result<void> Store::note_decision(const QuarantineRecord& record, const QuarantineDecision& decision,
                                  std::optional<std::int64_t> became, Decided& decided) {
    own::Decision said;
    said.record = record.id;
    said.quarantined = record.event;
    said.event = decided.became;
    said.rule = record.rule;
    said.user = decision.user;
    said.actor = decision.actor;
    said.reason = decision.reason;
    said.digest = record.altered ? *record.altered : sha_(record.bytes);
    if (record.altered) said.found_digest = sha_(record.bytes);
    if (!record.was_event) {
        said.till = record.till;
        said.store = record.store;
        said.number = record.number;
        said.business_date = record.business_date;
        said.waited = std::max(Millis(0), clock_.now().wall.time_since_epoch() - Millis(record.recorded));
    }
    if (decision.kind == QuarantineDecision::Kind::correct && decision.draft)
        said.corrected_digest = sha_(decision.draft->event.data);
    const std::string_view word = word_of(decision.kind);
    const Result<Sequence> told = insert_own(own::decided(word, said));
    if (!told) return told.error();
    decided.told = id_at(position_of(*told));
    decided.told_at = recorded_at(position_of(*told));
    const std::int64_t position = *quarantine_position(record.id);
    decide_.begin().bind(1, position).bind_text(2, word).bind(3, clock_.now().wall.time_since_epoch().count());
    decide_.bind(4, decision.user).bind_text(5, decision.actor);
    if (became) decide_.bind(6, *became);
    decide_.bind(7, position_of(*told));
    if (auto done = decide_.run(); !done) return done;
    --counters_.quarantined;
    if (auto done = end_waiting(position); !done) return done;
    const bool stays = decision.kind != QuarantineDecision::Kind::discard;
    const auto stored = static_cast<std::int64_t>(record.stored);
    counters_.decided_bytes += JournalCounters::bytes_of_record + (stays ? stored : 0);
    if (stays) return {};
    counters_.quarantine_bytes -= stored;
    return empty_record_.begin().bind(1, position).run();
}

/// Whether central has it, under this number or the one that a fork gave it.
bool Store::is_confirmed(std::int64_t position) const {
    const auto ordinal = static_cast<std::uint32_t>(position >> sequence_bits);
    if (ordinal == live_.ordinal) return sequence_at(position) <= live_.confirmed;
    const Former* const former = find_former_by_ordinal(ordinal);
    if (former != nullptr && sequence_at(position) <= former->summary.last) return true;
    const bool owing = std::any_of(formers_.begin(), formers_.end(), [](const Former& each) { return each.owes; });
    return !owing && live_.confirmed == live_.last;
}

/// Whether there may still be a row at that place.
bool Store::holds(std::int64_t position) const {
    const auto ordinal = static_cast<std::uint32_t>(position >> sequence_bits);
    if (ordinal == live_.ordinal) return sequence_at(position) >= live_.first;
    const Former* const former = find_former_by_ordinal(ordinal);
    if (former == nullptr) return false;
    return former->owes ||
           (sequence_at(position) >= former->summary.first && sequence_at(position) <= former->summary.last);
}

// [durable-3] An open record stays for ever. A decided one goes when the event that says who decided is at central and
// the row whose content it is has gone; both age as events do.
Result<bool> Store::prune_decided() {
    const bool too_large = bytes_ > std::min(settings_.keep_bytes, settings_.most_bytes / 10 * 8) || tight_;
    const Result<std::int64_t> upto = older_than(too_large ? std::chrono::seconds(0) : settings_.keep);
    if (!upto) return upto.error();
    std::vector<std::int64_t> old;
    std::int64_t freed = 0;
    decided_records_.begin().bind(1, *upto);
    for (;;) {
        const Result<bool> row = decided_records_.step();
        if (!row) return row.error();
        if (!*row) break;
        const bool held = !decided_records_.is_null(2) && holds(decided_records_.integer(2));
        if (held || !is_confirmed(decided_records_.integer(1))) continue;
        const std::int64_t bytes = decided_records_.integer(3);
        if (!old.empty() && (freed + bytes > slice_.share(freed_in_slice) || slice_.over())) break;
        old.push_back(decided_records_.integer(0));
        freed += bytes;
    }
    decided_records_.reset();
    for (const std::int64_t position : old) {
        if (auto done = delete_record_.begin().bind(1, position).run(); !done) return done.error();
    }
    prunes_ = prunes_ || !old.empty();
    freed += static_cast<std::int64_t>(old.size()) * JournalCounters::bytes_of_record;
    counters_.quarantine_bytes -= freed;
    counters_.decided_bytes -= freed;
    return !old.empty();
}

std::int64_t Store::position_of_recorded(const Recorded& recorded) const {
    const auto is_its = [&recorded](const Former& each) { return each.summary.epoch == recorded.epoch; };
    const auto former = std::find_if(formers_.begin(), formers_.end(), is_its);
    return former == formers_.end() ? position_of(recorded.sequence)
                                    : position_at(former->summary.ordinal, recorded.sequence);
}

}  // namespace tillpost
