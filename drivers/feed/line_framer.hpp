// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tillpost {

/// Cuts a feed's byte stream into lines, ended by LF or CRLF. No I/O: bytes in, lines out.
///
/// Never holds more than one line: of a line that is longer than allowed the rest is thrown away.
class LineFramer {
public:
    struct Line {
        std::string_view bytes;  ///< Valid until the next call, and as long as the input.
        bool too_long = false;   ///< Then `bytes` is empty.
    };

    /// `longest`: bytes of a line, without its line break.
    explicit LineFramer(std::size_t longest) : longest_(longest) {}

    /// The next line, taken off the front of `input` with its line break; nullopt when the whole input is taken and
    /// ends within a line, which the next input goes on with. Blank lines are left out.
    std::optional<Line> next(std::string_view& input);
    /// Nothing but blanks, or nothing at all: no record, and never answered.
    static bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }
    /// True in the middle of a line.
    bool incomplete() const { return skipping_ || (!carry_.empty() && !given_); }

private:
    void forget_given();
    void keep(std::string_view part);
    Line finish(std::string_view part);

    std::size_t longest_;
    std::string carry_;      ///< The line's beginning, from earlier input.
    bool given_ = false;     ///< carry_ is the line that next() gave last.
    bool skipping_ = false;  ///< Throwing away the rest of a line that is too long.
};

}  // namespace tillpost
