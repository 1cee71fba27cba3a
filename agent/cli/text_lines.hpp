// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Where in a text something stands. Pure.
namespace tillpost::cli {

/// A JSON text within a file.
struct PlacedText {
    std::uint64_t line = 0;  ///< Of the file, in which it begins
    std::string_view text;

    bool has_lines() const { return text.find('\n') != std::string_view::npos; }
    /// The file's line with that byte, from 0.
    std::uint64_t line_of_byte(std::size_t byte) const;
    /// The file's line in which the value at that JSON pointer begins or, if it is missing, what it is missing in.
    std::uint64_t line_of(std::string_view pointer) const;
    /// … of each of them, in one way through the text.
    std::vector<std::uint64_t> lines_of(const std::vector<std::string>& pointers) const;
    /// A part of the text, which is in it.
    PlacedText part(std::string_view within) const;
};

}  // namespace tillpost::cli
