// SPDX-License-Identifier: Apache-2.0
#include "platform/standard_output.hpp"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <string>

namespace tillpost {

Result<void> flush_standard_output() {
    errno = 0;
    std::cout.flush();
    const bool flushed = std::fflush(stdout) == 0;
    if (flushed && std::cout.good() && std::ferror(stdout) == 0) return {};
    const std::string step = "not all of the output was written";
    if (errno != 0) return system_error("write to standard output", errno).with_context(step);
    return Error{Errc::io, step + ": standard output is full or closed"};  // an earlier write: its number is gone
}

}  // namespace tillpost
