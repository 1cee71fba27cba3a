// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/gs1_code.hpp"

#include <algorithm>
#include <array>

#include "agent/event/gs1/ai_table.hpp"
#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/check_digits.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_parts = 128;  // a QR code with more has nothing to do with GS1
constexpr std::size_t longest_ai = 4;

bool has_check_digit(const gs1::Component& component) {
    return std::find(component.rules.begin(), component.rules.end(), gs1::Rule::check_digit) != component.rules.end();
}

/// Bytes of the separator that the text begins with, 0 if it does not.
std::size_t separator_size(std::string_view text) {
    if (text.starts_with(gs1::separator)) return 1;
    for (const std::string_view escape : {"\\u001d", "\\u001D"}) {
        if (text.starts_with(escape)) return escape.size();
    }
    return 0;
}

std::size_t value_end(std::string_view code, std::size_t from) {
    for (std::size_t at = code.find_first_of("\x1d\\", from); at != std::string_view::npos;
         at = code.find_first_of("\x1d\\", at + 1)) {
        if (separator_size(code.substr(at)) > 0) return at;
    }
    return code.size();
}

void take_elements(std::string_view code, std::size_t from, CodeParts& parts) {
    for (std::size_t at = from; at < code.size();) {
        if (const std::size_t size = separator_size(code.substr(at)); size > 0) {
            at += size;
            continue;
        }
        const std::string_view rest = code.substr(at);
        const std::string_view ai = rest.substr(0, gs1::ai_length(rest));
        const bool known = !ai.empty() && gs1::find_definition(ai) != nullptr;
        if (parts.keys.size() + parts.values.size() >= most_parts) return parts.values.push_back({at, code.size()});
        if (!known) {
            const std::size_t end = value_end(code, at);
            parts.values.push_back({at, end});
            at = end;
            continue;
        }
        const std::size_t begin = at + ai.size();
        std::size_t end = value_end(code, begin);
        if (const std::size_t length = gs1::predefined_length(ai); length != 0) end = std::min(end, at + length);
        end = std::max(end, std::min(begin, code.size()));
        const std::size_t key = gs1_key_size(ai, code.substr(begin, end - begin));
        if (key > 0) parts.keys.push_back({at, begin + key});
        if (begin + key < end) parts.values.push_back({begin + key, end});
        at = end;
    }
}

/// "(01)09506000134352", "/01/09506000134352", "?8003=09506000134352": the AI between its signs, and the value.
void take_pairs(std::string_view code, CodeParts& parts) {
    constexpr std::string_view openers = "(/?&";
    for (std::size_t at = code.find_first_of(openers); at != std::string_view::npos && parts.keys.size() < most_parts;
         at = code.find_first_of(openers, at + 1)) {
        const std::string_view rest = code.substr(at + 1);
        const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
        if (digits < 2 || digits > longest_ai) continue;
        std::size_t begin = digits;
        if (rest.substr(begin).starts_with('\\')) ++begin;  // "\/"
        const char closer = code[at] == '(' ? ')' : (code[at] == '/' ? '/' : '=');
        if (!rest.substr(begin).starts_with(closer)) continue;
        ++begin;
        const std::string_view value = rest.substr(begin, rest.find_first_of("(/?&#\\\x1d ;", begin) - begin);
        const std::size_t key = gs1_key_size(rest.substr(0, digits), value);
        if (key == value.size() && key > 0) parts.keys.push_back({at + 1, at + 1 + begin + key});
    }
}

bool begins_with_key(std::string_view code) {
    constexpr std::size_t sscc = 18;
    constexpr std::size_t gtin = 14;
    constexpr std::size_t ai = 2;
    if (code.size() < ai) return false;
    const std::size_t size = code.starts_with("00") ? sscc : gtin;
    const std::string_view name = code.substr(0, ai);
    return (name == "00" || name == "01" || name == "02") && gs1_key_size(name, code.substr(ai, size)) == size;
}

}  // namespace

std::size_t gs1_key_size(std::string_view ai, std::string_view value) {
    const gs1::Definition* definition = gs1::find_definition(ai);
    if (definition == nullptr) return 0;
    std::size_t size = 0;
    std::size_t checked = 0;  // where the digits begin that the check digit is of
    bool has_check = false;
    for (const gs1::Component& component : definition->parts()) {
        if (component.optional || component.charset != gs1::Charset::digits) break;
        if (!has_check) checked = size;
        size += component.most;
        has_check = has_check || has_check_digit(component);
        if (has_check) break;
    }
    if (!has_check || value.size() < size || !gs1::digits_only(value.substr(0, size))) return 0;
    const bool ends = value.size() == size || definition->component_count > 1;
    return ends && gs1::check_digit_right(value.substr(checked, size - checked)) ? size : 0;
}

bool is_gs1_aim(std::string_view aim) {
    constexpr std::array<std::string_view, 5> all{"]C1", "]e0", "]d2", "]Q3", "]J1"};
    return std::find(all.begin(), all.end(), aim) != all.end();
}

bool gs1_aim_follows(std::string_view behind) {
    constexpr std::string_view member = ",\"aim\":\"";
    constexpr std::size_t aim = 3;
    return behind.starts_with(member) && is_gs1_aim(behind.substr(member.size(), aim));
}

CodeParts parts_of_code(std::string_view code, bool is_elements) {
    constexpr std::size_t aim = 3;
    CodeParts parts;
    const std::size_t from = code.starts_with(']') && code.size() > aim ? aim : 0;
    if (is_elements || from > 0 || begins_with_key(code)) {
        take_elements(code, from, parts);
    } else {
        take_pairs(code, parts);
    }
    return parts;
}

}  // namespace tillpost
