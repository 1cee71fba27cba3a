// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/text_lines.hpp"

#include <algorithm>
#include <unordered_map>

#include "agent/event/json_text.hpp"
#include "agent/event/redaction/json_token.hpp"

namespace tillpost::cli {
namespace {

/// Lines by JSON pointers; 0: nothing stands there.
using Found = std::unordered_map<std::string_view, std::uint64_t>;

std::string_view parent_of(std::string_view pointer) { return pointer.substr(0, pointer.rfind('/')); }

/// One way through a text, which notes the lines of the values that are looked for.
class LineWalk {
public:
    LineWalk(const PlacedText& placed, Found& found) : text_(placed.text), line_(placed.line), found_(found) {}

    void run() {
        for (; at_ < text_.size() && frames_.size() <= deepest; ++at_) {
            switch (text_[at_]) {
                case '\n': ++line_; break;
                case '{':
                case '[': open(); break;
                case '}':
                case ']': close(); break;
                case ',': separate(); break;
                default: take_scalar();
            }
        }
    }

private:
    struct Frame {
        bool is_list = false;
        std::size_t pointer = 0;  ///< So much of pointer_ leads to it.
        std::size_t item = 0;
        bool key_next = false;
    };

    /// A value begins here.
    void note_value() {
        if (frames_.empty()) return;
        if (frames_.back().is_list) {
            pointer_.resize(frames_.back().pointer);
            append_pointer_step(pointer_, std::to_string(frames_.back().item));
        }
        const auto wanted = found_.find(pointer_);
        if (wanted != found_.end() && wanted->second == 0) wanted->second = line_;
    }
    void open() {
        note_value();
        const bool is_list = text_[at_] == '[';
        frames_.push_back({is_list, pointer_.size(), 0, !is_list});
    }
    void close() {
        if (frames_.empty()) return;
        pointer_.resize(frames_.back().pointer);
        frames_.pop_back();
    }
    void separate() {
        if (frames_.empty()) return;
        ++frames_.back().item;
        frames_.back().key_next = !frames_.back().is_list;
    }
    /// at_ stays at its last byte.
    void take_scalar() {
        if (byte_class(text_[at_]) == ByteClass::space || text_[at_] == ':') return;
        const std::size_t begin = at_;
        const bool is_string = text_[at_] == '"';
        if (is_string) at_ = std::min(scan_string(text_, at_ + 1).end, text_.size() - 1);
        while (!is_string && at_ + 1 < text_.size() && !ends_atom(text_[at_ + 1])) ++at_;
        if (frames_.empty() || !frames_.back().key_next) return note_value();
        frames_.back().key_next = false;
        pointer_.resize(frames_.back().pointer);
        append_pointer_step(pointer_, decoded_string(text_.substr(begin + 1, at_ - begin - (at_ > begin ? 1 : 0))));
    }

    static constexpr std::size_t deepest = 64;  ///< As records are read

    const std::string_view text_;
    std::uint64_t line_;
    Found& found_;
    std::size_t at_ = 0;
    std::string pointer_;  ///< Of the value that was read last, or whose name was
    std::vector<Frame> frames_;
};

}  // namespace

std::uint64_t PlacedText::line_of_byte(std::size_t byte) const {
    const std::string_view before = text.substr(0, std::min(byte, text.size()));
    return line + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n'));
}

std::uint64_t PlacedText::line_of(std::string_view pointer) const { return lines_of({std::string(pointer)}).front(); }

std::vector<std::uint64_t> PlacedText::lines_of(const std::vector<std::string>& pointers) const {
    std::vector<std::uint64_t> lines(pointers.size(), line);
    if (!has_lines()) return lines;
    Found found;
    for (const std::string_view pointer : pointers) {
        for (std::string_view rest = pointer; rest.starts_with('/'); rest = parent_of(rest)) found.emplace(rest, 0);
    }
    LineWalk(*this, found).run();
    for (std::size_t i = 0; i < pointers.size(); ++i) {
        std::string_view rest = pointers[i];
        while (rest.starts_with('/') && found[rest] == 0) rest = parent_of(rest);
        if (rest.starts_with('/')) lines[i] = found[rest];
    }
    return lines;
}

PlacedText PlacedText::part(std::string_view within) const {
    return {line_of_byte(static_cast<std::size_t>(within.data() - text.data())), within};
}

}  // namespace tillpost::cli
