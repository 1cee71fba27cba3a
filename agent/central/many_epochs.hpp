// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/central/store.hpp"

namespace tillpost {

/// From so many epochs of an agent on it is said that there is an end, while its name can still be changed.
constexpr std::size_t many_epochs = CentralStore::most_epochs * 7 / 8;

inline bool has_many_epochs(const CentralStore::AgentRow& row) {
    return row.epochs >= static_cast<std::int64_t>(many_epochs);
}

/// What that means, and what to do, for people.
inline std::string about_many_epochs(const std::string& source, std::size_t epochs) {
    const bool full = epochs >= CentralStore::most_epochs;
    return source + " has " + std::to_string(epochs) + " epochs here, and no more than " +
           std::to_string(CentralStore::most_epochs) + " are kept track of: " +
           (full ? "nothing of a further one is taken, and the agent keeps it"
                 : "nothing of those beyond them will be taken") +
           ". Find out what begins them so often (an image that is restored again and again, two boxes of one name, a "
           "test). Then change the box's agent/node: its journal goes on under that, if nothing waits in it; else the "
           "new "
           "name needs a journal/path of its own";
}

}  // namespace tillpost
