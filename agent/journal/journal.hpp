// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/journal/latency.hpp"
#include "agent/journal/record.hpp"
#include "agent/journal/settings.hpp"
#include "agent/journal/store.hpp"
#include "platform/wake.hpp"
#include "platform/worker.hpp"

namespace tillpost {

/// The journal as the loop sees it: the one queue in front of the one storage worker.
///
/// Loop thread only. Commits are grouped naturally: what arrives while a commit runs goes into the next one. One
/// job runs at a time; after each commit at most one other job (receipt, then read, then upkeep) runs before the next,
/// so that neither capture nor delivery waits for more than one turn of the other.
class Journal {
public:
    using Done = std::function<void(const Result<Recorded>&)>;
    struct Events {
        /// After each commit and each receipt: the live epoch has new events or another confirmed mark.
        std::function<void()> on_change;
        /// The store can no longer be trusted to acknowledge: stop on purpose, and check at the restart.
        std::function<void(const Error&)> on_failure;
    };

    /// Blocks while it opens and checks the file: for the start only.
    static Result<std::unique_ptr<Journal>> open(asio::any_io_executor loop, const JournalSettings& settings,
                                                 const Clock& clock);
    ~Journal();

    void set_events(Events events) { events_ = std::move(events); }

    /// [durable-1] Done is called once, on the loop, after the commit returned; Errc::full: not recorded, send again
    /// when there is space; Errc::rejected: too much is waiting, send again; other errors: unknown, send again.
    void append(Draft draft, Done done);

    /// Lines of the live epoch, oldest first, up to max_bytes together (at least one line).
    asio::awaitable<Result<std::vector<StoredLine>>> read(Range range, std::size_t max_bytes);
    asio::awaitable<Result<Confirmation>> confirm(EpochReceipt receipt);
    asio::awaitable<Result<Confirmation>> confirm_sent(Sequence upto);

    /// The storage loop; run it as a task. After close() it ends when everything given is done.
    asio::awaitable<void> run();
    /// Takes nothing new; run() finishes what is waiting, writes the watermark and ends.
    void close();

    const EpochSummary& live() const { return live_; }
    std::int64_t quarantined() const { return quarantined_; }
    std::int64_t bytes() const { return bytes_; }
    const LatencyWindow& latency() const { return latency_; }
    /// "ok", or why nothing is recorded at the moment.
    const std::string& condition() const { return condition_; }
    /// False when a commit has been under way for longer than this: the storage hangs.
    bool moving(Millis longest) const;

private:
    struct Waiting {
        Draft draft;
        Done done;
        SteadyTime since;
    };
    struct Job {
        std::function<void(Store&)> work;  ///< On the worker.
        std::function<void()> finish;      ///< On the loop.
    };
    enum Priority { receipt_job, read_job, priorities };

    Journal(asio::any_io_executor loop, const JournalSettings& settings, std::unique_ptr<Store> store);

    template <class Work>
    asio::awaitable<std::invoke_result_t<Work&, Store&>> submit(Priority priority, Work work);
    asio::awaitable<void> commit_batch();
    asio::awaitable<void> run_job(Job job);
    asio::awaitable<void> upkeep();
    std::vector<Waiting> take_batch();
    void answer(std::vector<Waiting>& batch, const Result<std::vector<Recorded>>& all);
    void fail(const Error& error);
    void refresh();
    void ask_for_upkeep();
    std::optional<Job> next_job();
    bool idle() const;

    asio::any_io_executor loop_;
    JournalSettings settings_;
    Events events_;
    std::unique_ptr<Store> store_;  ///< Touched by the worker only, while run() runs.
    std::deque<Waiting> drafts_;
    std::size_t draft_bytes_ = 0;
    std::array<std::deque<Job>, priorities> jobs_;
    EpochSummary live_;
    std::int64_t quarantined_ = 0;
    std::int64_t bytes_ = 0;
    LatencyWindow latency_;
    std::string condition_ = "ok";
    std::optional<Error> failure_;
    std::optional<SteadyTime> busy_since_;
    std::uint64_t changes_since_upkeep_ = 0;
    bool upkeep_due_ = true;
    bool closed_ = false;
    Wake wake_;
    Worker worker_;
};

}  // namespace tillpost
