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
#include "agent/journal/salvage.hpp"
#include "agent/journal/settings.hpp"
#include "agent/journal/storage_watch.hpp"
#include "agent/journal/store.hpp"
#include "platform/log_limit.hpp"
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
        /// After it was committed: of the journal itself.
        std::function<void(const OwnRecorded&)> on_own;
        /// Salvage has brought it, under a new number.
        std::function<void(const HeldEvent&)> on_salvaged;
        /// … and this record, which became no event and waits for a decision.
        std::function<void(const QuarantineRecord&)> on_salvaged_record;
        /// has_room() is true again, after it was false.
        std::function<void()> on_room;
        /// The store can no longer be trusted to acknowledge: stop on purpose, and check at the restart.
        std::function<void(const Error&)> on_failure;
    };

    /// Blocks while it opens and checks the file: for the start only. A damaged file is set aside and a new one begun;
    /// run_salvage() takes over what can be read of it.
    static Result<std::unique_ptr<Journal>> open(asio::any_io_executor loop, const JournalSettings& settings,
                                                 const Clock& clock);
    ~Journal();

    void set_events(Events events) { events_ = std::move(events); }

    /// [durable-1] Done is called once, on the loop, after the commit returned; Errc::full: not recorded, send again
    /// when there is space; Errc::rejected: too much is waiting, send again; other errors: unknown, send again.
    void append(Draft draft, Done done);

    /// False when three quarters of what may wait do: who can let others wait gives nothing more until on_room. The
    /// last quarter is for what cannot wait, a scanner's codes and the agent's own events.
    bool has_room() const;

    /// Lines of the live epoch, oldest first, up to max_bytes together (at least one line).
    asio::awaitable<Result<StoredLines>> read(Range range, std::size_t max_bytes);
    /// The same for a caller that goes on meanwhile; done is called once, on the loop, later.
    using ReadDone = std::function<void(Result<StoredLines>)>;
    void read(Range range, std::size_t max_bytes, ReadDone done);
    asio::awaitable<Result<Confirmation>> confirm(EpochReceipt receipt, std::string receiver = {});
    asio::awaitable<Result<Confirmation>> confirm_sent(Epoch epoch, Sequence upto);
    /// How many bytes a line may have that the broker takes, as was learnt last; 0: any. Kept over restarts.
    void note_largest_line(std::uint64_t bytes);
    bool is_too_large(const Draft& draft) const;
    std::uint64_t largest_line() const { return static_cast<std::uint64_t>(too_large_.line); }
    /// The event's content goes to quarantine; from now on read() gives a tombstone in its place.
    asio::awaitable<Result<void>> withhold(Sequence sequence, std::string rule);

    /// [audit-1] Seals what is behind the last seal, for example at day's end; nothing if nothing is. After till
    /// closings and every so many events that is done by run() itself.
    asio::awaitable<void> seal(std::string cause);
    /// When the last seal was recorded, or the oldest event that has none, as the start found them; nullopt: nothing.
    std::optional<WallTime> unsealed_since() const { return unsealed_since_; }
    /// The wall clock was set: records by how much, before the next event does.
    asio::awaitable<void> check_clock();
    /// "ok", or why the last seal could not be signed.
    const std::string& sealing() const { return sealing_; }
    /// What Store says of quarantine and does there. Errc::rejected is an answer for people.
    asio::awaitable<Result<QuarantinePage>> quarantine_page(QuarantineQuery query);
    asio::awaitable<Result<QuarantineRecord>> quarantine_record(std::string id);
    asio::awaitable<Result<Decided>> decide(QuarantineDecision decision);
    /// What Store says of events that are mapped again, and does with them.
    asio::awaitable<Result<HeldPage>> held_page(std::int64_t after, std::int64_t upto);
    asio::awaitable<Result<std::vector<std::optional<Recorded>>>> correct(std::vector<Correction> corrections);
    asio::awaitable<Result<std::vector<std::string>>> open_records_behind(std::string id, std::size_t most);
    /// [complete-1] For the start only, before run(): they block.
    Result<KeptDays> kept_days() { return store_->kept_days(); }
    Result<std::vector<std::string>> newest_keys(std::size_t most) { return store_->newest_keys(most); }
    Result<void> each_behind_days(const std::function<void(const HeldEvent&)>& visit) {
        return store_->each_behind_days(visit);
    }
    Result<std::uint64_t> each_waiting_record(std::size_t most, const Store::VisitRecord& visit) {
        return store_->each_waiting_record(most, visit);
    }
    /// Writes them when there is nothing better to do; done is called once, on the loop, later.
    void keep_days(KeptDays days, std::function<void(const Result<void>&)> done);

    /// The storage loop; run it as a task. After close() it ends when everything given is done; cancelled, it leaves
    /// what waits unrecorded as a kill would, and whoever awaits a job gets Errc::cancelled.
    asio::awaitable<void> run();
    /// Takes over what can be read of journals that were set aside; run it as a task of its own beside run().
    asio::awaitable<void> run_salvage();
    /// Says in the log when the storage hangs; run it as a task of its own.
    asio::awaitable<void> watch_storage() { return watch_.run(); }
    /// Takes nothing new; run() finishes what is waiting, writes the watermark and ends.
    void close();

    const EpochSummary& live() const { return live_; }
    /// Whose receipts count, 32 hex digits; "" while nobody has confirmed anything.
    const std::string& receiver() const { return receiver_; }
    std::int64_t quarantined() const { return quarantined_; }
    std::int64_t shed() const { return shed_; }
    std::int64_t lost() const { return lost_; }
    std::int64_t bytes() const { return bytes_; }
    const LatencyWindow& latency() const { return latency_; }
    /// "ok", or why nothing is recorded at the moment: "full" (the disk refused the last commit), "disk full: …"
    /// (cheap events are given up), "full: …" (journal/limit_mb is reached, since when), "nearly full: …" (only what is
    /// critical is recorded), or what failed.
    std::string condition() const;
    /// Why a journal that was set aside is not taken over yet, and what to do; "" when none is kept from it.
    const std::string& salvage_trouble() const { return salvage_trouble_; }
    /// False when a commit has been under way for longer than this: the storage hangs.
    bool moving(Millis longest) const { return watch_.moving(longest); }

