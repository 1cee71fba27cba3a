// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "platform/error.hpp"

namespace tillpost::cli {

/// Of a damaged file SQLite's own words say little: what it is, and what saves it.
Error explained(const Error& error, const std::string& journal);

/// What was found damaged before, and is not in this journal (yet): a sentence each, with what to do.
std::vector<std::string> what_is_elsewhere(const std::string& journal);

}  // namespace tillpost::cli
