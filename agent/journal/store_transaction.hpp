// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/journal/store.hpp"

namespace tillpost {

template <class Work>
Result<void> Store::transaction(std::string_view step, Work work, Database::Spare spare) {
    const Head before = head();
    Result<void> done = database_->begin();
    if (done) done = work();
    if (done) done = finish_transaction(spare);
    if (!done) return undo(done.error(), before).with_context(step);
    written_counters_ = counters_;
    keys_written();
    if (passed_.kept()) ages_.note({passed(), position_of(live_.last)});
    if (witness_) witness_->put(receipt_rules::marked(live_, kept_from_));
    return {};
}

}  // namespace tillpost
