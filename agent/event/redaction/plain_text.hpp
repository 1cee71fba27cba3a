// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tillpost {

/// A text as a search for numbers wants it: one byte a character, each with its place in the source.
///
/// Read alike are: UTF-8, UTF-16 of either byte order; JSON escapes, percent escapes of signs and digits, and character
/// references of HTML, each also escaped again, as in JSON inside JSON. Digits of any script that has its own
/// (full-width, Arabic, Devanagari, mathematical), raised, lowered and encircled ones become ASCII; so do full-width
/// signs; spaces of any width become " ", dashes "-", raised and middle dots ".", the control characters that part
/// fields (FS, GS, RS, US) `parting`, VT " ", the others "\n", what else is not ASCII `other`. What has no width (soft
/// hyphen, zero-width space) is left out. Never fails: a byte that makes no sense is one `other`.
class PlainText {
public:
    static constexpr char other = '\x7f';
    static constexpr char parting = '\x1c';

    /// `source`: below 4 GiB; need not outlive the call.
    void assign(std::string_view source);
    const std::string& text() const { return text_; }
    std::size_t source_begin(std::size_t index) const { return at_[index]; }
    /// Of what stands at index, with what has no width behind it.
    std::size_t source_end(std::size_t index) const { return at_[index + 1]; }
    /// Makes text [first, last) invisible to whoever searches after this.
    void hide(std::size_t first, std::size_t last) { text_.replace(first, last - first, last - first, other); }
    /// Overwrites what is held with zeros.
    void forget();

private:
    struct Character {
        std::uint32_t point;
        std::size_t end;  ///< Offset behind it.
    };
    void add(std::uint32_t point, std::size_t begin);
    char raised_digit(char digit) const;
    Character read(std::string_view source, std::size_t at);

    std::string text_;
    std::vector<std::uint32_t> at_;  ///< One more than characters.
    bool behind_escape_ = false;     ///< The last character was a percent escape.
    bool raised_ = false;            ///< The last character was a raised or lowered digit.
};

}  // namespace tillpost