private:
    struct Waiting {
        Draft draft;
        Done done;
        SteadyTime since;
    };
    struct Committed {
        std::vector<Waiting> batch;
        std::vector<Recorded> places;
    };
    /// Events that the limit keeps out, from the first one until there is room.
    struct Refusing {
        WallTime since;
        std::uint64_t count = 0;
        bool critical = false;  ///< Sales among them
    };
    struct Job {
        std::function<void(Store&)> work;  ///< On the worker.
        std::function<void()> finish;      ///< On the loop.
    };
    enum Priority { receipt_job, read_job, long_job, priorities };

    Journal(asio::any_io_executor loop, const JournalSettings& settings, std::unique_ptr<Store> store);

    template <class Work>
    asio::awaitable<std::invoke_result_t<Work&, Store&>> submit(Priority priority, Work work);
    template <class Work, class Handler>
    void enqueue(Priority priority, Work work, Handler handler);
    void note_read(const Result<StoredLines>& lines);
    template <class T>
    void note_outcome(const Result<T>& outcome);
    asio::awaitable<void> commit_batch();
    asio::awaitable<void> serve();
    void give_up();
    asio::awaitable<void> run_job();
    asio::awaitable<void> wait_for_work();
    asio::awaitable<void> reissue();
    asio::awaitable<void> checkpoint();
    asio::awaitable<void> upkeep();
    asio::awaitable<void> settle();
    asio::awaitable<void> seal_now();
    asio::awaitable<void> scrub();
    asio::awaitable<void> release_memory();
    asio::awaitable<Result<void>> salvage(std::string file);
    asio::awaitable<Result<void>> salvage_once(std::string file, bool ends, Sequence& lost);
    asio::awaitable<Result<void>> take_over(Salvage& damaged, std::string file, Sequence& lost);
    asio::awaitable<Result<void>> forget_progress(std::string file);
    asio::awaitable<Result<std::unique_ptr<Salvage>>> open_damaged(std::string file, bool ends);
    template <class Slice>
    asio::awaitable<Result<void>> adopt(std::shared_ptr<Slice> shared);
    void tell_salvaged(const std::string& file, Sequence lost) const;
    void tell_adopted(const SalvagedRows& slice) const;
    void tell_adopted(const SalvagedQuarantine& slice) const;
    std::optional<Error> refusal(const Draft& draft) const;
    std::optional<Error> refusal_of_decision(const std::optional<Draft>& becomes) const;
    std::vector<Waiting> take_batch();
    void answer_failed(const std::vector<Waiting>& batch, const Error& error);
    void answer_soon(std::vector<Waiting> batch, std::vector<Recorded> places);
    void answer_committed();
    void fail(const Error& error);
    void refresh();
    void release_later() { release_at_ = std::chrono::steady_clock::now() + settings_.release_after; }
    void note_shedding();
    void note_disk();
    /// Says in it why nothing new of it is recorded, if quarantine has no room for that.
    void bound(Draft& draft) const;
    std::optional<Error> refusal_of_size(const Draft& draft) const;
    const Error& note_refusal(const Error& refused, const Draft& draft);
    Result<Recorded> answer_of(const Recorded& recorded);
    void note_too_large();
    /// With what will go there, as it is larger than the broker's packets.
    bool is_quarantine_full() const;
    /// At the limit: what people have to decide on takes most of it.
    bool is_full_of_quarantine() const;
    const char* advice_at_limit() const;
    void note_room();
    void note_full(const Error& error);
    void note_space();
    void tell_room() const;
    void ask_for_upkeep();
    std::optional<Job> next_job();
    bool idle() const;

    asio::any_io_executor loop_;
    JournalSettings settings_;
    Events events_;
    std::unique_ptr<Store> store_;  ///< Touched by the worker only, while run() runs.
    std::deque<Waiting> drafts_;
    std::size_t draft_bytes_ = 0;
    std::shared_ptr<std::deque<Committed>> committed_ =
        std::make_shared<std::deque<Committed>>();  ///< Not answered yet
    std::array<std::deque<Job>, priorities> jobs_;
    EpochSummary live_;
    std::string receiver_;
    std::int64_t quarantined_ = 0;
    std::int64_t shed_ = 0;
    std::int64_t lost_ = 0;
    std::int64_t bytes_ = 0;
    bool makes_room_ = false;  ///< At the limit there may be something cheaper to give up.
    std::int64_t quarantine_bytes_ = 0;
    std::int64_t open_bytes_ = 0;  ///< Of that, what nobody has decided on
    TooLarge too_large_;
    LatencyWindow latency_;
    std::string condition_ = "ok";
    std::optional<std::pair<Epoch, Sequence>> gave_up_at_;  ///< The newest event when cheap ones went on a full disk
    std::string salvage_trouble_;
    Wake salvage_pause_;     ///< Between two tries; ends with close().
    int adopts_halved_ = 0;  ///< Slices of a salvage: written by the worker, while nobody reads it here
    std::optional<WallTime> unsealed_since_;
    std::string sealing_ = "ok";
    std::string seal_due_;  ///< Why; "" if none is
    std::optional<Error> failure_;
    StorageWatch watch_;
    std::uint64_t changes_since_upkeep_ = 0;
    std::int64_t upkept_bytes_ = 0;  ///< The file's, at the last upkeep
    bool upkeep_due_ = true;
    bool owes_ = true;  ///< A closed epoch may have something to be reissued.
    SteadyTime scrub_at_{};
    Millis scrub_pause_{0};                 ///< The last one; halved while nothing else is to do
    std::optional<SteadyTime> release_at_;  ///< Work has left memory that is given back then.
    LogLimit shed_limit_;
    LogLimit refusal_limit_;
    LogLimit too_large_limit_;
    SteadyTime full_at_{};              ///< The newest commit that found no space
    std::int64_t refused_by_disk_ = 0;  ///< Commits that found none since the log said that there is some
    std::optional<Refusing> refusing_;
    bool closed_ = false;
    Wake wake_;
    Worker worker_;
    std::unique_ptr<Worker> salvage_worker_;  ///< Only while there is something to salvage
};

