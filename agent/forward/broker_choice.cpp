// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/broker_choice.hpp"

#include <algorithm>

namespace tillpost {

BrokerChoice::BrokerChoice(const Settings& settings)
    : settings_(settings), standings_(settings.brokers, Standing(settings)) {}

std::vector<std::size_t> BrokerChoice::round(SteadyTime now) const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < standings_.size(); ++i) order.push_back(i);
    const auto turn = [&](std::size_t broker) { return std::max(now, standings_[broker].set_aside_until); };
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return turn(a) < turn(b); });
    return order;
}

void BrokerChoice::connected(std::size_t broker, SteadyTime now, std::uint64_t random) {
    current_ = broker;
    since_ = now;
    look_at_ = next_look(now, random);
}

void BrokerChoice::refused(std::size_t broker, SteadyTime now) {
    current_.reset();
    set_aside(broker, now);
}

void BrokerChoice::lost(SteadyTime now) {
    if (!current_) return;
    Standing& standing = standings_[*current_];
    if (now - since_ < settings_.stable_after) {
        set_aside(*current_, now);
    } else {
        standing = Standing(settings_);
    }
    current_.reset();
}

void BrokerChoice::set_aside(std::size_t broker, SteadyTime now) {
    Standing& standing = standings_[broker];
    standing.set_aside_until = now + standing.next_time;
    standing.next_time = std::min(standing.next_time * 2, settings_.longest_set_aside);
}

SteadyTime BrokerChoice::look_at() const { return current_.value_or(0) == 0 ? SteadyTime::max() : look_at_; }

std::vector<std::size_t> BrokerChoice::better(SteadyTime now, std::uint64_t random) {
    std::vector<std::size_t> result;
    if (now < look_at()) return result;
    look_at_ = next_look(now, random);
    for (std::size_t i = 0; i < *current_; ++i) {
        if (good(i, now)) result.push_back(i);
    }
    return result;
}

SteadyTime BrokerChoice::next_look(SteadyTime now, std::uint64_t random) const {
    const auto span = static_cast<std::uint64_t>(settings_.return_after.count());
    return now + settings_.return_after / 2 + Millis(static_cast<Millis::rep>(random % (span + 1)));
}

}  // namespace tillpost
