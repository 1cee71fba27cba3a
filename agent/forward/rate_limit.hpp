// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "platform/clock.hpp"

namespace tillpost {

/// What may be sent a second; nullopt: as much as the line carries. Nothing at all is a rate of 0.
struct Rate {
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint64_t> messages;
    friend bool operator==(const Rate&, const Rate&) = default;
};

/// Keeps what is sent within a rate. Pure.
///
/// A second's worth may go at once. What is larger than that goes, too, and the time that it takes at this rate is
/// waited for afterwards: so the rate holds on the average, and nothing is too large for ever.
class RateLimit {
public:
    /// What is still to be waited for under the former rate is waited for at the new one.
    void set(const Rate& rate, SteadyTime now);
    const Rate& rate() const { return rate_; }

    /// When the next message may go: the past if it may at once, SteadyTime::max() if never.
    SteadyTime due() const { return std::max(bytes_paid_, messages_paid_); }
    void sent(std::uint64_t bytes, SteadyTime now);
    /// Bytes of one message, so that a live one waits half a second behind it.
    std::uint64_t batch_bytes() const;

private:
    Rate rate_;
    SteadyTime bytes_paid_{};
    SteadyTime messages_paid_{};
};

/// A rate that holds at a time of day, local time: from `from` until before `to`, over midnight if `to` is the smaller,
/// all day if they are equal.
struct DailyRate {
    std::chrono::minutes from{0};
    std::chrono::minutes to{0};
    Rate rate;
};

/// The lowest of those that hold then.
Rate rate_at(const std::vector<DailyRate>& rates, std::chrono::seconds time_of_day);
/// How long until another one may hold; nullopt if the time of day makes no difference.
std::optional<std::chrono::seconds> until_change(const std::vector<DailyRate>& rates, std::chrono::seconds time_of_day);

}  // namespace tillpost
