// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/message_limit.hpp"

#include <algorithm>
#include <utility>

namespace tillpost {
namespace {

constexpr std::uint64_t no_limit_from = 2 << 20;  // no message is meant to be larger (delivery/batch_kb)
constexpr int most_needed = 48;
constexpr Millis while_unused{3'600'000};

}  // namespace

void MessageLimit::acknowledged(const Message& message, SteadyTime now) {
    if (message.bytes >= lost_.least.bytes) {
        lost_ = Losses();
        needed_ = most_times;
    }
    const Range& range = message.range;
    if (suspect_ && range.from <= suspect_->range.from && suspect_->range.from <= range.to) end_trial();
    grow(message, now);
}

void MessageLimit::covered(Sequence upto) {
    if (missed_.message.range.from <= upto) missed_.times = 0;
    if (suspect_ && suspect_->range.from <= upto) end_trial();
}

// Several of a window are as large: half of each is the same.
void MessageLimit::halve(std::uint64_t bytes, SteadyTime now) {
    bytes_ = std::min(bytes_, std::max(smallest, bytes / 2));
    former_ = unlimited;
    grow_at_ = now + grow_after_;
}

// By messages that use the limit up: smaller ones say nothing of it, and it is tried less often where only they go. An
// acknowledgement alone says little, but what has failed within the time would have been noticed.
void MessageLimit::grow(const Message& message, SteadyTime now) {
    const Millis unused = message.bytes > bytes_ / 2 ? Millis(0) : while_unused;
    if (bytes_ == unlimited || now < grow_at_ + unused) return;
    if (former_ != unlimited) grow_after_ = first_growth;  // It has held since it grew last.
    former_ = bytes_;
    bytes_ = bytes_ >= no_limit_from / 2 ? unlimited : bytes_ * 2;
    if (bytes_ == unlimited) certain_ = false;
    grow_at_ = now + grow_after_;
}

/// Whether it was larger than what has held before: then that counts again, at once.
bool MessageLimit::fell_back(const Message& message, SteadyTime now) {
    if (now >= grow_at_ || message.bytes <= former_ || message.one_event()) return false;
    bytes_ = std::exchange(former_, unlimited);
    grow_after_ = std::min(grow_after_ * 2, longest_growth);
    grow_at_ = now + grow_after_;
    return true;
}

bool MessageLimit::refused(const Message& message, SteadyTime now) {
    if (message.one_event()) return message.bytes > smallest;
    if (!fell_back(message, now)) halve(message.bytes, now);
    certain_ = true;
    return false;
}

void MessageLimit::lost(const Message& message, bool too_large, SteadyTime now) {
    certain_ = certain_ || (too_large && !message.one_event());
    if (fell_back(message, now)) return;
    if (lost_.times++ == 0 || message.bytes < lost_.least.bytes) lost_.least = message;
    if (!too_large && lost_.times < needed_) return;
    const Message least = too_large || message.one_event() || lost_.least.one_event() ? message : lost_.least;
    lost_ = Losses();
    if (too_large && !message.one_event()) return halve(message.bytes, now);
    if (least.bytes > smallest) suspect(least);
}

void MessageLimit::suspect(const Message& message) {
    if (!suspect_ || suspect_->range.from != message.range.from) end_trial();
    suspect_ = message;
}

void MessageLimit::end_trial() {
    suspect_.reset();
    closed_ = unclear_ = 0;
}

void MessageLimit::missed(const Message& message, SteadyTime now) {
    if (fell_back(message, now)) return;
    if (missed_.message.range.from != message.range.from) missed_.times = 0;
    missed_.message = message;
    missed_.times = std::min(missed_.times + 1, most_times);
    if (missed_.times == most_times && !message.one_event()) halve(message.bytes, now);
}

// Smaller messages cost little: one that does not pass is enough for them, or three of which nothing is known.
bool MessageLimit::tried(Trial outcome, SteadyTime now) {
    if (!suspect_) return false;
    const Message tried = *suspect_;
    if (outcome == Trial::closed && tried.one_event() && ++closed_ < most_trials) return false;
    const bool unclear = outcome == Trial::untried || (outcome == Trial::open && !tried.one_event());
    if (unclear && ++unclear_ < most_times) return false;
    end_trial();
    if (outcome == Trial::passed) needed_ = std::min(needed_ * 2, most_needed);
    if (tried.one_event()) return outcome == Trial::refused || outcome == Trial::closed;
    if (outcome == Trial::refused) certain_ = true;
    if (outcome != Trial::passed) halve(tried.bytes, now);
    return false;
}

std::optional<MessageLimit::Message> MessageLimit::missing() const {
    if (missed_.times < most_times || !missed_.message.one_event()) return std::nullopt;
    return missed_.message;
}

}  // namespace tillpost
