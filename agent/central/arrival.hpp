// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/central/store.hpp"

namespace tillpost {

/// The delivery being taken, and what is said about the batch as a whole.
struct CentralStore::Arrival {
    std::string source;
    AgentState* agent = nullptr;
    Committed::Touched* touched = nullptr;
    Committed* committed = nullptr;
    std::int64_t now = 0;
    bool want_taken = false;
};

}  // namespace tillpost
