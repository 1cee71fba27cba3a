// SPDX-License-Identifier: Apache-2.0
#include "agent/day/pos_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

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

void PosNumbers::widen(Series& series, std::uint64_t value) {
    const bool fresh = series.low > series.high;
    series.low = fresh ? value : std::min(series.low, value);
    series.high = fresh ? value : std::max(series.high, value);
}

/// nullptr where there is no place for another one.
PosNumbers::Series* PosNumbers::series_of(const PosNumber& number) {
    auto found = series_.find(number.prefix);
    if (found == series_.end() && series_.size() == most_series) return nullptr;
    if (found == series_.end()) found = series_.emplace(number.prefix, Series{}).first;
    found->second.width = std::max(found->second.width, number.width);
    return &found->second;
}

PosNumbers::Added PosNumbers::add(std::string_view text) {
    const auto number = PosNumber::parse(text);
    Series* const series = number ? series_of(*number) : nullptr;
    Added added = Added::unplaced;
    if (series != nullptr) {
        widen(*series, number->value);
        added = insert(series->seen, number->value);
    }
    if (added == Added::unplaced) ++unplaced_;
    return added;
}

void PosNumbers::expect(std::string_view text) {
    const auto number = PosNumber::parse(text);
    Series* const series = number ? series_of(*number) : nullptr;
    if (series != nullptr) widen(*series, number->value);
}

void PosNumbers::name_missing(std::string_view text) {
    const auto number = PosNumber::parse(text);
    Series* const series = number ? series_of(*number) : nullptr;
    if (series != nullptr) (void)insert(series->named, number->value);
}

bool PosNumbers::has(std::string_view text) const {
    const auto number = PosNumber::parse(text);
    const auto found = number ? series_.find(number->prefix) : series_.end();
    return found != series_.end() && contains(found->second.seen, number->value);
}

bool PosNumbers::covers(std::string_view text) const {
    const auto number = PosNumber::parse(text);
    const auto found = number ? series_.find(number->prefix) : series_.end();
    return found != series_.end() && number->value <= found->second.high;
}

std::string PosNumbers::text(const std::string& prefix, const Series& series, std::uint64_t value) {
    std::string digits = std::to_string(value);
    if (digits.size() < series.width) digits.insert(0, series.width - digits.size(), '0');
    return prefix + digits;
}

/// Calls with prefix, series, first, last and whether the POS names it: a gap is cut where that changes.
template <class Call>
void PosNumbers::each_gap(Call call) const {
    for (const auto& [prefix, series] : series_) {
        const auto cut = [&call, &prefix = prefix, &series = series](std::uint64_t from, std::uint64_t to) {
            for (const auto& [first, last] : series.named) {
                const std::uint64_t start = std::max(first, from);
                const std::uint64_t end = std::min(last, to);
                if (start > end) continue;
                if (start > from) call(prefix, series, from, start - 1, false);
                call(prefix, series, start, end, true);
                from = end + 1;
            }
            if (from <= to) call(prefix, series, from, to, false);
        };
        std::uint64_t expected = series.low;
        for (const auto& [first, last] : series.seen) {
            if (first > expected) cut(expected, first - 1);
            expected = last + 1;
        }
        if (expected <= series.high) cut(expected, series.high);
    }
}

std::vector<PosNumbers::Gap> PosNumbers::gaps(std::size_t most) const {
    std::vector<Gap> found;
    each_gap([&](const std::string& prefix, const Series& series, std::uint64_t from, std::uint64_t to, bool named) {
        if (found.size() < most)
            found.push_back({text(prefix, series, from), text(prefix, series, to), to - from + 1, named});
    });
    return found;
}

std::uint64_t PosNumbers::missing() const {
    std::uint64_t count = 0;
    each_gap([&](const std::string&, const Series&, std::uint64_t from, std::uint64_t to, bool named) {
        if (!named) count += to - from + 1;
    });
    return count;
}

std::uint64_t PosNumbers::named() const {
    std::uint64_t count = 0;
    each_gap([&](const std::string&, const Series&, std::uint64_t from, std::uint64_t to, bool named) {
        if (named) count += to - from + 1;
    });
    return count;
}

const std::pair<const std::string, PosNumbers::Series>* PosNumbers::largest() const {
    const auto smaller = [](const auto& a, const auto& b) { return count_of(a.second.seen) < count_of(b.second.seen); };
    const auto found = std::max_element(series_.begin(), series_.end(), smaller);
    return found == series_.end() || found->second.low > found->second.high ? nullptr : &*found;
}

std::string PosNumbers::first() const {
    const auto* found = largest();
    return found == nullptr ? "" : text(found->first, found->second, found->second.low);
}

std::string PosNumbers::last() const {
    const auto* found = largest();
    return found == nullptr ? "" : text(found->first, found->second, found->second.high);
}

std::uint64_t PosNumbers::seen() const {
    std::uint64_t count = 0;
    for (const auto& [prefix, series] : series_) count += count_of(series.seen);
    return count;
}

std::string PosNumbers::state() const {
    json list = json::array();
    for (const auto& [prefix, series] : series_) {
        list.push_back({prefix, series.low, series.high, series.width, json_of(series.seen), json_of(series.named)});
    }
    const json state{{"series", std::move(list)}, {"unplaced", unplaced_}};
    return state.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::optional<PosNumbers> PosNumbers::from_state(std::string_view text) {
    const json state = json::parse(text, nullptr, false);
    if (!state.is_object() || !state.contains("series") || !state["series"].is_array()) return std::nullopt;
    if (state["series"].size() > most_series || !state.value("unplaced", json()).is_number_unsigned())
        return std::nullopt;
    PosNumbers numbers;
    numbers.unplaced_ = state["unplaced"].get<std::uint64_t>();
    for (const json& each : state["series"]) {
        const bool whole = each.is_array() && each.size() == 6 && each[0].is_string() && each[1].is_number_unsigned() &&
                           each[2].is_number_unsigned() && each[3].is_number_unsigned();
        if (!whole) return std::nullopt;
        Series series;
        series.low = each[1].get<std::uint64_t>();
        series.high = each[2].get<std::uint64_t>();
        series.width = std::min(each[3].get<std::size_t>(), most_digits);
        if (!read_ranges(each[4], series.seen) || !read_ranges(each[5], series.named)) return std::nullopt;
        numbers.series_.emplace(each[0].get<std::string>(), std::move(series));
    }
    return numbers;
}

}  // namespace tillpost::day
