// SPDX-License-Identifier: Apache-2.0
// [audit-1] Seals: the agent's signed word on its chain; and what the wall clock did.
#include <charconv>

#include "agent/journal/own_events.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

/// Behind the last seal there are seal_every events and what one commit brings.
constexpr Sequence most_behind = 4'096;

std::string_view type_of(RowState state, std::string_view body) {
    if (state == RowState::withheld) return withheld_type;
    if (state == RowState::lost) return lost_type;
    const std::string_view type = body_type(body);
    return type.empty() ? other_types : type;
}

}  // namespace

void Store::note_unsealed(const StoredRow& row, const Digest& before, const Digest& chain, Sequence sequence) {
    if (!settings_.signer) return;
    unsealed_.add(type_of(row.state, row.body), row.body.size());
    if (row.state == RowState::lost) unsealed_.add_anchor({sequence, before, chain});
}

/// The rows behind the last seal are read again, backwards from the newest one; when no seal is found within the bound
/// (seals are new, or the key failed for long), the next seal begins at the bound: its head proves what is before all
/// the same.
Result<void> Store::load_seals() {
    if (!settings_.signer) return {};
    const Sequence bound = settings_.seal_every + most_behind;
    const Sequence least = std::max(live_.first, live_.last > bound ? live_.last - bound + 1 : 1);
    const Result<std::vector<UnsealedEvent>> behind = behind_last_seal({least, live_.last});
    if (!behind) return behind.error();
    const Sequence from = behind->empty() ? least : behind->back().sequence;
    const Result<std::optional<Digest>> before = chain_at(live_.ordinal, from - 1);
    if (!before) return before.error();
    if (!behind->empty()) unsealed_since_ = behind->back().recorded;
    Digest chain = before->value_or(Digest{});
    unsealed_.begin(from, chain);
    for (auto row = behind->rbegin(); row != behind->rend(); ++row) {
        unsealed_.add(row->type, row->bytes);
        if (row->type == "loss" || row->type == "quarantined") unsealed_.note_told();
        if (row->lost) unsealed_.add_anchor({row->sequence, chain, row->chain});
        chain = row->chain;
    }
    return {};
}

/// Of what no seal covers yet nobody else would say it before the next one vouches for its breaks.
Result<void> Store::disown_unsealed() {
    if (!unsealed_.has_anchors()) return {};
    LostRows lost;
    read_events_.begin().bind(1, position_of(unsealed_.first())).bind(2, position_of(live_.last));
    const auto read = read_events_.each([&](const Statement& found) {
        const EventRow row = event_row(found);
        if (row.state == RowState::lost) lost.lost_row(live_.epoch, row.sequence, row.reason);
        if (row.state == RowState::whole) lost.row(live_.epoch, row.sequence, row.body);
    });
    if (!read) return read.error();
    read_events_.reset();
    return disown_lost(lost.take_untold());
}

/// The newest first, to the last seal of the live epoch or the beginning of the range.
Result<std::vector<UnsealedEvent>> Store::behind_last_seal(Range range) {
    auto newest = database_->prepare(std::string(events_in_order) + " DESC");
    if (!newest) return newest.error();
    newest->begin().bind(1, position_of(range.from)).bind(2, position_of(range.to));
    std::vector<UnsealedEvent> rows;
    for (;;) {
        const Result<bool> found = newest->step();
        if (!found) return found.error();
        if (!*found) return rows;
        const EventRow row = event_row(*newest);
        const std::string_view type = type_of(row.state, row.body);
        rows.push_back({row.sequence, row.chain, row.state == RowState::lost, std::string(type), row.body.size(),
                        WallTime(Millis(row.recorded))});
        if (type == "seal" && seals_live(row.body)) return rows;
    }
}

/// A copy of a former epoch's seal is not one of this epoch.
bool Store::seals_live(std::string_view body) const {
    return body.find("\"data\":{\"epoch\":\"" + to_hex(live_.epoch) + "\"") != std::string_view::npos;
}

std::string_view Store::seal_due() const {
    if (!settings_.signer) return {};
    if (unsealed_.till_closed()) return "till_close";
    if (unsealed_.has_anchors()) return "damage";
    if (unsealed_.told()) return "loss";
    const bool many = unsealed_.count() >= settings_.seal_every || unsealed_.bytes() > most_read_again;
    return many ? "count" : std::string_view();
}

