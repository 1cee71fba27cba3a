// SPDX-License-Identifier: Apache-2.0
// From what was noted to spans that fill the trading hours, and to the event's data.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/day/coverage.hpp"

namespace tillpost::day {
namespace {

using nlohmann::ordered_json;

constexpr std::array<std::string_view, 5> heard_names{"heard", "silent", "unconnected", "down", "unknown"};

std::size_t index_of(Heard heard) { return static_cast<std::size_t>(heard); }

}  // namespace

std::string_view name_of(Heard heard) { return heard_names[index_of(heard)]; }

/// Goes through the hours from one moment at which something changes to the next.
class Coverage::Sweep {
public:
    Sweep(const Coverage& coverage, const Ear& ear, CoverageOfDay& found)
        : coverage_(coverage), ear_(ear), found_(found) {}

    void over(const Trading& hours) {
        hours_ = hours;
        moments_ = {hours.from, hours.to};
        for (const Stretch& each : ear_.stretches) note({each.from, each.to});
        for (const Absence& each : coverage_.absences_) note({each.from, each.to});
        for (const Change& each : coverage_.changes_) note({each.at});
        note({coverage_.began_, ear_.since, ear_.cut.value_or(coverage_.began_)});
        std::sort(moments_.begin(), moments_.end());
        fresh_ = true;
        for (std::size_t i = 0; i + 1 < moments_.size(); ++i) {
            if (moments_[i] == moments_[i + 1]) continue;
            fresh_ = fresh_ || is_one_record(moments_[i]);
            add(moments_[i], moments_[i + 1], what_at(moments_[i]));
        }
    }

private:
    void note(std::initializer_list<WallTime> moments) {
        for (const WallTime& moment : moments) {
            if (moment > hours_.from && moment < hours_.to) moments_.push_back(moment);
        }
    }
    void add(WallTime from, WallTime to, Heard what) {
        found_.sums[index_of(what)] += to - from;
        if (!fresh_ && last_.what == what) {
            last_.to = to;
            if (found_.left_out == 0) found_.spans.back().to = to;
            return;
        }
        fresh_ = false;
        last_ = {from, to, what};
        if (found_.spans.size() < most_spans)
            found_.spans.push_back(last_);
        else
            ++found_.left_out;
    }
    Heard what_at(WallTime time) const {
        if (time < coverage_.began_ || time < ear_.since || (ear_.cut && time >= *ear_.cut)) return Heard::unknown;
        Heard what = is_silent(time) ? (is_connected(time) ? Heard::silent : Heard::unconnected) : Heard::heard;
        for (const Absence& each : coverage_.absences_) {
            if (time >= each.from && time < each.to) what = std::max(what, each.unknown ? Heard::unknown : Heard::down);
        }
        return what;
    }
    /// Within a pause between stretches, or the hours' edges, that is as long as silence is.
    bool is_silent(WallTime time) const {
        const auto next = std::upper_bound(ear_.stretches.begin(), ear_.stretches.end(), time,
                                           [](WallTime at, const Stretch& each) { return at < each.from; });
        const bool inside = next != ear_.stretches.begin() && time < std::prev(next)->to;
        if (inside) return false;
        WallTime from = std::max({hours_.from, coverage_.began_, ear_.since});
        WallTime to = hours_.to;
        if (next != ear_.stretches.begin()) from = std::max(from, std::prev(next)->to);
        if (next != ear_.stretches.end()) to = std::min(to, next->from);
        return to - from - coverage_.jumped(from, to) >= coverage_.silence_;
    }
    /// Between two silences there was one.
    bool is_one_record(WallTime time) const {
        const auto at = std::lower_bound(ear_.stretches.begin(), ear_.stretches.end(), time,
                                         [](const Stretch& each, WallTime from) { return each.from < from; });
        return at != ear_.stretches.end() && at->from == time && at->to == time;
    }
    bool is_connected(WallTime time) const {
        const auto next = std::upper_bound(coverage_.changes_.begin(), coverage_.changes_.end(), time,
                                           [](WallTime at, const Change& each) { return at < each.at; });
        return next == coverage_.changes_.begin() || std::prev(next)->connected;
    }

    const Coverage& coverage_;
    const Ear& ear_;
    CoverageOfDay& found_;
    Trading hours_{};
    std::vector<WallTime> moments_;
    HeardSpan last_{};
    bool fresh_ = true;  ///< The next span does not go on with the last one.
};

CoverageOfDay Coverage::of(const std::string& till, const std::string& business_date, WallTime now) const {
    CoverageOfDay found;
    const auto ear = ears_.find(till);
    if (ear == ears_.end()) return found;
    found.hours = trading_of(business_date, ends_at_, hours_);
    found.upto = std::min(now, begin_of(date_after(business_date, 1), ends_at_));
    Sweep sweep(*this, ear->second, found);
    for (Trading hours : found.hours) {
        hours.to = std::min(hours.to, found.upto);
        if (hours.from < hours.to) sweep.over(hours);
    }
    return found;
}

std::string coverage_data(const std::string& feed, const std::string& till, const std::string& business_date,
                          std::string_view cause, const CoverageOfDay& coverage) {
    ordered_json data{{"device", feed}};
    if (!till.empty()) data["till"] = till;
    data["business_date"] = business_date;
    data["cause"] = cause;
    data["upto"] = rfc3339(coverage.upto);
    data["hours"] = ordered_json::array();
    for (const Trading& each : coverage.hours)
        data["hours"].push_back({{"from", rfc3339(each.from)}, {"to", rfc3339(each.to)}});
    data["spans"] = ordered_json::array();
    for (const HeardSpan& each : coverage.spans)
        data["spans"].push_back(
            {{"from", rfc3339(each.from)}, {"to", rfc3339(each.to)}, {"state", name_of(each.what)}});
    data["left_out"] = coverage.left_out;
    for (std::size_t i = 0; i < heard_names.size(); ++i) {
        data["seconds"][std::string(heard_names[i])] = coverage.sums[i].count() / 1000;
    }
    return data.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tillpost::day
