// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include "agent/forward/delivery.hpp"

namespace tillpost::test {

using namespace std::chrono_literals;
using Action = Delivery::Decision::Action;

inline DeliverySettings strict_settings() {
    DeliverySettings settings;
    settings.order = DeliverySettings::Order::strict;
    settings.window = 4;
    settings.flow_events = 100;
    settings.flow_bytes = 100'000;
    return settings;
}

class DeliveryTest : public ::testing::Test {
protected:
    explicit DeliveryTest(const DeliverySettings& chosen = strict_settings()) : delivery(chosen, [] { return 0; }) {
        live.epoch = 7;
    }

    void journal(Sequence last, Sequence confirmed = 0, Sequence first = 1) {
        live.first = first;
        live.last = last;
        live.confirmed = confirmed;
        delivery.journal_has(live, now);
    }
    void connect(std::uint32_t receive_maximum = 100) { delivery.connected(receive_maximum, 0, now); }
    /// A receipt up to `upto`, as it is after the journal has checked it.
    void receipt(Sequence upto, std::vector<Range> also = {}, const std::vector<Range>& need = {}) {
        Confirmation confirmation;
        confirmation.confirmed = live.confirmed = upto;
        confirmation.also = std::move(also);
        delivery.receipt(confirmation, need, now);
        delivery.journal_has(live, now);
    }
    void hello() {
        ASSERT_EQ(delivery.next(now).action, Action::hello);
        delivery.hello_sent(now);
    }
    /// Sends what is due, `batch` events a message, and returns the ranges.
    std::vector<Range> send_all(Sequence batch = 10, bool acknowledge = true) {
        std::vector<Range> sent;
        for (;;) {
            const auto decision = delivery.next(now);
            if (decision.action != Action::send) return sent;
            const Range range{decision.range.from, std::min(decision.range.to, decision.range.from + batch - 1)};
            delivery.sent(decision.lane, range, (range.to - range.from + 1) * 500, ++ticket, now);
            sent.push_back(range);
            if (acknowledge) (void)delivery.acknowledged(ticket, now);
        }
    }

    EpochSummary live;
    Delivery delivery;
    Delivery::Ticket ticket = 0;
    SteadyTime now = SteadyTime() + 1h;
};

}  // namespace tillpost::test
