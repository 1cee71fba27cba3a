// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "drivers/simulator/options.hpp"
#include "drivers/simulator/report.hpp"
#include "drivers/simulator/scanner_pty.hpp"

namespace tillpost::simulator {

/// Plays the store until it ends: one thread, one poll(2) loop.
class Player {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    /// `signals`: how often the program was asked to stop; 1: no new lines, the others get their answers; 2: at once.
    Player(const Options& options, const std::atomic<int>& signals);

    /// Ends with each line answered, or with an Error that says why not.
    Result<void> run();
    const Numbers& numbers() const { return numbers_; }

private:
    Result<void> open_files();
    Result<void> play();
    void connect(Time now);
    void disconnect(Time now);
    /// How many lines the tills have made so far.
    std::uint64_t due(Time now) const;
    bool is_over(Time now) const;
    void send(Time now);
    Played next_played();
    Result<void> receive(Time now);
    Result<void> take(std::string_view line, Time now);
    Result<void> settle(const Reply& reply, Time now);
    void refused(const Reply& reply, Time now);
    void scan(Time now);
    Result<void> report(Time now);
    Duration time_to_next(Time now) const;
    void wait(Time now);
    bool gave_up(Time now) const;
    Error given_up(Time now);
    bool told_before(const Reply& reply);
    void end_days();

    const Options& options_;
    const std::atomic<int>& signals_;
    StorePlay play_;
    Random scans_;  ///< Of its own, so that scans change nothing in the lines.
    Window window_;
    std::deque<Played> stock_;  ///< Made while there was nothing else to do.
    std::optional<Connection> connection_;
    std::unique_ptr<ScannerPty> scanner_;
    std::optional<ToldFile> told_;
    Numbers numbers_;
    std::map<std::string, std::uint64_t> told_upto_;  ///< By epoch
    std::string unreachable_;                         ///< Why there is no connection; "" while there is one

    std::uint64_t played_ = 0;           ///< Lines given to the window
    std::uint64_t made_ = 0;             ///< … or still in stock
    std::optional<std::uint64_t> last_;  ///< Once the play is over and its tills are closed: lines in all
    Time started_;
    Time progress_;  ///< The last answer that settled a line
    Time next_connect_;
    Time send_again_;  ///< After a refusal: nothing is sent before
    Time next_scan_;
    Time next_report_;
    Duration connect_delay_;
    Duration refusal_delay_;
};

}  // namespace tillpost::simulator
