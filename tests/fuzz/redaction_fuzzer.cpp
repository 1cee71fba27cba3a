// SPDX-License-Identifier: Apache-2.0
// A line of a feed or a scanner's code, of any bytes. Byte 01 stands for a card number: wherever it is put, it must be
// gone afterwards. What was JSON before is JSON afterwards.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "agent/event/redaction/redactor.hpp"

namespace {

using namespace tillpost;

constexpr std::string_view number = "/4111111111111111/";

void require(bool holds) {
    if (!holds) std::abort();
}

std::string planted(std::string_view input) {
    std::string text;
    for (const char c : input) {
        if (c == '\x01') {
            text.append(number);
        } else {
            text += c;
        }
    }
    return text;
}

/// Not deeper than an event may be, and an object: anything else goes to quarantine, as the text that it is.
bool is_record(const std::string& text) {
    std::size_t depth = 0;
    const auto track = [&depth](int level, nlohmann::json::parse_event_t, nlohmann::json&) {
        depth = std::max(depth, static_cast<std::size_t>(level));
        return true;
    };
    const auto value = nlohmann::json::parse(text, track, false);
    return value.is_object() && depth <= 32;
}

PrivacySettings policies() {
    using Policy = PrivacySettings::Policy;
    PrivacySettings settings;
    settings.key = std::string(32, 'k');
    settings.fields = {{"d", "", Policy::drop},
                       {"", "/p/*/q", Policy::pseudonym},
                       {"p", "", Policy::pseudonym},
                       {"i", "", Policy::identifier}};
    settings.free_text = Policy::drop;
    return settings;
}

void check_line(Redactor& redactor, const std::string& line) {
    const Redaction& result = redactor.redact_line(line);
    const std::string& clean = result.changed ? result.bytes : line;
    require(clean.find(number) == std::string::npos);
    require(result.places.size() <= Redaction::most_places);
    for (const std::string& place : result.places)
        require(place.size() <= 256 && place.find(number) == std::string::npos);
    if (is_record(line)) require(is_record(clean));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Redactor plain;
    static Redactor strict(policies());
    const std::string line = planted({reinterpret_cast<const char*>(data), size});
    check_line(plain, line);
    check_line(strict, line);
    const Redaction& code = plain.redact_code(line, size % 2 == 0 ? "" : "]C1");
    require((code.changed ? code.bytes : line).find(number) == std::string::npos);
    return 0;
}
