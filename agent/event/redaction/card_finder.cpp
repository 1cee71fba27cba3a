// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/card_finder.hpp"

#include <algorithm>
#include <utility>

#include "agent/event/gs1/characters.hpp"
#include "agent/event/redaction/card_number.hpp"

namespace tillpost {
namespace {

constexpr std::size_t longest_run = 4096;  // digits that are looked at together

static_assert(OwnCards::fewest == shortest_card_number && OwnCards::most == longest_card_number);

using gs1::is_digit;

}  // namespace

const std::vector<Finding>& CardFinder::find(std::string_view source) {
    findings_.clear();
    source_ = source;
    plain_.assign(source);
    find_tracks();
    find_labelled();
    find_numbers();
    find_bare_codes();
    std::sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) { return a.begin < b.begin; });
    return findings_;
}

void CardFinder::forget() {
    plain_.forget();
    std::fill(run_.begin(), run_.end(), Digit{});
    run_ = {};
    for (Finding& finding : findings_) std::fill(finding.digits.begin(), finding.digits.end(), '\0');
    findings_.clear();
    if (inner_) inner_->forget();
}

void CardFinder::add(Finding::Kind kind, std::size_t first, std::size_t last, std::string digits,
                     std::string_view brand) {
    findings_.push_back({kind, plain_.source_begin(first), plain_.source_end(last - 1), std::move(digits), brand});
    plain_.hide(first, last);
}

void CardFinder::find_numbers() {
    const std::string& text = plain_.text();
    for (std::size_t from = 0;;) {
        from = text.find_first_of("0123456789", from);
        if (from == std::string::npos) return;
        from = collect_run(from);
        if (run_.size() >= shortest_card_number) {
            search_run();
        } else {
            from = std::max({from, take_marked_groups(), take_listed_groups()});
        }
    }
}

/// Digits with at most a few separators between them; gives where to go on.
std::size_t CardFinder::collect_run(std::size_t from) {
    run_.clear();
    std::size_t index = from;
    while (is_digit(at(index)) && run_.size() < longest_run) {
        run_.push_back({index, at(index)});
        std::size_t next = index + 1;
        while (is_card_separator(at(next)) && next - index <= most_card_separators) ++next;
        index = is_digit(at(next)) ? next : index + 1;
    }
    // A longer run goes on with what may begin at its end.
    if (run_.size() == longest_run && is_digit(at(index))) return run_[run_.size() - longest_card_number].at;
    return index;
}

void CardFinder::search_run() {
    for (std::size_t first = 0; first + shortest_card_number <= run_.size();) first = search_at(first);
}

/// Looks for a number that begins with that digit of the run; gives the digit to go on with.
std::size_t CardFinder::search_at(std::size_t first) {
    std::string_view brand;
    std::string digits;
    std::size_t end = 0;
    // Where a security code follows, the digits of both may look like a longer number: the shortest gives the last four
    // digits, and all that may belong to it is covered.
    for (std::size_t count = shortest_card_number; count <= longest_card_number; ++count) {
        if (first + count > run_.size()) break;
        const std::string_view found = brand_at(first, count);
        if (found.empty()) continue;
        if (brand.empty()) digits = digits_of(first, count);
        if (brand.empty()) brand = found;
        end = first + count;
    }
    if (brand.empty()) return first + 1;
    add(Finding::Kind::number, run_[first].at, run_[end - 1].at + 1, std::move(digits), brand);
    return end;
}

std::string_view CardFinder::brand_at(std::size_t first, std::size_t count) const {
    // The end first: in a long run it is what most digits are not, and the quickest to see.
    const bool bounded = is_group_end(first + count - 1) && begins(first, count) && plausible(first, count);
    if (!bounded && !is_emv_number(first, count)) return {};
    return brand_of(digits_of(first, count));
}

std::string_view CardFinder::brand_of(std::string_view digits) const {
    const std::string_view brand = card_brand(digits);
    if (!brand.empty() || own_.empty()) return brand;
    const auto is_one = [digits](const OwnCards& each) {
        return digits.size() == each.digits && digits.starts_with(each.prefix);
    };
    return std::any_of(own_.begin(), own_.end(), is_one) && luhn_right(digits) ? "configured" : "";
}

