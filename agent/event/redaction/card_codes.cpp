// SPDX-License-Identifier: Apache-2.0
// Codes in a text that is no JSON, or is within JSON: the same verdict as on a scan's members.
#include <algorithm>
#include <optional>
#include <string>

#include "agent/event/redaction/card_finder.hpp"
#include "agent/event/redaction/code_finder.hpp"
#include "agent/event/redaction/gs1_code.hpp"

namespace tillpost {
namespace {

constexpr std::size_t shortest_code = 14;  // less than an identifier and a card number
constexpr std::size_t longest_code = 1024;
constexpr std::size_t farthest_aim = 256;  // from the code
constexpr std::size_t most_signs = 6;      // between "aim" and what it is

bool is_any_of(char c, std::string_view signs) { return signs.find(c) != std::string_view::npos; }

/// Whether the text ends in `aim":"` or `AIM = `, as a label before its value does.
bool ends_in_aim_label(std::string_view text) {
    constexpr std::string_view name = "aim";
    std::size_t end = text.size();
    while (end > 0 && text.size() - end < most_signs && is_any_of(text[end - 1], " \"':=>")) --end;
    if (end == text.size() || end < name.size()) return false;
    const std::string_view word = text.substr(end - name.size(), name.size());
    return std::equal(word.begin(), word.end(), name.begin(), [](char a, char b) { return (a | ' ') == b; });
}

}  // namespace

/// An AIM identifier of GS1 data near the code, with no brace between them: a member of the same object.
bool CardFinder::gs1_aim_beside(std::size_t first, std::size_t last) const {
    constexpr std::size_t aim = 3;
    const std::string_view text = plain_.text();
    const std::size_t reach = std::min(first, farthest_aim);
    const std::string_view ahead = text.substr(first - reach, reach);
    const std::size_t brace = ahead.find_last_of("{}");
    const std::size_t begin = first - reach + (brace == std::string_view::npos ? 0 : brace + 1);
    const std::string_view behind = text.substr(last, farthest_aim);
    const std::size_t end = last + std::min(behind.find_first_of("{}"), behind.size());
    const std::string_view near = text.substr(begin, end - begin);
    for (std::size_t at = near.find(']'); at != std::string_view::npos; at = near.find(']', at + 1)) {
        if (is_gs1_aim(near.substr(at, aim)) && ends_in_aim_label(near.substr(0, at))) return true;
    }
    return false;
}

/// A code behind its label that is in hex digits, or in which GS1's numbers have to be told from others: an element
/// string, whose AIM identifier or FNC1 is in it, or beside it; one in brackets; a Digital Link. False if it is none of
/// that, and nothing was done.
bool CardFinder::take_code(std::size_t from, bool in_hex) {
    if (is_inner_) return false;
    constexpr std::size_t most_before = 4;
    std::size_t first = from;
    while (first - from < most_before && is_any_of(at(first), " \"'>[")) ++first;
    const std::string_view text = plain_.text();
    const char before_it = before(first);
    const std::string_view ends = before_it == '"' ? "\"" : before_it == '\'' ? "'" : " \"'<>,;&";
    if (first >= text.size()) return false;
    const std::string_view reachable = text.substr(first, longest_code);
    const std::size_t size = std::min(reachable.find_first_of(ends), reachable.size());
    if (size < shortest_code || size == longest_code) return false;
    const std::size_t last = first + size;
    if (text.substr(first, last - first).find(PlainText::other) != std::string_view::npos) return false;
    const std::size_t begin = plain_.source_begin(first);
    const std::string_view written = source_.substr(begin, plain_.source_end(last - 1) - begin);
    const std::optional<std::string> decoded = in_hex ? bytes_of_hex_digits(written) : std::nullopt;
    const bool is_elements = gs1_aim_beside(first, last);
    const bool is_gs1 = is_elements || says_elements(written) || !parts_of_code(written, false).keys.empty();
    if (!decoded && !is_gs1) return false;
    if (!inner_) {
        inner_ = std::make_unique<CardFinder>(own_);
        inner_->is_inner_ = true;
    }
    std::vector<Finding> found = find_in_code(*inner_, decoded ? std::string_view(*decoded) : written, is_elements);
    if (decoded && found.empty()) return false;
    if (decoded) {
        add(found.front().kind, first, last, std::move(found.front().digits), found.front().brand);
        return true;
    }
    for (Finding& finding : found) {
        finding.begin += begin;
        finding.end += begin;
        findings_.push_back(std::move(finding));
    }
    plain_.hide(first, last);
    return true;
}

}  // namespace tillpost
