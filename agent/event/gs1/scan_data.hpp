// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "agent/event/gs1/message.hpp"

/// What a scanner hands over, by its AIM identifier (ISO/IEC 15424; GS1 General Specifications, figure 5.1.2-2). Pure.
namespace tillpost::gs1 {

enum class Form {
    plain,           ///< No GS1 data: nothing is read out of it.
    element_string,  ///< GS1-128, GS1 DataBar, GS1 DataMatrix, GS1 QR, GS1 DotCode
    gtin,            ///< EAN/UPC, ITF-14, or digits of a GTIN's length from a scanner that sends no identifier
    digital_link,
    add_on,     ///< Two or five digits beside an EAN/UPC symbol that was not read with them.
    bracketed,  ///< Of people, not of scanners.
};

struct ScanData {
    Form form = Form::plain;
    std::string_view symbol;  ///< "GS1-128"; "" if the AIM identifier is not given or not known.
    Message message;          ///< A GTIN of a symbol that has nothing else is AI 01 here, too.
    std::string gtin;         ///< In its own length; "" if there is none.
    std::string add_on;       ///< The two or five digits of an add-on symbol, "" if there is none.
};

/// `code`: without the AIM identifier. `aim`: "]C1", or "" if the scanner sends none: then only a Digital Link URI,
/// digits with the right check digit, and text that begins with GS or has one behind a digit are taken for GS1 data.
///
/// A composite symbol's second message, "|]e0…", is read with the first.
ScanData read_scan(std::string_view code, std::string_view aim, int current_year);

/// Digits as a GTIN of 8, 12, 13 or 14 digits, or, if there are eight and they are none, as UPC-E.
ScanData read_gtin(std::string_view digits, int current_year);

/// Text of any kind, as people give it: with or without AIM identifier, "^…", "(01)…", a URI, a GTIN or UPC-E number,
/// an element string without a separator. It is always taken for GS1 data, so that what is not is told as a fault.
ScanData read_text(std::string_view text, int current_year);

/// "GS1-128" for "]C1"; "" for an identifier that GS1 has nothing to say about.
std::string_view symbol_name(std::string_view aim);

}  // namespace tillpost::gs1
