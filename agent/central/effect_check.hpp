// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "agent/central/store.hpp"

namespace tillpost {

/// [once-2] Looks each content up in the table of effects, as the receiver will when it comes again: by agent, time and
/// digest. A time that was changed alone is enough for it to count twice.
class EffectCheck {
public:
    explicit EffectCheck(CentralStore& store) : store_(store) {}

    Result<void> line(const CentralStore::Row& row);
    /// A sentence an agent.
    void finish(const CentralStore::OddEffect& visit);

private:
    struct Unknown {
        std::uint64_t count = 0;
        std::string first;
    };
    CentralStore& store_;
    std::map<std::string, Unknown, std::less<>> unknown_;  ///< By source
};

}  // namespace tillpost
