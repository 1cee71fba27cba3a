// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/event/intake.hpp"
#include "agent/event/settings.hpp"

namespace tillpost::test {

/// For tests of other rules: nobody asks for what only complete records say.
inline Intake::Settings of_partial_records(Intake::Settings settings = {}) {
    for (const std::string_view type : feed_types()) settings.partial.emplace(type);
    return settings;
}

}  // namespace tillpost::test
