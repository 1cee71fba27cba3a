// SPDX-License-Identifier: Apache-2.0
#include "agent/event/scan.hpp"

#include <optional>
#include <span>
#include <string>

#include "agent/event/identifiers.hpp"
#include "agent/event/json_text.hpp"
#include "platform/bytes.hpp"

namespace tillpost {
namespace {

bool is_ean_upc(std::string_view aim) { return aim == "]E0" || aim == "]E3" || aim == "]E4"; }
bool is_itf(std::string_view aim) { return aim == "]I0" || aim == "]I1" || aim == "]I2"; }

/// An add-on symbol's 2 or 5 digits follow the 13 of the article (]E3); they are not part of its number.
std::string_view without_add_on(std::string_view code, std::string_view aim) {
    const bool has_add_on = aim == "]E3" && (code.size() == 15 || code.size() == 18);
    return has_add_on ? code.substr(0, 13) : code;
}

std::optional<std::string> find_gtin(std::string_view code, std::string_view aim) {
    const std::string_view number = without_add_on(code, aim);
    if (is_ean_upc(aim) || aim.empty() || (is_itf(aim) && number.size() == 14)) {
        if (is_gtin(number)) return std::string(number);
    }
    return aim == "]E0" ? gtin_of_upce(number) : std::nullopt;
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    out.append(",\"").append(name).append("\":");
    append_json_string(out, text);
}

}  // namespace

Event make_scan_event(std::string_view device, std::string_view code, std::string_view aim) {
    Event event;
    event.type = "scan";
    event.entry = "station";
    event.data = "{\"type\":\"scan\"";
    append_member(event.data, "device", device);
    if (is_utf8(code)) {
        append_member(event.data, "code", code);
    } else {
        append_member(event.data, "code_hex",
                      to_hex(std::span(reinterpret_cast<const std::uint8_t*>(code.data()), code.size())));
    }
    if (!aim.empty()) append_member(event.data, "aim", aim);
    const std::optional<std::string> gtin = find_gtin(code, aim);
    if (gtin) append_member(event.data, "gtin", *gtin);
    event.data += '}';
    if (!gtin && is_ean_upc(aim)) event.quality.mark("check_digit", "/code");
    return event;
}

}  // namespace tillpost
