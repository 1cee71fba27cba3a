// SPDX-License-Identifier: Apache-2.0
#include "agent/day/pos_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>

#include "agent/event/number_series.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

constexpr std::size_t most_digits = 18;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint64_t count_of(const std::map<std::uint64_t, std::uint64_t>& ranges) {
    std::uint64_t count = 0;
    for (const auto& [first, last] : ranges) count += last - first + 1;
    return count;
}

json json_of(const std::map<std::uint64_t, std::uint64_t>& ranges) {
    json list = json::array();
    for (const auto& [first, last] : ranges) list.push_back({first, last});
    return list;
}

/// False for what no state() has written.
bool read_ranges(const json& list, std::map<std::uint64_t, std::uint64_t>& ranges) {
    if (!list.is_array() || list.size() > PosNumbers::most_ranges) return false;
    for (const json& each : list) {
        if (!each.is_array() || each.size() != 2 || !each[0].is_number_unsigned() || !each[1].is_number_unsigned())
            return false;
        const auto first = each[0].get<std::uint64_t>();
        const auto last = each[1].get<std::uint64_t>();
        if (first > last || (!ranges.empty() && first <= ranges.rbegin()->second)) return false;
        ranges.emplace(first, last);
    }
    return true;
}

}  // namespace

std::optional<PosNumber> PosNumber::parse(std::string_view text) {
    const auto last_other = std::find_if_not(text.rbegin(), text.rend(), is_digit);
    const std::size_t start = static_cast<std::size_t>(text.rend() - last_other);
    const std::string_view digits = text.substr(start);
    if (digits.empty() || digits.size() > most_digits) return std::nullopt;
    PosNumber number;
    number.prefix = text.substr(0, start);
    std::from_chars(digits.data(), digits.data() + digits.size(), number.value);
    if (digits.size() > 1 && digits.front() == '0') number.width = digits.size();
    return number;
}

PosNumbers::Added PosNumbers::insert(Ranges& ranges, std::uint64_t value) {
    const auto next = ranges.upper_bound(value);
    const bool has_previous = next != ranges.begin();
    const auto previous = has_previous ? std::prev(next) : next;
    if (has_previous && previous->second >= value) return Added::repeated;
    const bool joins_next = next != ranges.end() && next->first == value + 1;
    if (has_previous && previous->second + 1 == value) {
        previous->second = joins_next ? next->second : value;
        if (joins_next) ranges.erase(next);
        return Added::fresh;
    }
    if (!joins_next && ranges.size() == most_ranges) return Added::unplaced;
    const std::uint64_t last = joins_next ? next->second : value;
    if (joins_next) ranges.erase(next);
    ranges.emplace(value, last);
    return Added::fresh;
}

bool PosNumbers::contains(const Ranges& ranges, std::uint64_t value) {
    const auto next = ranges.upper_bound(value);
    return next != ranges.begin() && std::prev(next)->second >= value;
}

/// Ranges that overlap or meet become one; of too many the new one is left out.
void PosNumbers::say(Ranges& said, std::uint64_t first, std::uint64_t last) {
    auto at = said.upper_bound(first);
    if (at != said.begin() && std::prev(at)->second + 1 >= first) --at;
    while (at != said.end() && at->first <= last + 1) {
        first = std::min(first, at->first);
        last = std::max(last, at->second);
        at = said.erase(at);
    }
    if (said.size() < most_said) said.emplace(first, last);
}

/// nullptr where there is no place for another one.
PosNumbers::Prefix* PosNumbers::prefix_of(const PosNumber& number) {
    auto found = prefixes_.find(number.prefix);
    if (found == prefixes_.end() && prefixes_.size() == most_series) return nullptr;
    if (found == prefixes_.end()) found = prefixes_.emplace(number.prefix, Prefix{}).first;
    found->second.width = std::max(found->second.width, number.width);
    return &found->second;
}

PosNumbers::Added PosNumbers::add(std::string_view text) {
    const auto number = PosNumber::parse(text);
    Prefix* const prefix = number ? prefix_of(*number) : nullptr;
    const Added added = prefix == nullptr ? Added::unplaced : insert(prefix->seen, number->value);
    if (added == Added::unplaced) ++unplaced_;
    return added;
}

