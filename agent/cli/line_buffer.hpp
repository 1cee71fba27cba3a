// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tillpost::cli {

/// Cuts a stream of bytes into lines, ended by LF or CRLF. Pure.
class LineBuffer {
public:
    explicit LineBuffer(std::size_t longest) : longest_(longest) {}

    void push(std::string_view bytes);
    /// The next whole line without its line break.
    std::optional<std::string> next();
    /// What came after the last line break, at the end of the stream: "" if nothing did.
    std::string take_rest();
    /// A line is longer than allowed: nothing more can come of this stream.
    bool overfull() const;
    bool empty() const { return begin_ == bytes_.size(); }

private:
    std::size_t longest_;
    std::string bytes_;
    std::size_t begin_ = 0;
};

}  // namespace tillpost::cli
