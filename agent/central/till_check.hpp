// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "agent/central/derived.hpp"

namespace tillpost {

/// Compares the table of tills and business dates with the lines, which come agent by agent: a till that is not in it
/// keeps no day from being complete.
class TillCheck {
public:
    TillCheck(CentralStore& store, RangeCheck::Fault fault) : store_(store), fault_(std::move(fault)) {}

    Result<void> line(const CentralStore::Row& row);
    Result<void> finish();

private:
    struct Counted {
        std::uint64_t events = 0;
        std::int64_t last = 0;
        Epoch epoch = 0;
    };
    using Key = std::tuple<std::string, std::string, std::string>;  ///< Business date, store, till
    void compare(const CentralStore::TillOfDay& stored);

    CentralStore& store_;
    RangeCheck::Fault fault_;
    std::string source_;
    std::map<Key, Counted> counted_;  ///< Of that agent
};

}  // namespace tillpost
