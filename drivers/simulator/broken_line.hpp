// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "drivers/simulator/random.hpp"

namespace tillpost::simulator {

/// Breaks a whole transaction line in one of the ways POS software does it: cut off, not UTF-8, a name twice, no
/// number. The result is never a record that could be accepted, and has no line break.
std::string break_line(Random& random, std::string line);

}  // namespace tillpost::simulator
