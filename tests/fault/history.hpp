// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/journal/store.hpp"

namespace tillpost::test {

/// The data in a line: what tells events apart here, for each draft's data is unlike all others'.
std::string data_of(std::string_view line);

/// What devices and central were told, and when: in operations that the disk had seen by then. Checks a journal
/// against it: nothing acknowledged is missing or changed, nothing is there twice, nothing is invented.
class History {
public:
    using When = std::size_t;

    /// One transaction's drafts. Whatever becomes of it, either all of them are recorded or none.
    struct Attempt {
        enum class Outcome { unknown, recorded, refused };
        When begun = 0;
        When ended = 0;
        Outcome outcome = Outcome::unknown;
        std::vector<Draft> drafts;
        std::vector<Recorded> answers;   ///< recorded: one a draft
        std::vector<std::string> lines;  ///< recorded: one an answer, as they were read back at once
        std::int64_t decided = 0;        ///< Records that are not open any more when they are recorded
    };

    void attempted(Attempt attempt) { attempts_.push_back(std::move(attempt)); }
    /// A receipt came: the journal's mark in memory.
    void confirmed(When when, Sequence upto) { marks_.push_back({when, upto}); }
    /// A transaction was committed: marks of before are on the disk.
    void mark_written(When when) { written_.push_back({when, marks_.size() - 1}); }
    /// From now on upkeep may forget keys of events up to there.
    void keys_may_go(When when, Sequence upto) { forgotten_.push_back({when, upto}); }
    void live_epoch(When when, Epoch epoch);

    /// What had been told when the program or the machine died, counted anew from 0 operations of what comes after.
    /// What was in flight stays unknown.
    History as_at(When died) const;
    /// How many of the events were acknowledged by then.
    std::size_t acknowledged(When when) const;
    /// A device sends again what it had no answer for, and what has a key even if it had one.
    std::vector<Draft> to_be_resent(When when) const;

    /// nullopt, or the first promise that is broken in a journal that was opened after a fault at `when`. Appends to
    /// it.
    std::optional<std::string> broken(Store& store, const std::string& source, When when) const;

    /// The same for the bytes in quarantine; the journal is closed.
    std::optional<std::string> broken_quarantine(const std::string& path, When when) const;

private:
    struct Numbered {
        When when;
        std::uint64_t value;
    };
    struct Expected;
    Expected expected(When when) const;
    std::optional<std::string> wrong_lines(Store& store, const std::string& source, const Expected& expected) const;
    std::optional<std::string> wrong_repeats(Store& store, const Expected& expected) const;
    std::optional<std::string> wrong_mark(const EpochSummary& live, When when) const;
    std::optional<std::string> wrong_quarantine(const Store& store, const Expected& expected,
                                                const std::set<std::string>& found) const;
    std::uint64_t newest(const std::vector<Numbered>& numbers, When when, std::uint64_t otherwise) const;

    std::vector<Attempt> attempts_;
    std::vector<Numbered> marks_{{0, 0}};
    std::vector<Numbered> written_;  ///< value: index in marks_
    std::vector<Numbered> forgotten_;
    std::vector<Numbered> epochs_;
};

}  // namespace tillpost::test
