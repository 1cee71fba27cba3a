// SPDX-License-Identifier: Apache-2.0
#include "platform/standard_output.hpp"

#include <cerrno>
#include <cstdio>
#include <iostream>

namespace tillpost {

Result<void> flush_standard_output() {
    errno = 0;
    std::cout.flush();
    const bool flushed = std::fflush(stdout) == 0;
    if (flushed && std::cout.good() && std::ferror(stdout) == 0) return {};
    const int number = errno != 0 ? errno : EIO;  // it was an earlier write that failed: its number is gone
    return system_error("write to standard output", number).with_context("not all of the output was written");
}

}  // namespace tillpost
