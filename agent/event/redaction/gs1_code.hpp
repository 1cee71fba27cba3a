// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

/// Which digits of GS1 data are GS1's own numbers, and which are anybody's. Pure.
namespace tillpost {

/// How much of the value behind that application identifier (AI) is a GS1 number with its right length and check digit
/// (SSCC, GTIN, GLN, GRAI, GDTI, GCN, GSIN, GSRN): the front, mostly all; 0 if it is none, or if the AI's value has no
/// check digit, such as a serial or batch number.
std::size_t gs1_key_size(std::string_view ai, std::string_view value);

/// Whether that AIM identifier (ISO/IEC 15424) says that a symbol holds an element string: "]C1", "]e0" …
bool is_gs1_aim(std::string_view aim);
/// Whether a code says so itself: it begins with such an identifier, or with FNC1 ("^", GS).
bool says_elements(std::string_view code);
/// Whether a code is a GTIN, SSCC or GLN and nothing else. `is_elements`: its AIM identifier says that it holds an
/// element string; then 18 digits are an application identifier with its value, and no SSCC without one.
bool is_bare_number(std::string_view code, bool is_elements);

struct CodePart {
    std::size_t begin = 0;  ///< Bytes of the code, [begin, end).
    std::size_t end = 0;
};

struct CodeParts {
    std::vector<CodePart> keys;  ///< GS1 numbers with their AI, in their order.
    std::vector<CodePart>
        values;  ///< What else is a value by itself, without its AI: "21" and a serial number. Any order.
};

/// Of a bar code's characters: an element string (`is_elements`, or if it says so itself, or begins with an SSCC or
/// GTIN and its AI), one in brackets, or a Digital Link URI; and a composite's elements. "^" may stand for a group
/// separator, which may also be written as JSON escape. What is none of them has no parts.
CodeParts parts_of_code(std::string_view code, bool is_elements);

}  // namespace tillpost
