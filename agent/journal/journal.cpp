// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/journal.hpp"

#include <algorithm>
#include <utility>

#include "agent/journal/damage.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::uint64_t upkeep_every = 512;  // commits and receipts
constexpr std::int64_t upkeep_growth = 64;  // … or so much of the limit: one event may be as large as a thousand others
constexpr Millis quiet_upkeep{500};         // after the last change, for the watermark
constexpr Millis full_look{5'000};          // on a full disk, whether there is space again
constexpr Millis longest_scrub_pause{2'000};  // behind other work; each one while nothing comes is half as long, …
constexpr Millis least_scrub_pause{200};      // … down to this: 10 million events take 2.2 hours of quiet
constexpr Millis scrub_again{24 * 3600 * 1000};
constexpr Millis rows_after_keys{60'000};

/// A refusal, a stop or a full disk says nothing against the storage.
bool is_passing(const Error& error) {
    return error.code == Errc::rejected || error.code == Errc::cancelled || error.code == Errc::full;
}

}  // namespace

void Journal::append(Draft draft, Done done) {
    if (const auto refused = refusal(draft)) return done(note_refusal(*refused, draft));
    bound(draft);
    draft_bytes_ += draft.size();
    drafts_.push_back({std::move(draft), std::move(done), std::chrono::steady_clock::now()});
    wake_.notify();
}

template <class T>
void Journal::note_outcome(const Result<T>& outcome) {
    const bool passing = outcome || outcome.error().code == Errc::cancelled || outcome.error().code == Errc::full;
    if (!passing) fail(outcome.error());
}

asio::awaitable<Result<StoredLines>> Journal::read(Range range, std::size_t max_bytes) {
    auto work = [range, max_bytes](Store& store) { return store.read(range, max_bytes); };
    Result<StoredLines> lines = co_await submit(read_job, std::move(work));
    note_read(lines);
    co_return lines;
}

void Journal::note_read(const Result<StoredLines>& lines) { note_outcome(lines); }

void Journal::read(Range range, std::size_t max_bytes, ReadDone done) {
    auto work = [range, max_bytes](Store& store) { return store.read(range, max_bytes); };
    auto answer = [this, done = std::move(done)](Result<StoredLines> lines) {
        note_read(lines);
        done(std::move(lines));
    };
    enqueue(read_job, std::move(work), std::move(answer));
}

asio::awaitable<Result<Confirmation>> Journal::confirm(EpochReceipt receipt, std::string receiver) {
    auto work = [receipt = std::move(receipt), receiver = std::move(receiver)](Store& store) {
        return store.confirm(receipt, receiver);
    };
    Result<Confirmation> outcome = co_await submit(receipt_job, std::move(work));
    if (!outcome && outcome.error().code != Errc::cancelled) fail(outcome.error());
    co_return outcome;
}

asio::awaitable<Result<Confirmation>> Journal::confirm_sent(Epoch epoch, Sequence upto) {
    auto work = [epoch, upto](Store& store) -> Result<Confirmation> { return store.confirm_sent(epoch, upto); };
    co_return co_await submit(receipt_job, std::move(work));
}

asio::awaitable<Result<void>> Journal::withhold(Sequence sequence, std::string rule) {
    auto work = [sequence, rule = std::move(rule)](Store& store) { return store.withhold(sequence, rule); };
    Result<void> done = co_await submit(receipt_job, std::move(work));
    note_outcome(done);
    co_return done;
}

asio::awaitable<void> Journal::seal(std::string cause) {
    auto work = [cause = std::move(cause)](Store& store) { return store.seal(cause); };
    const Result<bool> done = co_await submit(receipt_job, std::move(work));
    note_outcome(done);
}

asio::awaitable<void> Journal::check_clock() {
    auto work = [](Store& store) { return store.check_clock(); };
    const Result<void> done = co_await submit(receipt_job, std::move(work));
    note_outcome(done);
}

asio::awaitable<Result<QuarantinePage>> Journal::quarantine_page(QuarantineQuery query) {
    auto work = [query](Store& store) { return store.quarantine_page(query); };
    Result<QuarantinePage> page = co_await submit(read_job, std::move(work));
    if (!page && !is_passing(page.error())) fail(page.error());
    co_return page;
}

asio::awaitable<Result<QuarantineRecord>> Journal::quarantine_record(std::string id) {
    auto work = [id = std::move(id)](Store& store) { return store.quarantine_record(id); };
    Result<QuarantineRecord> record = co_await submit(read_job, std::move(work));
    if (!record && !is_passing(record.error())) fail(record.error());
    co_return record;
}

asio::awaitable<Result<Decided>> Journal::decide(QuarantineDecision decision) {
    const std::optional<Error> refused = refusal_of_decision(decision.draft);
    if (refused) co_return *refused;
    auto work = [decision = std::move(decision)](Store& store) { return store.decide(decision); };
    Result<Decided> decided = co_await submit(receipt_job, std::move(work));
    if (!decided && !is_passing(decided.error())) fail(decided.error());
    co_return decided;
}

asio::awaitable<Result<HeldPage>> Journal::held_page(std::int64_t after, std::int64_t upto) {
    auto work = [after, upto](Store& store) { return store.held_page(after, upto); };
    Result<HeldPage> page = co_await submit(read_job, std::move(work));
    note_outcome(page);
    co_return page;
}

asio::awaitable<Result<std::vector<std::optional<Recorded>>>> Journal::correct(std::vector<Correction> corrections) {
    const std::optional<Error> refused = refusal_of_decision({});
    if (refused) co_return *refused;
    auto work = [corrections = std::move(corrections)](Store& store) mutable { return store.correct(corrections); };
    Result<std::vector<std::optional<Recorded>>> done = co_await submit(receipt_job, std::move(work));
    if (!done && !is_passing(done.error())) fail(done.error());
    co_return done;
}

asio::awaitable<Result<std::vector<std::string>>> Journal::open_records_behind(std::string id, std::size_t most) {
    auto work = [id = std::move(id), most](Store& store) { return store.open_records_behind(id, most); };
    Result<std::vector<std::string>> ids = co_await submit(read_job, std::move(work));
    if (!ids && !is_passing(ids.error())) fail(ids.error());
    co_return ids;
}

void Journal::keep_days(KeptDays days, std::function<void(const Result<void>&)> done) {
    auto work = [days = std::move(days)](Store& store) { return store.keep_days(days); };
    auto answer = [this, done = std::move(done)](const Result<void>& kept) {
        const bool passing = kept || kept.error().code == Errc::cancelled || kept.error().code == Errc::full;
        if (!passing) fail(kept.error());
        done(kept);
    };
    enqueue(long_job, std::move(work), std::move(answer));
}

void Journal::close() {
    closed_ = true;
    salvage_pause_.notify();
    tell_room();
    wake_.notify();
}

bool Journal::idle() const {
    return drafts_.empty() && std::all_of(jobs_.begin(), jobs_.end(), [](const auto& queue) { return queue.empty(); });
}

asio::awaitable<void> Journal::run() {
    try {
        co_await serve();
    } catch (...) {
        give_up();
        throw;
    }
}

// Who waits for a job waits for run(): nobody else would tell them.
void Journal::give_up() {
    closed_ = true;
    answer_committed();
    for (auto& queue : jobs_) {
        for (const Job& job : std::exchange(queue, {})) job.finish();
    }
}

asio::awaitable<void> Journal::serve() {
    for (;;) {
        if (idle() && closed_) break;
        if (idle() && !owes_ && seal_due_.empty()) {
            co_await wait_for_work();
            continue;
        }
        if (!drafts_.empty()) co_await commit_batch();
        if (!seal_due_.empty()) co_await seal_now();
        co_await run_job();
        if (owes_) co_await reissue();
        if (store_->checkpoint_due() && !failure_) co_await checkpoint();
        if (upkeep_due_ && changes_since_upkeep_ >= upkeep_every) co_await upkeep();
    }
    answer_committed();
    if (!failure_) co_await upkeep();
    if (!failure_) co_await settle();
}

// Nothing waits: upkeep a moment after the last change, then a look at old rows now and then.
asio::awaitable<void> Journal::wait_for_work() {
    if (upkeep_due_ && changes_since_upkeep_ == 0) {
        co_await upkeep();
        co_return;
    }
    const SteadyTime now = std::chrono::steady_clock::now();
    if (!upkeep_due_ && now >= scrub_at_ && !failure_) {
        co_await scrub();
        co_return;
    }
    if (!upkeep_due_ && release_at_ && now >= *release_at_) {
        co_await release_memory();
        co_return;
    }
    const Millis pause = condition_ == "full" ? full_look : quiet_upkeep;
    if (upkeep_due_) co_await wake_.wait_for(pause);
    if (!upkeep_due_) co_await wake_.wait_until(std::min(scrub_at_, release_at_.value_or(scrub_at_)));
    if (idle()) changes_since_upkeep_ = 0;
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

// Takes the job itself: a cancellation before that leaves it where give_up() finds it.
asio::awaitable<void> Journal::run_job() {
    const std::optional<Job> job = next_job();
    if (!job) co_return;
    watch_.begins();
    auto work = [store = store_.get(), &job] {
        job->work(*store);
        return true;
    };
    co_await worker_.run(std::move(work));
    watch_.ends();
    const Epoch epoch = live().epoch;
    const Sequence confirmed = live().confirmed;
    const Sequence last = live().last;
    refresh();
    release_later();
    job->finish();
    const bool changed = epoch != live().epoch || confirmed != live().confirmed || last != live().last;
    if (epoch != live().epoch) owes_ = true;
    if (changed && events_.on_change) events_.on_change();
}

// [fork-1] A slice between two commits, until nothing is owed.
asio::awaitable<void> Journal::reissue() {
    if (failure_) {
        owes_ = false;
        co_return;
    }
    watch_.begins();
    auto work = [store = store_.get()] { return store->reissue(); };
    const Result<bool> more = co_await worker_.run(std::move(work));
    watch_.ends();
    owes_ = more && *more;
    if (!more && more.error().code != Errc::full) fail(more.error());
    if (!more && more.error().code == Errc::full) ask_for_upkeep();
    const Sequence last = live().last;
    refresh();
    if (last != live().last && events_.on_change) events_.on_change();
}

// [audit-1] Behind the commit that made it due, whose answers do not wait for it. If there is no space, or the key does
// not sign, whatever is recorded next brings it again.
asio::awaitable<void> Journal::seal_now() {
    const std::string cause = std::exchange(seal_due_, {});
    if (failure_) co_return;
    watch_.begins();
    auto work = [store = store_.get(), cause] { return store->seal(cause); };
    const Result<bool> done = co_await worker_.run(std::move(work));
    watch_.ends();
    note_outcome(done);
    refresh();
    if (!done || !*done) seal_due_.clear();
    if (done && *done && events_.on_change) events_.on_change();
}

// [intact-1] A round after the start, or what is left of one, and then one a day; only when nothing else is to do. Of
// the keys at once, as a repeat that is not known comes soon, if at all.
asio::awaitable<void> Journal::scrub() {
    watch_.begins();
    const bool scrubbed_keys = store_->scrubs_keys();
    auto work = [store = store_.get()] { return store->scrub(); };
    const Result<bool> more = co_await worker_.run(std::move(work));
    watch_.ends();
    if (!more && more.error().code != Errc::full) fail(more.error());
    refresh();
    if (!release_at_) release_later();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (scrubbed_keys && (!more || *more)) {  // else it was all of the round, and the next one begins with keys, too
        scrub_at_ = now + (more && store_->scrubs_keys() ? Millis(0) : rows_after_keys);
        co_return;
    }
    scrub_pause_ = std::max(least_scrub_pause, scrub_pause_ / 2);
    scrub_at_ = now + (more && *more ? scrub_pause_ : scrub_again);
}

// Nothing runs on the worker when this is called, so that the store may be read here.
void Journal::refresh() {
    const EpochSummary before = live();
    live_ = store_->live();
    receiver_ = store_->receiver();
    quarantined_ = store_->quarantined();
    if (store_->shed() != shed_) note_shedding();
    if (gave_up_at_) note_disk();
    lost_ = store_->lost();
    bytes_ = store_->bytes();
    makes_room_ = store_->can_make_room();
    if (bytes_ - upkept_bytes_ > settings_.most_bytes / upkeep_growth) ask_for_upkeep();
    quarantine_bytes_ = store_->quarantine_bytes();
    open_bytes_ = store_->counters().open_bytes();
    too_large_ = store_->counters().too_large;
    note_room();
    sealing_ = store_->sealing();
    seal_due_ = store_->seal_due();
    for (const OwnRecorded& each : store_->take_own()) {
        if (events_.on_own) events_.on_own(each);
    }
    const bool changed =
        live().epoch != before.epoch || live().last != before.last || live().confirmed != before.confirmed;
    if (!changed) return;
    upkeep_due_ = true;
    scrub_pause_ = 2 * longest_scrub_pause;
    release_later();
    ++changes_since_upkeep_;
}

void Journal::fail(const Error& error) {
    if (failure_) return;
    if (error.code == Errc::unreadable) note_unreadable(settings_.path, error.message);
    failure_ = Error{error.code,
                     "storage_failed: it is unknown whether this was recorded; send again (" + error.message + ")"};
    condition_ = error.message;
    for (Waiting& each : std::exchange(drafts_, {})) each.done(*failure_);
    draft_bytes_ = 0;
    tell_room();
    if (events_.on_failure) events_.on_failure(error);
}

}  // namespace tillpost
