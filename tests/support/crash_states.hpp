// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <set>

#include "tests/support/crash_vfs.hpp"

namespace tillpost::test {

/// Whether the sync at log[at] is taken for done. A test shows with it that it would see a sync that is missing.
using HonouredSync = bool (*)(const DiskLog& log, std::size_t at);
bool every_sync(const DiskLog& log, std::size_t at);

/// What may stand on a disk when the power goes behind an operation of a log. Synced is synced; of the rest each write,
/// truncation, creation and removal is there, lost, or torn at sectors of 512 bytes, whatever its neighbours are: that
/// is every order, too. A lost write that made its file longer may have left rubbish. Pure.
class CrashStates {
public:
    static constexpr std::size_t sector = 512;

    CrashStates(const DiskImage& start, const DiskLog& log, HonouredSync honoured = &every_sync);

    /// Goes one operation further; false at the log's end.
    bool advance();
    void advance_to(std::size_t prefix);
    /// How many operations were begun before the power went.
    std::size_t prefix() const { return prefix_; }
    const DiskLog& log() const { return log_; }

    /// Seeds 0 to 3 are the extremes: nothing unsynced is there, everything, only contents, only names. nullopt: an
    /// earlier seed gave this state of this prefix.
    std::optional<DiskImage> state(unsigned seed);

private:
    /// splitmix64: a generator of its own for each state has to be cheap to begin.
    struct Random {
        std::uint64_t state;
        std::uint64_t operator()();
        bool one_of(unsigned n) { return (*this)() % n == 0; }
    };
    /// What becomes of one unsynced operation.
    struct Fate {
        bool kept = false;
        bool rubbish = false;
        std::uint64_t sectors = ~std::uint64_t{0};  ///< Which of the sectors of a kept write are there.
    };
    Fate draw(const DiskOperation& operation, unsigned seed, Random& random) const;
    void make_durable(int file);
    void make_directory_durable();
    void leave(const DiskOperation& operation, const Fate& fate, std::string& content, Random& random) const;

    const DiskLog& log_;
    HonouredSync honoured_;
    std::size_t prefix_ = 0;
    std::vector<std::string> contents_;  ///< By the file's number: what is surely there …
    std::map<std::string, int> names_;
    std::vector<std::size_t> pending_;  ///< … and in log order what may be.
    std::set<std::string> given_;       ///< States of this prefix by their fates.
};

}  // namespace tillpost::test
