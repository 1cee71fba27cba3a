// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/central/store.hpp"

namespace tillpost {

/// A range of an epoch; its copies under other numbers are found by CentralStore::places_of().
struct CentralStore::Place {
    std::int64_t epoch_id = 0;
    Range range;

    bool operator==(const Place& other) const {
        return epoch_id == other.epoch_id && range.from == other.range.from && range.to == other.range.to;
    }
};

}  // namespace tillpost
