// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/gs1_report.hpp"

#include <algorithm>
#include <optional>

#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/digital_link.hpp"
#include "agent/event/gs1/element_string.hpp"
#include "agent/event/gs1/meaning.hpp"
#include "agent/event/json_text.hpp"
#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

using gs1::Element;
using gs1::Fault;

constexpr std::size_t title_width = 24;
constexpr std::string_view conflict = "conflict";  // the rule of two values for one AI

std::string_view name_of(gs1::Form form) {
    switch (form) {
        case gs1::Form::plain: return "plain";
        case gs1::Form::element_string: return "element_string";
        case gs1::Form::gtin: return "gtin";
        case gs1::Form::digital_link: return "digital_link";
        case gs1::Form::add_on: return "add_on";
        case gs1::Form::bracketed: return "bracketed";
    }
    return "";
}

/// What is told of one code.
struct Reading {
    std::string_view given;
    gs1::ScanData scan;
    std::optional<gs1::Measure> measure;
    int year;

    bool ok() const { return scan.message.ok(); }
};

/// Where the check digit of the price or weight stands in the code, whose number may have 12 to 14 digits.
std::size_t place_of_check(const Reading& reading) {
    constexpr std::size_t article = 13;
    const std::size_t begin = reading.scan.message.find("01")->offset;
    const std::string_view code = reading.given.substr(begin);
    const std::size_t digits = std::min(code.find_first_not_of("0123456789"), code.size());
    const std::size_t number = digits > article + 1 ? article : digits;  // an add-on follows
    return begin + reading.measure->check_at + number - article;
}

Reading read(std::string_view given, const Gs1Options& options) {
    Reading reading{given, gs1::read_text(with_separators(given), options.year), std::nullopt, options.year};
    auto& faults = reading.scan.message.faults;
    if (!options.pairs) {
        const auto other = [](const Fault& fault) { return fault.association && fault.rule != conflict; };
        faults.erase(std::remove_if(faults.begin(), faults.end(), other), faults.end());
    }
    const bool number = reading.scan.form == gs1::Form::gtin && !reading.scan.gtin.empty();
    if (number) reading.measure = gs1::measure_of(reading.scan.gtin, options.templates);
    if (reading.measure && !reading.measure->check_ok) {
        faults.push_back(
            {"price_check_digit", "", place_of_check(reading), "the check digit of the price or weight is wrong"});
    }
    return reading;
}

void append_element(std::string& out, const Element& element, int year) {
    JsonObject object;
    object.text("ai", element.ai);
    object.text("title", element.definition->title);
    object.text("value", element.value);
    object.number("offset", element.offset);
    if (const auto date = gs1::date_of(element, year)) {
        object.text("date", date->text());
        object.raw("day_unknown", date->day_unknown ? "true" : "false");
    }
    if (const auto date = gs1::last_date_of(element, year)) object.text("last_date", date->text());
    object.optional_text("time", gs1::time_of(element));
    if (const auto amount = gs1::amount_of(element)) {
        object.text("amount", amount->value.text());
        object.optional_text("unit", amount->unit);
        object.optional_text("currency", amount->currency);
    }
    out += object.close();
}

void append_fault(std::string& out, const Fault& fault) {
    JsonObject object;
    object.text("rule", fault.rule);
    object.text("kind", fault.association ? "association" : "syntax");
    object.optional_text("ai", fault.ai);
    object.number("offset", fault.offset);
    object.text("text", fault.text);
    out += object.close();
}

void append_measure(std::string& out, const gs1::Measure& measure) {
    JsonObject object;
    object.text("item", measure.item);
    if (!measure.check_ok) {
        out += object.close();
        return;
    }
    object.text(gs1::name_of(measure.kind), measure.value.text());
    object.text(measure.kind == gs1::Measure::Kind::price ? "currency" : "unit", measure.unit);
    out += object.close();
}

template <class List, class Append>
void append_list(std::string& out, const List& list, Append append) {
    out += '[';
    bool first = true;
    for (const auto& each : list) {
        if (!first) out += ',';
        first = false;
        append(out, each);
    }
    out += ']';
}

/// The same elements in the other forms, if each is right. A URI has each AI once.
void append_forms(JsonObject& object, const Reading& reading) {
    const auto& elements = reading.scan.message.elements;
    if (elements.empty() || !reading.scan.message.syntax_ok()) return;
    object.text("element_string", gs1::element_string(elements));
    object.text("bracketed", gs1::bracketed(elements));
    if (reading.scan.message.find_fault(conflict) != nullptr) return;
    if (const auto uri = gs1::digital_link(elements)) object.text("digital_link", *uri);
}

