// SPDX-License-Identifier: Apache-2.0
// How bar codes and GS1 data are redacted, what stands beside a code, and what only its form says of a value.
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/event/redaction/code_finder.hpp"
#include "agent/event/redaction/json_token.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "platform/bytes.hpp"

namespace tillpost {
namespace {

/// Whether one of an object's own members that come next is a GS1 AIM identifier. `depth`: how many arrays of the
/// object are open where the text begins.
bool gs1_aim_in(std::string_view text, std::size_t depth) {
    bool is_aim = false;  // the value that comes next
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c != '"') {
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && depth-- == 0) return false;
            if (c == ',') is_aim = false;
            ++at;
            continue;
        }
        const StringScan scan = scan_string(text, at + 1);
        const std::string_view content = text.substr(at + 1, scan.end - at - 1);
        at = std::min(scan.end + 1, text.size());
        if (depth > 0) continue;
        if (is_aim && is_gs1_aim(scan.escaped ? decoded_string(content) : std::string(content))) return true;
        const std::size_t next = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
        is_aim = text.substr(next).starts_with(':') &&
                 field_of(scan.escaped ? decoded_string(content) : content) == Field::aim;
    }
    return false;
}

}  // namespace

void Redactor::cut_gs1_value(const Token& token, std::string_view ai) {
    const std::size_t key = gs1_key_size(ai, token.content);
    if (key == 0) {
        cut_findings(token);
    } else if (key < token.content.size()) {
        cut(token, find_in_part(finder_, token.content, {key, token.content.size()}));
    }
}

void Redactor::cut_code(const Token& token) {
    if (is_bare_number(token.content, true)) return;  // whatever stands beside it
    cut(token, find_in_code(finder_, token.content, is_element_string(token)));
}

/// What the hex digits stand for is judged as the code that it is, and written in hex digits again.
void Redactor::cut_code_hex(const Token& token) {
    const std::string written = token.escaped ? decoded_string(token.content) : std::string(token.content);
    std::optional<std::string> code = bytes_of_hex_digits(written);
    if (!code) return is_suspicious(token.content) ? cut_code(token) : void();
    std::vector<Finding> findings = find_in_code(finder_, *code, is_element_string(token));
    if (findings.empty()) {  // or is it the code itself?
        code = written;
        findings = find_in_code(finder_, written, false);
    }
    if (findings.empty()) return;
    std::string clean;
    std::size_t kept = 0;
    for (const Finding& finding : findings) {
        clean.append(*code, kept, finding.begin - kept).append(replacement(finding));
        kept = finding.end;
        count(finding);
    }
    clean.append(*code, kept);
    std::fill(code->begin(), code->end(), '\0');
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(clean.data()), clean.size());
    replace(token.begin, token.end, '"' + to_hex(bytes) + '"');
    note_place();
}

/// Others use the name, too: the value has to be written as card data are. Whether it was.
bool Redactor::cut_by_form(const Token& token) {
    const bool of_a_track = top().field == Field::track_form;
    plain_.assign(token.content);
    if (!(of_a_track ? is_track(plain_.text()) : is_card_digits(plain_.text()))) return false;
    of_a_track ? remove_value(token) : cut_card_number(token);
    return true;
}

/// Texts that are the groups of one number: no item shows it, the list does. `end`: its closing bracket.
void Redactor::cut_list(const Frame& list, std::size_t end) {
    constexpr std::size_t longest = 128;
    const bool was_cut = !edits_.empty() && edits_.back().end > list.begin;
    if (list.index < 2 || end - list.begin > longest || was_cut || list.inherited_rule != no_rule) return;
    const std::string_view text = source_.substr(list.begin, end + 1 - list.begin);
    if (text.find_first_not_of("[]\", \t\r\n0123456789") != std::string_view::npos) return;
    for (const Finding& finding : finder_.find(text)) {
        const bool is_one_item = text.substr(finding.begin, finding.end - finding.begin).find('"') == text.npos;
        if (is_one_item) continue;  // judged by its name
        replace(list.begin + finding.begin, list.begin + finding.end, replacement(finding));
        count(finding);
        note_place();
    }
}

Redactor::Frame& Redactor::innermost_object() {
    std::size_t depth = depth_;
    while (depth > 0 && frames_[depth].is_array) --depth;
    return frames_[depth];
}

void Redactor::note_aim(const Token& token) {
    if (is_gs1_aim(token.escaped ? decoded_string(token.content) : std::string(token.content))) {
        innermost_object().has_gs1_aim = true;
    }
}

/// Whether an AIM identifier beside that code says so: the order of members does not count.
bool Redactor::is_element_string(const Token& token) {
    Frame& object = innermost_object();
    if (!object.has_gs1_aim && !object.aim_sought) {
        const auto arrays = static_cast<std::size_t>(&top() - &object);
        object.has_gs1_aim = gs1_aim_in(source_.substr(token.end), arrays);
        object.aim_sought = true;
    }
    return object.has_gs1_aim;
}

}  // namespace tillpost
