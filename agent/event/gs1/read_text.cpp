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

ScanData refused(Form form, Fault fault) {
    ScanData scan;
    scan.form = form;
    scan.message.add(std::move(fault));
    return scan;
}

ScanData read_with_aim(std::string_view text, int current_year) {
    ScanData scan = read_scan(text.substr(aim_length), text.substr(0, aim_length), current_year);
    for (Element& element : scan.message.elements) element.offset += aim_length;
    for (Fault& fault : scan.message.faults) fault.offset += aim_length;
    if (!scan.add_on.empty() && scan.form == Form::add_on) {
        scan.message.add({"add_on", "", aim_length, "an add-on alone identifies nothing: it belongs to an EAN/UPC"});
    }
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
    if (as_article.message.ok()) return as_article;
    Message elements = parse_element_string(digits, current_year);
    return is_sure(elements) ? with_message(Form::element_string, std::move(elements)) : as_article;
}

/// Of so many digits a person means a GTIN, unless they are elements.
bool has_number_length(std::string_view text) {
    const std::size_t size = text.size();
    return digits_only(text) && (size == 8 || (size >= 12 && size <= 14));
}

/// UPC-E without its check digit and perhaps number system: too little to tell it from anything else.
ScanData read_short_number(std::string_view digits, int current_year) {
    Message elements = parse_element_string(digits, current_year);
    if (elements.syntax_ok()) return with_message(Form::element_string, std::move(elements));
    return refused(Form::gtin,
                   {"gtin_length", "01", 0,
                    "a GTIN has 8, 12, 13 or 14 digits, UPC-E 8; fewer are read behind the AIM identifier ]E0"});
}

bool has_short_length(std::string_view text) { return digits_only(text) && (text.size() == 6 || text.size() == 7); }

/// What an editor or a copied line has put around the code; nullopt if there is nothing.
std::optional<Fault> wrong_edges(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) {
        return Fault{"character", "", 0, "a byte order mark (BOM) before the code: save the file without it"};
    }
    if (text.empty()) return std::nullopt;
    if (is_blank(text.front())) return Fault{"character", "", 0, "a blank before the code: take it off"};
    const std::size_t end = text.find_last_not_of(" \t") + 1;
    if (end == text.size()) return std::nullopt;
    return Fault{"character", "", end, "a blank behind the code: take it off"};
}

/// Where a GTIN that a person has parted has its first hyphen or blank: "400-6381-333931", which looks like AI 400.
std::optional<std::size_t> first_part_end(std::string_view text) {
    if (text.find_first_not_of("0123456789- ") != std::string_view::npos) return std::nullopt;
    const auto digits = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
    const bool parted = digits < text.size() && (digits == 8 || (digits >= 12 && digits <= 14));
    return parted ? std::optional(text.find_first_of("- ")) : std::nullopt;
}

}  // namespace

ScanData read_text(std::string_view text, int current_year) {
    if (auto fault = wrong_edges(text)) return refused(Form::plain, std::move(*fault));
    if (const auto at = first_part_end(text)) {
        return refused(Form::gtin, {"character", "01", *at,
                                    "a GTIN is written without hyphens and blanks; an element string that looks like "
                                    "one is told from it by an AIM identifier (]C1) or brackets"});
    }
    if (has_aim(text)) return read_with_aim(text, current_year);
    if (looks_like_uri(text)) return with_message(Form::digital_link, parse_digital_link(text, current_year));
    if (text.starts_with('(')) return with_message(Form::bracketed, parse_bracketed(text, current_year));
    if (text.starts_with('^')) return with_message(Form::element_string, parse_caret_string(text, current_year));
    if (has_number_length(text)) return read_number(text, current_year);
    if (has_short_length(text)) return read_short_number(text, current_year);
    return with_message(Form::element_string, parse_element_string(text, current_year));
}

}  // namespace tillpost::gs1
