// SPDX-License-Identifier: Apache-2.0
// Taking over what can be read of damaged journals, beside capture and delivery.
#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "agent/journal/cut_pages.hpp"
#include "agent/journal/damage.hpp"
#include "agent/journal/journal.hpp"
#include "agent/journal/quarantine_content.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr Millis full_pause{5'000};

/// Without the witness beside it no row that is left names those that are not: no `loss` event can.
void tell_cut(const std::string& file, const CutPages& cut) {
    log::error("the damaged journal ends before its last page: what was on the others is gone",
               {{"file", file},
                {"pages", cut.there},
                {"pages_named", cut.named},
                {"pages_gone", cut.gone},
                {"what_to_do",
                 "see how far central has it (tillpost-central agents), and have the POS send the rest again; check "
                 "this machine's disk"}});
}

/// Whatever is damaged, each slice ends behind where it began.
Result<void> goes_on(std::int64_t from, std::int64_t upto) {
    if (upto > from) return {};
    return Error{Errc::corrupt, "reading it does not get beyond position " + std::to_string(from)};
}

}  // namespace

asio::awaitable<void> Journal::run_salvage() {
    const std::vector<std::string> files = files_set_aside(settings_.path);
    if (files.empty()) co_return;
    salvage_worker_ = std::make_unique<Worker>();
    bool all = true;
    for (const std::string& file : files) {
        log::info("salvage begins", {{"file", file}});
        auto look = [file] { return cut_pages_of(file); };
        const std::optional<CutPages> cut = co_await salvage_worker_->run(std::move(look));
        if (cut) tell_cut(file, *cut);
        const Result<void> done = co_await salvage(file);
        if (!done && done.error().code == Errc::cancelled) co_return;
        all = all && done.has_value();
        if (!done) {
            log::error("nothing more can be read of the damaged journal",
                       {{"file", file},
                        {"why", done.error().message},
                        {"what_to_do", "keep the file; `tillpost journal recover` may find more"}});
        }
    }
    if (!all) co_return;
    auto work = [](Store& store) -> Result<void> {
        store.set_salvaging(false);
        return {};
    };
    [[maybe_unused]] const Result<void> closed = co_await submit(long_job, std::move(work));
}

/// [durable-2] An I/O error says nothing of what is in the file: it is left, and tried again later. Only what stays
/// unreadable through all of that, while the rest can be read, is lost.
asio::awaitable<Result<void>> Journal::salvage(std::string file) {
    const std::vector<Millis>& pauses = settings_.salvage_again;
    Sequence lost = 0;
    for (std::size_t tried = 0;; ++tried) {
        const bool ends = tried >= pauses.size();
        const Result<void> done = co_await salvage_once(file, ends, lost);
        salvage_trouble_.clear();
        if (done) tell_salvaged(file, lost);
        if (done || !is_io(done.error()) || pauses.empty() || failure_) co_return done;
        const Millis pause = pauses[std::min(tried, pauses.size() - 1)];
        salvage_trouble_ = file + " cannot be read now (" + done.error().message +
                           "): nothing of it is lost yet, it is tried again; check this machine's disk";
        log::error("the disk cannot read the damaged journal now: nothing of it counts as lost, it is tried again",
                   {{"file", file},
                    {"why", done.error().message},
                    {"again_s", std::chrono::duration_cast<std::chrono::seconds>(pause).count()},
                    {"what_to_do", "keep the file where it is; check this machine's disk"}});
        if (!closed_) co_await salvage_pause_.wait_for(pause);
        if (closed_) co_return Error{Errc::cancelled, "the journal is being closed"};
    }
}

void Journal::tell_salvaged(const std::string& file, Sequence lost) const {
    if (lost == 0) {
        log::info("salvage is done", {{"file", file}, {"lost", 0}});
        return;
    }
    log::error("salvage is done: events that cannot be read are lost, and named by `loss` events",
               {{"file", file},
                {"lost", lost},
                {"what_to_do",
                 "keep the file (with its new name), `tillpost journal recover` may find more; have the POS send those "
                 "days again; check this machine's disk"}});
}

asio::awaitable<Result<void>> Journal::salvage_once(std::string file, bool ends, Sequence& lost) {
    const auto damaged = co_await open_damaged(file, ends);
    if (!damaged) co_return damaged.error();
    Result<void> done = co_await take_over(**damaged, file, lost);
    if (done) {
        const Result<void> renamed = note_salvaged(file);
        if (!renamed) done = Error{Errc::rejected, renamed.error().message};  // it was read: nothing to try again
    }
    if (done) done = co_await forget_progress(file);
    if (done && !(*damaged)->other_source().empty()) {
        log::error("the damaged journal holds events of another source: they are not sent from here, and stay there",
                   {{"file", file},
                    {"source", (*damaged)->other_source()},
                    {"what_to_do",
                     "keep the file (with its new name), and see how another journal's WAL came beside it; "
                     "`tillpost journal recover` reads what is in it"}});
    }
    co_return done;
}

