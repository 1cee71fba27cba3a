// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "drivers/simulator/store.hpp"

namespace tillpost::simulator {

/// The lines that have no answer yet, as a good POS keeps them: what was sent and not answered is sent again, the
/// same bytes in the same order, after every loss of the connection and every refusal. Pure.
class Window {
public:
    using Time = std::chrono::steady_clock::time_point;

    struct Settled {
        Played played;
        bool repeat = false;  ///< The agent may have known the line already: it is a duplicate, or was sent before.
        std::chrono::steady_clock::duration waited{};  ///< Since it was sent first.
    };

    explicit Window(std::size_t most_in_flight) : most_in_flight_(most_in_flight) {}

    /// Hands over a new line; it is sent behind all that are to be sent again.
    void add(Played played);
    /// The line to send next, valid until the next call; nullptr when there is none or too many are in flight.
    const std::string* next() const;
    /// What next() gave is on its way.
    void sent(Time now);

    /// The oldest line in flight was taken, or will never be; nullopt when none is in flight.
    std::optional<Settled> settle(Time now);
    /// The oldest line in flight was refused for now; false when none is in flight.
    bool refused();
    void connection_lost();

    std::size_t in_flight() const { return in_flight_.size(); }
    /// All without an answer, sent or not.
    std::size_t waiting() const { return in_flight_.size() + to_send_.size(); }
    bool has_room() const { return waiting() < most_in_flight_; }
    /// Lines sent, and those of them that were sent before or are deliberate duplicates.
    std::uint64_t sent() const { return sent_; }
    std::uint64_t repeated() const { return repeated_; }

private:
    struct Pending {
        Played played;
        bool repeat = false;
        std::optional<Time> first_sent;
    };
    using Order = std::uint64_t;

    std::size_t most_in_flight_;
    Order added_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t repeated_ = 0;
    std::map<Order, Pending> to_send_;
    std::deque<std::pair<Order, Pending>> in_flight_;
};

}  // namespace tillpost::simulator
