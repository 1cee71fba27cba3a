// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace tillpost {

/// What can be told at a glance of a record that did not become an event, for people who decide on it.
struct Glance {
    std::string type;    ///< "sale"; "" if it does not say one that is known.
    std::string amount;  ///< As written: the gross total, or the amount of the whole; "" if there is none.
};

/// Pure; never throws for what is in the bytes.
Glance glance_at(std::string_view bytes);

}  // namespace tillpost