/// Runs work on the storage worker at its turn; its value comes back on the loop.
// The handler is called once, on the loop, with what work gave: later, never from within this call.
template <class Work, class Handler>
void Journal::enqueue(Priority priority, Work work, Handler handler) {
    using Outcome = std::invoke_result_t<Work&, Store&>;
    struct Call {
        Handler on_done;
        Work job;
        std::optional<Outcome> outcome;
    };
    auto call = std::make_shared<Call>(Call{std::move(handler), std::move(work), std::nullopt});
    auto finish = [this, call] {
        if (!call->outcome) call->outcome.emplace(Error{Errc::cancelled, "the journal's loop was cancelled"});
        auto resume = [call] { std::move(call->on_done)(std::move(*call->outcome)); };
        asio::post(loop_, std::move(resume));
    };
    if (failure_ || closed_) {
        call->outcome.emplace(failure_ ? *failure_ : Error{Errc::cancelled, "the journal is closed"});
        finish();
        return;
    }
    auto run_it = [call](Store& store) { call->outcome.emplace(call->job(store)); };
    jobs_[priority].push_back({std::move(run_it), std::move(finish)});
    wake_.notify();
}

template <class Work>
asio::awaitable<std::invoke_result_t<Work&, Store&>> Journal::submit(Priority priority, Work work) {
    using Outcome = std::invoke_result_t<Work&, Store&>;
    auto begin = [this, priority](auto handler, Work job) {
        this->enqueue(priority, std::move(job), std::move(handler));
    };
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome)>(std::move(begin), asio::use_awaitable,
                                                                               std::move(work));
}

}  // namespace tillpost
