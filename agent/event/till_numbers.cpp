// SPDX-License-Identifier: Apache-2.0
#include "agent/event/till_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string_view>

#include "agent/event/number_series.hpp"

namespace tillpost {
namespace {

struct Number {
    std::string_view day;
    std::uint64_t value = 0;
};

/// Of "pos/<till>/<business date>/<number>"; nullopt for another key, or a number with anything but digits.
std::optional<Number> number_of(std::string_view subject) {
    const std::size_t slash = subject.rfind('/');
    if (!subject.starts_with("pos/") || slash == std::string_view::npos) return std::nullopt;
    const std::string_view digits = subject.substr(slash + 1);
    Number number{subject.substr(0, slash)};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number.value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

}  // namespace

bool TillNumbers::check(Event& event) {
    const auto number = number_of(event.subject);
    if (!number) return false;
    if (!event.corrects.empty()) {
        note_correction(number->day, number->value);
        return false;
    }
    std::uint64_t expected = 0;
    switch (see(number->day, number->value, expected)) {
        case Seen::in_order: break;
        case Seen::gap:
            event.quality.mark_always("number_gap", "/number", "expected_" + std::to_string(expected));
            break;
        case Seen::again: event.quality.mark_always("number_repeat", "/number"); return false;
    }
    return true;
}

void TillNumbers::recall(std::string_view subject) {
    std::uint64_t expected = 0;
    if (const auto number = number_of(subject)) (void)see(number->day, number->value, expected);
}

TillNumbers::Seen TillNumbers::see(std::string_view key, std::uint64_t value, std::uint64_t& expected) {
    const auto found = days_.find(key);
    if (found == days_.end()) {
        if (order_.size() == most_days) {
            days_.erase(order_.front());
            order_.pop_front();
        }
        order_.emplace_back(key);
        days_.emplace(key, Day{value, value});
        return Seen::in_order;
    }
    Day& day = found->second;
    if (value > day.highest && value - day.highest > series_apart) {
        day = {value, value};
        return Seen::in_order;
    }
    if (value > day.highest) {
        const std::uint64_t next = expected = day.highest + 1;
        while (expected < value && day.corrections.contains(expected)) ++expected;
        leave_out(day, next, value);
        for (const std::uint64_t given : day.corrections) day.missing.erase(given);
        day.corrections.erase(day.corrections.begin(), day.corrections.upper_bound(value));
        day.highest = value;
        return value == expected ? Seen::in_order : Seen::gap;
    }
    if (value < day.lowest || day.missing.erase(value) > 0) return Seen::in_order;
    return Seen::again;
}

/// It may be the number of what is corrected, which nobody remembers: so it moves no series, and is only not missing.
void TillNumbers::note_correction(std::string_view key, std::uint64_t value) {
    const auto found = days_.find(key);
    if (found == days_.end() || value <= found->second.highest) return;
    std::set<std::uint64_t>& given = found->second.corrections;
    given.insert(value);
    // The next numbers are asked for first.
    if (given.size() > most_corrections) given.erase(std::prev(given.end()));
}

void TillNumbers::forget(std::string_view subject) {
    const auto number = number_of(subject);
    if (!number) return;
    const auto found = days_.find(number->day);
    if (found == days_.end() || number->value > found->second.highest || number->value < found->second.lowest) return;
    leave_out(found->second, number->value, number->value + 1);
}

/// From … to - 1 are missing. Of more than are remembered the lowest are not judged any more.
void TillNumbers::leave_out(Day& day, std::uint64_t from, std::uint64_t to) {
    if (to - from > most_missing) day.lowest = from = to - most_missing;
    for (std::uint64_t number = from; number < to; ++number) day.missing.insert(number);
    while (day.missing.size() > most_missing) {
        day.lowest = *day.missing.begin() + 1;
        day.missing.erase(day.missing.begin());
    }
}

}  // namespace tillpost
