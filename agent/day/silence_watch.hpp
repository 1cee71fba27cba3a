// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/day/settings.hpp"

namespace tillpost::day {

/// Notices a feed, or one of its tills, that says nothing while it should. Pure but for the time zone.
///
/// Silence counts within trading hours only, from the last record, the hours' beginning or the agent's start, whichever
/// is latest. It is told once, until something comes again or the next hours begin.
class SilenceWatch {
public:
    SilenceWatch(const DaySettings& settings, WallTime start);

    /// Something came of that till ("" if none is named).
    void heard(const std::string& till, WallTime now);

    /// The wall clock was set by so much: what was heard before is no longer or shorter ago for that.
    void clock_set(Millis by);

    struct Silent {
        std::string till;  ///< "" for the whole feed
        WallTime since;
    };
    /// Who has been silent for too long, and was not told yet. While the whole feed is silent its tills are not told.
    std::vector<Silent> silent(WallTime now);
    /// When to ask next, nullopt without trading hours.
    std::optional<WallTime> next(WallTime now) const;

private:
    struct Ear {
        WallTime heard;
        std::optional<WallTime> told;  ///< The silence that was told began then.
    };
    WallTime since(const Ear& ear, WallTime hours_from) const;

    std::vector<TradingHours> hours_;
    Millis after_;
    WallTime start_;
    std::map<std::string, Ear> ears_;  ///< "" for the feed
};

}  // namespace tillpost::day
