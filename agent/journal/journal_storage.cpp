// SPDX-License-Identifier: Apache-2.0
// What work leaves behind, in the WAL and in memory, is bounded and put away.
#include <utility>

#include "agent/journal/journal.hpp"
#include "platform/log.hpp"

namespace tillpost {

asio::awaitable<void> Journal::upkeep() {
    watch_.begins();
    auto work = [store = store_.get()] { return store->maintain(); };
    const Result<bool> more = co_await worker_.run(std::move(work));
    watch_.ends();
    const Sequence last = live().last;
    refresh();
    changes_since_upkeep_ = 0;
    upkept_bytes_ = bytes_;
    upkeep_due_ = more && *more;
    if (upkeep_due_ && store_->is_short()) ask_for_upkeep();  // Behind each commit, however many come.
    if (!more && more.error().code != Errc::full) fail(more.error());
    if (more) owes_ = true;  // A reissue that met a full disk goes on.
    if ((condition_ == "full" || refused_by_disk_ > 0) && store_->has_room()) note_space();
    if (condition_ == "full") upkeep_due_ = true;  // It is looked again whether there is space.
    if (last != live().last && events_.on_change) events_.on_change();
}

asio::awaitable<void> Journal::settle() {
    auto work = [store = store_.get()] { return store->settle(); };
    const Result<void> done = co_await worker_.run(std::move(work));
    if (!done) log::warn("the last keys and the confirmed mark are not written", {{"why", done.error().message}});
}

// By the WAL's size, not by how many commits it took: lines may be a thousand times as large as others, and the start
// after a kill reads and writes all of it.
asio::awaitable<void> Journal::checkpoint() {
    watch_.begins();
    auto work = [store = store_.get()] { return store->checkpoint(); };
    const Result<void> done = co_await worker_.run(std::move(work));
    watch_.ends();
    if (!done && done.error().code != Errc::full) fail(done.error());
    if (!done && done.error().code == Errc::full) ask_for_upkeep();
}

// [light-1] Between two customers the cache stays; when the shop is quiet it goes.
asio::awaitable<void> Journal::release_memory() {
    release_at_.reset();
    auto work = [store = store_.get()] {
        store->release_memory();
        return true;
    };
    co_await worker_.run(std::move(work));
}

}  // namespace tillpost