asio::awaitable<Result<std::unique_ptr<Salvage>>> Journal::open_damaged(std::string file, bool ends) {
    Patience patience{settings_.read_again, ends};
    auto work = [file = std::move(file), patience = std::move(patience), keys = settings_.keys,
                 source = settings_.source]() -> Result<std::unique_ptr<Salvage>> {
        const auto note = read_known_of(file);
        if (!note && !patience.ends) return note.error();
        auto damaged = Salvage::open(file, note ? *note : known_of(file), source, patience);
        if (damaged) (*damaged)->compare_by(keys);
        return damaged;
    };
    co_return co_await salvage_worker_->run(std::move(work));
}

/// Each slice is read on the salvage worker and taken over at its turn on the storage worker.
asio::awaitable<Result<void>> Journal::take_over(Salvage& damaged, std::string file, Sequence& lost) {
    auto ask = [file](Store& store) { return store.salvage_progress(file); };
    const Result<SalvageProgress> progress = co_await submit(long_job, std::move(ask));
    if (!progress) co_return progress.error();
    lost = static_cast<Sequence>(progress->lost);
    std::int64_t at = progress->rows;
    for (;;) {
        auto read = [&damaged, at, halved = adopts_halved_] {
            damaged.halve(halved);
            return damaged.rows(at);
        };
        Result<std::optional<SalvagedRows>> rows = co_await salvage_worker_->run(std::move(read));
        if (!rows) co_return rows.error();
        if (!*rows) break;
        if (auto done = goes_on(at, (*rows)->upto); !done) co_return done;
        at = (*rows)->upto;
        const auto slice = std::make_shared<SalvagedRows>(std::move(**rows));
        const Result<void> taken = co_await adopt(slice);
        if (!taken) co_return taken;
        for (const Range& range : slice->lost) lost += range.to - range.from + 1;
        tell_adopted(*slice);
    }
    at = progress->keys;
    for (;;) {
        auto read = [&damaged, at] { return damaged.keys(at); };
        Result<std::optional<SalvagedKeys>> keys = co_await salvage_worker_->run(std::move(read));
        if (!keys) co_return keys.error();
        if (!*keys) break;
        if (auto done = goes_on(at, (*keys)->upto); !done) co_return done;
        at = (*keys)->upto;
        const auto slice = std::make_shared<SalvagedKeys>(std::move(**keys));
        const Result<void> taken = co_await adopt(slice);
        if (!taken) co_return taken;
    }
    at = 0;
    for (;;) {
        auto read = [&damaged, at] { return damaged.quarantine(at); };
        Result<std::optional<SalvagedQuarantine>> records = co_await salvage_worker_->run(std::move(read));
        if (!records) co_return records.error();
        if (!*records) break;
        if (auto done = goes_on(at, (*records)->upto); !done) co_return done;
        at = (*records)->upto;
        const auto slice = std::make_shared<SalvagedQuarantine>(std::move(**records));
        const Result<void> taken = co_await adopt(slice);
        if (!taken) co_return taken;
        tell_adopted(*slice);
    }
    co_return Result<void>();
}

/// Once the file has its other name: without the progress it would be taken over a second time.
asio::awaitable<Result<void>> Journal::forget_progress(std::string file) {
    auto end = [file = std::move(file)](Store& store) { return store.salvage_done(file); };
    co_return co_await submit(long_job, std::move(end));
}

/// Before anything of a later commit is told: jobs and commits take turns.
void Journal::tell_adopted(const SalvagedRows& slice) const {
    if (!events_.on_salvaged) return;
    for (std::size_t i = 0; i < slice.rows.size(); ++i) {
        const StoredRow& row = slice.rows[i];
        const std::string_view body = row.state == RowState::whole ? row.body : std::string_view();
        HeldEvent held{live_.epoch, slice.places[i], row.recorded, body};
        const BearsOn& on = slice.bears_on[i];
        if (on.original || on.before) held.bears_on = [&on](const Event&) { return on; };
        held.counted = slice.counted[i];
        events_.on_salvaged(held);
    }
}

void Journal::tell_adopted(const SalvagedQuarantine& slice) const {
    if (!events_.on_salvaged_record) return;
    for (const SalvagedQuarantine::Row& row : slice.rows) {
        if (!row.waits || row.about) continue;
        QuarantineRecord record;
        record.id = quarantine_id(row.position);
        record.recorded = row.recorded;
        note_glance(record, row.bytes);
        events_.on_salvaged_record(record);
    }
}

/// Waits for space when the disk is full; any other failure of the storage stops the agent.
template <class Slice>
asio::awaitable<Result<void>> Journal::adopt(std::shared_ptr<Slice> shared) {
    for (;;) {
        auto work = [this, shared](Store& store) {
            auto done = store.adopt(*shared);
            adopts_halved_ = store.slice().halved();
            return done;
        };
        const Result<void> done = co_await submit(long_job, std::move(work));
        if (done || done.error().code == Errc::cancelled) co_return done;
        if (done.error().code != Errc::full) {
            fail(done.error());
            co_return Error{Errc::cancelled, done.error().message};
        }
        asio::steady_timer pause(loop_, full_pause);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

}  // namespace tillpost
