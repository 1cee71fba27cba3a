// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/element_string.hpp"

#include <algorithm>

#include "agent/event/gs1/associations.hpp"
#include "agent/event/gs1/characters.hpp"

namespace tillpost::gs1 {
namespace {

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 4)) {
        const bool visible = c > ' ' && c < '\x7f';
        out += visible ? c : '?';
    }
    return out;
}

/// Walks through the text; its end and its separators are where values of variable length end.
class Reader {
public:
    Reader(std::string_view text, char between, int current_year)
        : text_(text), between_(between), current_year_(current_year) {}

    void read_first(FirstFnc1 first) {
        const bool there = text_.starts_with(between_);
        if (there && first != FirstFnc1::absent) at_ = 1;
        if (!there && first == FirstFnc1::required) {
            message_.add({"separator", "", 0, std::string("GS1 data begins with FNC1, written ") + between_});
        }
        if (at_ == text_.size()) message_.add({"empty", "", at_, "there is no element"});
    }

    Message read_all() {
        while (at_ < text_.size() && message_.faults.size() < most_faults) read_element();
        return std::move(message_);
    }

private:
    void read_element() {
        if (text_[at_] == between_) {
            message_.add({"separator", "", at_, "a separator without a value before it"});
            ++at_;
            return;
        }
        const std::string_view rest = text_.substr(at_);
        const std::size_t length = ai_length(rest);
        if (length == 0 || find_definition(rest.substr(0, length)) == nullptr) {
            refuse_ai(rest, length);
            return;
        }
        read_value(rest.substr(0, length));
    }

    void read_value(std::string_view ai) {
        const std::size_t begin = at_ + ai.size();
        std::size_t end = std::min(text_.find(between_, begin), text_.size());
        if (const std::size_t length = predefined_length(ai); length != 0) end = std::min(end, at_ + length);
        message_.add(ai, text_.substr(begin, end - begin), at_, begin, current_year_);
        go_on_at(end);
    }

    /// Figure 7.8.4-2 has the lengths of prefixes whose AIs are not assigned, too.
    void refuse_ai(std::string_view rest, std::size_t length) {
        const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
        if (digits.size() < std::max<std::size_t>(length, 2)) {
            const std::string found = rest.size() < 2 ? " is too short for an AI" : " is no AI";
            message_.add(
                {"unknown_ai", "", at_, "\"" + printable(rest) + "\"" + found + ": an AI has two to four digits"});
        } else {
            const std::string ai(digits.substr(0, length == 0 ? 2 : length));
            const std::string what = length == 0 ? "no GS1 Application Identifier begins with " + ai
                                                 : "there is no GS1 Application Identifier " + ai;
            message_.add({"unknown_ai", ai, at_, what});
        }
        std::size_t end = std::min(text_.find(between_, at_), text_.size());
        if (const std::size_t known = predefined_length(digits); known != 0) end = std::min(end, at_ + known);
        go_on_at(end);
    }

    void go_on_at(std::size_t end) {
        at_ = end;
        if (at_ < text_.size() && text_[at_] == between_) ++at_;
    }

    std::string_view text_;
    char between_;
    int current_year_;
    std::size_t at_ = 0;
    Message message_;
};

bool too_long(std::string_view text, Message& message) {
    if (text.size() <= longest_input) return false;
    message.add({"too_long", "", longest_input, "more than 8,192 bytes"});
    return true;
}

Message parse(std::string_view text, char between, int current_year, FirstFnc1 first) {
    Message message;
    if (too_long(text, message)) return message;
    Reader reader(text, between, current_year);
    reader.read_first(first);
    message = reader.read_all();
    check_associations(message);
    return message;
}

/// The AI if the text begins with "(" digits ")", as an element in brackets does; "" if not.
std::string_view bracketed_ai(std::string_view text) {
    if (!text.starts_with('(')) return {};
    const std::string_view digits = text.substr(1, text.find_first_not_of("0123456789", 1) - 1);
    if (digits.size() < 2 || digits.size() > 4 || !text.substr(1 + digits.size()).starts_with(')')) return {};
    return digits;
}

/// Reads up to the next element; `escapes` counts the backslashes that are not part of the value.
std::string bracketed_value(std::string_view text, std::size_t& taken) {
    std::string value;
    taken = 0;
    while (taken < text.size() && bracketed_ai(text.substr(taken)).empty()) {
        if (text[taken] == '\\' && text.substr(taken + 1).starts_with('(')) ++taken;
        value += text[taken++];
    }
    return value;
}

}  // namespace

Message parse_element_string(std::string_view text, int current_year, FirstFnc1 first) {
    return parse(text, separator, current_year, first);
}

Message parse_caret_string(std::string_view text, int current_year) {
    return parse(text, '^', current_year, FirstFnc1::required);
}

Message parse_bracketed(std::string_view text, int current_year) {
    Message message;
    if (too_long(text, message)) return message;
    std::size_t at = 0;
    while (at < text.size() && message.faults.size() < most_faults) {
        const std::string_view ai = bracketed_ai(text.substr(at));
        if (ai.empty()) {  // only at the beginning: a value ends before the next one
            message.add({"brackets", "", at, "an element begins with its AI in brackets: (01)"});
            break;
        }
        const std::size_t value_at = at + ai.size() + 2;
        std::size_t taken = 0;
        const std::string value = bracketed_value(text.substr(value_at), taken);
        message.add(ai, value, at, value_at, current_year);
        at = value_at + taken;
    }
    if (text.empty()) message.add({"empty", "", 0, "there is no element"});
    check_associations(message);
    return message;
}

std::string element_string(std::span<const Element> elements) {
    std::string out;
    bool open = false;
    for (const Element& element : elements) {
        if (open) out += separator;
        out.append(element.ai).append(element.value);
        open = !element.definition->predefined_length;
    }
    return out;
}

std::string bracketed(std::span<const Element> elements) {
    std::string out;
    for (const Element& element : elements) {
        out.append("(").append(element.ai).append(")");
        for (std::size_t at = 0; at < element.value.size(); ++at) {
            if (!bracketed_ai(std::string_view(element.value).substr(at)).empty()) out += '\\';
            out += element.value[at];
        }
    }
    return out;
}

}  // namespace tillpost::gs1
