// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "agent/journal/record.hpp"
#include "agent/journal/settings.hpp"
#include "platform/clock.hpp"
#include "platform/error.hpp"

namespace tillpost {

class Store;

struct ErasedContents {
    std::size_t count = 0;   ///< Of events and records …
    std::size_t before = 0;  ///< … and those that were erased before: nothing more is said of them.
    bool sealed = false;
    /// Events by which people had decided on records: each has the SHA-256 of its record's content, without a salt.
    std::vector<std::string> decisions;
    std::size_t days = 0;  ///< Business dates that were named, and given to `before`
};

/// [privacy-1] For card data that are found late: takes the contents of events ("<epoch>-<sequence>") and of quarantine
/// records ("Q<ordinal>-<sequence>", with the event that speaks of it) out of the file for good. An open record is
/// discarded by that. Tombstones stay, so that the chain can still be proven, and `loss` events with the reason
/// `erased` tell central, which has its own copy to erase. The file is written anew: that takes its size again on the
/// disk. The daemon must not run.
///
/// Errc::invalid, and nothing is erased, when one of the names is none, is not in the journal, or must stay.
///
/// `by` is said in these events, without card data: who erases must see to that.
///
/// `before` is called first: of what only that content says others keep what may stay, and no more
/// (agent/capture/day_history.hpp). It alone knows what "day:<business date>" is.
///
/// With `settings.signer` a seal covers at once what the `loss` events say, so that an audit has it proven.
Result<ErasedContents> erase_contents(const JournalSettings& settings, const Clock& clock,
                                      const std::vector<std::string>& names, const Erasure& by,
                                      const std::function<Result<void>(Store&, const LeavingContents&)>& before = {});

}  // namespace tillpost