/// What the next seal of the live epoch says, signed. nullopt, logged: the key does not sign, and nothing waits for it.
std::optional<Seal> Store::signed_seal(std::string_view cause, const Timestamp& now) {
    Seal seal = unsealed_.seal();
    seal.epoch = live_.epoch;
    seal.ordinal = live_.ordinal;
    seal.head = live_.head;
    seal.time = rfc3339(now.wall);
    seal.synced = now.synced;
    seal.cause = cause;
    seal.certificate = settings_.signer->certificate();
    Result<std::string> signature = settings_.signer->sign(sealed_message(seal, settings_.source));
    const std::string condition = signature ? "ok" : signature.error().message;
    if (condition != sealing_ && !signature) {
        log::error("a seal cannot be signed: events are recorded without; tried again with the next one",
                   {{"why", condition}, {"what_to_do", "see the device key (device/key_file)"}});
    }
    sealing_ = condition;
    if (!signature) return std::nullopt;
    seal.signature = std::move(*signature);
    return seal;
}

Result<void> Store::insert_seal(const Seal& seal, const Timestamp& now) {
    Event event;
    event.type = "seal";
    event.data = encode(seal);
    const Digest before = live_.head;
    const bool of_live = seal.epoch == live_.epoch;
    const Result<Sequence> told = insert_own_at(event, now);
    if (!told) return told.error();
    if (!of_live) return {};
    unsealed_.begin(*told, before);
    unsealed_.add("seal", 0);
    return {};
}

Result<bool> Store::seal(std::string_view cause) {
    if (!settings_.signer || !unsealed_.anything()) return false;
    bool sealed = false;
    const auto work = [&]() -> Result<void> {
        const Timestamp now = clock_.now();
        // Before what the seal says: its time is of that clock, too.
        if (auto done = note_clock(now); !done) return done;
        const std::optional<Seal> seal = signed_seal(cause, now);
        sealed = seal.has_value();
        return seal ? insert_seal(*seal, now) : Result<void>();
    };
    if (auto done = transaction("seal the chain", work); !done) return done.error();
    return sealed;
}

/// [audit-1] In the transaction that takes a lost event out of the chain: afterwards nobody could tell an honest break
/// from one that hides something.
Result<void> Store::seal_break(const Seal::Anchor& anchor) {
    if (!settings_.signer) return {};
    unsealed_.add_anchor(anchor);
    const Timestamp now = clock_.now();
    if (auto done = note_clock(now); !done) return done;
    const std::optional<Seal> seal = signed_seal("damage", now);
    return seal ? insert_seal(*seal, now) : Result<void>();
}

/// The newest event's stamp is the last reading of the clock before this start, if the disk has left it as it was.
Result<void> Store::load_clock() {
    if (settings_.clock_step.count() == 0) return {};
    const Result<std::optional<StoredRow>> row = row_at(position_of(live_.last));
    if (!row) return row.error();
    if (!*row || (*row)->state != RowState::whole || sha_((*row)->body) != (*row)->digest) return {};
    const std::string_view body = (*row)->body;
    const std::string_view monotonic = body_attribute(body, "monotonic");
    std::int64_t since_boot = 0;
    const auto [end, error] = std::from_chars(monotonic.begin(), monotonic.end(), since_boot);
    const bool same_boot = error == std::errc() && body_attribute(body, "bootid") == clock_.boot_id();
    if (same_boot) {
        const bool synced = body_attribute(body, "clock") == "synced";
        const WallTime recorded{Millis((*row)->recorded)};
        (void)clock_watch_.look({recorded, Millis(since_boot), synced}, settings_.clock_step);
    }
    return {};
}

/// In a transaction, before the events whose times it explains.
Result<void> Store::note_clock(const Timestamp& now) {
    if (settings_.clock_step.count() == 0) return {};
    const std::optional<ClockStep> step = clock_watch_.look(now, settings_.clock_step);
    if (!step) return {};
    const Result<Sequence> told = insert_own_at(own::clock_step(*step), now);
    return told ? Result<void>() : Result<void>(told.error());
}

Result<void> Store::check_clock() {
    return transaction("note what the clock did", [this] { return note_clock(clock_.now()); });
}

}  // namespace tillpost
