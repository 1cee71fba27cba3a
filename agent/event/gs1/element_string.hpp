// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "agent/event/gs1/message.hpp"

/// Element strings: AIs and values as bar codes carry them, one behind the other, and as people write them. Pure.
namespace tillpost::gs1 {

/// Whether FNC1 in the first position, which says "this is GS1 data", is part of the text.
enum class FirstFnc1 {
    absent,    ///< The AIM identifier has said it: a separator at the beginning is one too many.
    optional,  ///< One separator at the beginning is taken off.
    required,
};

/// What a reader transmits for a GS1 symbol, without its AIM identifier: GS (0x1D) ends a value of variable length.
///
/// Behind a value of predefined length a separator may stand, and one at the end of the text. Two in a row are a fault.
/// Reading goes on behind a fault where the standard says where the next element begins, else behind the next
/// separator.
Message parse_element_string(std::string_view text, int current_year, FirstFnc1 first = FirstFnc1::optional);

/// The same with "^" for FNC1, as encoders and test data write it: "^0109506000134352^10ABC".
Message parse_caret_string(std::string_view text, int current_year);

/// "(01)09506000134352(10)ABC". A bracket before two to four digits and a bracket begins an element; within a value
/// such a sequence is written with a backslash: "(10)A\(01)". Any other bracket is part of the value.
Message parse_bracketed(std::string_view text, int current_year);

/// The element string with separators where they are needed and nowhere else.
std::string element_string(std::span<const Element> elements);
std::string bracketed(std::span<const Element> elements);

}  // namespace tillpost::gs1
