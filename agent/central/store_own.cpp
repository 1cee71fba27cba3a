// SPDX-License-Identifier: Apache-2.0
// What agents say of their own streams, kept in tables and, for what is gone, in the ranges.
#include "agent/central/arrival.hpp"
#include "agent/central/many_epochs.hpp"
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"

#include <type_traits>

namespace tillpost {
namespace {

std::string words(const Range& range) { return std::to_string(range.from) + ".." + std::to_string(range.to); }

std::int64_t number(Sequence sequence) { return static_cast<std::int64_t>(sequence); }

}  // namespace

Result<void> CentralStore::take_own(const Line& line, const Envelope& envelope, std::int64_t position,
                                    Arrival& arrival) {
    const Result<OwnEvent> event = read_own_event(envelope.type, data_of(line.body));
    if (!event) {
        arrival.committed->alarms.push_back(arrival.source + ": " + event_id(line.epoch, line.sequence) + " (" +
                                            envelope.type + ") says nothing usable: " + event.error().message);
        return {};
    }
    const auto take = [&](const auto& statement) -> Result<void> {
        if constexpr (std::is_same_v<std::decay_t<decltype(statement)>, std::monostate>) {
            return {};
        } else {
            return take_statement(statement, position, arrival);
        }
    };
    return std::visit(take, *event);
}

/// The epoch that a line or an event names; nullptr if the agent has too many already. An alarm tells of that now and
/// then, and before it comes.
Result<CentralStore::EpochState*> CentralStore::named_epoch(Epoch number, Arrival& arrival) {
    const std::size_t before = arrival.agent->epochs.size();
    Result<EpochState*> epoch = epoch_of(arrival.source, *arrival.agent, number);
    if (!epoch) return epoch;
    const std::size_t epochs = arrival.agent->epochs.size();
    if (*epoch == nullptr) ++arrival.agent->news.crowded;
    if (*epoch != nullptr && (epochs == before || epochs < many_epochs)) return epoch;
    constexpr std::int64_t again_after = 3'600'000;
    std::int64_t& said = arrival.agent->many_said;
    if (said != 0 && arrival.now - said >= 0 && arrival.now - said < again_after) return epoch;
    said = arrival.now;
    arrival.committed->alarms.push_back(about_many_epochs(arrival.source, epochs) + ". The last one is " +
                                        to_hex(number));
    return epoch;
}

Result<void> CentralStore::take_statement(const Reissued& event, std::int64_t position, Arrival& arrival) {
    const Result<EpochState*> former = named_epoch(event.former, arrival);
    if (!former) return former.error();
    if (*former == nullptr) return {};
    moves_.reset();
    insert_reissue_.begin().bind(1, position).bind(2, (*former)->id).bind(3, number(event.range.from));
    return insert_reissue_.bind(4, number(event.range.to)).bind_text(5, event.cause).run();
}

Result<void> CentralStore::take_statement(const Loss& event, std::int64_t position, Arrival& arrival) {
    const Result<EpochState*> epoch = named_epoch(event.epoch, arrival);
    if (!epoch) return epoch.error();
    if (*epoch == nullptr) return {};
    for (const Range& range : event.ranges) {
        insert_loss_.begin().bind(1, (*epoch)->id).bind(2, number(range.from)).bind(3, number(range.to));
        insert_loss_.bind(4, position).bind_text(5, event.business_class).bind_text(6, event.reason);
        if (auto done = insert_loss_.run(); !done) return done;
        if (event.reason != "erased") continue;
        if (auto done = erase_content(**epoch, range, position, arrival); !done) return done;
    }
    return {};
}

Result<void> CentralStore::take_statement(const Gone& event, std::int64_t position, Arrival& arrival) {
    const Result<EpochState*> found = named_epoch(event.epoch, arrival);
    if (!found) return found.error();
    if (*found == nullptr) return {};
    EpochState& epoch = **found;
    const Passing passing = epoch.ledger.judge_gone(event.range, event.before, event.after);
    if (passing == Passing::held) return {};
    insert_gone_.begin().bind(1, epoch.id).bind(2, number(event.range.from)).bind(3, number(event.range.to));
    insert_gone_.bind(4, position).bind_blob(5, view(event.before)).bind_blob(6, view(event.after)).bind(7, 0);
    if (auto done = insert_gone_.run(); !done) return done;
    if (passing == Passing::misfit) note_misfit(event.range, epoch, arrival);
    arrival.touched->epochs.insert(event.epoch);
    return passing == Passing::pass ? pass_waiting(epoch, event.range.from, arrival) : Result<void>();
}

// What the agent has pruned it cannot send again; only a fork lets both go on (found by tests/model).
void CentralStore::note_misfit(Range range, EpochState& epoch, Arrival& arrival) {
    const std::string why = words(range) + " of epoch " + to_hex(epoch.ledger.epoch()) +
                            " is gone, it says, and that does not fit what is committed";
    note_fork(range.from, why, epoch, arrival);
}

/// Of what was asked for and nobody has any more. What of it is held is not lost.
void CentralStore::note_gone(Range range, const EpochState& epoch, Arrival& arrival) {
    const std::vector<Range> missing = epoch.ledger.missing(range, range.to, Ledger::most_spans);
    if (missing.empty()) return;
    std::uint64_t count = 0;
    for (const Range& each : missing) count += each.to + 1 - each.from;
    const std::string first = event_id(epoch.ledger.epoch(), missing.front().from);
    const std::string last = event_id(epoch.ledger.epoch(), missing.back().to);
    const std::string which =
        count == 1 ? "1 event (" + first : std::to_string(count) + " events (" + first + " to " + last;
    arrival.committed->alarms.push_back(
        arrival.source + ": " + which +
        ") will never come: they had been confirmed and are deleted there, as where this store was restored from an "
        "older backup. Put a newer backup in its place if there is one; otherwise let the POS send them again, or take "
        "them from what this receiver had passed on. `tillpost-central agents` counts them (GONE)");
}

void CentralStore::note_fork(Sequence sequence, std::string_view why, EpochState& epoch, Arrival& arrival) {
    if (epoch.fork && *epoch.fork <= sequence) return;
    epoch.fork = sequence;
    epoch.changed = true;
    arrival.committed->alarms.push_back(arrival.source + " has a second history: " + std::string(why));
}

Result<void> CentralStore::pass_waiting(EpochState& epoch, Sequence first, Arrival& arrival) {
    for (;;) {
        const Result<Sequence> last = pass_one(epoch, first, arrival);
        if (!last) return last.error();
        if (*last == 0) return {};
        first = *last + 1;
    }
}

Result<Sequence> CentralStore::pass_one(EpochState& epoch, Sequence first, Arrival& arrival) {
    find_waiting_.begin().bind(1, epoch.id).bind(2, number(first));
    for (;;) {
        const Result<bool> row = find_waiting_.step();
        if (!row) return row.error();
        if (!*row) return Sequence{0};
        const Range range{first, static_cast<Sequence>(find_waiting_.integer(0))};
        const std::int64_t position = find_waiting_.integer(1);
        const Digest before = digest_from_bytes(find_waiting_.bytes(2));
        const Digest after = digest_from_bytes(find_waiting_.bytes(3));
        const Passing passing = epoch.ledger.judge_gone(range, before, after);
        if (passing == Passing::misfit) note_misfit(range, epoch, arrival);
        if (passing != Passing::pass) continue;
        find_waiting_.reset();
        note_gone(range, epoch, arrival);
        epoch.ledger.pass(range, after);
        epoch.changed = true;
        pass_gone_.begin().bind(1, epoch.id).bind(2, number(first)).bind(3, number(range.to)).bind(4, position);
        if (auto done = pass_gone_.run(); !done) return done.error();
        return range.to;
    }
}

Result<void> CentralStore::take_gone_content(const Line& line, std::string_view text, EpochState& epoch,
                                             Arrival& arrival) {
    find_gone_.begin().bind(1, epoch.id).bind(2, number(line.sequence));
    const Result<bool> row = find_gone_.step();
    if (!row) return row.error();
    if (!*row) return Error{Errc::corrupt, event_id(line.epoch, line.sequence) + " is in a range, but not there"};
    const bool at_end = static_cast<Sequence>(find_gone_.integer(0)) == line.sequence;
    bool fits = !at_end || digest_from_bytes(find_gone_.bytes(1)) == line.chain;
    find_gone_.reset();
    // What was given up has turned up. It is checked against those neighbours that are there.
    const Held held = Held::of(line);
    const Result<std::optional<Held>> previous = find_held(epoch.id, line.sequence - 1);
    const Result<std::optional<Held>> next = find_held(epoch.id, line.sequence + 1);
    if (!previous || !next) return previous ? next.error() : previous.error();
    if (*previous) fits = fits && epoch.ledger.links(**previous, line.sequence, held);
    if (*next) fits = fits && epoch.ledger.links(held, line.sequence + 1, **next);
    return fits ? take_fresh(line, false, epoch, arrival) : refuse(line, Verdict::broken, text, epoch, arrival);
}

Result<void> CentralStore::take_statement(const Quarantined& event, std::int64_t position, Arrival& arrival) {
    const Result<EpochState*> epoch = named_epoch(event.epoch, arrival);
    if (!epoch) return epoch.error();
    if (*epoch == nullptr) return {};
    insert_settled_.begin().bind(1, position_of((*epoch)->id, event.sequence)).bind(2, position);
    return insert_settled_.bind_text(3, event.rule).run();
}

}  // namespace tillpost
