// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

/// What a day's certificate says, in the words of the page and of `tillpost day`. Pure.
namespace tillpost {

/// "missing_numbers" → "numbers are missing"; what is not known as it is.
std::string reason_said(std::string_view reason);

/// Why a correction could not be applied; what is not known as it is.
std::string unapplied_said(std::string_view why);

/// Of which sums the till's closing is, and what is to know of it; "" without one, or where it differs.
std::string fit_said(std::string_view closings_fit, bool is_corrected);

/// Between two times in RFC 3339 lies a minute or more: a shorter span of silence or absence tells people nothing.
bool is_told(std::string_view from, std::string_view to);

/// Of one of the days that found no room, `why` as the answer has it.
std::string beyond_said(std::string_view why);

/// "after late events or decisions"; "" for what is not known.
std::string cause_said(std::string_view cause);

}  // namespace tillpost
