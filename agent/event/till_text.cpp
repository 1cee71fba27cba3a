// SPDX-License-Identifier: Apache-2.0
#include "agent/event/till_text.hpp"

#include <charconv>

#include "agent/event/intake.hpp"

namespace tillpost {
namespace {

constexpr char between = '\x1f';  ///< US; a store's own one is escaped

/// Of what append_key_part() has written.
std::string without_escapes(std::string_view part) {
    std::string text;
    for (std::size_t i = 0; i < part.size(); ++i) {
        unsigned byte = static_cast<unsigned char>(part[i]);
        if (byte == '%' && i + 2 < part.size()) {
            (void)std::from_chars(part.data() + i + 1, part.data() + i + 3, byte, 16);
            i += 2;
        }
        text += static_cast<char>(byte);
    }
    return text;
}

}  // namespace

std::string till_text(std::string_view other_store, std::string_view till) {
    if (other_store.empty() && !till.starts_with(between)) return std::string(till);
    std::string text(1, between);
    append_key_part(text, other_store);
    text += between;
    return text.append(till);
}

TillOfStore till_from_text(std::string_view text) {
    const std::size_t end = text.find(between, 1);
    if (!text.starts_with(between) || end == std::string_view::npos) return {{}, std::string(text)};
    return {without_escapes(text.substr(1, end - 1)), std::string(text.substr(end + 1))};
}

}  // namespace tillpost
