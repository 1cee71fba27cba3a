// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/journal.hpp"

#include <algorithm>
#include <utility>

#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::size_t batch_events = 512;
constexpr std::size_t batch_bytes = 2 << 20;
constexpr std::uint64_t upkeep_every = 512;  // commits and receipts
constexpr Millis quiet_upkeep{500};          // after the last change, for the watermark

}  // namespace

Journal::Journal(asio::any_io_executor loop, const JournalSettings& settings, std::unique_ptr<Store> store)
    : loop_(std::move(loop)), settings_(settings), store_(std::move(store)), wake_(loop_) {
    live_ = store_->live();
    quarantined_ = store_->quarantined();
    bytes_ = store_->bytes();
}

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(asio::any_io_executor loop, const JournalSettings& settings,
                                               const Clock& clock) {
    auto store = Store::open(settings, clock);
    if (!store) return store.error();
    return std::unique_ptr<Journal>(new Journal(std::move(loop), settings, std::move(*store)));
}

void Journal::append(Draft draft, Done done) {
    if (failure_) return done(*failure_);
    if (closed_) return done(Error{Errc::rejected, "shutdown: the agent is stopping; send again when it is back"});
    if (drafts_.size() >= settings_.most_waiting || draft_bytes_ >= settings_.most_waiting_bytes) {
        return done(Error{Errc::rejected, "busy: too many events wait for the disk; send again"});
    }
    draft_bytes_ += draft.size();
    drafts_.push_back({std::move(draft), std::move(done), std::chrono::steady_clock::now()});
    wake_.notify();
}

template <class Work>
asio::awaitable<std::invoke_result_t<Work&, Store&>> Journal::submit(Priority priority, Work work) {
    using Outcome = std::invoke_result_t<Work&, Store&>;
    auto begin = [this, priority](auto handler, Work job) {
        struct Call {
            decltype(handler) on_done;
            Work job;
            std::optional<Outcome> outcome;
        };
        auto call = std::make_shared<Call>(Call{std::move(handler), std::move(job), std::nullopt});
        auto finish = [this, call] {
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
    };
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome)>(std::move(begin), asio::use_awaitable,
                                                                               std::move(work));
}

asio::awaitable<Result<std::vector<StoredLine>>> Journal::read(Range range, std::size_t max_bytes) {
    auto work = [range, max_bytes](Store& store) { return store.read(range, max_bytes); };
    Result<std::vector<StoredLine>> lines = co_await submit(read_job, std::move(work));
    if (!lines && lines.error().code != Errc::cancelled) fail(lines.error());
    co_return lines;
}

asio::awaitable<Result<Confirmation>> Journal::confirm(EpochReceipt receipt) {
    auto work = [receipt = std::move(receipt)](Store& store) { return store.confirm(receipt); };
    Result<Confirmation> outcome = co_await submit(receipt_job, std::move(work));
    if (!outcome && outcome.error().code != Errc::cancelled) fail(outcome.error());
    co_return outcome;
}

asio::awaitable<Result<Confirmation>> Journal::confirm_sent(Sequence upto) {
    auto work = [upto](Store& store) -> Result<Confirmation> { return store.confirm_sent(upto); };
    co_return co_await submit(receipt_job, std::move(work));
}

void Journal::close() {
    closed_ = true;
    wake_.notify();
}

bool Journal::idle() const {
    return drafts_.empty() && std::all_of(jobs_.begin(), jobs_.end(), [](const auto& queue) { return queue.empty(); });
}

bool Journal::moving(Millis longest) const {
    return !busy_since_ || std::chrono::steady_clock::now() - *busy_since_ < longest;
}

asio::awaitable<void> Journal::run() {
    for (;;) {
        if (idle() && closed_) break;
        if (idle() && upkeep_due_ && changes_since_upkeep_ == 0) {
            co_await upkeep();
            continue;
        }
        if (idle()) {
            if (!upkeep_due_) co_await wake_.wait();
            if (upkeep_due_) co_await wake_.wait_for(quiet_upkeep);
            if (idle()) changes_since_upkeep_ = 0;
            continue;
        }
        if (!drafts_.empty()) co_await commit_batch();
        std::optional<Job> job = next_job();
        if (job) co_await run_job(std::move(*job));
        if (upkeep_due_ && changes_since_upkeep_ >= upkeep_every) co_await upkeep();
    }
    if (!failure_) co_await upkeep();
}

