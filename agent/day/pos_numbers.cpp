// SPDX-License-Identifier: Apache-2.0
#include "agent/day/pos_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "agent/event/cut_text.hpp"
#include "agent/event/number_series.hpp"

namespace tillpost::day {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<PosNumber> PosNumber::parse(std::string_view text) {
    const auto last_other = std::find_if_not(text.rbegin(), text.rend(), is_digit);
    const std::size_t start = static_cast<std::size_t>(text.rend() - last_other);
    const std::string_view digits = text.substr(start);
    if (digits.empty() || digits.size() > PosNumbers::most_digits || is_cut(text)) return std::nullopt;
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

/// Of too many the new one is left out.
void PosNumbers::say(Ranges& said, std::uint64_t first, std::uint64_t last) {
    if (said.size() < most_said) unite(said, first, last);
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
    const bool turns = prefix != nullptr && turns_at(*prefix, number->value);
    const Added added = prefix == nullptr ? Added::unplaced : insert(prefix->seen, number->value);
    if (added == Added::unplaced) {
        ++unplaced_;
        return added;
    }
    if (turns) prefix->turn = {*prefix->newest, number->value};
    prefix->newest = number->value;
    return added;
}

void PosNumbers::expect(std::string_view first_text, std::string_view last_text) {
    const auto first = PosNumber::parse(first_text);
    const auto last = PosNumber::parse(last_text);
    Prefix* const of_first = first ? prefix_of(*first) : nullptr;
    Prefix* const of_last = last ? prefix_of(*last) : nullptr;
    if (of_first != nullptr && of_first == of_last && first->value <= last->value)
        return say(of_first->said, first->value, last->value);
    if (of_first != nullptr && of_first == of_last) of_first->turn = {first->value, last->value};
    if (of_first != nullptr) say(of_first->said, first->value, first->value);
    if (of_last != nullptr) say(of_last->said, last->value, last->value);
}

/// A turn that no number has shown was said, too.
void PosNumbers::forget_expected() {
    for (auto& [prefix, of] : prefixes_) {
        of.said.clear();
        of.named.clear();
        const bool was_seen = of.turn && of.turn->second <= 1 && is_top(of.turn->first, of.width) &&
                              contains(of.seen, of.turn->first) && contains(of.seen, of.turn->second);
        if (!was_seen) of.turn.reset();
    }
    std::erase_if(prefixes_,
                  [](const auto& each) { return each.second.seen.empty() && each.second.discarded.empty(); });
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

void PosNumbers::forget(std::string_view text) {
    const auto number = PosNumber::parse(text);
    const auto found = number ? prefixes_.find(number->prefix) : prefixes_.end();
    if (found == prefixes_.end()) return;
    Prefix& of = found->second;
    const std::uint64_t value = number->value;
    if (of.newest == value) of.newest.reset();
    if (of.turn && (of.turn->first == value || of.turn->second == value)) of.turn.reset();
    std::erase_if(of.said, [value](const auto& each) { return each.first == value || each.second == value; });
    (void)take_out(of.named, value);
    (void)take_out(of.discarded, value);
    const auto tells = [value](const Series& each) {
        return std::any_of(each.parts.begin(), each.parts.end(),
                           [value](const auto& part) { return part.first < value && value < part.second; });
    };
    const auto all = series_of(of);
    if (std::none_of(all.begin(), all.end(), tells) && take_out(of.seen, value)) ++unplaced_;
    if (of.seen.empty() && of.said.empty() && of.named.empty() && of.discarded.empty()) prefixes_.erase(found);
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
    const std::uint64_t value = number->value;
    if (turns_at(found->second, value)) return false;
    const auto is_of = [value](const Series& each) {
        // Between the parts of a series that turns what is nearer to its end comes next.
        const std::uint64_t before = each.turns() ? (each.first() - each.last()) / 2 : series_apart;
        const auto holds = [&](const auto& part) {
            return value <= part.second && value + std::min(before, series_apart) >= part.first;
        };
        return std::any_of(each.parts.begin(), each.parts.end(), holds);
    };
    const auto all = series_of(found->second);
    return std::any_of(all.begin(), all.end(), is_of);
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

template <class Call>
void PosNumbers::each_series(Call call) const {
    for (const auto& [prefix, of] : prefixes_) {
        for (const Series& series : series_of(of)) call(prefix, of, series);
    }
}

/// Calls with first, last and who names it: a gap is cut where that changes.
template <class Call>
void PosNumbers::each_gap_of(const Prefix& of, const Series& series, Call call) {
    const auto cut = [&call, &of](std::uint64_t from, std::uint64_t to) {
        while (from <= to) {
            const auto [named, upto] = named_from(of, from, to);
            call(from, upto, named);
            from = upto + 1;
        }
    };
    for (const auto& [first, last] : series.parts) {
        std::uint64_t expected = first;
        auto seen = of.seen.upper_bound(first);
        if (seen != of.seen.begin() && std::prev(seen)->second >= first) --seen;
        for (; seen != of.seen.end() && seen->first <= last; ++seen) {
            if (seen->first > expected) cut(expected, seen->first - 1);
            expected = seen->second + 1;
        }
        if (expected <= last) cut(expected, last);
    }
}

/// Calls with the text before the digits, its numbers, first, last and who names it.
template <class Call>
void PosNumbers::each_gap(Call call) const {
    each_series([&call](const std::string& prefix, const Prefix& of, const Series& series) {
        each_gap_of(of, series,
                    [&](std::uint64_t from, std::uint64_t to, Named named) { call(prefix, of, from, to, named); });
    });
}

std::vector<PosNumbers::Run> PosNumbers::runs(std::size_t most) const {
    std::vector<Run> found;
    each_series([&](const std::string& prefix, const Prefix& of, const Series& series) {
        if (found.size() == most) return;
        Run run{text(prefix, of, series.first()), text(prefix, of, series.last()), {}, {}, series.seen};
        if (series.turns()) {
            run.turns_after = text(prefix, of, series.parts.front().second);
            run.goes_on_at = text(prefix, of, series.parts.back().first);
        }
        each_gap_of(of, series, [&run](std::uint64_t from, std::uint64_t to, Named named) {
            if (named == Named::by_nobody) run.missing += to - from + 1;
        });
        found.push_back(std::move(run));
    });
    return found;
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
    each_series([&](const std::string& prefix, const Prefix& of, const Series& each) {
        if (!end.empty() && each.seen <= most) return;
        most = each.seen;
        end = text(prefix, of, first ? each.first() : each.last());
    });
    return end;
}

std::string PosNumbers::first() const { return end_of_largest(true); }

std::string PosNumbers::last() const { return end_of_largest(false); }

std::size_t PosNumbers::series() const {
    std::size_t count = 0;
    for (const auto& [prefix, of] : prefixes_) count += series_of(of).size();
    return count;
}

std::optional<PosNumbers::Within> PosNumbers::between(std::string_view first_text, std::string_view last_text) const {
    const auto first = PosNumber::parse(first_text);
    const auto last = PosNumber::parse(last_text);
    const auto found = first && last && first->prefix == last->prefix ? prefixes_.find(first->prefix) : prefixes_.end();
    if (found == prefixes_.end()) return std::nullopt;
    Within within;
    const auto add_part = [&](std::uint64_t from, std::uint64_t to) {
        Ranges named = found->second.named;
        for (const auto& [begin, end] : found->second.discarded) unite(named, begin, end);
        within.seen += count_between(found->second.seen, from, to);
        within.named += count_between(named, from, to);
        for (const auto& [begin, end] : named) {  // one that came after all
            const std::uint64_t lowest = std::max(begin, from);
            const std::uint64_t highest = std::min(end, to);
            if (lowest <= highest) within.named -= count_between(found->second.seen, lowest, highest);
        }
    };
    if (first->value <= last->value) {
        add_part(first->value, last->value);
    } else {
        add_part(first->value, largest_number);
        add_part(0, last->value);
    }
    return within;
}

std::uint64_t PosNumbers::seen() const {
    std::uint64_t count = 0;
    for (const auto& [prefix, of] : prefixes_) count += count_between(of.seen, 0, largest_number);
    return count;
}

}  // namespace tillpost::day
