// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/message_limit.hpp"

#include <algorithm>
#include <utility>

namespace tillpost {
namespace {

constexpr std::uint64_t no_limit_from = 2 << 20;  // no message is meant to be larger (delivery/batch_kb)
constexpr std::chrono::hours longest_growth{24};

}  // namespace

void MessageLimit::sent(SteadyTime now) {
    if (bytes_ == unlimited || now < grow_at_) return;
    bytes_ = bytes_ >= no_limit_from / 2 ? unlimited : bytes_ * 2;
    grow_at_ = now + grow_after_;
    grown_ = true;
}

void MessageLimit::acknowledged(const Message& message) {
    if (message.bytes >= lost_.least) lost_ = Losses();
    const Range& range = message.range;
    if (suspect_ && range.from <= suspect_->range.from && suspect_->range.from <= range.to) suspect_.reset();
}

void MessageLimit::covered(Sequence upto) {
    if (missed_.message.range.from <= upto) missed_.times = 0;
    if (suspect_ && suspect_->range.from <= upto) suspect_.reset();
}

// Several of a window are as large: half of each is the same.
void MessageLimit::halve(std::uint64_t bytes, SteadyTime now) {
    bytes_ = std::min(bytes_, std::max(smallest, bytes / 2));
    if (std::exchange(grown_, false)) grow_after_ = std::min<Millis>(grow_after_ * 2, longest_growth);
    grow_at_ = now + grow_after_;
}

bool MessageLimit::refused(const Message& message, SteadyTime now) {
    if (message.one_event()) return message.bytes > smallest;
    halve(message.bytes, now);
    return false;
}

void MessageLimit::lost(const Message& message, bool too_large, SteadyTime now) {
    ++lost_.times;
    lost_.least = std::min(lost_.least, message.bytes);
    if (!too_large && lost_.times < most_times) return;
    const std::uint64_t least = too_large ? message.bytes : lost_.least;
    lost_ = Losses();
    if (!message.one_event()) return halve(least, now);
    if (message.bytes <= smallest) return;
    if (!suspect_ || suspect_->range.from != message.range.from) trials_ = 0;
    suspect_ = message;
}

void MessageLimit::missed(const Message& message, SteadyTime now) {
    if (missed_.message.range.from != message.range.from) missed_.times = 0;
    missed_.message = message;
    missed_.times = std::min(missed_.times + 1, most_times);
    if (missed_.times == most_times && !message.one_event()) halve(message.bytes, now);
}

bool MessageLimit::tried(Trial outcome) {
    if (!suspect_ || (outcome == Trial::closed && ++trials_ < most_trials)) return false;
    suspect_.reset();
    trials_ = 0;
    return outcome == Trial::refused || outcome == Trial::closed;
}

std::optional<MessageLimit::Message> MessageLimit::missing() const {
    if (missed_.times < most_times || !missed_.message.one_event()) return std::nullopt;
    return missed_.message;
}

}  // namespace tillpost
