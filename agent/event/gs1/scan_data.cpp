// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/scan_data.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "agent/event/gs1/associations.hpp"
#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/check_digits.hpp"
#include "agent/event/gs1/digital_link.hpp"
#include "agent/event/gs1/element_string.hpp"
#include "agent/event/gs1/meaning.hpp"
#include "agent/event/gs1/upce.hpp"

namespace tillpost::gs1 {
namespace {

constexpr std::string_view composite = "|]e0";

enum class Content { plain, elements, ean_13, ean_8, ean_with_add_on, add_on, itf };

struct Symbol {
    std::string_view aim;
    std::string_view name;
    Content content;
};

constexpr auto symbols = std::to_array<Symbol>({
    {"]C1", "GS1-128", Content::elements},
    {"]e0", "GS1 DataBar", Content::elements},
    {"]e1", "GS1 Composite", Content::elements},
    {"]d2", "GS1 DataMatrix", Content::elements},
    {"]Q3", "GS1 QR Code", Content::elements},
    {"]J1", "GS1 DotCode", Content::elements},
    {"]E0", "EAN/UPC", Content::ean_13},
    {"]E1", "EAN/UPC add-on", Content::add_on},
    {"]E2", "EAN/UPC add-on", Content::add_on},
    {"]E3", "EAN/UPC with add-on", Content::ean_with_add_on},
    {"]E4", "EAN-8", Content::ean_8},
    {"]I0", "ITF", Content::itf},
    {"]I1", "ITF-14", Content::itf},
    {"]I2", "ITF", Content::itf},
    {"]C0", "Code 128", Content::plain},
    {"]d1", "Data Matrix", Content::plain},
    {"]Q1", "QR Code", Content::plain},
    {"]J0", "DotCode", Content::plain},
});

bool has_gtin_length(std::string_view digits) {
    const std::size_t size = digits.size();
    return digits_only(digits) && (size == 8 || size == 12 || size == 13 || size == 14);
}

bool is_gtin_number(std::string_view text) { return has_gtin_length(text) && check_digit_right(text); }

void take_gtin(ScanData& scan, std::string_view gtin, std::size_t offset, int current_year) {
    scan.form = Form::gtin;
    scan.message.add("01", padded_gtin(gtin), offset, offset, current_year);
    scan.gtin = gtin;
}

Fault wrong_gtin(std::string_view text) {
    if (!digits_only(text)) return {"character", "01", text.find_first_not_of("0123456789"), "a GTIN has digits only"};
    if (!has_gtin_length(text)) return {"gtin_length", "01", 0, "a GTIN has 8, 12, 13 or 14 digits"};
    const char right = check_digit(text.substr(0, text.size() - 1));
    return {"check_digit", "01", text.size() - 1,
            std::string("the check digit is ") + text.back() + ", and should be " + right};
}

/// UPC-E in eight digits stands for its GTIN-12.
void read_number(ScanData& scan, std::string_view code, bool may_be_upce, int current_year) {
    scan.form = Form::gtin;
    const auto expanded = may_be_upce && code.size() == 8 ? gtin_of_upce(code) : std::nullopt;
    if (is_gtin_number(code)) {
        take_gtin(scan, code, 0, current_year);
    } else if (expanded) {
        take_gtin(scan, *expanded, 0, current_year);
    } else {
        scan.message.add(wrong_gtin(code));
    }
}

/// EAN/UPC symbols hold 13 digits, or 8 in an EAN-8; many scanners leave out UPC-A's zero or send UPC-E as it is.
void read_article(ScanData& scan, std::string_view code, Content content, int current_year) {
    const std::size_t size = code.size();
    const bool holds = content == Content::ean_8    ? size == 8
                       : content == Content::ean_13 ? size == 8 || size == 12 || size == 13
                                                    : size == 13;
    if (holds || !digits_only(code)) return read_number(scan, code, content == Content::ean_13, current_year);
    scan.form = Form::gtin;
    scan.message.add(
        {"gtin_length", "01", 0,
         content == Content::ean_8 ? "an EAN-8 has 8 digits" : "an EAN/UPC symbol has 13 digits, or 12 or 8 as UPC"});
}

void read_add_on(ScanData& scan, std::string_view digits, std::size_t offset) {
    if ((digits.size() == 2 || digits.size() == 5) && digits_only(digits)) {
        scan.add_on = digits;
    } else {
        scan.message.add({"add_on", "", offset, "an add-on symbol has two or five digits"});
    }
}

void read_elements(ScanData& scan, std::string_view code, FirstFnc1 first, int current_year) {
    scan.form = Form::element_string;
    scan.message = parse_element_string(code, current_year, first);
}

/// The composite's elements belong to the same item as those of the linear symbol.
void read_composite(ScanData& scan, std::string_view code, std::size_t offset, int current_year) {
    Message second = parse_element_string(code, current_year, FirstFnc1::absent);
    for (Element& element : second.elements) {
        element.offset += offset;
        scan.message.elements.push_back(std::move(element));
    }
    for (Fault& fault : second.faults) {
        fault.offset += offset;
        if (!fault.association) scan.message.add(std::move(fault));
    }
    check_associations(scan.message);
}

void read_plain(ScanData& scan, std::string_view code, int current_year) {
    if (!looks_like_uri(code)) return;
    Message message = parse_digital_link(code, current_year);
    if (message.find_fault("no_key") != nullptr) return;  // a web page
    scan.form = Form::digital_link;
    scan.message = std::move(message);
}

/// A scanner that sends no identifier has told nothing about the symbol.
void read_unknown(ScanData& scan, std::string_view code, int current_year) {
    const std::size_t gs = code.find(separator);
    if (is_gtin_number(code)) {
        take_gtin(scan, code, 0, current_year);
    } else if (gs != std::string_view::npos && (gs == 0 || is_digit(code[0]))) {
        read_elements(scan, code, FirstFnc1::optional, current_year);
    } else {
        read_plain(scan, code, current_year);
    }
}

void read_symbol(ScanData& scan, std::string_view code, Content content, int current_year) {
    constexpr std::size_t article = 13;
    switch (content) {
        case Content::plain: return read_plain(scan, code, current_year);
        case Content::elements: return read_elements(scan, code, FirstFnc1::absent, current_year);
        case Content::ean_13:
        case Content::ean_8: return read_article(scan, code, content, current_year);
        case Content::ean_with_add_on:
            read_article(scan, code.substr(0, article), content, current_year);
            if (code.size() > article) read_add_on(scan, code.substr(article), article);
            return;
        case Content::add_on: scan.form = Form::add_on; return read_add_on(scan, code, 0);
        case Content::itf:
            if (code.size() == 14 && is_gtin_number(code)) take_gtin(scan, code, 0, current_year);
            return;
    }
}

const Symbol* find_symbol(std::string_view aim) {
    const auto found =
        std::find_if(symbols.begin(), symbols.end(), [aim](const Symbol& symbol) { return symbol.aim == aim; });
    return found == symbols.end() ? nullptr : &*found;
}

void find_gtin(ScanData& scan) {
    const Element* element = scan.message.find("01");
    if (scan.gtin.empty() && element != nullptr) scan.gtin = native_gtin(element->value);
}

}  // namespace

std::string_view symbol_name(std::string_view aim) {
    const Symbol* symbol = find_symbol(aim);
    return symbol == nullptr ? std::string_view() : symbol->name;
}

ScanData read_gtin(std::string_view digits, int current_year) {
    ScanData scan;
    read_number(scan, digits, true, current_year);
    return scan;
}

ScanData read_scan(std::string_view code, std::string_view aim, int current_year) {
    ScanData scan;
    scan.symbol = symbol_name(aim);
    const Symbol* symbol = find_symbol(aim);
    const bool may_have_second = symbol != nullptr && symbol->content != Content::plain;
    const std::size_t second = may_have_second ? code.find(composite) : std::string_view::npos;
    const std::string_view first = code.substr(0, second);
    if (aim.empty()) {
        read_unknown(scan, first, current_year);
    } else if (symbol != nullptr) {
        read_symbol(scan, first, symbol->content, current_year);
    }
    if (second != std::string_view::npos) {
        const std::size_t offset = second + composite.size();
        read_composite(scan, code.substr(offset), offset, current_year);
    }
    find_gtin(scan);
    return scan;
}

}  // namespace tillpost::gs1
