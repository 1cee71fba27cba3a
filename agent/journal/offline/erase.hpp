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
    std::size_t count = 0;  ///< What was erased before is not erased again, and nothing more is said of it.
    bool sealed = false;
};

/// [privacy-1] For card data that are found late: takes the contents of events ("<epoch>-<sequence>") and of quarantine
/// records ("Q<ordinal>-<sequence>", with the event that speaks of it) out of the file for good. An open record is
/// discarded by that. Tombstones stay, so
/// that the chain can still be proven, and `loss` events with the reason `erased` tell central, which has its own copy
/// to erase. The file is written anew: that takes its size again on the disk. The daemon must not run.
///
/// Errc::invalid, and nothing is erased, when one of the names is none, is not in the journal, or must stay.
///
/// `by` is said in these events, without card data: who erases must see to that.
///
/// `before` is called first: what only that content says can be kept elsewhere (agent/capture/day_history.hpp).
///
/// With `settings.signer` a seal covers at once what the `loss` events say, so that an audit has it proven.
Result<ErasedContents> erase_contents(const JournalSettings& settings, const Clock& clock,
                                      const std::vector<std::string>& names, const Erasure& by,
                                      const std::function<Result<void>(Store&)>& before = {});

}  // namespace tillpost
