// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>

#include "agent/central/derived.hpp"
#include "agent/central/own_event.hpp"

namespace tillpost {

/// Compares the tables of what agents say of their own streams (reissue, loss, gone, settled) with the events that say
/// it, agent by agent: people query the tables, and what is erased, passed or moved goes by them.
class OwnCheck {
public:
    /// `known`: all epochs of the file; what is said of others was left out when it came, with an alarm.
    OwnCheck(CentralStore& store, std::set<Epoch> known, RangeCheck::Fault fault)
        : store_(store), known_(std::move(known)), fault_(std::move(fault)) {}

    Result<void> line(const CentralStore::Row& row);
    Result<void> finish();

private:
    using Place = std::pair<Epoch, Sequence>;
    void say(const CentralStore::Row& row, const OwnEvent& event);
    void compare(const CentralStore::Kept& kept);
    void fault_missing(const std::string& said, Place place);

    CentralStore& store_;
    std::set<Epoch> known_;
    RangeCheck::Fault fault_;
    std::string source_;
    std::map<std::string, Place> said_;   ///< As a row of a table says it: by which event
    std::set<std::string> optional_;      ///< The same of what need not have become a row
    std::set<Place> erasing_;             ///< Events that have content erased: the copies' rows name them, too
    std::map<std::string, Place> named_;  ///< Events that `quarantined` events name: one row each
};

}  // namespace tillpost
