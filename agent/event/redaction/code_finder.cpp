// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/code_finder.hpp"

#include <algorithm>
#include <utility>

namespace tillpost {
namespace {

bool overlap(const Finding& a, const Finding& b) { return a.begin < b.end && b.begin < a.end; }

/// `found`: in their order
bool overlaps_any(const Finding& finding, const std::vector<Finding>& found) {
    const auto ends_before = [](const Finding& each, std::size_t place) { return each.end <= place; };
    const auto next = std::lower_bound(found.begin(), found.end(), finding.begin, ends_before);
    return next != found.end() && overlap(*next, finding);
}

/// As a whole, and each value by itself, because "21" and a card number make one long number.
void find_between(CardFinder& finder, std::string_view code, CodePart between, const std::vector<CodePart>& values,
                  std::vector<Finding>& all) {
    const std::vector<Finding> whole = find_in_part(finder, code, between);
    std::vector<Finding> more;
    for (const CodePart& value : values) {
        if (value.begin < between.begin || value.end > between.end) continue;
        for (Finding& finding : find_in_part(finder, code, value)) {
            const auto is_same = [&](const Finding& other) { return overlap(other, finding); };
            if (overlaps_any(finding, whole) || std::any_of(more.begin(), more.end(), is_same)) continue;
            more.push_back(std::move(finding));
        }
    }
    all.insert(all.end(), whole.begin(), whole.end());
    all.insert(all.end(), more.begin(), more.end());
}

int value_of_hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::vector<Finding> find_in_part(CardFinder& finder, std::string_view text, CodePart part) {
    std::vector<Finding> found = finder.find(text.substr(part.begin, part.end - part.begin));
    for (Finding& finding : found) {
        finding.begin += part.begin;
        finding.end += part.begin;
    }
    return found;
}

std::vector<Finding> find_in_code(CardFinder& finder, std::string_view code, bool is_elements) {
    std::vector<Finding> all;
    if (is_bare_number(code, is_elements)) return all;
    const CodeParts parts = parts_of_code(code, is_elements);
    std::size_t from = 0;
    for (const CodePart& key : parts.keys) {
        find_between(finder, code, {from, key.begin}, parts.values, all);
        from = key.end;
    }
    find_between(finder, code, {from, code.size()}, parts.values, all);
    std::sort(all.begin(), all.end(), [](const Finding& a, const Finding& b) { return a.begin < b.begin; });
    return all;
}

std::optional<std::string> bytes_of_hex_digits(std::string_view digits) {
    const auto is_hex = [](char c) { return value_of_hex(c) >= 0; };
    if (!std::all_of(digits.begin(), digits.end(), is_hex)) return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
        bytes += static_cast<char>(value_of_hex(digits[at]) * 16 + value_of_hex(digits[at + 1]));
    }
    return bytes;
}

}  // namespace tillpost
