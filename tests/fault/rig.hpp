// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>

#include "tests/fault/history.hpp"
#include "tests/support/crash_vfs.hpp"
#include "tests/support/fixed_clock.hpp"

namespace tillpost::test {

/// Drives a Store on the disk in memory and writes down what was acknowledged after which disk operation. As the agent
/// does, it stops at the first error but Errc::full; what a scenario does after that is passed over.
class Rig {
public:
    Rig(CrashDisk& disk, const JournalSettings& settings, History history = {})
        : disk_(disk), settings_(settings), history_(std::move(history)) {}
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
    /// Upkeep until there is nothing to do.
    void maintain();
    void fill_disk() { disk_.fill(); }
    void make_space() { disk_.make_space(); }
    void advance(std::chrono::seconds by) { clock_.advance(by); }
    /// The first crash state is that behind this: what came before is another scenario's.
    void enumerate_from_here() { first_prefix_ = now(); }

    /// Drafts with data of their own, about `size` bytes of it.
    Draft event(std::size_t size = 40);
    Draft keyed(const std::string& key, std::size_t size = 40);
    Draft rejected(const std::string& bytes);
    std::vector<Draft> events(int count, std::size_t size = 40);

    // --- what the tests ask ---
    const JournalSettings& settings() const { return settings_; }
    const FixedClock& clock() const { return clock_; }
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
    void refused_as_before(const EpochSummary& before, std::int64_t quarantined);
    std::string line_at(Sequence sequence);

    CrashDisk& disk_;
    JournalSettings settings_;
    History history_;
    FixedClock clock_;
    std::unique_ptr<Store> store_;
    std::size_t first_prefix_ = 0;
    int drafts_ = 0;
    int refused_ = 0;
    std::optional<Error> stopped_;
    std::optional<std::string> broken_;
};

/// One kind of transaction. Add yours to the table in scenarios.cpp: all fault tests take it up.
struct Scenario {
    const char* name;
    void (*run)(Rig& rig);
};
const std::vector<Scenario>& scenarios();

/// Settings of all scenarios, and the empty file that Database::open() has made durable before SQLite sees it.
JournalSettings scenario_settings(const std::string& folder);
DiskImage empty_disk(const JournalSettings& settings);

}  // namespace tillpost::test
