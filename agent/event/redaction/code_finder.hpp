// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/redaction/card_finder.hpp"
#include "agent/event/redaction/gs1_code.hpp"

/// Card data in bar codes and GS1 data: GS1's own numbers are passed, and what lies between them is searched. Pure.
namespace tillpost {

/// In a bar code's characters, in the order of their places, without overlap. `is_elements`: its AIM identifier says
/// that it holds an element string.
std::vector<Finding> find_in_code(CardFinder& finder, std::string_view code, bool is_elements);

/// In that part of a text, as if there were nothing beside it; places are the text's.
std::vector<Finding> find_in_part(CardFinder& finder, std::string_view text, CodePart part);

/// The bytes that hex digits stand for, two each, in either case; nullopt if the text is nothing else. Of an odd number
/// of digits the last is left out.
std::optional<std::string> bytes_of_hex_digits(std::string_view digits);

}  // namespace tillpost
