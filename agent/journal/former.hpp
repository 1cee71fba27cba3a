// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "agent/wire/protocol.hpp"

namespace tillpost {

/// What a journal counts over its life.
struct JournalCounters {
    std::int64_t quarantined = 0;
    std::int64_t shed = 0;
    std::int64_t lost = 0;
    friend bool operator==(const JournalCounters&, const JournalCounters&) = default;
};

/// A closed epoch.
struct Former {
    EpochSummary summary;  ///< `last`: closed here; what is held above is owed.
    Sequence top = 0;      ///< The last sequence that it ever had.
    Sequence given = 0;    ///< How many events got their first number in it.
    std::string cause;
    bool owes = false;  ///< Rows above `last` are to be reissued.
};

}  // namespace tillpost
