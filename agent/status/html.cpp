// SPDX-License-Identifier: Apache-2.0
#include "agent/status/html.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "agent/status/text.hpp"
#include "platform/clock.hpp"
#include "platform/time_text.hpp"

namespace tillpost::html {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string local_time(std::string_view rfc3339_time) {
    const auto time = parse_time(rfc3339_time);
    if (!time) return escaped(rfc3339_time);
    const std::tm parts = local_parts(WallTime(*time));
    std::array<char, 32> text{};
    (void)std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts);
    return "<time datetime=\"" + escaped(rfc3339_time) + "\">" + text.data() + "</time>";
}

std::string with_local_times(std::string_view text) {
    std::string out;
    for (;;) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        out += parse_time(word) ? local_time(word) : escaped(word);
        if (end == text.size()) return out;
        out += ' ';
        text.remove_prefix(end + 1);
    }
}

std::string term(std::string_view name, std::string_view value) {
    return "<dt>" + escaped(name) + "</dt><dd>" + std::string(value) + "</dd>\n";
}

}  // namespace tillpost::html
