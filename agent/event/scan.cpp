// SPDX-License-Identifier: Apache-2.0
#include "agent/event/scan.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/event/gs1/meaning.hpp"
#include "agent/event/json_text.hpp"
#include "platform/bytes.hpp"

namespace tillpost {
namespace {

void append_code(JsonObject& out, std::string_view code) {
    if (is_utf8(code)) {
        out.text("code", code);
    } else {
        out.text("code_hex", to_hex(std::span(reinterpret_cast<const std::uint8_t*>(code.data()), code.size())));
    }
}

/// Each AI once: JSON objects have no name twice.
void append_elements(JsonObject& out, const gs1::Message& message) {
    JsonObject elements;
    for (const gs1::Element& element : message.elements) {
        if (message.find(element.ai) == &element) elements.text(element.ai, element.value);
    }
    out.raw("gs1", elements.close());
}

void append_value(JsonObject& out, const gs1::Message& message, std::string_view ai, std::string_view name) {
    if (const gs1::Element* element = message.find(ai)) out.text(name, element->value);
}

void append_date(JsonObject& out, const gs1::Message& message, std::string_view ai, std::string_view name, int year) {
    const gs1::Element* element = message.find(ai);
    if (element == nullptr) return;
    if (const auto date = gs1::date_of(*element, year)) out.text(name, date->text());
}

/// How much of a variable-measure item it is: its count, or its net weight in kilograms or pounds.
void append_quantity(JsonObject& out, const gs1::Message& message) {
    for (const gs1::Element& element : message.elements) {
        const auto amount = gs1::amount_of(element);
        if (element.ai == "30") {
            out.text("quantity", element.value);
            out.text("unit", "EA");
            return;
        }
        if (amount && (element.ai.starts_with("310") || element.ai.starts_with("320"))) {
            out.text("quantity", amount->value.text());
            out.text("unit", amount->unit);
            return;
        }
    }
}

/// What is to be paid for a variable-measure item. 392n does not say in which currency.
void append_price(JsonObject& out, const gs1::Message& message) {
    for (const gs1::Element& element : message.elements) {
        if (!element.ai.starts_with("392") && !element.ai.starts_with("393")) continue;
        const auto amount = gs1::amount_of(element);
        if (!amount) continue;
        out.text("price", amount->value.text());
        out.optional_text("currency", amount->currency);
        return;
    }
}

void append_gs1(JsonObject& out, const gs1::ScanData& scan, int year) {
    const gs1::Message& message = scan.message;
    // The number of an EAN/UPC symbol is said by `gtin`.
    const bool number_alone = scan.form == gs1::Form::gtin && message.elements.size() <= 1;
    if (message.elements.empty() || number_alone) return;
    append_elements(out, message);
    append_value(out, message, "00", "sscc");
    append_value(out, message, "10", "lot");
    append_value(out, message, "21", "serial");
    append_date(out, message, message.find("17") != nullptr ? "17" : "7003", "expiry", year);
    append_date(out, message, "15", "best_before", year);
    append_quantity(out, message);
    append_price(out, message);
}

/// What fails its check digit says nothing that may be sold by: neither price nor weight is told then.
void append_measure(JsonObject& out, const gs1::Measure& measure) {
    out.text("item", measure.item);
    if (!measure.check_ok) return;
    if (measure.kind == gs1::Measure::Kind::price) {
        out.text("price", measure.value.text());
        out.text("currency", measure.unit);
        return;
    }
    out.text("quantity", measure.value.text());
    out.text("unit", measure.unit);
}

void mark_faults(Quality& quality, const gs1::ScanData& scan) {
    const auto& faults = scan.message.faults;
    const auto any = [&](auto rule) { return std::any_of(faults.begin(), faults.end(), rule); };
    if (is_wrong_number(scan)) return quality.mark("check_digit", "/code");
    if (any([](const auto& fault) { return !fault.association; })) quality.mark("gs1", "/code");
    if (any([](const auto& fault) { return fault.association; })) quality.mark("gs1_pairs", "/code");
}

}  // namespace

bool is_wrong_number(const gs1::ScanData& scan) {
    const auto& faults = scan.message.faults;
    return scan.form == gs1::Form::gtin && scan.gtin.empty() &&
           std::any_of(faults.begin(), faults.end(), [](const auto& fault) { return !fault.association; });
}

Event make_scan_event(std::string_view device, std::string_view code, std::string_view aim,
                      const ScanContext& context) {
    const int year = std::max(context.current_year, ScanContext::least_year);
    const gs1::ScanData scan = gs1::read_scan(code, aim, year);
    const auto measure = scan.form == gs1::Form::gtin && !scan.gtin.empty()
                             ? gs1::measure_of(scan.gtin, context.templates)
                             : std::nullopt;
    Event event;
    event.type = "scan";
    event.entry = "station";
    JsonObject data;
    data.text("type", "scan").text("device", device);
    append_code(data, code);
    data.optional_text("aim", aim);
    // An in-store number with a price is the number of no article.
    if (measure) {
        append_measure(data, *measure);
        if (!measure->check_ok) event.quality.mark("price_check_digit", "/code");
    } else {
        data.optional_text("gtin", scan.gtin);
    }
    data.optional_text("add_on", scan.add_on);
    append_gs1(data, scan, year);
    event.data = data.close();
    mark_faults(event.quality, scan);
    return event;
}

}  // namespace tillpost
