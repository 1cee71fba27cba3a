// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "agent/central/store.hpp"
#include "agent/central/told.hpp"

namespace tillpost {

/// The history checker's verdict over all that central has committed.
struct CheckReport {
    std::size_t told = 0;  ///< Different numbers
    std::size_t ok = 0;
    std::size_t lost = 0;       ///< Told durable, and not here, or with other content, and no event says so
    std::size_t named = 0;      ///< Told durable and not here, but the agent says so: `loss`, or `gone`
    std::size_t moved = 0;      ///< Of the ok ones: under a new number, behind a `reissued` event
    std::size_t doubled = 0;    ///< The same business content counts twice
    std::size_t broken = 0;     ///< Links of a chain that do not verify; columns and ranges that say another thing
    std::size_t reordered = 0;  ///< Told to one till in another order than that of their numbers
    std::size_t untold = 0;     ///< Here, never told, and no copy of what was: an answer may have been lost.
    std::size_t invented = 0;   ///< The same, where the store says that it has all its answers
    std::size_t withheld = 0;   ///< Told durable, here as a tombstone
    std::size_t gaps = 0;       ///< Missing below the last of their epoch, and neither gone nor under another number
    std::size_t gone = 0;       ///< Sequences passed because the agent had pruned them
    std::size_t anchored = 0;   ///< Links taken as given, behind a lost line or a gap
    std::size_t lines = 0;
    std::size_t epochs = 0;
    CentralCounters counters;
    std::vector<std::string> findings;  ///< The first `most_findings` faults, a sentence each

    static constexpr std::size_t most_findings = 50;
    bool strict = false;
    /// What is named is not good either, but it is nothing that went wrong in silence: people decide on it. Unless
    /// `strict`.
    bool good() const { return lost + doubled + broken + reordered + invented + (strict ? named : 0) == 0; }
};

/// Compares what was told with what is committed and verifies every chain from the stored lines. `all_told`: the store
/// has an answer to all that it sent, so there can be nothing that it was not told of.
Result<CheckReport> check(CentralStore& store, const ToldList& told, bool all_told = false);

std::string table(const CheckReport& report);
std::string json_text(const CheckReport& report);

}  // namespace tillpost
