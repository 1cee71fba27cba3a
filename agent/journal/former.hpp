// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "agent/journal/too_large.hpp"
#include "agent/wire/protocol.hpp"

namespace tillpost {

/// What a journal counts over its life.
struct JournalCounters {
    static constexpr std::int64_t bytes_of_record = 512;  ///< In quarantine, besides its content

    std::int64_t quarantined = 0;  ///< Open records
    std::int64_t shed = 0;
    std::int64_t lost = 0;
    std::int64_t waiting = 0;           ///< Rows of that table
    std::int64_t quarantine_bytes = 0;  ///< Of all content there, as it lies there, and bytes_of_record for each
    std::int64_t decided_bytes = 0;     ///< … of that, what people have decided on: it goes when there is no room
    TooLarge too_large;

    std::int64_t open_bytes() const { return quarantine_bytes - decided_bytes; }
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
