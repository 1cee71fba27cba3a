// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/event/redaction/settings.hpp"

namespace tillpost {

/// Which members that name people travel as the POS sends them, and what to configure; "" if the configuration says of
/// each what is done, be it "keep". Pure.
std::string people_as_sent(const PrivacySettings& settings);

}  // namespace tillpost
