// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace tillpost::day {

/// A record in quarantine that became no event, as far as business days go.
struct HeldRecord {
    std::string till, business_date, number;  ///< "" for what it does not say
    std::string recorded;                     ///< The business date on which it came
};

}  // namespace tillpost::day
