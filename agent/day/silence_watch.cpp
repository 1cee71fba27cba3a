// SPDX-License-Identifier: Apache-2.0
#include "agent/day/silence_watch.hpp"

#include <algorithm>

#include "agent/day/calendar.hpp"

namespace tillpost::day {

SilenceWatch::SilenceWatch(const DaySettings& settings, WallTime start)
    : hours_(settings.hours), after_(settings.silence), start_(start) {
    ears_[""] = {start, std::nullopt};
    for (const std::string& till : settings.tills) ears_[till] = {start, std::nullopt};
}

void SilenceWatch::heard(const std::string& till, WallTime now) {
    for (const std::string& name : {std::string(), till}) {
        const auto found = ears_.find(name);
        if (found != ears_.end()) found->second.heard = now;
    }
}

void SilenceWatch::clock_set(Millis by) {
    start_ += by;
    for (auto& [till, ear] : ears_) {
        ear.heard += by;
        if (ear.told) *ear.told += by;
    }
}

WallTime SilenceWatch::since(const Ear& ear, WallTime hours_from) const {
    return std::max({ear.heard, hours_from, start_});
}

std::vector<SilenceWatch::Silent> SilenceWatch::silent(WallTime now) {
    std::vector<Silent> found;
    const auto trading = trading_at(now, hours_);
    if (!trading || now < trading->from) return found;
    bool whole_feed = false;
    for (auto& [till, ear] : ears_) {  // the feed itself comes first
        const WallTime begun = since(ear, trading->from);
        if (now - begun < after_) continue;
        if (till.empty()) whole_feed = true;
        if (ear.told == begun || (whole_feed && !till.empty())) continue;
        ear.told = begun;
        found.push_back({till, begun});
    }
    return found;
}

std::optional<WallTime> SilenceWatch::next(WallTime now) const {
    const auto trading = trading_at(now, hours_);
    if (!trading) return std::nullopt;
    if (now < trading->from) return trading->from + after_;
    std::optional<WallTime> first;
    for (const auto& [till, ear] : ears_) {
        const WallTime due = since(ear, trading->from) + after_;
        if (due > now && (!first || due < *first)) first = due;
    }
    const WallTime end = trading->to + Millis(1);
    return first && *first < end ? *first : end;
}

}  // namespace tillpost::day
