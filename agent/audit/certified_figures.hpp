// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/day/ledger.hpp"

namespace tillpost {

struct CertifiedDifference {
    std::string of;  ///< "cash of the tenders in EUR, amount", "the events"
    std::string said, recomputed;
};

/// What a certificate's data say otherwise than the events that the ledger has taken. Of members that it does not have,
/// as those of an older program, nothing is said. Pure.
std::vector<CertifiedDifference> differences_of(const nlohmann::json& said, const day::DayLedger& ledger);
/// The same of what corrections have made of its sums, and of how many had no effect: `ledger` has applied them.
void add_corrected_differences(const nlohmann::json& said, const day::DayLedger& ledger,
                               std::vector<CertifiedDifference>& differences);

}  // namespace tillpost