std::string as_json(const Reading& reading) {
    const gs1::Message& message = reading.scan.message;
    JsonObject object;
    object.text("code", reading.given);
    object.raw("ok", reading.ok() ? "true" : "false");
    object.text("form", name_of(reading.scan.form));
    object.optional_text("symbol", reading.scan.symbol);
    object.optional_text("gtin", reading.scan.gtin);
    if (reading.scan.from_upce) object.raw("from_upce", "true");
    object.optional_text("other_gtin", reading.scan.other_gtin);
    object.optional_text("restricted", gs1::restricted_kind(reading.scan.gtin));
    object.optional_text("add_on", reading.scan.add_on);
    append_list(object.key("elements"), message.elements,
                [&](std::string& out, const Element& element) { append_element(out, element, reading.year); });
    if (reading.measure) append_measure(object.key("variable_measure"), *reading.measure);
    append_list(object.key("faults"), message.faults, append_fault);
    append_forms(object, reading);
    return object.close() + "\n";
}

/// "2026-02-28, day not given", "0.195 KGM"
std::string meaning_of(const Element& element, int year) {
    if (const auto date = gs1::date_of(element, year)) {
        std::string text = date->text() + (date->day_unknown ? " (day 00: the last of the month)" : "");
        if (const auto last = gs1::last_date_of(element, year)) text += " to " + last->text();
        if (const std::string time = gs1::time_of(element); !time.empty()) text += " " + time;
        return text;
    }
    if (const auto amount = gs1::amount_of(element)) {
        std::string text = amount->value.text();
        for (const std::string_view word : {amount->unit, amount->currency}) {
            if (!word.empty()) text.append(" ").append(word);
        }
        return text;
    }
    return "";
}

std::string element_line(const Element& element, int year) {
    const std::string meaning = meaning_of(element, year);
    return "  " + padded(element.ai, 5, 0) + padded(element.definition->title, title_width, 0) + " " +
           printable(element.value) + (meaning.empty() ? "" : "  " + meaning) + "\n";
}

std::string fault_line(const Fault& fault) {
    std::string line = "  fault " + std::string(fault.rule) + " at byte " + std::to_string(fault.offset);
    if (!fault.ai.empty()) line += ", AI " + fault.ai;
    return line + ": " + printable(fault.text) + "\n";
}

/// "GTIN-13", "RCN-13"
std::string kind_of(std::string_view gtin) {
    const std::string_view restricted = gs1::restricted_kind(gtin);
    return restricted.empty() ? "GTIN-" + std::to_string(gtin.size()) : std::string(restricted);
}

std::string as_text(const Reading& reading) {
    const gs1::ScanData& scan = reading.scan;
    std::string out = printable(reading.given) + "\n  " + std::string(name_of(scan.form));
    if (!scan.symbol.empty()) out += " in " + std::string(scan.symbol);
    if (!scan.gtin.empty()) out += ", " + kind_of(scan.gtin) + " " + scan.gtin;
    if (scan.from_upce) out += " from UPC-E";
    if (!scan.other_gtin.empty()) out += ", or GTIN-8 " + scan.other_gtin + " if it is no UPC-E";
    if (!scan.add_on.empty()) out += ", add-on " + scan.add_on;
    out += "\n";
    for (const Element& element : scan.message.elements) out += element_line(element, reading.year);
    if (reading.measure) {
        const gs1::Measure& measure = *reading.measure;
        out += "  item " + measure.item;
        if (measure.check_ok) {
            out.append(", ").append(gs1::name_of(measure.kind)).append(" ").append(measure.value.text());
            out.append(" ").append(measure.unit);
        }
        out += "\n";
    }
    for (const Fault& fault : scan.message.faults) out += fault_line(fault);
    return out;
}

}  // namespace

namespace {

/// `start`: in small letters; those of the text may be capitals.
bool begins_with(std::string_view text, std::string_view start) {
    const auto same = [](char c, char small) { return c == small || (gs1::is_upper(c) && c - 'A' + 'a' == small); };
    return text.size() >= start.size() &&
           std::equal(start.begin(), start.end(), text.begin(), [&](char small, char c) { return same(c, small); });
}

}  // namespace

std::string with_separators(std::string_view given) {
    if (gs1::looks_like_uri(given) ||
        (given.starts_with(']') && gs1::looks_like_uri(given.substr(std::min<std::size_t>(3, given.size()))))) {
        return std::string(given);
    }
    std::string out;
    while (!given.empty()) {
        std::size_t taken = 0;
        for (const std::string_view written : {"^", "\\x1d", "\\u001d", "{gs}", "<gs>", "{fnc1}", "\xe2\x90\x9d"}) {
            if (begins_with(given, written)) taken = written.size();
        }
        out += taken == 0 ? given[0] : gs1::separator;
        given.remove_prefix(std::max<std::size_t>(taken, 1));
    }
    return out;
}

Gs1Report report_gs1(std::string_view given, const Gs1Options& options) {
    const Reading reading = read(given, options);
    return {options.json ? as_json(reading) : as_text(reading), reading.ok()};
}

}  // namespace tillpost::cli
