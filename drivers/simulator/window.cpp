// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/window.hpp"

#include <utility>

namespace tillpost::simulator {

void Window::add(Played played) {
    const bool repeat = played.kind == Played::Kind::duplicate;
    to_send_.emplace_hint(to_send_.end(), ++added_, Pending{std::move(played), repeat, std::nullopt});
}

const std::string* Window::next() const {
    if (to_send_.empty() || in_flight_.size() >= most_in_flight_) return nullptr;
    return &to_send_.begin()->second.played.line;
}

void Window::sent(Time now) {
    const auto first = to_send_.begin();
    Pending& pending = first->second;
    if (pending.first_sent) {
        pending.repeat = true;
    } else {
        pending.first_sent = now;
    }
    ++sent_;
    if (pending.repeat) ++repeated_;
    in_flight_.emplace_back(first->first, std::move(pending));
    to_send_.erase(first);
}

std::optional<Window::Settled> Window::settle(Time now) {
    if (in_flight_.empty()) return std::nullopt;
    Pending& pending = in_flight_.front().second;
    Settled settled{std::move(pending.played), pending.repeat, now - *pending.first_sent};
    in_flight_.pop_front();
    return settled;
}

bool Window::refused() {
    if (in_flight_.empty()) return false;
    to_send_.insert(std::move(in_flight_.front()));
    in_flight_.pop_front();
    return true;
}

void Window::connection_lost() {
    while (refused()) {
    }
}

}  // namespace tillpost::simulator
