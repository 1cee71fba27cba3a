// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "platform/error.hpp"

namespace tillpost {

/// For the end of a command: all that it printed, by std::cout or by <cstdio>, has reached standard output. Otherwise
/// the Error says so: who reads a file on a full disk must not take a part for the whole.
Result<void> flush_standard_output();

}  // namespace tillpost
