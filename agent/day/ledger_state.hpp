// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "agent/day/ledger.hpp"

/// A ledger as it is kept in the journal: one line of JSON, ours alone. Pure.
namespace tillpost::day {

std::string state_of(const DayLedger& ledger);
/// nullopt for a text that state_of() has not written.
std::optional<DayLedger> ledger_from(std::string_view state);

}  // namespace tillpost::day
