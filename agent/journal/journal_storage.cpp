// SPDX-License-Identifier: Apache-2.0
// What work leaves behind, in the WAL and in memory, is bounded and put away.
#include <utility>

#include "agent/journal/journal.hpp"

namespace tillpost {

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
