// SPDX-License-Identifier: Apache-2.0
#include "platform/stop_signals.hpp"

#include <csignal>
#include <cstring>
#include <utility>

#include "platform/log.hpp"

namespace tillpost {

StopSignals::StopSignals(const asio::any_io_executor& loop) : signals_(loop) {
    for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM}) signals_.add(each);
}

void StopSignals::on_stop(std::function<void(const std::string&)> stop) {
    stop_ = std::move(stop);
    wait();
}

void StopSignals::wait() {
    signals_.async_wait([this](const boost::system::error_code& cancelled, int signal) {
        if (cancelled) return;
        const std::string name = ::strsignal(signal);
        if (signal == SIGTERM || signal == SIGINT) return stop_(name);
        auto line = [name](std::uint64_t times) {
            log::warn("a signal is ignored: nothing is reloaded while it runs",
                      {{"signal", name},
                       {"times", times},
                       {"what_to_do", "restart it to apply another configuration; SIGTERM stops it in good order"}});
        };
        ignored_said_.say(std::chrono::steady_clock::now(), std::move(line));
        wait();
    });
}

void StopSignals::cancel() { signals_.cancel(); }

}  // namespace tillpost
