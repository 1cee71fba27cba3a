// SPDX-License-Identifier: Apache-2.0
// The writing half of the receiver's store: what becomes of each line.
#include <utility>

#include "agent/central/arrival.hpp"
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {

Result<Committed> CentralStore::commit_all(const std::vector<AgentLines>& batch, bool want_taken) {
    Committed committed;
    tills_of_days_.clear();
    if (auto done = database_->begin(); !done) return done.error();
    for (const AgentLines& lines : batch) {
        Arrival arrival;
        arrival.source = lines.agent.source();
        arrival.touched = &committed.agents[lines.agent];
        arrival.committed = &committed;
        arrival.now = clock_.now().wall.time_since_epoch().count();
        arrival.want_taken = want_taken;
        if (auto done = take(lines, arrival); !done) return done.error();
    }
    raise_alarms(committed);
    for (auto& [source, agent] : agents_) {
        if (agent.touched) committed.counters += agent.news;
    }
    if (auto done = write_changes(); !done) return done.error();
    if (auto done = database_->commit(); !done) return done.error();
    return committed;
}

void CentralStore::raise_alarms(Committed& committed) {
    const std::int64_t now = clock_.now().wall.time_since_epoch().count();
    for (auto& [source, agent] : agents_) {
        if (!agent.touched) continue;
        if (const auto alarm = agent.set_aside_alarm.due(now)) committed.alarms.push_back(source + ": " + *alarm);
    }
}

Result<void> CentralStore::take(const AgentLines& lines, Arrival& arrival) {
    const Result<AgentState*> agent = agent_of(arrival.source);
    if (!agent) return agent.error();
    arrival.agent = *agent;
    arrival.agent->touched = true;
    std::string_view rest = lines.payload;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (auto done = take_line(rest.substr(0, end), arrival); !done) return done;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

Result<void> CentralStore::take_line(std::string_view text, Arrival& arrival) {
    ++arrival.touched->lines;
    const Result<Line> line = parse_line(sha_, text);
    if (!line) {
        return set_aside(SetAsideAlarm::Why::malformed, line.error().message, text, arrival);
    }
    const Result<EpochState*> found = named_epoch(line->epoch, arrival);
    if (!found) return found.error();
    if (*found == nullptr) return {};
    EpochState& epoch = **found;
    arrival.touched->epochs.insert(line->epoch);
    std::optional<Held> same;
    if (epoch.ledger.holds(line->sequence)) {
        const Result<std::optional<Held>> held = find_held(epoch.id, line->sequence);
        if (!held) return held.error();
        if (!*held) return take_gone_content(*line, text, epoch, arrival);
        same = *held;
    }
    const Verdict verdict = epoch.ledger.judge(line->sequence, Held::of(*line), same ? &*same : nullptr);
    switch (verdict) {
        case Verdict::fresh: return take_fresh(*line, false, epoch, arrival);
        case Verdict::fills: return take_fresh(*line, true, epoch, arrival);
        case Verdict::repeat: ++arrival.agent->news.repeats; return {};
        case Verdict::crowded: ++arrival.agent->news.crowded; return {};
        default: return refuse(*line, verdict, text, epoch, arrival);
    }
}

namespace {

constexpr std::string_view possible_repeat = "possible_repeat";

void bind_text_or_null(Statement& statement, int at, std::string_view text) {
    if (text.empty()) {
        statement.bind_null(at);
    } else {
        statement.bind_text(at, text);
    }
}

}  // namespace

Result<void> CentralStore::take_fresh(const Line& line, bool fills, EpochState& epoch, Arrival& arrival) {
    const bool content = line.kind == Line::Kind::event;
    if (content) {
        const Result<std::string_view> erased = erasure_of(epoch, arrival.agent->id, line);
        if (!erased) return erased.error();
        if (!erased->empty()) return take_erased(line, *erased, fills, epoch, arrival);
    }
    const std::optional<Envelope> read = content ? read_envelope(line.body) : std::nullopt;
    const Envelope envelope = read.value_or(Envelope());
    const std::string_view rejected = content ? objection(read, arrival.source) : std::string_view();
    const std::int64_t position = position_of(epoch.id, line.sequence);
    bool effect = false;
    if (content && rejected.empty()) {
        const Result<bool> first = has_effect(line, fills, envelope, position, arrival);
        if (!first) return first.error();
        effect = *first;
    }
    if (auto done = insert_event(line, fills, envelope, rejected, effect, position, arrival.now); !done) return done;
    if (!epoch.ledger.holds(line.sequence)) {
        note_growth(line, epoch, arrival);
        epoch.ledger.add(line.sequence, Held::of(line));
        epoch.changed = true;
    }
    ++arrival.agent->news.taken;
    if (arrival.want_taken) {
        const std::string type = content ? envelope.type : "(" + std::string(line.reason) + ")";
        arrival.committed->taken.push_back({arrival.source, line.sequence, type, envelope.time, envelope.subject,
                                            envelope.quality, std::string(rejected)});
    }
    if (effect && envelope.is_of_a_day()) note_till_of_day(envelope, arrival.agent->id, position);
    // A copy under another number repeats what the first one said.
    if (effect && is_own_type(envelope.type)) return take_own(line, envelope, position, arrival);
    return {};
}

/// A message that was on its way when the agent erased its content, or another copy of what is erased.
Result<void> CentralStore::take_erased(const Line& line, std::string_view reason, bool fills, EpochState& epoch,
                                       Arrival& arrival) {
    if (fills) {
        ++arrival.agent->news.repeats;
        return {};
    }
    Line tombstone = line;
    tombstone.kind = Line::Kind::withheld;
    tombstone.reason = reason;
    tombstone.body = {};
    const std::int64_t position = position_of(epoch.id, line.sequence);
    if (auto done = note_erased_copy(epoch, arrival.agent->id, position, tombstone); !done) return done;
    return take_fresh(tombstone, false, epoch, arrival);
}

Result<void> CentralStore::insert_event(const Line& line, bool fills, const Envelope& envelope,
                                        std::string_view rejected, bool effect, std::int64_t position,
                                        std::int64_t now) {
    Statement& statement = fills ? fill_event_ : insert_event_;
    statement.begin().bind(1, position).bind(2, now);
    statement.bind(3, static_cast<std::int64_t>(line.kind)).bind(4, effect ? 1 : 0);
    statement.bind_blob(5, view(line.digest)).bind_blob(6, view(line.chain));
    bind_text_or_null(statement, 7, rejected);
    bind_text_or_null(statement, 8, envelope.type);
    bind_text_or_null(statement, 9, envelope.time);
    bind_text_or_null(statement, 10, envelope.subject);
    bind_text_or_null(statement, 11, envelope.quality);
    bind_text_or_null(statement, 12, line.reason);
    if (line.kind == Line::Kind::event) statement.bind_blob(13, line.body);
    return statement.run();
}

void CentralStore::note_growth(const Line& line, const EpochState& epoch, Arrival& arrival) {
    AgentState& agent = *arrival.agent;
    if (line.sequence <= epoch.ledger.highest() || agent.live == epoch.id) return;
    // Epochs are numbered in the order of their first lines. One that was left grows again: late messages, or a clone.
    if (epoch.id < agent.live && ++agent.returns == 2) {
        arrival.committed->alarms.push_back(arrival.source + " may be a clone: its epoch " + to_hex(line.epoch) +
                                            " goes on again after a later one has begun");
    }
    agent.live = epoch.id;
}

Result<bool> CentralStore::has_effect(const Line& line, bool fills, const Envelope& envelope, std::int64_t position,
                                      const Arrival& arrival) {
    insert_effect_.begin().bind(1, arrival.agent->id).bind(2, envelope.recorded_digits());
    insert_effect_.bind_blob(3, view(line.digest).substr(0, effect_digest_size));
    if (auto done = insert_effect_.run(); !done) return done.error();
    if (database_->changes() == 0) return false;
    // [once-2] The agent had forgotten the key; whether one repeats the other is decided here, by business key and
    // content. Behind a salvage the repeat may come first. So it is where a stick brings content that a person has
    // released meanwhile, or has brought it before.
    if (envelope.subject.empty()) {
        const Result<bool> other = counts_otherwise({position, line.digest, envelope.type, line.body});
        if (!other) return other.error();
        return !*other;
    }
    const bool may_repeat = fills || envelope.is_copy() || envelope.has_mark(possible_repeat);
    const Twins among = may_repeat ? Twins::all : Twins::doubted;
    const Result<bool> known = known_business(envelope, line.body, arrival.agent->id, among);
    if (!known) return known.error();
    return !*known;
}

Result<void> CentralStore::prepare_repeats() {
    // The second has an index of its own: mostly there is no such row, and nothing is read.
    return database_->prepare_all<CentralStore>(
        *this,
        {{&CentralStore::find_subject_,
          "SELECT event.body, event.type, event.quality FROM event JOIN epoch ON epoch.id = event.position >> 44 "
          "WHERE event.subject = ? AND event.effect = 1 AND epoch.agent = ?"},
         {&CentralStore::find_doubted_,
          "SELECT event.body, event.type, event.quality FROM event INDEXED BY event_doubted "
          "JOIN epoch ON epoch.id = event.position >> 44 WHERE event.subject = ? AND event.effect = 1 "
          "AND instr(event.quality, 'possible_repeat') > 0 AND epoch.agent = ?"}});
}

/// Whether an event counts that says the same. `doubted`: one that is marked as a possible repeat.
Result<bool> CentralStore::known_business(const Envelope& envelope, std::string_view body, std::int64_t agent_id,
                                          Twins among) {
    Statement& find = among == Twins::all ? find_subject_ : find_doubted_;
    find.begin().bind_text(1, envelope.subject).bind(2, agent_id);
    for (;;) {
        const Result<bool> row = find.step();
        if (!row) return row.error();
        if (!*row) return false;
        if (find.bytes(1) != envelope.type || data_of(find.bytes(0)) != data_of(body)) continue;
        Envelope other;
        other.quality = find.bytes(2);
        if (among != Twins::all && !other.has_mark(possible_repeat)) continue;
        find.reset();
        return true;
    }
}

namespace {

/// The word for it, too, as the table has it.
std::string_view count_as(SetAsideAlarm::Why why, CentralCounters& counters) {
    switch (why) {
        case SetAsideAlarm::Why::malformed: ++counters.malformed; return "malformed";
        case SetAsideAlarm::Why::divergent: ++counters.divergent; return "divergent";
        default: ++counters.broken; return "broken";
    }
}

}  // namespace

Result<void> CentralStore::refuse(const Line& line, Verdict verdict, std::string_view text, EpochState& epoch,
                                  Arrival& arrival) {
    const bool divergent = verdict == Verdict::divergent;
    const std::string id = event_id(line.epoch, line.sequence);
    const Result<std::optional<Held>> previous = find_held(epoch.id, line.sequence - 1);
    if (!previous) return previous.error();
    const bool proven = epoch.ledger.proves_fork(line.sequence, Held::of(line), *previous ? &**previous : nullptr);
    if (proven) note_fork(line.sequence, id + " differs from what is committed", epoch, arrival);
    const std::string detail = id + (divergent ? " is held with other content" : " does not fit its neighbours");
    return set_aside(divergent ? SetAsideAlarm::Why::divergent : SetAsideAlarm::Why::broken, detail, text, arrival);
}

Result<void> CentralStore::set_aside(SetAsideAlarm::Why why, std::string_view detail, std::string_view text,
                                     Arrival& arrival) {
    AgentState& agent = *arrival.agent;
    const Digest digest = sha_(text);
    const std::string_view reason = count_as(why, agent.news);
    agent.set_aside_alarm.note(why, std::string(detail) + " (A" + to_hex(digest).substr(0, 16) + ")");
    // An agent that does not know better sends the same line again and again.
    if (auto done = count_again_.begin().bind(1, agent.id).bind_blob(2, view(digest)).run(); !done) return done;
    if (database_->changes() != 0) return {};
    const Result<bool> erased = was_erased_here(digest);
    if (!erased || *erased) return erased ? Result<void>() : erased.error();
    if (agent.set_aside >= most_set_aside) {
        ++agent.news.dropped;
        return {};
    }
    insert_set_aside_.begin().bind(1, agent.id).bind_blob(2, view(digest)).bind_text(3, reason);
    insert_set_aside_.bind_text(4, detail).bind(5, arrival.now).bind(6, static_cast<std::int64_t>(text.size()));
    insert_set_aside_.bind_blob(7, text.substr(0, longest_set_aside));
    if (auto done = insert_set_aside_.run(); !done) return done;
    ++agent.set_aside;
    return {};
}

}  // namespace tillpost
