// SPDX-License-Identifier: Apache-2.0
#include "agent/event/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "agent/event/json_plain.hpp"

namespace tillpost {
namespace {

/// Length of the UTF-8 sequence that text starts with (RFC 3629), 0 if it is not one.
std::size_t utf8_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto tail = [&](std::size_t i) { return (at(i) & 0xc0U) == 0x80U; };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf && tail(1)) return 2;
    if (first >= 0xe0 && first <= 0xef && tail(1) && tail(2)) {
        const bool overlong = first == 0xe0 && at(1) < 0xa0;
        const bool surrogate = first == 0xed && at(1) > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    if (first >= 0xf0 && first <= 0xf4 && tail(1) && tail(2) && tail(3)) {
        const bool overlong = first == 0xf0 && at(1) < 0x90;
        const bool too_high = first == 0xf4 && at(1) > 0x8f;
        return overlong || too_high ? 0 : 4;
    }
    return 0;
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
    for (;;) {
        const std::size_t plain = plain_prefix(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) return;
        const char c = text.front();
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            out += "\xef\xbf\xbd";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
            out += escape.data();
        } else {
            out.append(text.substr(0, length));
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    append_json_text(out, text);
    out += '"';
}

std::string& JsonObject::key(std::string_view name) {
    if (text_.size() > 1) text_ += ',';
    return text_.append("\"").append(name).append("\":");
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

void append_pointer_step(std::string& out, std::string_view key) {
    out += '/';
    for (const char c : key) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
}

}  // namespace tillpost
