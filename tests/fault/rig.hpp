// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>

#include "agent/journal/salvage.hpp"
#include "tests/fault/history.hpp"
#include "tests/support/crash_vfs.hpp"
#include "tests/support/fixed_clock.hpp"

namespace tillpost::test {

/// Drives a Store on the disk in memory and writes down what was acknowledged after which disk operation. As the agent
/// does, it stops at the first error but Errc::full; what a scenario does after that is passed over.
class Rig {
public:
    Rig(CrashDisk& disk, const JournalSettings& settings, History history = {})
        : disk_(disk),
          settings_(settings),
          history_(std::move(history)),
          drafts_(static_cast<int>(history_.acknowledged(0))) {}
    ~Rig();

    // --- what a scenario is made of ---
    void open();
    void close();
    void append(std::vector<Draft> drafts);
    void append(Draft draft);
    /// A person releases what went to quarantine as that number.
    void release(Sequence sequence);
    /// Central's receipt for everything up to there.
    void confirm(Sequence upto);
    /// … and one that rejects an event.
    void reject(Sequence sequence);
    /// A receipt that doesn't fit: central has another history.
    void fork();
    /// A slice of what closed epochs owe.
    void reissue();
    /// The broker takes no more than so many bytes of a line.
    void note_largest_line(std::int64_t bytes);
    /// The event is too large for the broker.
    void withhold(Sequence sequence);
    /// Upkeep until there is nothing to do.
    void maintain();
    /// What is written late is written, as at a stop.
    void settle();
    /// A slice of the file that was set aside; gives whether there may be more. What cannot be read stops it, as if the
    /// agent was stopped while it waits: the next start goes on.
    bool salvage();
    /// All that is left to reissue and to salvage.
    void catch_up();
    /// As the journal does behind a commit that made a seal due.
    void seal();
    void fill_disk() { disk_.fill(); }
    void make_space() { disk_.make_space(); }
    void advance(std::chrono::seconds by) { clock_.advance(by); }
    /// The first crash state is that behind this: what came before is another scenario's.
    void enumerate_from_here() { first_prefix_ = now(); }

    /// Drafts with data of their own, about `size` bytes of it.
    Draft event(std::size_t size = 40, const std::string& type = "sale");
    Draft keyed(const std::string& key, std::size_t size = 40);
    Draft rejected(const std::string& bytes);
    std::vector<Draft> events(int count, std::size_t size = 40);

    // --- what stands on the disk before a scenario begins ---
    /// Changes the closed file as another program, or another version of this one, would.
    void edit(const std::string& sql);
    /// The event's bytes are not those that were written any more.
    void damage(Sequence sequence);
    /// The file lies aside, to be salvaged; the new one is empty.
    void set_aside();
    /// … without its header: SQLite cannot open it, and its pages are read one by one.
    void set_aside_without_header();

    // --- what the tests ask ---
    const JournalSettings& settings() const { return settings_; }
    const FixedClock& clock() const { return clock_; }
    Store& store() { return *store_; }
    const History& history() const { return history_; }
    std::size_t first_prefix() const { return first_prefix_; }
    /// Why it stopped.
    const std::optional<Error>& stopped() const { return stopped_; }
    /// A promise that a fault's answer broke: after Errc::full the journal was not as before.
    const std::optional<std::string>& broken() const { return broken_; }
    int refused() const { return refused_; }

private:
    History::When now() const { return disk_.log().size(); }
    bool idle() const { return stopped_ || !store_; }
    void stop(const Error& error);
    template <class T>
    bool failed(const Result<T>& result, const EpochSummary& before, std::int64_t quarantined);
    EpochReceipt receipt(Sequence upto) const;
    void committed();
    void quarantine(History::Change::Kind kind, Sequence sequence);
    void end_salvage();
    void refused_as_before(const EpochSummary& before, std::int64_t quarantined);
    std::string line_at(Sequence sequence);

    CrashDisk& disk_;
    JournalSettings settings_;
    History history_;
    FixedClock clock_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Salvage> damaged_;
    Sequence written_ = 0;  ///< The mark that is surely on the disk
    std::size_t first_prefix_ = 0;
    int drafts_;
    int refused_ = 0;
    std::int64_t shed_before_ = 0;  ///< the transaction that is tried
    std::optional<Error> stopped_;
    std::optional<std::string> broken_;
};

/// One kind of transaction. Add yours to the table in scenarios.cpp: all fault tests take it up.
struct Scenario {
    const char* name;
    void (*run)(Rig& rig);
    void (*prepare)(Rig& rig) = nullptr;  ///< What happened before, without faults
    void (*configure)(JournalSettings& settings) = nullptr;
};
const std::vector<Scenario>& scenarios();
JournalSettings scenario_settings(const std::string& folder, const Scenario& scenario);

/// What stands on the disk when a scenario begins, and what was acknowledged of it. Without a past: the empty file that
/// Database::open() has made durable before SQLite sees it.
struct Start {
    DiskImage image;
    History history;
};
Start start_of(const Scenario& scenario, CrashDisk& disk, const JournalSettings& settings);
/// The same, but without a past: a journal that was created. Where each of a thousand runs begins anew, its creation is
/// most of what they do; of that there is the scenario "creation".
Start created_start_of(const Scenario& scenario, CrashDisk& disk, const JournalSettings& settings);

/// As the agent opens it: an epoch of its own, while another file is there to be salvaged.
Result<std::unique_ptr<Store>> open_store(const CrashDisk& disk, const JournalSettings& settings, const Clock& clock);

/// The fault to be tried behind the n-th, of the hundreds to thousands that a scenario may meet: each of the first 24,
/// where journals are opened and begun, every 7th up to the 100th and every 47th beyond; each one in a long run.
int next_fault(int n);

/// nullopt, or what is wrong with the journal on this disk, on which all was acknowledged that was at `when`.
std::optional<std::string> check(CrashDisk& disk, DiskImage image, const Rig& rig, std::size_t when);

}  // namespace tillpost::test
