// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tillpost {

/// One text for all JSON texts that say the same: without white space, members in the order of their names and without
/// those that are null (absent, for a record), escapes decoded, and numbers without an exponent without zeros at the
/// end of their fraction (1.00 is 1; what has an exponent stays as it is written). Texts stay: "1.0" is not "1".
/// nullopt if it is no JSON text, or deeper than records may be. Memory: some times the text. Pure.
std::optional<std::string> canonical_json(std::string_view text);

}  // namespace tillpost
