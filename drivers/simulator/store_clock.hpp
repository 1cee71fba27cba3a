// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tillpost::simulator {

/// The store's own time: only ascends, from 08:00 to 20:00 of each day at UTC+1.
class StoreClock {
public:
    using Days = std::chrono::sys_days;
    using Millis = std::chrono::milliseconds;

    explicit StoreClock(Days first_day);
    void advance(Millis by);
    /// "2026-11-23"
    const std::string& date() const { return date_; }
    /// "2026-11-23T10:15:30.123+01:00"
    std::string time() const;
    /// When that day's tills are opened and closed, in the form of time().
    static std::string opening_time(const std::string& date);
    static std::string closing_time(const std::string& date);
    Days day() const { return day_; }

private:
    Days day_;
    Millis since_midnight_;
    std::string date_;
};

/// "2026-11-23"
std::string text_of(StoreClock::Days day);
/// nullopt unless the text is a day between 1970 and 9999 in that form.
std::optional<StoreClock::Days> parse_day(std::string_view text);

}  // namespace tillpost::simulator
