// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/request_members.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "agent/event/json_nul.hpp"
#include "agent/event/json_text.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

/// Requests have two levels; a megabyte of brackets must not become an object each.
bool is_shallow(int depth, json::parse_event_t, const json&) { return depth < 4; }

}  // namespace

bool is_blank(std::string_view text) {
    // No-break space; the spaces from U+2000 on and those of no width; ideographic space; byte order mark
    constexpr std::array<std::string_view, 4> blanks{" ", "\xc2\xa0", "\xe3\x80\x80", "\xef\xbb\xbf"};
    constexpr std::size_t general = 3;
    while (!text.empty()) {
        const auto blank = std::find_if(blanks.begin(), blanks.end(),
                                        [text](std::string_view each) { return text.starts_with(each); });
        const bool is_general = text.size() >= general && text.starts_with("\xe2\x80") && text[2] <= '\x8f';
        if (blank == blanks.end() && !is_general) return false;
        text.remove_prefix(blank == blanks.end() ? general : blank->size());
    }
    return true;
}

Result<json> read_request(std::string_view line) {
    json document = has_nul(line) ? json() : json::parse(line, is_shallow, false);
    const bool is_request = document.is_object() && document.size() == 1 && document.begin()->is_object();
    if (is_request) return document;
    return Error{Errc::invalid, "a request is one JSON object with one member, an object"};
}

void RequestMembers::text(const char* name, std::string& to) {
    const json* value = find(name);
    if (value == nullptr) return;
    if (!value->is_string()) return fail(name, "expected text");
    to = value->get<std::string>();
}

void RequestMembers::words(const char* name, std::string& to, std::size_t longest) {
    text(name, to);
    if (!to.empty() && is_blank(to)) return fail(name, "expected words, and there are blanks alone");
    const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
    if (to.size() > longest || !is_utf8(to) || std::any_of(to.begin(), to.end(), is_control))
        fail(name, "expected at most " + std::to_string(longest) + " bytes of text without control characters");
}

std::optional<std::uint64_t> RequestMembers::number_of(const char* name, std::uint64_t most) {
    const json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() <= most) return value->get<std::uint64_t>();
    fail(name, "expected a number from 0 to " + std::to_string(most));
    return std::nullopt;
}

void RequestMembers::flag(const char* name, bool& to) {
    const json* value = find(name);
    if (value == nullptr) return;
    if (!value->is_boolean()) return fail(name, "expected true or false");
    to = value->get<bool>();
}

void RequestMembers::fail(const char* name, const std::string& what) {
    if (fault_.empty()) fault_ = std::string("/") + name + ": " + what;
}

const std::string& RequestMembers::fault() {
    if (known_ != object_.size() && fault_.empty()) fault_ = "a member that this request does not have";
    return fault_;
}

const json* RequestMembers::find(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return nullptr;
    ++known_;
    return &*found;
}

}  // namespace tillpost
