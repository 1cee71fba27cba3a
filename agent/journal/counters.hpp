// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace tillpost {

/// What the table `counter` has so that nothing need be counted: written with what changes it.
struct StoreCounters {
    static constexpr std::int64_t bytes_of_record = 512;  ///< In quarantine, besides its content

    std::int64_t quarantined = 0;  ///< Open records
    std::int64_t shed = 0;
    std::int64_t lost = 0;
    std::int64_t waiting = 0;           ///< Rows of that table
    std::int64_t quarantine_bytes = 0;  ///< Of all content there, and bytes_of_record for each

    friend bool operator==(const StoreCounters&, const StoreCounters&) = default;
};

}  // namespace tillpost
