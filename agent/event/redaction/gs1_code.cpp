// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/gs1_code.hpp"

#include <algorithm>
#include <array>

#include "agent/event/gs1/ai_table.hpp"
#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/check_digits.hpp"
#include "agent/event/redaction/field_names.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_parts = 128;  // a QR code with more has nothing to do with GS1
constexpr std::size_t longest_ai = 4;
constexpr std::size_t aim_size = 3;
constexpr std::string_view composite_mark = "|]e0";  // between a linear symbol and what stands above it

bool has_check_digit(const gs1::Component& component) {
    return std::find(component.rules.begin(), component.rules.end(), gs1::Rule::check_digit) != component.rules.end();
}

/// Bytes of the separator that the text begins with, 0 if it does not: GS, its JSON escape, escaped again, too.
std::size_t separator_size(std::string_view text) {
    if (text.starts_with(gs1::separator)) return 1;
    const std::size_t slashes = std::min(text.find_first_not_of('\\'), text.size());
    const std::string_view escape = text.substr(slashes);
    const bool is_escape = slashes > 0 && (escape.starts_with("u001d") || escape.starts_with("u001D"));
    return is_escape ? slashes + 5 : 0;
}

bool begins_with_fnc1(std::string_view text) { return text.starts_with('^') || separator_size(text) > 0; }

std::size_t value_end(std::string_view code, std::size_t from, bool caret) {
    const std::string_view signs = caret ? "^\x1d\\" : "\x1d\\";
    for (std::size_t at = code.find_first_of(signs, from); at != std::string_view::npos;
         at = code.find_first_of(signs, at + 1)) {
        if (code[at] == '^' || separator_size(code.substr(at)) > 0) return at;
    }
    return code.size();
}

/// Where they begin with "^" for FNC1, that separates them, too.
void take_elements(std::string_view code, std::size_t from, CodeParts& parts) {
    const bool caret = code.substr(from).starts_with('^');
    for (std::size_t at = from; at < code.size();) {
        if (caret && code[at] == '^') {
            ++at;
            continue;
        }
        if (const std::size_t size = separator_size(code.substr(at)); size > 0) {
            at += size;
            continue;
        }
        const std::string_view rest = code.substr(at);
        const std::string_view ai = rest.substr(0, gs1::ai_length(rest));
        const bool known = !ai.empty() && gs1::find_definition(ai) != nullptr;
        if (parts.keys.size() + parts.values.size() >= most_parts) return parts.values.push_back({at, code.size()});
        if (!known) {
            const std::size_t end = value_end(code, at, caret);
            parts.values.push_back({at, end});
            at = end;
            continue;
        }
        const std::size_t begin = at + ai.size();
        std::size_t end = value_end(code, begin, caret);
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

void take_symbol(std::string_view code, bool is_elements, CodeParts& parts) {
    const std::size_t from = code.starts_with(']') && code.size() > aim_size ? aim_size : 0;
    const std::string_view content = code.substr(from);
    const bool elements = is_elements || says_elements(code) || begins_with_fnc1(content) || begins_with_key(content);
    if (from > 0 && is_bare_number(content, elements)) return parts.keys.push_back({from, code.size()});
    const bool apart = !content.empty() && std::string_view("(hH").find(content.front()) != std::string_view::npos;
    if (elements && !apart) {
        take_elements(code, from, parts);
    } else {
        take_pairs(code, parts);
    }
    // The AIM identifier's digit is none of what comes behind it.
    if (from > 0) parts.values.push_back({from, parts.keys.empty() ? code.size() : parts.keys.front().begin});
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
    constexpr std::array<std::string_view, 7> all{"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"};
    return std::find(all.begin(), all.end(), aim) != all.end();
}

bool is_bare_number(std::string_view code, bool is_elements) {
    constexpr std::size_t sscc = 18;
    return is_gs1_number(code) && !(is_elements && code.size() == sscc);
}

bool says_elements(std::string_view code) {
    return begins_with_fnc1(code) || (code.size() > aim_size && is_gs1_aim(code.substr(0, aim_size)));
}

CodeParts parts_of_code(std::string_view code, bool is_elements) {
    CodeParts parts;
    const std::size_t second = std::min(code.find(composite_mark), code.size());
    take_symbol(code.substr(0, second), is_elements, parts);
    if (second < code.size()) take_elements(code, second + composite_mark.size(), parts);
    return parts;
}

}  // namespace tillpost
