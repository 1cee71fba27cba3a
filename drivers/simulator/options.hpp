// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "drivers/simulator/connection.hpp"
#include "drivers/simulator/store.hpp"

namespace tillpost::simulator {

/// What tillpost-sim was asked to do.
struct Options {
    Target target;
    std::string scanner_link;  ///< "" for no scanner
    double scan_rate = 2;      ///< Scans a second
    PlaySettings play;
    double rate = 10;                                      ///< Lines a second; 0: as fast as they are answered
    std::size_t in_flight = 64;                            ///< Lines without an answer, 1 … 4096
    std::optional<std::uint64_t> events;                   ///< Ends after that many lines …
    std::optional<std::chrono::duration<double>> seconds;  ///< … or after that time; neither: at a signal.
    std::chrono::duration<double> give_up{60};             ///< Without any progress
    std::string told_file;                                 ///< "" for none
    std::string stats_file;                                ///< "" for none
    bool json = false;
};

/// Options, or the code to exit with: everything has been said (help, version, a wrong argument).
struct Parsed {
    std::optional<Options> options;
    int exit_code = 0;
};
Parsed parse_options(int count, const char* const* arguments);

}  // namespace tillpost::simulator
