// SPDX-License-Identifier: Apache-2.0
// What is captured: taken together, committed, and answered.
#include <utility>

#include "agent/journal/journal.hpp"

namespace tillpost {
namespace {

constexpr std::size_t batch_events = 512;
constexpr std::size_t batch_bytes = 2 << 20;

}  // namespace

std::vector<Journal::Waiting> Journal::take_batch() {
    const bool had_room = has_room();
    std::vector<Waiting> batch;
    std::size_t bytes = 0;
    while (!drafts_.empty() && batch.size() < batch_events && bytes < batch_bytes) {
        bytes += drafts_.front().draft.size();
        batch.push_back(std::move(drafts_.front()));
        drafts_.pop_front();
    }
    draft_bytes_ -= bytes;
    if (!had_room && has_room()) tell_room();
    return batch;
}

asio::awaitable<void> Journal::commit_batch() {
    std::vector<Waiting> batch = take_batch();
    std::vector<Draft> drafts;
    drafts.reserve(batch.size());
    for (Waiting& each : batch) drafts.push_back(std::move(each.draft));
    watch_.begins();
    auto work = [store = store_.get(), drafts = std::move(drafts)]() mutable { return store->append(drafts); };
    Result<std::vector<Recorded>> all = co_await worker_.run(std::move(work));
    watch_.ends();
    release_later();  // repeats, too, change nothing and take memory
    if (all) {
        answer_soon(std::move(batch), std::move(*all));
    } else {
        answer_failed(batch, all.error());
    }
}

void Journal::answer_failed(const std::vector<Waiting>& batch, const Error& error) {
    const bool full = error.code == Errc::full;
    if (full) note_full(error);
    if (full) ask_for_upkeep();
    if (!full) fail(error);
    // A commit that failed may be durable all the same: it is no more known of these than of those that waited.
    const Error answer = full ? Error{Errc::full, "disk_full: " + error.message} : *failure_;
    for (const Waiting& each : batch) each.done(answer);
}

// Answers take as long as a commit: the storage gets its next work before, so that it does not wait for them.
void Journal::answer_soon(std::vector<Waiting> batch, std::vector<Recorded> places) {
    if (store_->is_tight()) {
        if (condition_ == "ok") condition_ = "full";
        ask_for_upkeep();
    } else if (condition_ == "full" || refused_by_disk_ > 0) {
        note_space();
    }
    refresh();
    committed_->push_back({std::move(batch), std::move(places)});
    auto turn = [this, committed = std::weak_ptr(committed_)] {
        if (committed.lock()) answer_committed();
    };
    asio::post(loop_, std::move(turn));
}

void Journal::answer_committed() {
    while (!committed_->empty()) {
        const Committed next = std::move(committed_->front());
        committed_->pop_front();
        const SteadyTime now = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < next.batch.size(); ++i) {
            latency_.add(now - next.batch[i].since);
            next.batch[i].done(answer_of(next.places[i]));
        }
        if (events_.on_change) events_.on_change();
    }
}

}  // namespace tillpost
