// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

/// Texts of others made harmless for a terminal. Pure.
namespace tillpost {

/// Control characters, invisible and direction-changing ones and what is no UTF-8 are written as \n, \x1b, \u{202e}:
/// what an event holds must not be able to command the terminal, or to look like something else.
std::string printable(std::string_view text);

/// The same line by line, for a text that has several.
std::string printable_lines(std::string_view text);

}  // namespace tillpost
