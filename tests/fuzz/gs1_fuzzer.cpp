// SPDX-License-Identifier: Apache-2.0
// GS1 data of any kind. The first byte chooses how the rest is read; whatever comes, what is read keeps to the bounds,
// and what is right can be written in each form and read again.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/event/gs1/digital_link.hpp"
#include "agent/event/gs1/element_string.hpp"
#include "agent/event/gs1/meaning.hpp"
#include "agent/event/gs1/measure_template.hpp"
#include "agent/event/gs1/scan_data.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/scan.hpp"

namespace {

using namespace tillpost;

void require(bool holds) {
    if (!holds) std::abort();
}

constexpr std::array<std::string_view, 12> identifiers{"",    "]C1", "]e0", "]d2", "]Q3", "]E0",
                                                       "]E3", "]E4", "]I1", "]Q1", "]C0", "\xff"};
constexpr int years_from = 1950;

bool same(const std::vector<gs1::Element>& a, const std::vector<gs1::Element>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].ai != b[i].ai || a[i].value != b[i].value) return false;
    }
    return true;
}

void check_bounds(const gs1::Message& message, std::size_t size) {
    require(message.elements.size() <= gs1::most_elements + 1);  // and the number of a composite's linear symbol
    require(message.faults.size() <= gs1::most_faults);
    for (const gs1::Element& element : message.elements) {
        require(element.definition != nullptr && element.offset <= size && element.value.size() <= 90);
    }
    for (const gs1::Fault& fault : message.faults) require(fault.offset <= size && !fault.rule.empty());
}

void check_forms(const gs1::Message& message, int year) {
    if (message.elements.empty() || message.elements.size() > gs1::most_elements) return;
    const auto again = gs1::parse_element_string(gs1::element_string(message.elements), year);
    require(again.syntax_ok() && same(again.elements, message.elements));
    const auto bracketed = gs1::parse_bracketed(gs1::bracketed(message.elements), year);
    require(bracketed.syntax_ok() && same(bracketed.elements, message.elements));
    if (const auto uri = gs1::digital_link(message.elements)) {
        require(gs1::parse_digital_link(*uri, year).syntax_ok());
    }
    for (const gs1::Element& element : message.elements) {
        gs1::date_of(element, year);
        gs1::amount_of(element);
    }
}

void check(const gs1::Message& message, std::size_t size, int year) {
    check_bounds(message, size);
    check_forms(message, year);
}

void check_event(std::string_view text, std::string_view aim, const ScanContext& context) {
    static Intake intake;
    const Event event = make_scan_event("scanner", text, aim, context);
    require(std::holds_alternative<Event>(intake.parse(event.data)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string_view aim = identifiers.at(data[0] % identifiers.size());
    const int year = years_from + data[0];
    check(gs1::read_text(text, year).message, text.size(), year);
    check(gs1::read_scan(text, aim, year).message, text.size(), year);
    check(gs1::parse_element_string(text, year), text.size(), year);
    check(gs1::parse_bracketed(text, year), text.size(), year);
    check(gs1::parse_digital_link(text, year), text.size(), year);
    static const auto templates =
        gs1::parse_templates(std::array<std::string, 2>{"2IIIIIKPPP.PPC EUR", "28IIIIIWW.WWWC KGM"});
    ScanContext context;
    context.current_year = year;
    context.templates = *templates;
    check_event(text, aim, context);
    if (const auto pattern = gs1::MeasureTemplate::parse(text)) gs1::measure_of("2212345678900", {&*pattern, 1});
    return 0;
}
