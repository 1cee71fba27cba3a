// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <optional>

#include "agent/wire/protocol.hpp"

namespace tillpost {

/// A set of sequences as ranges that neither overlap nor touch. Pure.
class Ranges {
public:
    void add(Range range);
    void remove(Range range);
    void clear() { runs_.clear(); }
    bool empty() const { return runs_.empty(); }
    std::size_t size() const { return runs_.size(); }  ///< Ranges, not sequences.

    bool contains(Sequence sequence) const;
    /// The lowest run inside `within` of which nothing is in the set.
    std::optional<Range> first_gap(Range within) const;
    /// The lowest run of the set, as far as it is inside `within`.
    std::optional<Range> first_run(Range within) const;
    /// The last sequence of the run that begins at or before `from`; from - 1 if `from` is not in the set.
    Sequence end_of_run(Sequence from) const;

private:
    std::map<Sequence, Sequence> runs_;  ///< from → to
};

}  // namespace tillpost
