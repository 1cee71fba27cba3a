// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/status/status.hpp"

namespace tillpost {

/// The status in Prometheus' text format 0.0.4, for /metrics. Names and meanings: README.md in this folder. Pure.
std::string metrics_text(const Status& status);

}  // namespace tillpost
