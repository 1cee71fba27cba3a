// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tillpost::gs1 {

/// The GTIN-12 that a UPC-E symbol stands for (GS1 General Specifications, section 5.2.2.4). Pure.
///
/// Six digits are those of the symbol, with number system 0; seven have the number system (0 or 1) before them; of
/// eight the last is the check digit, which is that of the GTIN-12. nullopt if it is wrong or the text is none of
/// these.
std::optional<std::string> gtin_of_upce(std::string_view digits);

}  // namespace tillpost::gs1
