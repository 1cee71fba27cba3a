// SPDX-License-Identifier: Apache-2.0
// [flow-1] [once-1] The delivery's decisions against a model broker and central, with a seed as the bug report.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "agent/forward/delivery.hpp"

namespace tillpost {
namespace {

using namespace std::chrono_literals;
using Action = Delivery::Decision::Action;

DeliverySettings settings() {
    DeliverySettings settings;
    settings.window = 4;
    settings.flow_events = 100;
    settings.flow_bytes = 100'000;
    return settings;
}

/// A broker that loses messages and a central that takes what arrives: whatever happens, everything is confirmed once
/// the line is fair, and never more than the flow limit is uncovered.
class World {
public:
    explicit World(unsigned seed) : random_(seed), delivery_(settings(), [this] { return random_(); }) {
        live_.epoch = 7;
        live_.last = 300;
    }

    bool run() {
        for (int step = 0; step < 20'000 && live_.confirmed < live_.last; ++step) {
            fair_ = step > 2'000;
            delivery_.journal_has(live_, now_);
            if (delivery_.mode() == Delivery::Mode::offline) delivery_.connected(5, 0, now_);
            if (!fair_ && random_() % 97 == 0) drop_connection();
            act();
            EXPECT_LE(delivery_.outstanding_events(), settings().flow_events);
        }
        return live_.confirmed == live_.last;
    }

private:
    void act() {
        const auto decision = delivery_.next(now_);
        switch (decision.action) {
            case Action::hello:
                delivery_.hello_sent(now_);
                if (fair_ || random_() % 3 != 0) receipt();
                break;
            case Action::send: send(decision.lane, decision.range); break;
            case Action::wait:
                if (fair_ || random_() % 2 == 0) receipt();
                now_ += std::chrono::milliseconds(random_() % 3'000);
                break;
        }
    }
    void send(Lane lane, Range range) {
        range.to = std::min(range.to, range.from + random_() % 7);
        const auto ticket = ++ticket_;
        delivery_.sent(lane, range, 100, ticket, now_);
        const bool refuse = !fair_ && random_() % 11 == 0;
        const bool lose = !fair_ && random_() % 5 == 0;
        if (refuse) return delivery_.refused(ticket, now_);
        if (!lose) {
            for (Sequence n = range.from; n <= range.to; ++n) central_.insert(n);
        }
        (void)delivery_.acknowledged(ticket, now_);
    }
    void receipt() {
        Confirmation confirmation;
        std::vector<Range> need;
        Sequence upto = 0;
        while (central_.count(upto + 1) != 0) ++upto;
        Sequence end = upto;
        for (const Sequence n : central_) {
            if (n <= upto) continue;
            if (n > end + 1) {
                need.push_back({end + 1, n - 1});
                confirmation.also.push_back({n, n});
            } else {
                confirmation.also.back().to = n;
            }
            end = n;
        }
        confirmation.confirmed = live_.confirmed = upto;
        delivery_.receipt(confirmation, need, now_);
    }
    void drop_connection() { delivery_.disconnected(); }

    std::mt19937 random_;
    EpochSummary live_;
    Delivery delivery_;
    std::set<Sequence> central_;
    SteadyTime now_ = SteadyTime() + 1h;
    Delivery::Ticket ticket_ = 0;
    bool fair_ = false;
};

TEST(DeliverySimulationTest, EverythingArrivesOnceTheLineIsFair) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        ASSERT_TRUE(World(seed).run()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace tillpost
