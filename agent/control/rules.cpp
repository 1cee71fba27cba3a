// SPDX-License-Identifier: Apache-2.0
#include "agent/control/rules.hpp"

#include <algorithm>

#include "agent/event/settings.hpp"
#include "agent/mqtt/address.hpp"
#include "agent/status/page_address.hpp"

namespace tillpost::rules {
namespace {

constexpr std::size_t longest_path = 4095;        // PATH_MAX without the end
constexpr std::size_t longest_socket_path = 107;  // sockaddr_un, unix(7)
constexpr std::size_t longest_account = 32;       // useradd(8)
constexpr std::size_t longest_time_zone = 64;     // twice the longest of the IANA's

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

bool only(std::string_view text, std::string_view punctuation) {
    const auto allowed = [punctuation](char c) {
        return is_letter_or_digit(c) || punctuation.find(c) != std::string_view::npos;
    };
    return std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

bool is_name(std::string_view text) {
    // Two characters are left for the other two names.
    return !text.empty() && text.size() <= longest_names - 2 && only(text, "_-");
}

bool is_absolute_path(std::string_view text) {
    return text.size() > 1 && text.size() <= longest_path && text.front() == '/' && !has_control_characters(text);
}

bool is_socket_path(std::string_view text) { return is_absolute_path(text) && text.size() <= longest_socket_path; }

bool is_socket_path_or_empty(std::string_view text) { return text.empty() || is_socket_path(text); }

bool is_account(std::string_view text) {
    return !text.empty() && text.size() <= longest_account && text.front() != '-' && only(text, "_-.$");
}

bool is_broker_address(std::string_view text) { return parse_broker_address(text).has_value(); }

bool is_proxy(std::string_view text) { return parse_proxy_address(text).has_value(); }

bool is_printable(std::string_view text) {
    return !text.empty() && text.size() <= 256 && !has_control_characters(text);
}

bool is_receiver(std::string_view text) {
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_framing(std::string_view text) {
    const auto one_of = [](char c, std::string_view allowed) { return allowed.find(c) != std::string_view::npos; };
    return text.size() == 3 && one_of(text[0], "78") && one_of(text[1], "NEO") && one_of(text[2], "12");
}

bool is_prefix(std::string_view text) { return text.size() <= 16; }

bool is_card_prefix(std::string_view text) {
    return !text.empty() && text.size() <= 8 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_member_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && !has_control_characters(text);
}

/// RFC 6901: behind "~" stands 0 or 1, or it is no pointer.
bool is_member_path(std::string_view text) {
    for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1)) {
        if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
    }
    return text.size() > 1 && text.size() <= 256 && text.front() == '/' && !has_control_characters(text);
}

bool is_suffix(std::string_view text) {
    static constexpr std::string_view names[] = {"CR", "LF", "CRLF", "CR LF", "CR+LF", "TAB", "ETX"};
    const bool is_name = std::find(std::begin(names), std::end(names), text) != std::end(names);
    return !text.empty() && text.size() <= 16 && !is_name && text.front() != '\\';
}

bool is_time_of_day(std::string_view text) {
    const auto digit = [text](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return false;
    return text.substr(0, 2) < "24" && text[3] < '6';
}

bool is_marking_rule(std::string_view text) { return find_rule(text) != nullptr; }

bool may_be_off(std::string_view rule) {
    const KnownRule* const known = find_rule(rule);
    return known != nullptr && known->may_be_off;
}

bool is_feed_type(std::string_view text) {
    const std::vector<std::string_view> types = feed_types();
    return std::find(types.begin(), types.end(), text) != types.end();
}

bool is_keyed_type(std::string_view text) {
    const std::vector<std::string_view> types = keyed_types();
    return std::find(types.begin(), types.end(), text) != types.end();
}

bool is_key_path(std::string_view text) { return is_member_path(text) && text.find('*') == std::string_view::npos; }

bool is_changing_path(std::string_view text) { return is_member_path(text) && may_change(text); }

/// It becomes the name of a file below a folder.
bool is_time_zone(std::string_view text) {
    return !text.empty() && text.size() <= longest_time_zone && !text.starts_with('/') && !text.ends_with('/') &&
           text.find("//") == std::string_view::npos && only(text, "/_+-");
}

bool is_weekday(std::string_view text) {
    for (const std::string_view day : {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}) {
        if (text == day) return true;
    }
    return false;
}

bool is_page_address(std::string_view text) { return parse_page_address(text).has_value(); }

bool is_till(std::string_view text) { return !text.empty() && text.size() <= 64; }

}  // namespace tillpost::rules
