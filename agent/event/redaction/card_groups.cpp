// SPDX-License-Identifier: Apache-2.0
// Numbers in groups, and what may stand between the groups.
#include <algorithm>
#include <array>
#include <span>

#include "agent/event/gs1/characters.hpp"
#include "agent/event/redaction/card_finder.hpp"
#include "agent/event/redaction/card_number.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_free_groups = 7;
constexpr std::size_t most_card_groups = 5;
constexpr std::size_t most_marked_groups = 7;  // 19 digits in thousands
constexpr std::size_t group_digits = 4;

/// As cards show their numbers: in fours, the last group perhaps shorter; 4-6-5 (American Express), 4-6-4 (Diners).
bool is_card_grouping(std::span<const std::size_t> groups) {
    constexpr std::size_t middle = 6;
    if (groups.size() < 3 || groups[0] != group_digits) return false;
    const std::size_t last = groups.back();
    if (groups.size() == 3) return groups[1] == middle && (last == 4 || last == 5);
    const auto before = groups.first(groups.size() - 1);
    const bool fours = std::all_of(before.begin(), before.end(), [](std::size_t size) { return size == group_digits; });
    return fours && last >= 1 && last <= group_digits && groups.size() <= most_card_groups;
}

/// As a spreadsheet writes a number: "4 268 656 355 150 580".
bool is_thousands(std::span<const std::size_t> groups) {
    constexpr std::size_t fewest = 5;
    constexpr std::size_t thousand = 3;
    return groups.size() >= fewest && groups[0] <= thousand &&
           std::all_of(groups.begin() + 1, groups.end(), [](std::size_t size) { return size == thousand; });
}

/// With one dot: others look like an amount, or a sum in binary floating point.
bool is_card_in_two(std::span<const std::size_t> groups) {
    return groups.size() == 2 && ((groups[0] == 8 && groups[1] == 8) || (groups[0] == 6 && groups[1] == 13));
}

/// Between other numbers these stand, too, in lists, dates and paths.
bool is_mark(char c) {
    constexpr std::string_view of_lists = ",;:/|";
    return (c > ' ' || c == PlainText::parting) && c < PlainText::other && !gs1::is_digit(c) &&
           of_lists.find(c) == std::string_view::npos && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
}

}  // namespace

/// Whether digits in groups are one number rather than several beside one another.
bool CardFinder::plausible_groups(std::size_t first, std::size_t count) const {
    std::array<std::size_t, longest_card_number> sizes{};
    std::size_t groups = 0;
    std::size_t dots = 0;
    for (std::size_t i = first; i < first + count; ++i) {
        ++sizes[groups];
        if (i + 1 < first + count && !is_group_end(i)) continue;
        if (i + 1 < first + count && at(run_[i].at + 1) == '.') ++dots;
        ++groups;
    }
    const std::size_t gaps = groups - 1;
    const std::span all(sizes.data(), groups);
    if (dots == 1 && gaps == 1) return is_card_in_two(all);
    if (dots > 0 && dots < gaps) return is_card_grouping(all);  // else amounts
    if (first == 0 && count == run_.size()) return true;        // nothing beside it
    const auto is_short = [](std::size_t size) { return size < 2; };
    const bool long_ones = groups <= most_free_groups && std::none_of(all.begin(), all.end() - 1, is_short);
    return long_ones || is_thousands(all) || (groups == count && ends_among_longer(first, count));
}

/// Of digits one by one: what stands beside them, if anything does, has two digits or more. A list of digits goes on.
bool CardFinder::ends_among_longer(std::size_t first, std::size_t count) const {
    const std::size_t next = first + count;
    return (first == 0 || !is_group_start(first - 1)) && (next == run_.size() || !is_group_end(next));
}

/// "4111*1111*1111*1111": groups as on a card with one and the same sign between them, and no more of them beside it;
/// also thousands, with commas, too. It begins with the last group of the run. Gives where to go on, 0 if it is none.
std::size_t CardFinder::take_marked_groups() {
    std::size_t last = run_.size() - 1;
    while (last > 0 && !is_group_start(last)) --last;
    const std::size_t begin = run_[last].at;
    const std::string_view text = plain_.text();
    std::array<std::size_t, most_marked_groups + 1> groups{};
    std::string_view mark;
    std::string digits;
    std::size_t end = begin;
    for (std::size_t count = 0; count < groups.size(); ++count) {
        const std::size_t from = end;
        while (gs1::is_digit(at(end)) && digits.size() <= longest_card_number) digits += text[end++];
        groups[count] = end - from;
        std::size_t next = end;
        while (next - end < most_card_separators &&
               (is_mark(at(next)) || is_card_separator(at(next)) || at(next) == ',')) {
            ++next;
        }
        const std::string_view between = text.substr(std::min(end, text.size()), next - end);
        if (count == 0) mark = between;
        const bool goes_on = !mark.empty() && between == mark && gs1::is_digit(at(next));
        if (count == 0 && (groups[0] > group_digits || !goes_on)) return 0;
        if (goes_on) {
            end = next;
            continue;
        }
        const bool alone = !text.substr(0, begin).ends_with(mark) || !gs1::is_digit(before(begin - mark.size()));
        const std::span all(groups.data(), count + 1);
        const bool is_list = mark.find(',') != std::string_view::npos && mark != ",";
        const bool grouped = !is_list && (is_thousands(all) || (mark != "," && is_card_grouping(all)));
        const std::string_view brand = alone && grouped ? brand_of(digits) : "";
        if (brand.empty()) return 0;
        add(Finding::Kind::number, begin, end, std::move(digits), brand);
        return end;
    }
    return 0;
}

/// ["4111","1111","1111","1111"]: a list of texts that are groups as on a card, and nothing else. It begins with the
/// run. Gives where to go on, 0 if it is none.
std::size_t CardFinder::take_listed_groups() {
    const std::string_view text = plain_.text();
    const std::size_t begin = run_.front().at;
    if (before(begin) != '"' || begin < 2) return 0;
    const std::size_t open = text.find_last_not_of(" \n", begin - 2);
    if (open == std::string_view::npos || text[open] != '[') return 0;
    const auto behind_blanks = [text](std::size_t from) {
        return std::min(text.find_first_not_of(" \n", from), text.size());
    };
    std::array<std::size_t, most_card_groups> groups{};
    std::string digits;
    std::size_t end = begin;
    for (std::size_t count = 0; count < groups.size();) {
        const std::size_t from = end;
        while (gs1::is_digit(at(end)) && digits.size() <= longest_card_number) digits += text[end++];
        groups[count++] = end - from;
        if (at(end) != '"') return 0;
        std::size_t next = behind_blanks(end + 1);
        if (at(next) == ']') {
            const std::string_view brand = brand_of(digits);
            if (brand.empty() || !is_card_grouping(std::span(groups.data(), count))) return 0;
            add(Finding::Kind::number, begin, end, std::move(digits), brand);
            return end;
        }
        if (at(next) != ',') return 0;
        next = behind_blanks(next + 1);
        if (at(next) != '"') return 0;
        end = next + 1;
    }
    return 0;
}

}  // namespace tillpost
