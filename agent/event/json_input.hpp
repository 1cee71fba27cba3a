// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <iterator>
#include <string_view>

namespace tillpost {

/// A JSON text as a parser's input, without the content of its plain strings: of "abc" the parser reads "", and
/// skipped() says abc. So a parser that takes its input byte by byte checks the grammar alone, while most of a line,
/// names and short texts, is passed eight bytes at a time.
///
/// Plain is what means itself: right UTF-8 without escapes and control characters. Anything else is read byte by byte
/// as it stands, so a parser takes the shortened text if and only if it takes the whole one. Where it finds a fault
/// it counts other bytes, though. The text must outlive this.
class JsonInput {
public:
    explicit JsonInput(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    bool done() const { return at_ == end_; }
    char front() const { return *at_; }
    void pop_front() {
        const char c = *at_++;
        if (c == '"') pass_quote();
    }

    /// Whether the content of the string whose first quote was read last was passed.
    bool is_skipped() const { return is_skipped_; }
    /// That content, a view of the text.
    std::string_view skipped() const { return skipped_; }

    /// The form in which the library takes an input: all copies share the input's place.
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = char;
        using difference_type = std::ptrdiff_t;
        using pointer = const char*;
        using reference = char;

        Iterator() = default;  ///< The end.
        explicit Iterator(JsonInput& input) : input_(&input) {}
        char operator*() const { return input_->front(); }
        Iterator& operator++() {
            input_->pop_front();
            return *this;
        }
        /// Against the end only.
        bool operator!=(const Iterator&) const { return !input_->done(); }
        bool operator==(const Iterator&) const { return input_->done(); }

    private:
        JsonInput* input_ = nullptr;
    };

private:
    void pass_quote();

    const char* at_;
    const char* end_;
    const char* closing_ = nullptr;  ///< Within a string: its last quote, or the text's end.
    bool is_skipped_ = false;
    std::string_view skipped_;
};

}  // namespace tillpost
