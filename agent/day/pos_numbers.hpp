// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/day/number_ranges.hpp"

/// The numbers that a POS gives its records. Pure.
namespace tillpost::day {

/// "4711" or "T1-004711": what stands before the digits at the end, their value, and their width if they begin with 0.
struct PosNumber {
    std::string prefix;
    std::uint64_t value = 0;
    std::size_t width = 0;

    /// nullopt without one to 18 digits at the end, or if redaction has cut others before them.
    static std::optional<PosNumber> parse(std::string_view text);
};

/// The numbers seen of one till and day, as ranges, and what is missing between the first and the last of each series.
/// A series has one prefix, and no gap that is as large as series are apart (agent/event/number_series.hpp), but where
/// a closing says that the numbers between are the day's. One that turns (9998, 9999, 1, 2) is one series. Bounded:
/// what finds no place is counted, never taken for seen.
///
/// A turn is known by a closing whose first number is above its last one; by a 1 (or 0) that comes directly behind 999,
/// 9999 …; and by both ends, where they are as far apart as series are. Of three digits that came in another order, and
/// without such a closing, it is not: nothing tells such a turn from 900 lost records.
class PosNumbers {
public:
    static constexpr std::size_t most_series = 8;     ///< Prefixes
    static constexpr std::size_t most_ranges = 1024;  ///< Of one prefix
    static constexpr std::size_t most_digits = most_number_digits;
    static constexpr std::size_t most_said = 64;  ///< … of those that closings say

    enum class Added { fresh, repeated, unplaced };
    Added add(std::string_view number);

    /// The POS says that the day has these, and all between them; "" for one that it does not say. Where the first is
    /// above the last, and what was seen does not speak against it, the series turns between them; else it has all
    /// from the last to the first.
    void expect(std::string_view first, std::string_view last);
    /// What it has said with expect() and name_missing() is not so.
    void forget_expected();
    /// The POS says that it misses the number itself.
    void name_missing(std::string_view number);
    /// A person has discarded the record that had it.
    void name_discarded(std::string_view number);
    /// As if nobody had said it: what should be in no record. Seen, it is one that found no place. One that others
    /// before and behind it tell all the same stays: it is a number of their series.
    void forget(std::string_view number);
    bool has(std::string_view number) const;
    /// Of one of the series, and not above its last number that was seen or expected.
    bool covers(std::string_view number) const;

    /// Who says why a number is not there; a person's word goes before the POS's.
    enum class Named { by_nobody, by_pos, discarded };
    struct Gap {
        std::string from, to;  ///< As the POS would write them
        std::uint64_t count = 0;
        Named named = Named::by_nobody;
        friend bool operator==(const Gap&, const Gap&) = default;
    };
    /// A series, as the POS would write it.
    struct Run {
        std::string first, last;
        std::string turns_after, goes_on_at;  ///< "9999" and "1"; "" if it does not turn
        std::uint64_t seen = 0, missing = 0;  ///< missing: named by nobody
        friend bool operator==(const Run&, const Run&) = default;
    };
    /// By prefix and number, at most `most`.
    std::vector<Run> runs(std::size_t most) const;
    /// In order, at most `most`.
    std::vector<Gap> gaps(std::size_t most) const;
    /// Numbers that are missing, so named, whether they are listed in gaps() or not.
    std::uint64_t missing(Named named = Named::by_nobody) const;
    /// Of the series of which the most numbers were seen; "" if there is none.
    std::string first() const;
    std::string last() const;
    /// How many series there are.
    std::size_t series() const;
    std::uint64_t seen() const;
    std::uint64_t unplaced() const { return unplaced_; }
    struct Within {
        std::uint64_t seen = 0;
        std::uint64_t named = 0;  ///< Not seen, and the POS or a person says why
    };
    /// From first to last, over the turn if the first is above the last; nullopt if they are not of one series.
    std::optional<Within> between(std::string_view first, std::string_view last) const;

    /// One line of plain text, and back; nullopt for a text that is none.
    std::string state() const;
    static std::optional<PosNumbers> from_state(std::string_view text);
    friend bool operator==(const PosNumbers&, const PosNumbers&) = default;

private:
    using Ranges = NumberRanges;
    struct Prefix {
        Ranges seen;
        Ranges named;                                                   ///< By the POS
        Ranges discarded;                                               ///< By a person
        Ranges said;                                                    ///< By closings: seen or not, the day has them.
        std::optional<std::pair<std::uint64_t, std::uint64_t>> turn{};  ///< A number before it, and one behind it
        std::optional<std::uint64_t> newest{};                          ///< The number that came last
        std::size_t width = 0;
        friend bool operator==(const Prefix&, const Prefix&) = default;
    };
    struct Series {
        /// First and last: one, or the part before the turn and the one behind it.
        std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
        std::uint64_t seen = 0;  ///< How many of them
        std::uint64_t first() const { return parts.front().first; }
        std::uint64_t last() const { return parts.back().second; }
        bool turns() const { return parts.size() > 1; }
    };
    struct Turn {
        std::uint64_t top = 0, bottom = 0;  ///< Behind the one comes the other.
    };

    static Added insert(Ranges& ranges, std::uint64_t value);
    static void say(Ranges& said, std::uint64_t first, std::uint64_t last);
    static std::pair<Named, std::uint64_t> named_from(const Prefix& of, std::uint64_t from, std::uint64_t to);
    static std::string text(const std::string& prefix, const Prefix& of, std::uint64_t value);
    static bool turns_at(const Prefix& of, std::uint64_t value);
    static bool is_turn_said(const Prefix& of);
    static bool is_clear_between(const Prefix& of, std::uint64_t first, std::uint64_t last);
    static bool speaks_for_turn(const Prefix& of);
    static std::optional<Turn> turn_of(const Prefix& of);
    static std::vector<Series> series_of(const Prefix& of);
    static void join_turned(std::vector<Series>& found, std::size_t width, std::uint64_t cut);
    Prefix* prefix_of(const PosNumber& number);
    /// Calls with the text before the digits, its numbers, and each of its series.
    template <class Call>
    void each_series(Call call) const;
    template <class Call>
    static void each_gap_of(const Prefix& of, const Series& series, Call call);
    std::string end_of_largest(bool first) const;
    template <class Call>
    void each_gap(Call call) const;

    std::map<std::string, Prefix> prefixes_;
    std::uint64_t unplaced_ = 0;
};

}  // namespace tillpost::day