std::vector<Journal::Waiting> Journal::take_batch() {
    std::vector<Waiting> batch;
    std::size_t bytes = 0;
    while (!drafts_.empty() && batch.size() < batch_events && bytes < batch_bytes) {
        bytes += drafts_.front().draft.size();
        batch.push_back(std::move(drafts_.front()));
        drafts_.pop_front();
    }
    draft_bytes_ -= bytes;
    return batch;
}

asio::awaitable<void> Journal::commit_batch() {
    std::vector<Waiting> batch = take_batch();
    std::vector<Draft> drafts;
    drafts.reserve(batch.size());
    for (Waiting& each : batch) drafts.push_back(std::move(each.draft));
    busy_since_ = std::chrono::steady_clock::now();
    auto work = [store = store_.get(), drafts = std::move(drafts)]() mutable { return store->append(drafts); };
    const Result<std::vector<Recorded>> all = co_await worker_.run(std::move(work));
    busy_since_.reset();
    answer(batch, all);
}

void Journal::answer(std::vector<Waiting>& batch, const Result<std::vector<Recorded>>& all) {
    if (!all) {
        const bool full = all.error().code == Errc::full;
        const Error error{all.error().code, (full ? "disk_full: " : "storage_failed: ") + all.error().message};
        if (full && condition_ == "ok")
            log::warn("no space for events: feeds are refused", {{"error", all.error().message}});
        if (full) condition_ = "full";
        if (full) ask_for_upkeep();
        if (!full) fail(all.error());
        for (Waiting& each : batch) each.done(error);
        return;
    }
    if (condition_ == "full") log::info("there is space again: events are recorded");
    condition_ = "ok";
    refresh();
    const SteadyTime now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        latency_.add(now - batch[i].since);
        batch[i].done((*all)[i]);
    }
    if (events_.on_change) events_.on_change();
}

// Before the next commit, however much is waiting.
void Journal::ask_for_upkeep() {
    upkeep_due_ = true;
    changes_since_upkeep_ = upkeep_every;
}

std::optional<Journal::Job> Journal::next_job() {
    for (auto& queue : jobs_) {
        if (queue.empty()) continue;
        Job job = std::move(queue.front());
        queue.pop_front();
        return job;
    }
    return std::nullopt;
}

asio::awaitable<void> Journal::run_job(Job job) {
    busy_since_ = std::chrono::steady_clock::now();
    auto work = [store = store_.get(), &job] {
        job.work(*store);
        return true;
    };
    co_await worker_.run(std::move(work));
    busy_since_.reset();
    const Sequence confirmed = live_.confirmed;
    refresh();
    job.finish();
    if (confirmed != live_.confirmed && events_.on_change) events_.on_change();
}

asio::awaitable<void> Journal::upkeep() {
    busy_since_ = std::chrono::steady_clock::now();
    auto work = [store = store_.get()] { return store->maintain(); };
    const Result<bool> more = co_await worker_.run(std::move(work));
    busy_since_.reset();
    changes_since_upkeep_ = 0;
    upkeep_due_ = more && *more;
    if (!more && more.error().code != Errc::full) fail(more.error());
    live_ = store_->live();
    bytes_ = store_->bytes();
}

// Nothing runs on the worker when this is called, so that the store may be read here.
void Journal::refresh() {
    const bool changed = live_.last != store_->live().last || live_.confirmed != store_->live().confirmed;
    live_ = store_->live();
    quarantined_ = store_->quarantined();
    bytes_ = store_->bytes();
    if (!changed) return;
    upkeep_due_ = true;
    ++changes_since_upkeep_;
}

void Journal::fail(const Error& error) {
    if (failure_) return;
    failure_ = Error{error.code,
                     "storage_failed: it is unknown whether this was recorded; send again (" + error.message + ")"};
    condition_ = error.message;
    for (Waiting& each : std::exchange(drafts_, {})) each.done(*failure_);
    if (events_.on_failure) events_.on_failure(error);
}

}  // namespace tillpost
