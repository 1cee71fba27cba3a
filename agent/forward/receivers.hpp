// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <optional>
#include <string>

#include "platform/clock.hpp"

namespace tillpost {

/// What is wrong with receipts, for people. Pure; times are arguments.
///
/// What the receiver whose receipts count says wrongly is told until it sends one that is right. That another one
/// answers is told until a hello has gone unanswered by others: good receipts come between its own.
class ReceiptAlarms {
public:
    void wrong(std::string text, WallTime now);
    void right() { wrong_.reset(); }
    void another(std::string text, WallTime now);
    /// True if that ends an alarm.
    bool hello_sent();

    /// "" if there is nothing to tell.
    std::string text() const;
    /// When the newest of it came.
    std::optional<WallTime> at() const;

private:
    struct Alarm {
        std::string text;
        WallTime at;
    };
    std::optional<Alarm> wrong_;
    std::optional<Alarm> another_;
    bool heard_ = false;  ///< another(), since the last hello
};

/// Which process of the receiver answers. A run is born with each start, so one that comes back was never gone: two
/// processes share one id. Pure.
class ReceiverRuns {
public:
    enum class Seen {
        same,     ///< Or the first one at all
        another,  ///< It was started anew: what it said before no longer counts.
        back      ///< One that another had followed
    };
    Seen heard(const std::string& run);

private:
    static constexpr std::size_t most_former = 8;
    std::optional<std::string> present_;
    std::deque<std::string> former_;  ///< The newest few
};

}  // namespace tillpost
