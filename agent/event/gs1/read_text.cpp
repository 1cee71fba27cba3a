// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <utility>

#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/check_digits.hpp"
#include "agent/event/gs1/digital_link.hpp"
#include "agent/event/gs1/element_string.hpp"
#include "agent/event/gs1/meaning.hpp"
#include "agent/event/gs1/scan_data.hpp"
#include "agent/event/gs1/upce.hpp"

namespace tillpost::gs1 {
namespace {

constexpr std::size_t aim_length = 3;

bool has_aim(std::string_view text) {
    return text.size() >= aim_length && text[0] == ']' && (is_upper(text[1]) || is_lower(text[1])) &&
           (is_digit(text[2]) || is_upper(text[2]));
}

ScanData with_message(Form form, Message message) {
    ScanData scan;
    scan.form = form;
    scan.message = std::move(message);
    if (const Element* gtin = scan.message.find("01")) scan.gtin = native_gtin(gtin->value);
    return scan;
}

ScanData read_with_aim(std::string_view text, int current_year) {
    ScanData scan = read_scan(text.substr(aim_length), text.substr(0, aim_length), current_year);
    for (Element& element : scan.message.elements) element.offset += aim_length;
    for (Fault& fault : scan.message.faults) fault.offset += aim_length;
    if (scan.form == Form::plain) {
        scan.message.add({"no_gs1_data", "", 0,
                          "this symbol holds no GS1 data: " + std::string(text.substr(0, aim_length)) +
                              " is neither a GS1 symbol nor a GS1 Digital Link URI here"});
    }
    return scan;
}

/// Nothing but elements of predefined length, so that no separator can be missing.
bool is_sure(const Message& message) {
    return message.syntax_ok() &&
           std::all_of(message.elements.begin(), message.elements.end(),
                       [](const Element& element) { return element.definition->predefined_length; });
}

/// A number of a GTIN's length is one, unless its check digit is wrong and it is surely something else.
ScanData read_number(std::string_view digits, int current_year) {
    ScanData as_article = read_gtin(digits, current_year);
    if (digits.size() >= 8 && as_article.message.ok()) return as_article;
    if (const auto gtin = gtin_of_upce(digits)) return read_gtin(*gtin, current_year);
    Message elements = parse_element_string(digits, current_year);
    if (is_sure(elements) || digits.size() < 8) return with_message(Form::element_string, std::move(elements));
    return as_article;
}

bool has_number_length(std::string_view text) {
    const std::size_t size = text.size();
    return digits_only(text) && ((size >= 6 && size <= 8) || (size >= 12 && size <= 14));
}

}  // namespace

ScanData read_text(std::string_view text, int current_year) {
    if (has_aim(text)) return read_with_aim(text, current_year);
    if (looks_like_uri(text)) return with_message(Form::digital_link, parse_digital_link(text, current_year));
    if (text.starts_with('(')) return with_message(Form::bracketed, parse_bracketed(text, current_year));
    if (text.starts_with('^')) return with_message(Form::element_string, parse_caret_string(text, current_year));
    if (has_number_length(text)) return read_number(text, current_year);
    return with_message(Form::element_string, parse_element_string(text, current_year));
}

}  // namespace tillpost::gs1
