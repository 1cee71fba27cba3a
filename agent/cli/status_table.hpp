// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/status/status.hpp"

namespace tillpost::cli {

/// The status in the words of a store, one fact a line. Pure; harmless for a terminal.
std::string status_table(const Status& status);

}  // namespace tillpost::cli