void PosNumbers::expect(std::string_view first_text, std::string_view last_text) {
    const auto first = PosNumber::parse(first_text);
    const auto last = PosNumber::parse(last_text);
    Prefix* const of_first = first ? prefix_of(*first) : nullptr;
    Prefix* const of_last = last ? prefix_of(*last) : nullptr;
    if (of_first != nullptr && of_first == of_last && first->value <= last->value)
        return say(of_first->said, first->value, last->value);
    if (of_first != nullptr) say(of_first->said, first->value, first->value);
    if (of_last != nullptr) say(of_last->said, last->value, last->value);
}

void PosNumbers::name_missing(std::string_view text) {
    const auto number = PosNumber::parse(text);
    Prefix* const prefix = number ? prefix_of(*number) : nullptr;
    if (prefix != nullptr) (void)insert(prefix->named, number->value);
}

void PosNumbers::name_discarded(std::string_view text) {
    const auto number = PosNumber::parse(text);
    Prefix* const prefix = number ? prefix_of(*number) : nullptr;
    if (prefix != nullptr) (void)insert(prefix->discarded, number->value);
}

bool PosNumbers::has(std::string_view text) const {
    const auto number = PosNumber::parse(text);
    const auto found = number ? prefixes_.find(number->prefix) : prefixes_.end();
    return found != prefixes_.end() && contains(found->second.seen, number->value);
}

bool PosNumbers::covers(std::string_view text) const {
    const auto number = PosNumber::parse(text);
    const auto found = number ? prefixes_.find(number->prefix) : prefixes_.end();
    if (found == prefixes_.end()) return false;
    const auto all = series_of(found->second);
    return std::any_of(all.begin(), all.end(), [&number](const Series& each) {
        return number->value <= each.last && number->value + series_apart >= each.first;
    });
}

/// In order.
std::vector<PosNumbers::Series> PosNumbers::series_of(const Prefix& of) {
    std::vector<Series> found;
    const auto add = [&found](const Ranges::value_type& range, bool is_seen) {
        const auto& [first, last] = range;
        if (found.empty() || (first > found.back().last && first - found.back().last > series_apart))
            found.push_back({first, last, 0});
        found.back().last = std::max(found.back().last, last);
        if (is_seen) found.back().seen += last - first + 1;
    };
    auto said = of.said.begin();
    for (const auto& range : of.seen) {
        for (; said != of.said.end() && said->first <= range.first; ++said) add(*said, false);
        add(range, true);
    }
    for (; said != of.said.end(); ++said) add(*said, false);
    return found;
}

std::string PosNumbers::text(const std::string& prefix, const Prefix& of, std::uint64_t value) {
    std::string digits = std::to_string(value);
    if (digits.size() < of.width) digits.insert(0, of.width - digits.size(), '0');
    return prefix + digits;
}

/// Who names the number, and up to which one, at most `to`, that is the same.
std::pair<PosNumbers::Named, std::uint64_t> PosNumbers::named_from(const Prefix& of, std::uint64_t from,
                                                                   std::uint64_t to) {
    std::uint64_t upto = to;
    const auto holds = [from, &upto](const Ranges& ranges) {
        const auto next = ranges.upper_bound(from);
        const bool inside = next != ranges.begin() && std::prev(next)->second >= from;
        if (inside) {
            upto = std::min(upto, std::prev(next)->second);
        } else if (next != ranges.end()) {
            upto = std::min(upto, next->first - 1);
        }
        return inside;
    };
    if (holds(of.discarded)) return {Named::discarded, upto};
    const bool by_pos = holds(of.named);
    return {by_pos ? Named::by_pos : Named::by_nobody, upto};
}

/// Calls with the text before the digits, its numbers, first, last and who names it: a gap is cut where that changes.
template <class Call>
void PosNumbers::each_gap(Call call) const {
    for (const auto& [prefix, of] : prefixes_) {
        const auto cut = [&call, &prefix = prefix, &of = of](std::uint64_t from, std::uint64_t to) {
            while (from <= to) {
                const auto [named, upto] = named_from(of, from, to);
                call(prefix, of, from, upto, named);
                from = upto + 1;
            }
        };
        auto seen = of.seen.begin();
        for (const Series& series : series_of(of)) {
            std::uint64_t expected = series.first;
            for (; seen != of.seen.end() && seen->first <= series.last; ++seen) {
                if (seen->first > expected) cut(expected, seen->first - 1);
                expected = seen->second + 1;
            }
            if (expected <= series.last) cut(expected, series.last);
        }
    }
}

