// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>

#include "drivers/simulator/player.hpp"
#include "platform/standard_output.hpp"

namespace {

std::atomic<int> signals = 0;
static_assert(std::atomic<int>::is_always_lock_free);  // a signal handler touches it

void on_signal(int) { ++signals; }

int run(const tillpost::simulator::Options& options) {
    struct sigaction action {};
    action.sa_handler = on_signal;  // without SA_RESTART: ppoll(2) returns
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    tillpost::simulator::Player player(options, signals);
    const tillpost::Result<void> played = player.run();
    const std::string summary = options.json ? player.numbers().json() : player.numbers().table();
    std::fputs(summary.c_str(), stdout);
    if (played) return 0;
    std::fprintf(stderr, "tillpost-sim: %s\n", played.error().message.c_str());
    return 1;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        const auto parsed = tillpost::simulator::parse_options(count, arguments);
        const int code = parsed.options ? run(*parsed.options) : parsed.exit_code;
        if (auto written = tillpost::flush_standard_output(); code == 0 && !written) {
            std::fprintf(stderr, "tillpost-sim: %s\n", written.error().message.c_str());
            return 1;
        }
        return code;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "tillpost-sim: %s\n", failure.what());
        return 1;
    }
}
