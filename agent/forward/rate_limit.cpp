// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/rate_limit.hpp"

#include <algorithm>

namespace tillpost {
namespace {

using Duration = SteadyTime::duration;
using std::chrono::hours;
using std::chrono::seconds;

constexpr Duration burst = seconds(1);
constexpr Duration longest_wait = hours(24);  // of a message at a very low rate
constexpr std::uint64_t smallest_limited_batch = 1 << 10;

Duration time_at(std::uint64_t amount, std::uint64_t per_second) {
    const std::chrono::duration<double> time(static_cast<double>(amount) / static_cast<double>(per_second));
    return time < longest_wait ? std::chrono::duration_cast<Duration>(time) : longest_wait;
}

void pay(SteadyTime& paid, const std::optional<std::uint64_t>& per_second, std::uint64_t amount, SteadyTime now) {
    if (per_second.value_or(0) == 0) return;
    paid = std::max(paid, now - burst) + time_at(amount, *per_second);
}

SteadyTime paid_under(const std::optional<std::uint64_t>& rate, const std::optional<std::uint64_t>& former,
                      SteadyTime paid, SteadyTime now) {
    if (!rate) return now - burst;
    if (*rate == 0) return SteadyTime::max();
    if (former.value_or(0) == 0 || paid <= now) return std::min(paid, now);
    const std::chrono::duration<double> left = paid - now;
    return now + time_at(static_cast<std::uint64_t>(left.count() * static_cast<double>(*former)), *rate);
}

std::optional<std::uint64_t> lower(const std::optional<std::uint64_t>& a, const std::optional<std::uint64_t>& b) {
    return a && b ? std::min(a, b) : (a ? a : b);
}

bool holds(const DailyRate& rate, seconds time) {
    if (rate.from == rate.to) return true;
    const bool after = time >= rate.from;
    const bool before = time < rate.to;
    return rate.from < rate.to ? after && before : after || before;
}

}  // namespace

void RateLimit::set(const Rate& rate, SteadyTime now) {
    if (rate == rate_) return;
    bytes_paid_ = paid_under(rate.bytes, rate_.bytes, bytes_paid_, now);
    messages_paid_ = paid_under(rate.messages, rate_.messages, messages_paid_, now);
    rate_ = rate;
}

void RateLimit::sent(std::uint64_t bytes, SteadyTime now) {
    pay(bytes_paid_, rate_.bytes, bytes, now);
    pay(messages_paid_, rate_.messages, 1, now);
}

std::uint64_t RateLimit::batch_bytes() const {
    return rate_.bytes ? std::max(smallest_limited_batch, *rate_.bytes / 2) : UINT64_MAX;
}

Rate rate_at(const std::vector<DailyRate>& rates, seconds time_of_day) {
    Rate rate;
    for (const DailyRate& each : rates) {
        if (!holds(each, time_of_day)) continue;
        rate.bytes = lower(rate.bytes, each.rate.bytes);
        rate.messages = lower(rate.messages, each.rate.messages);
    }
    return rate;
}

std::optional<seconds> until_change(const std::vector<DailyRate>& rates, seconds time_of_day) {
    std::optional<seconds> soonest;
    for (const DailyRate& each : rates) {
        if (each.from == each.to) continue;
        for (const seconds edge : {seconds(each.from), seconds(each.to)}) {
            const seconds left = edge > time_of_day ? edge - time_of_day : edge - time_of_day + hours(24);
            soonest = std::min(soonest.value_or(left), left);
        }
    }
    return soonest;
}

}  // namespace tillpost
