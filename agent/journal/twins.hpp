// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/journal/store.hpp"

namespace tillpost {

/// [complete-1] Which events the business days know already by another number. What a person has released that had been
/// an event before; and of those that a salvage brings what a POS sent again while they were still in the damaged file,
/// and what was salvaged once before, out of a file that was damaged, too, before that was done. They travel, as the
/// receiver knows what it has; a day counts them once.
///
/// What is found of a salvage is kept until the days are kept with it, in the table `counter`, as the keys change
/// meanwhile.
class Twins {
public:
    /// First and last position.
    using Run = std::pair<std::int64_t, std::int64_t>;

    explicit Twins(Store& store) : store_(store) {}

    /// In a transaction, behind move_rows(): fills in `counted`, keeps that, and lets the keys of all the others be
    /// known from now on: what a POS sends again later is a repeat.
    Result<void> find(SalvagedRows& salvaged);
    /// Those that are kept, ascending.
    Result<std::vector<Run>> kept();
    /// Whether one of them has the position, or had it before a fork.
    Result<bool> is_kept(const std::vector<Run>& runs, std::int64_t position);
    /// Whether a person has released the event at `position`, which had been one before.
    Result<bool> is_released_again(std::int64_t position, std::string_view body);
    /// Where the event was first in this journal: forks have moved it since. What a salvage brought was in another file
    /// before.
    struct First {
        std::int64_t position = 0;
        bool from_salvage = false;
    };
    Result<First> first(std::int64_t position);
    /// In a transaction: the days speak of everything up to there.
    Result<void> forget(std::int64_t upto);

private:
    Result<bool> counts(const StoredRow& row, const SalvagedKeys::Row& key, std::int64_t same);
    Result<std::string> body_behind(std::int64_t place, Sequence steps);
    Result<std::string> decision_behind(std::int64_t place, std::string_view cause);
    Result<bool> is_copy_of(const StoredRow& row, std::int64_t same);
    Result<void> keep(const SalvagedRows& salvaged);

    Store& store_;
};

}  // namespace tillpost
