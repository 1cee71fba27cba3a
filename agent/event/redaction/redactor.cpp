// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/redactor.hpp"

#include <algorithm>
#include <utility>

#include "agent/event/identifiers.hpp"
#include "agent/event/json_text.hpp"
#include "agent/event/redaction/card_number.hpp"
#include "agent/event/redaction/code_finder.hpp"
#include "agent/event/redaction/json_token.hpp"

namespace tillpost {
namespace {

constexpr std::size_t shown_digits = 4;
constexpr std::size_t bin_digits = 6;
constexpr std::size_t shortest_with_bin = 15;
constexpr std::size_t longest_pointer = 256;

constexpr std::string_view pseudonym_start = "p:";
constexpr std::size_t pseudonym_digits = 32;

/// What pseudonym() makes.
bool is_pseudonym(std::string_view text) {
    if (!text.starts_with(pseudonym_start) || text.size() != pseudonym_start.size() + pseudonym_digits) return false;
    text.remove_prefix(pseudonym_start.size());
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::size_t digits_in(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

/// In the place of digits that are not shown.
bool is_mask_sign(char c) { return std::string_view("*xX#").find(c) != std::string_view::npos; }
bool is_letter_of_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool names_last_digits(std::string_view key) {
    constexpr std::array names{"last4", "lastfour", "last4digits", "lastfourdigits", "lastdigits"};
    return std::any_of(names.begin(), names.end(), [key](const char* name) { return same_name(name, key); });
}

bool is_graphic(char c) { return c > ' ' && c < '\x7f'; }

/// Each event has one, with digits enough to be looked into for nothing: no run of them has more than eleven, and no
/// label or track stands there.
bool is_short_date_time(std::string_view text) {
    constexpr std::size_t longest = std::string_view("2026-11-23T10:15:30.123456+01:00").size();
    return text.size() <= longest && is_date_time(text);
}

}  // namespace

const Redaction& Redactor::redact_line(std::string_view line) {
    begin(line);
    for (std::size_t at = 0; at < line.size();) {
        switch (byte_class(line[at])) {
            case ByteClass::quote: at = take_string(at); break;
            case ByteClass::space: ++at; break;
            case ByteClass::structure: at = take_structure(at); break;
            default: at = take_atom(at);
        }
    }
    end();
    return result_;
}

const Redaction& Redactor::redact_code(std::string_view code, std::string_view aim) {
    begin(code);
    const Token token{0, code.size(), code, Token::Kind::text};
    if (is_suspicious(code)) cut(token, find_in_code(finder_, code, is_gs1_aim(aim)));
    end();
    return result_;
}

void Redactor::begin(std::string_view source) {
    source_ = source;
    depth_ = 0;
    frames_[0] = Frame();
    edits_.clear();
    result_.changed = false;
    result_.bytes.clear();
    result_.numbers = result_.secrets = result_.fields = result_.dropped = 0;
    result_.places.clear();
}

void Redactor::end() {
    if (edits_.empty()) return;
    std::size_t kept = 0;
    for (const Edit& edit : edits_) {
        result_.bytes.append(source_.substr(kept, edit.begin - kept)).append(edit.text);
        kept = edit.end;
    }
    result_.bytes.append(source_.substr(kept));
    result_.changed = true;
    finder_.forget();
    plain_.forget();
}

std::size_t Redactor::take_structure(std::size_t at) {
    const char c = source_[at];
    if (c == '{' || c == '[') {
        if (open(c == '[')) {
            top().begin = at;
            return at + 1;
        }
    } else if (c == ',' || c == ':') {
        if (c == ',' && top().is_array) ++top().index;
        return at + 1;
    } else if (depth_ > 0) {
        const Frame& closed = frames_[depth_--];
        if (closed.is_array) cut_list(closed, at);
        return at + 1;
    }
    take_rest(at);
    return source_.size();
}

bool Redactor::open(bool is_array) {
    if (depth_ + 1 == most_depth) return false;
    const Frame& outer = top();
    Frame& inner = frames_[depth_ + 1];
    const Field field = outer.field;
    const bool dropped = field == Field::free_text && settings_.free_text == PrivacySettings::Policy::drop;
    const bool all = field == Field::secret || field == Field::card_number || dropped;
    inner.is_array = is_array;
    inner.is_gs1 = !is_array && field == Field::gs1_elements;
    inner.is_card = !is_array && field == Field::card;
    inner.inherited = all || (is_array && field != Field::secret_text) ? field : Field::plain;
    inner.inherited_rule = outer.rule;
    inner.field = inner.inherited;
    inner.rule = inner.inherited_rule;
    inner.index = 0;
    inner.key = is_array ? outer.key : std::string_view();
    inner.key_cut = false;
    inner.aim_sought = false;
    inner.has_gs1_aim = false;
    ++depth_;
    return true;
}

std::size_t Redactor::take_string(std::size_t at) {
    Token token;
    token.begin = at;
    const StringScan scan = scan_string(source_, at + 1);
    token.content = source_.substr(at + 1, scan.end - at - 1);
    token.end = std::min(scan.end + 1, source_.size());
    token.escaped = scan.escaped;
    std::size_t next = token.end;
    while (next < source_.size() && byte_class(source_[next]) == ByteClass::space) ++next;
    if (next < source_.size() && source_[next] == ':') {
        take_key(token);
    } else {
        take_value(token);
    }
    return token.end;
}

/// A number, a word; whatever else it is, the line is no JSON from here on.
std::size_t Redactor::take_atom(std::size_t at) {
    std::size_t end = at;
    while (end < source_.size() && !ends_atom(source_[end])) ++end;
    Token token{at, end, source_.substr(at, end - at), Token::Kind::atom};
    const Field field = top().field;
    const bool labelled = field == Field::secret || field == Field::secret_text || field == Field::card_number;
    std::size_t next = end;
    while (next < source_.size() && byte_class(source_[next]) == ByteClass::space) ++next;
    const bool alone = next < source_.size() && std::string_view(",]}").find(source_[next]) != std::string_view::npos;
    if (labelled || (depth_ > 0 && alone && is_json_atom(token.content))) {
        take_value(token);
        return end;
    }
    take_rest(at);
    return source_.size();
}

void Redactor::take_rest(std::size_t at) {
    top().field = Field::plain;
    top().rule = no_rule;
    take_value({at, source_.size(), source_.substr(at), Token::Kind::text});
}

void Redactor::take_key(const Token& token) {
    Frame& frame = top();
    frame.key = token.content;
    frame.key_cut = false;
    const std::string decoded = token.escaped ? decoded_string(frame.key) : std::string();
    const std::string_view key = decoded.empty() ? frame.key : std::string_view(decoded);
    const bool inherits = frame.inherited == Field::secret || frame.inherited == Field::card_number;
    frame.field = inherits ? frame.inherited : field_of(key);
    if (frame.is_gs1 && frame.field == Field::plain) frame.field = Field::gs1_value;
    if (frame.is_card && frame.field == Field::plain && names_number(key)) frame.field = Field::card_number;
    const bool weak = frame.field != Field::card_number && frame.field != Field::secret;
    if (frame.inherited == Field::free_text && weak) frame.field = Field::free_text;
    frame.rule = frame.inherited_rule != no_rule || settings_.fields.empty() ? frame.inherited_rule : rule_of(key);
    if (token.content.size() < shortest_card_number || !is_suspicious(token.content)) return;
    frame.key_cut = true;  // its place must not say it either
    frame.key_cut = cut_findings(token);
}

void Redactor::take_value(const Token& token) {
    const Frame& frame = top();
    switch (frame.field) {
        case Field::secret:
        case Field::secret_text: return remove_value(token);
        case Field::track:
            if (digits_in(token.content) >= shortest_card_number) return remove_value(token);
            break;
        case Field::track_form:
        case Field::card_digits:
            if (cut_by_form(token)) return;
            break;
        case Field::card_number:
            return frame.inherited == Field::card_number ? cut_card_part(token) : cut_card_number(token);
        case Field::free_text:
            if (settings_.free_text == PrivacySettings::Policy::drop && frame.rule == no_rule) {
                return apply_rule(token, settings_.free_text);
            }
            break;
        case Field::aim: note_aim(token); break;
        default: break;
    }
    if (frame.rule != no_rule) {
        const PrivacySettings::Policy policy = settings_.fields[static_cast<std::size_t>(frame.rule)].policy;
        if (policy == PrivacySettings::Policy::identifier && all_digits(token.content)) return;
        if (policy == PrivacySettings::Policy::drop || policy == PrivacySettings::Policy::pseudonym) {
            return apply_rule(token, policy);
        }
    }
    if (frame.field == Field::code_hex) return cut_code_hex(token);
    if (!is_suspicious(token.content)) return;
    if (frame.field == Field::fiscal && is_fiscal_text(token.content)) return;
    if (frame.field == Field::fiscal_number && is_fiscal_number(token.content)) return;
    if (is_short_date_time(token.content) || is_gs1_number_of(frame.field, token.content)) return;
    switch (frame.field) {
        case Field::gs1_value: cut_gs1_value(token, frame.key); break;
        case Field::gs1: cut(token, find_in_code(finder_, token.content, false)); break;
        case Field::code:
        case Field::gs1_elements: cut_code(token); break;
        default: cut_findings(token);
    }
}

void Redactor::remove_value(const Token& token) {
    if (token.content.empty() || is_json_word(token.content)) return;
    replace(token.begin, token.end, "null");
    ++result_.secrets;
    note_place();
}

/// Of an array or object that the name says is one: a whole number shows its last digits; what may be a part of one is
/// removed, because the parts together are all of it.
void Redactor::cut_card_part(const Token& token) {
    constexpr std::size_t few = 3;  // digits of a word: "MC2"
    if (is_json_word(token.content)) return;
    plain_.assign(token.content);
    std::size_t digits = 0;
    std::size_t masks = 0;
    bool has_letter = false;
    for (const char c : plain_.text()) {
        digits += c >= '0' && c <= '9' ? 1 : 0;
        masks += is_mask_sign(c) ? 1 : 0;
        has_letter = has_letter || (is_letter_of_word(c) && !is_mask_sign(c));
    }
    if (digits + masks >= shortest_card_number) return cut_card_number(token);
    const bool is_last = !top().is_array && digits <= shown_digits && names_last_digits(top().key);
    if (digits == 0 || is_last || (has_letter && digits < few)) return;
    replace(token.begin, token.end, "null");
    ++result_.numbers;
    note_place();
}

/// Whatever the name says is one shows its last digits only, whether it looks like a card number or not.
void Redactor::cut_card_number(const Token& token) {
    if (is_json_word(token.content)) return;
    const std::vector<Finding>& findings = finder_.find(token.content);
    std::string digits = findings.empty() ? std::string() : findings.front().digits;
    if (digits.empty()) {
        plain_.assign(token.content);
        for (const char c : plain_.text()) {
            if (c >= '0' && c <= '9') digits += c;
        }
    }
    if (digits.size() <= shown_digits) return;
    std::string shown = mask(digits);
    if (shown == token.content) return;
    replace(token.begin, token.end, '"' + std::move(shown) + '"');
    ++result_.numbers;
    note_place();
}

/// Whether there was something.
bool Redactor::cut(const Token& token, const std::vector<Finding>& findings) {
    if (findings.empty()) return false;
    const std::size_t start = offset(token.content);
    if (token.kind == Token::Kind::atom && is_json_number(token.content)) {
        replace(token.begin, token.end, '"' + replacement(findings.front()) + '"');
        count(findings.front());
    } else {
        for (const Finding& finding : findings) {
            replace(start + finding.begin, start + finding.end, replacement(finding));
            count(finding);
        }
    }
    note_place();
    return true;
}

void Redactor::count(const Finding& finding) {
    if (finding.kind != Finding::Kind::secret) ++result_.numbers;
    if (finding.kind != Finding::Kind::number) ++result_.secrets;
}

/// A pseudonym is one of the redacted text: a hash of a card number is a card number.
void Redactor::apply_rule(const Token& token, PrivacySettings::Policy policy) {
    if (token.content.empty() || is_json_word(token.content)) return;
    // What is mapped again, or released from quarantine, has its pseudonyms already.
    if (policy == PrivacySettings::Policy::pseudonym && is_pseudonym(token.content)) return;
    ++result_.fields;
    if (policy == PrivacySettings::Policy::drop) {
        ++result_.dropped;
        return replace(token.begin, token.end, "null");
    }
    std::string text(token.content);
    const std::vector<Finding>& findings = finder_.find(token.content);
    for (auto finding = findings.rbegin(); finding != findings.rend(); ++finding) {
        text.replace(finding->begin, finding->end - finding->begin, replacement(*finding));
        count(*finding);
    }
    if (!findings.empty()) note_place();
    if (token.kind == Token::Kind::string) text = decoded_string(text);
    replace(token.begin, token.end, '"' + pseudonym(settings_.key, text) + '"');
}

std::string Redactor::mask(std::string_view digits) const {
    const std::string_view last = digits.substr(digits.size() - shown_digits);
    if (settings_.keep_bin && digits.size() >= shortest_with_bin) {
        return std::string(digits.substr(0, bin_digits)).append("******").append(last);
    }
    return std::string("************").append(last);
}

std::string Redactor::replacement(const Finding& finding) const {
    return finding.digits.empty() ? "***" : mask(finding.digits);
}

void Redactor::note_place() {
    if (result_.places.size() == Redaction::most_places) return;
    std::string place = pointer();
    if (result_.places.empty() || result_.places.back() != place) result_.places.push_back(std::move(place));
}

int Redactor::rule_of(std::string_view key) const {
    for (std::size_t i = 0; i < settings_.fields.size(); ++i) {
        const PrivacySettings::Rule& rule = settings_.fields[i];
        if (rule.name.empty() ? is_at(rule.path) : same_name(rule.name, key)) return static_cast<int>(i);
    }
    return no_rule;
}

/// Whether the value that comes next is the path's. The innermost step is compared first: it mostly differs.
bool Redactor::is_at(std::string_view path) const {
    for (std::size_t depth = depth_;; --depth) {
        const Frame& frame = frames_[depth];
        if (depth == 0) return path.empty();
        const std::size_t slash = path.rfind('/');
        if (slash == std::string_view::npos) return false;
        const std::string_view step = path.substr(slash + 1);
        if (frame.is_array) {
            if (step != "*" && step != std::to_string(frame.index)) return false;
        } else {
            std::string key;
            append_pointer_step(key, frame.key.find('\\') == std::string_view::npos ? std::string(frame.key)
                                                                                    : decoded_string(frame.key));
            if (!same_name(std::string_view(key).substr(1), step)) return false;
        }
        path = path.substr(0, slash);
    }
}

std::string Redactor::pointer() const {
    std::string text;
    for (std::size_t depth = 1; depth <= depth_; ++depth) {
        const Frame& frame = frames_[depth];
        std::string step;
        if (frame.is_array) {
            step.append("/").append(std::to_string(frame.index));
        } else {
            append_pointer_step(step, frame.key_cut ? "*" : decoded_string(frame.key));
            if (!std::all_of(step.begin(), step.end(), is_graphic)) step = "/*";
        }
        if (text.size() + step.size() > longest_pointer) break;
        text += step;
    }
    return text;
}

}  // namespace tillpost
