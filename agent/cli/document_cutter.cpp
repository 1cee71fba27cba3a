// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/document_cutter.hpp"

#include <utility>

namespace tillpost::cli {
namespace {

constexpr std::size_t deepest = 256;  ///< Far more than any record has
constexpr std::string_view blanks = " \t\r\n";

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }

std::string in_quotes(char c) {
    const bool shows = c > ' ' && c < 0x7f;
    return shows ? std::string("\"") + c + '"' : std::string("another byte");
}

/// Whether the innermost of what is open at the end of that text is an object.
bool is_in_object(std::string_view text) {
    std::string open;
    bool in_text = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (in_text && c == '\\') ++at;
        if (c == '"') in_text = !in_text;
        if (in_text) continue;
        if (c == '{' || c == '[') open += c;
        if ((c == '}' || c == ']') && !open.empty()) open.pop_back();
    }
    return !open.empty() && open.back() == '{';
}

}  // namespace

std::optional<bool> DocumentCutter::is_one(std::string_view beginning, std::size_t most) {
    const std::size_t first = beginning.find_first_not_of(blanks);
    const bool enough = beginning.size() > most;
    if (first == std::string_view::npos) return enough ? std::optional(false) : std::nullopt;
    const auto untold = enough ? std::optional(false) : std::nullopt;
    if (beginning[first] == '[') {
        const std::size_t next = beginning.find_first_not_of(" \t\r", first + 1);
        if (next == std::string_view::npos) return untold;
        return std::string_view("{]\n").find(beginning[next]) != std::string_view::npos;
    }
    if (beginning[first] != '{') return false;
    const std::size_t end = beginning.find('\n', first);
    if (end == std::string_view::npos) return untold;
    const std::size_t last = beginning.find_last_not_of(blanks, end);
    if (beginning[last] != ',') return std::string_view("{[:").find(beginning[last]) != std::string_view::npos;
    const std::size_t next = beginning.find_first_not_of(blanks, end);
    if (next == std::string_view::npos) return untold;
    return !is_in_object(beginning.substr(first, last - first)) || beginning[next] == '"';
}

std::optional<DocumentCutter::Record> DocumentCutter::next(std::string_view& input) {
    for (std::size_t at = 0; at < input.size() && !fault_; ++at) {
        take(input[at]);
        if (!complete_) continue;
        input.remove_prefix(at + 1);
        complete_ = false;
        return std::exchange(record_, Record());
    }
    input = {};
    return std::nullopt;
}

void DocumentCutter::end() {
    if (fault_) return;
    if (place_ == Place::inside) {
        fail(record_.line, "the object that begins here is not closed by the end of the file");
    } else if (in_list_) {
        fail(list_line_, "the list that begins here is not closed by the end of the file");
    }
}

void DocumentCutter::fail(std::uint64_t line, std::string detail) {
    if (!fault_) fault_ = Fault{line, std::move(detail)};
}

void DocumentCutter::take(char c) {
    if (place_ == Place::inside) {
        take_inside(c);
    } else if (!is_blank(c)) {
        take_between(c);
    }
    if (c == '\n') ++line_;
}

void DocumentCutter::take_between(char c) {
    if (place_ == Place::behind_item) {
        if (c == ',') {
            place_ = Place::item;
        } else if (c == ']') {
            in_list_ = false;
            place_ = Place::outside;
        } else {
            fail(line_, "\",\" or \"]\" is expected behind an item of the list, not " + in_quotes(c));
        }
    } else if (c == '{') {
        record_.line = line_;
        list_is_empty_ = false;
        place_ = Place::inside;
        take_inside(c);
    } else if (c == '[' && !in_list_) {
        in_list_ = true;
        list_is_empty_ = true;
        list_line_ = line_;
        place_ = Place::item;
    } else if (c == ']' && in_list_ && list_is_empty_) {
        in_list_ = false;
        place_ = Place::outside;
    } else {
        fail(line_, std::string(in_list_ ? "an object is expected in the list" : "an object or a list is expected") +
                        ", not " + in_quotes(c));
    }
}

void DocumentCutter::take_inside(char c) {
    keep(c);
    if (in_text_) {
        if (c == '\n') return fail(line_, "a text is not closed at the end of this line");
        const bool ends = c == '"' && !escaped_;
        escaped_ = c == '\\' && !escaped_;
        in_text_ = !ends;
        return;
    }
    if (c == '"') in_text_ = true;
    if (c == '{' || c == '[') return open(c);
    if (c == '}' || c == ']') close(c);
}

void DocumentCutter::open(char c) {
    if (open_.size() == deepest) return fail(line_, "deeper than " + std::to_string(deepest) + " levels");
    open_ += c == '{' ? '}' : ']';
}

void DocumentCutter::close(char c) {
    if (open_.back() != c) return fail(line_, in_quotes(open_.back()) + " is expected, not " + in_quotes(c));
    open_.pop_back();
    if (!open_.empty()) return;
    complete_ = true;
    place_ = in_list_ ? Place::behind_item : Place::outside;
}

void DocumentCutter::keep(char c) {
    if (record_.too_long) return;
    record_.text += c;
    if (record_.text.size() <= longest_) return;
    record_.too_long = true;
    record_.text = std::string();
}

}  // namespace tillpost::cli
