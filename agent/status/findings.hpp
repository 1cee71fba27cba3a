// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "agent/status/status.hpp"

namespace tillpost {

/// The health model: what is wrong, in the words of a shop, and what to do about it. Pure.
struct Notice {
    enum class Level {
        waits,      ///< Safe here, and not at central yet: nothing to do.
        attention,  ///< What is recorded is safe; somebody should look.
        alarm       ///< Nothing is recorded.
    };
    Level level = Level::attention;
    std::string what;
    std::string to_do;
};

/// The worst first; none: all is well.
std::vector<Notice> findings(const Status& status);

/// What to do where the storage is not "ok".
std::string storage_advice(const Status& status);

/// What to do about a receipt that is wrong.
std::string receipt_advice();

/// What to do about dates that nobody can believe, and about more tills than a machine has days for.
std::string unbelieved_advice();
std::string crowded_out_advice();

/// Events are taken and made safe. Being offline is no fault: that is what the journal is for.
bool takes_events(const Status& status);

}  // namespace tillpost
