// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/event/severities.hpp"

/// What is compared at capture, in which types, and what comes of it by a configuration. Pure.
namespace tillpost::cli {

/// A few lines each rule, for people.
std::string rules_text(const Severities& severities);
/// One object a line.
std::string rules_json(const Severities& severities);

}  // namespace tillpost::cli