std::vector<PosNumbers::Gap> PosNumbers::gaps(std::size_t most) const {
    std::vector<Gap> found;
    each_gap([&](const std::string& prefix, const Prefix& of, std::uint64_t from, std::uint64_t to, Named named) {
        if (found.size() < most) found.push_back({text(prefix, of, from), text(prefix, of, to), to - from + 1, named});
    });
    return found;
}

std::uint64_t PosNumbers::missing(Named named) const {
    std::uint64_t count = 0;
    each_gap([&](const std::string&, const Prefix&, std::uint64_t from, std::uint64_t to, Named of_gap) {
        if (of_gap == named) count += to - from + 1;
    });
    return count;
}

std::string PosNumbers::end_of_largest(bool first) const {
    std::string end;
    std::uint64_t most = 0;
    for (const auto& [prefix, of] : prefixes_) {
        for (const Series& each : series_of(of)) {
            if (!end.empty() && each.seen <= most) continue;
            most = each.seen;
            end = text(prefix, of, first ? each.first : each.last);
        }
    }
    return end;
}

std::string PosNumbers::first() const { return end_of_largest(true); }

std::string PosNumbers::last() const { return end_of_largest(false); }

std::size_t PosNumbers::series() const {
    std::size_t count = 0;
    for (const auto& [prefix, of] : prefixes_) count += series_of(of).size();
    return count;
}

std::uint64_t PosNumbers::seen() const {
    std::uint64_t count = 0;
    for (const auto& [prefix, of] : prefixes_) count += count_of(of.seen);
    return count;
}

// Former releases have lowest and highest number of a prefix where this one has `said`, and read no more than them.
std::string PosNumbers::state() const {
    json list = json::array();
    json said = json::object();
    json discarded = json::object();
    for (const auto& [prefix, of] : prefixes_) {
        const auto all = series_of(of);
        const std::uint64_t low = all.empty() ? 1 : all.front().first;
        const std::uint64_t high = all.empty() ? 0 : all.back().last;
        list.push_back({prefix, low, high, of.width, json_of(of.seen), json_of(of.named)});
        if (!of.said.empty()) said[prefix] = json_of(of.said);
        if (!of.discarded.empty()) discarded[prefix] = json_of(of.discarded);
    }
    const json state{{"series", std::move(list)},
                     {"said", std::move(said)},
                     {"discarded", std::move(discarded)},
                     {"unplaced", unplaced_}};
    return state.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::optional<PosNumbers> PosNumbers::from_state(std::string_view text) {
    const json state = json::parse(text, nullptr, false);
    if (!state.is_object() || !state.contains("series") || !state["series"].is_array()) return std::nullopt;
    if (state["series"].size() > most_series || !state.value("unplaced", json()).is_number_unsigned())
        return std::nullopt;
    const json said = state.value("said", json());
    const json discarded = state.value("discarded", json());
    PosNumbers numbers;
    numbers.unplaced_ = state["unplaced"].get<std::uint64_t>();
    for (const json& each : state["series"]) {
        const bool whole = each.is_array() && each.size() == 6 && each[0].is_string() && each[1].is_number_unsigned() &&
                           each[2].is_number_unsigned() && each[3].is_number_unsigned();
        if (!whole) return std::nullopt;
        Prefix of;
        of.width = std::min(each[3].get<std::size_t>(), most_digits);
        if (!read_ranges(each[4], of.seen) || !read_ranges(each[5], of.named)) return std::nullopt;
        const std::string prefix = each[0].get<std::string>();
        if (said.is_object() && said.contains(prefix)) {
            if (!read_ranges(said[prefix], of.said)) return std::nullopt;
        } else if (!said.is_object() && each[1] <= each[2]) {
            for (const json& end : {each[1], each[2]}) say(of.said, end.get<std::uint64_t>(), end.get<std::uint64_t>());
        }
        if (discarded.is_object() && discarded.contains(prefix) && !read_ranges(discarded[prefix], of.discarded))
            return std::nullopt;
        numbers.prefixes_.emplace(prefix, std::move(of));
    }
    return numbers;
}

}  // namespace tillpost::day
