// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

/// What the daemon says of mapping again, for people. Pure. The objects are those of agent/capture/reprocess_json.hpp;
/// what is missing or of another type is shown as "-", or is 0.
namespace tillpost::cli {

struct ReprocessTotals {
    std::uint64_t looked = 0, corrected = 0, released = 0, waiting = 0, unreadable = 0, held_back = 0, too_large = 0;
    void add(const nlohmann::json& slice);
};

/// Which changes have no line of their own: how many of each kind. Bounded.
struct UnlistedChanges {
    std::map<std::string, std::uint64_t> kinds;  ///< "sale: data"
    void add(const nlohmann::json& change);
    void add_others(std::uint64_t count);
};
/// A line for each kind; "" for none.
std::string unlisted_words(const UnlistedChanges& unlisted);

/// One line of a change; what is done, or would be (`dry_run`).
std::string change_words(const nlohmann::json& change, bool dry_run);
/// The end of a run, a line for each number that is not 0.
std::string totals_words(const ReprocessTotals& totals, bool dry_run);
std::string totals_json(const ReprocessTotals& totals, bool dry_run);

}  // namespace tillpost::cli
