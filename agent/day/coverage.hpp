// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/day/calendar.hpp"
#include "agent/day/settings.hpp"

namespace tillpost::day {

/// What is known of a moment within trading hours. Where several hold, the last one of these counts.
enum class Heard : std::uint8_t {
    heard,        ///< Records came, with no pause as long as `feed/silence_min`.
    silent,       ///< Nothing came for that long, though a POS was connected.
    unconnected,  ///< … and none was connected.
    down,         ///< The agent was not there.
    unknown       ///< Nobody can say: before it began to count, while the clock jumped, beyond a bound.
};
std::string_view name_of(Heard heard);

struct HeardSpan {
    WallTime from, to;
    Heard what = Heard::heard;
    friend bool operator==(const HeardSpan&, const HeardSpan&) = default;
};

/// A feed, or one of its tills, through the trading hours of a business date.
struct CoverageOfDay {
    WallTime upto;                    ///< Of what comes later nothing is said.
    std::vector<Trading> hours;       ///< All of that date
    std::vector<HeardSpan> spans;     ///< In order; they fill the hours up to `upto`, but for those left out.
    std::size_t left_out = 0;         ///< Spans behind the last one of the list
    std::array<Millis, 5> sums = {};  ///< By Heard; of those left out, too
};

/// [complete-1] When a feed and its tills were heard, so that an outage is never mistaken for no demand. Pure but for
/// the time zone, and bounded: what finds no place is `unknown` from there on, never silent.
///
/// By the time at which records came, not by the one at which they say that they happened. Keeps the newest
/// `most_days` business dates.
class Coverage {
public:
    static constexpr int most_days = 14;
    static constexpr std::size_t most_stretches = 1'024;  ///< Of the feed and all tills together
    static constexpr std::size_t most_absences = 128;
    static constexpr std::size_t most_changes = 256;
    static constexpr std::size_t most_spans = 128;  ///< In one CoverageOfDay

    explicit Coverage(const DaySettings& settings);

    /// Nothing is known of what was before.
    void begin(WallTime now);
    /// Something came of that till ("" if none is named).
    void heard(std::string_view till, WallTime at);
    /// Whether any POS is connected, from now on.
    void connected(bool any, WallTime at);
    /// The agent was not there.
    void away(WallTime from, WallTime to);
    /// The wall clock was set.
    void clock_set(WallTime from, WallTime to);

    /// Is it a till whose coverage is told for itself?
    bool is_listed(const std::string& till) const { return ears_.contains(till); }
    /// "" for the feed, and the tills.
    std::vector<std::string> listed() const;
    /// What is known of a date; without trading hours there are no spans.
    CoverageOfDay of(const std::string& till, const std::string& business_date, WallTime now) const;

    /// Business dates that are over and were not told of, at most most_days.
    std::vector<std::string> due(WallTime now) const;
    const std::string& told_upto() const { return told_upto_; }
    void told(const std::string& business_date);
    /// It could not be recorded.
    void untold(const std::string& told_upto) { told_upto_ = told_upto; }

    /// One line, and back. Of what is listed for the first time nothing is known before `now`.
    std::string state() const;
    void restore(const std::string& text, WallTime now);

private:
    struct Stretch {
        WallTime from, to;
    };
    struct Absence {
        WallTime from, to;
        bool unknown = false;
    };
    struct Change {
        WallTime at;
        bool connected = false;
    };
    struct Ear {
        std::vector<Stretch> stretches;  ///< In order, with pauses between them
        std::optional<WallTime> cut;     ///< From here on nothing found a place.
        WallTime since{};                ///< Before, nothing is known of it.
    };
    class Sweep;

    void heard(Ear& ear, WallTime at);
    void forget_told();
    void add_absence(const Absence& absence);
    Millis jumped(WallTime from, WallTime to) const;
    void forget_before(WallTime time);

    std::vector<TradingHours> hours_;
    Millis silence_;
    std::chrono::minutes ends_at_;
    std::map<std::string, Ear, std::less<>> ears_;  ///< "" for the feed
    std::size_t stretches_ = 0;                     ///< Of all ears
    std::vector<Absence> absences_;                 ///< By `from`
    std::vector<Change> changes_;                   ///< By `at`
    bool changes_full_ = false;                     ///< From the last change on anything may have been connected.
    WallTime began_{};
    std::string told_upto_;
};

/// The data of a `coverage` event: one line of JSON (config/schemas/coverage.v1.json).
std::string coverage_data(const std::string& feed, const std::string& till, const std::string& business_date,
                          std::string_view cause, const CoverageOfDay& coverage);

}  // namespace tillpost::day
