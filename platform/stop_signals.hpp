// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <string>

#include "platform/log_limit.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// The signals of a program that runs until it is stopped: SIGTERM and SIGINT stop it. SIGHUP (a reload elsewhere, or a
/// terminal that was closed), SIGUSR1, SIGUSR2 and SIGALRM would end it at once, undrained: they are said in the log,
/// and change nothing. Loop thread only.
class StopSignals {
public:
    explicit StopSignals(const asio::any_io_executor& loop);

    /// Calls `stop` at the first SIGTERM or SIGINT, with the signal's name. The object must outlive the loop's run, or
    /// be cancelled.
    void on_stop(std::function<void(const std::string& name)> stop);
    void cancel();

private:
    void wait();

    asio::signal_set signals_;
    std::function<void(const std::string&)> stop_;
    LogLimit ignored_said_;
};

}  // namespace tillpost
