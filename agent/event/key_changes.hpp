// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tillpost {

/// A member that says which record it is, as two records say it.
struct KeyChange {
    std::string member;         ///< "till"
    std::string before, after;  ///< `after` is "" if it is not there any more.
};

/// What a corrected record says of store, till, business date, number, document, terminal and batch that the first one
/// said otherwise. What the first one does not say, or not readably (twice, no day, too long), is no change. Pure;
/// never throws for what is in the texts.
std::vector<KeyChange> key_changes(std::string_view first, std::string_view corrected);

}  // namespace tillpost
