// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/event.hpp"
#include "agent/event/glance.hpp"
#include "agent/journal/clock_watch.hpp"
#include "agent/journal/record.hpp"
#include "agent/wire/protocol.hpp"

/// The events that the journal writes about itself: what happened to numbers and contents. agent/README.md, "The
/// agent's own events". Pure.
namespace tillpost::own {

/// The range's events follow directly behind, in order, with the same bodies and digests.
/// An empty range (to = from - 1) only says that the former epoch is closed there.
Event reissued(const EpochSummary& former, Range range, std::string_view cause);

/// These sequences' content is gone.
Event loss(Epoch epoch, const std::vector<Range>& ranges, std::string_view business_class, std::string_view reason);
constexpr std::size_t most_loss_ranges = 64;  ///< In one event.
/// The same of one that a person erased: `reason` is "erased", and who wanted it, and why, is said.
Event erased(Epoch epoch, Sequence sequence, const Erasure& by);

/// What was deleted after its confirmation cannot be sent again; the chain goes on behind it.
Event gone(Epoch epoch, Range range, const Digest& before, const Digest& after);

/// The content of an event that was committed is in quarantine now; `glance`: what can be told of it.
Event quarantined(Epoch epoch, Sequence sequence, std::string_view rule, std::string_view detail, const Digest& digest,
                  const Glance& glance);

/// What it says where a tombstone travels in the event's place.
constexpr std::string_view withheld_detail = "its content does not travel";
/// Bytes of an event's line; a few more than it has at last, but for what only the journal can mark.
std::size_t line_bytes(const std::string& source, const Event& event);
/// … and of the one that would say of `body`'s event that it is withheld.
std::size_t withheld_bytes(const std::string& source, std::string_view rule, std::string_view body);

/// What a device handed over is in quarantine, and why; `glance`: what can be told of it.
Event held_back(std::string_view device, const Rejection& rejection, std::string_view bytes, const Glance& glance);

/// The wall clock was set, or became synchronised.
Event clock_step(const ClockStep& step);
/// What a person decided of a record in quarantine.
struct Decision {
    std::string record;       ///< "Q1-42"
    std::string quarantined;  ///< Id of the event that spoke of it, "" if nobody knows it any more.
    std::string event;        ///< Id of the event that it became, "" for none.
    std::string rule;
    std::uint32_t user = 0;  ///< The machine's number of who decided.
    std::string actor, reason;
    std::string till, store, number, business_date;  ///< What a record that became no event says of itself, …
    std::optional<Millis> waited;            ///< … and how long it was in quarantine; nullopt for what was one.
    Digest digest{};                         ///< Of the bytes that were put into quarantine
    std::optional<Digest> found_digest;      ///< Of what was there, if it was altered.
    std::optional<Digest> corrected_digest;  ///< … and of those that travel in their place.
};
/// `word`: released, corrected, discarded.
Event decided(std::string_view word, const Decision& decision);

}  // namespace tillpost::own
