// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

/// `tillpost reprocess`: the daemon maps what it holds again by its present configuration, slice by slice.
namespace tillpost::cli {

struct ReprocessOptions {
    std::string socket;
    bool json = false;
    bool verbose = false;
    bool dry_run = false;
    std::string reason;
    std::string actor;
    std::uint64_t from = 0, to = 0;
    std::string from_date, to_date;
    std::string type;
    std::string rule;
};

/// Gives the exit code (commands.hpp): ok; wrong_usage; some_refused for what the daemon refuses;
/// no_daemon.
int reprocess(const std::string& socket, ReprocessOptions options);

}  // namespace tillpost::cli