/// Nothing that belongs to the number stands before it.
bool CardFinder::begins(std::size_t index, std::size_t count) const {
    if (is_group_start(index)) return true;
    if (index > 0 && run_[index - 1].value != '0') return false;  // said at once of most digits of a long run
    std::size_t start = index;
    while (!is_group_start(start) && start > 0 && index - start <= longest_card_number) --start;
    const std::size_t zero_count = index - start;
    // Filled with zeros to 16 digits or more. Two of them and 18 digits are an SSCC with its application identifier.
    const auto is_zero = [](const Digit& digit) { return digit.value == '0'; };
    const auto begin = run_.begin() + static_cast<std::ptrdiff_t>(start);
    const bool zeros = std::all_of(begin, begin + static_cast<std::ptrdiff_t>(zero_count), is_zero);
    const bool a_length = (count >= 14 && count <= 16) || count == longest_card_number;
    return zeros && a_length && zero_count + count >= 16;
}

bool CardFinder::is_group_start(std::size_t index) const { return !is_digit(before(run_[index].at)); }
bool CardFinder::is_group_end(std::size_t index) const { return !is_digit(at(run_[index].at + 1)); }

/// Tag 5A of EMV in hex digits: "5A08" and 16 digits, or 15 and an F.
bool CardFinder::is_emv_number(std::size_t index, std::size_t count) const {
    if (index < 2 || run_[index - 2].value != '0') return false;
    const std::size_t length = run_[index - 2].at;
    const char tag = before(length);
    if (run_[index].at != length + 2 || length < 2 || (tag != 'A' && tag != 'a') || at(length - 2) != '5') return false;
    const auto room = static_cast<std::size_t>(run_[index - 1].value - '0') * 2;
    return count == room || (count + 1 == room && is_group_end(index + count - 1));
}

bool CardFinder::plausible(std::size_t first, std::size_t count) const {
    const std::size_t begin = run_[first].at;
    const std::size_t end = run_[first + count - 1].at + 1;
    const std::string& text = plain_.text();
    if (is_in_hex_id(text, begin, end)) return false;
    if (end - begin != count) return plausible_groups(first, count);
    // The digits behind a decimal point: what programs print of a sum in binary floating point.
    if (before(begin) != '.' || begin < 2 || !is_digit(text[begin - 2])) return true;
    std::size_t whole = begin - 2;
    while (whole > 0 && is_digit(text[whole - 1])) --whole;
    const char ahead = before(whole);
    return (ahead >= 'A' && ahead <= 'Z') || (ahead >= 'a' && ahead <= 'z') || ahead == '.';
}

std::string CardFinder::digits_of(std::size_t first, std::size_t count) const {
    std::string digits;
    for (std::size_t i = first; i < first + count; ++i) digits += run_[i].value;
    return digits;
}

bool is_in_hex_id(std::string_view text, std::size_t from, std::size_t to) {
    constexpr std::size_t longest = 64;
    const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
    const auto is_part = [&](char c) { return is_hex(c) || c == '-'; };
    std::size_t begin = from;
    std::size_t end = to;
    while (begin > 0 && to - begin <= longest && is_part(text[begin - 1])) --begin;
    while (end < text.size() && end - begin <= longest && is_part(text[end])) ++end;
    const std::string_view id = text.substr(begin, end - begin);
    const auto hyphens_at = [&](std::initializer_list<std::size_t> places) {
        const auto is_hyphen = [&](std::size_t place) { return id[place] == '-'; };
        return std::all_of(places.begin(), places.end(), is_hyphen) &&
               static_cast<std::size_t>(std::count(id.begin(), id.end(), '-')) == places.size();
    };
    const auto has_letter = [](std::string_view part) {
        return !std::all_of(part.begin(), part.end(), [](char c) { return is_digit(c) || c == '-'; });
    };
    switch (id.size()) {
        case 32:
        case 40:
        case 64:
            return has_letter(id) && hyphens_at({});  // MD5, a salt; SHA-1; SHA-256
        // <epoch>-<sequence>: an epoch has a letter, and no sequence so many digits. Two numbers may stand like that,
        // too.
        case 33: return hyphens_at({16}) && has_letter(id.substr(0, 16)) && id.substr(17).starts_with("00000");
        case 36: return has_letter(id) && hyphens_at({8, 13, 18, 23});  // UUID
        default: return false;
    }
}

}  // namespace tillpost
