// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>

#include "agent/cli/send_ledger.hpp"
#include "platform/error.hpp"

/// The commands of `tillpost`. Each gives the exit code; results go to standard output, what went wrong to standard
/// error.
namespace tillpost::cli {

constexpr int ok = 0;
constexpr int some_refused = 1;
constexpr int no_daemon = 2;  ///< Not running, not reachable, not allowed, or lost on the way.
constexpr int some_quarantined = 3;
constexpr int no_output = 74;    ///< EX_IOERR, sysexits(3): what was printed did not reach standard output.
constexpr int wrong_usage = 64;  ///< EX_USAGE, sysexits(3)

int show_status(const std::string& socket, bool json);
struct DayOptions {
    std::string date;  ///< "" for the newest
    std::string till;  ///< "" for all
    bool json = false;
};
/// 0: every till's day is complete; 1: one is not, or there is none.
int show_day(const std::string& socket, const DayOptions& options);
/// Until interrupted, or until the daemon stops.
int tail(const std::string& socket, bool json);
/// Standard input to the feed socket, line by line; gives up when no answer comes for so long.
int send(const std::string& feed, SendOutput output, std::chrono::seconds give_up);

/// The daemon's answer to one request, a line each; Errc::rejected, with its sentence, when it refuses.
Result<std::string> ask_daemon(const std::string& socket, const std::string& request);

/// "tillpost: <what>" on standard error.
void complain(const std::string& what);

}  // namespace tillpost::cli
