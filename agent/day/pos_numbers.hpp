// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The numbers that a POS gives its records. Pure.
namespace tillpost::day {

/// "4711" or "T1-004711": what stands before the digits at the end, their value, and their width if they begin with 0.
struct PosNumber {
    std::string prefix;
    std::uint64_t value = 0;
    std::size_t width = 0;

    /// nullopt without one to 18 digits at the end.
    static std::optional<PosNumber> parse(std::string_view text);
};

/// The numbers seen of one till and day, as ranges, one series for each prefix; and what is missing between the first
/// and the last of each. Bounded: what finds no place is counted, never taken for seen.
class PosNumbers {
public:
    static constexpr std::size_t most_series = 8;
    static constexpr std::size_t most_ranges = 1024;  ///< Of one series

    enum class Added { fresh, repeated, unplaced };
    Added add(std::string_view number);

    /// The POS says that the day has it: it is first or last of its series, though it may not have been seen.
    void expect(std::string_view number);
    /// The POS says that it misses the number itself.
    void name_missing(std::string_view number);
    bool has(std::string_view number) const;
    /// Not above the last number of its series that was seen or expected.
    bool covers(std::string_view number) const;

    struct Gap {
        std::string from, to;  ///< As the POS would write them
        std::uint64_t count = 0;
        bool named = false;  ///< The POS itself names it.
        friend bool operator==(const Gap&, const Gap&) = default;
    };
    /// In order, at most `most`.
    std::vector<Gap> gaps(std::size_t most) const;
    /// Numbers that are missing, whether they are named in gaps() or not.
    std::uint64_t missing() const;
    std::uint64_t named() const;
    /// Of the series with the most numbers; "" if there is none.
    std::string first() const;
    std::string last() const;
    std::uint64_t seen() const;
    std::uint64_t unplaced() const { return unplaced_; }

    /// One line of plain text, and back; nullopt for a text that is none.
    std::string state() const;
    static std::optional<PosNumbers> from_state(std::string_view text);
    friend bool operator==(const PosNumbers&, const PosNumbers&) = default;

private:
    using Ranges = std::map<std::uint64_t, std::uint64_t>;  ///< First to last, neither overlapping nor adjacent
    struct Series {
        Ranges seen;
        Ranges named;
        std::uint64_t low = 1, high = 0;  ///< Of the day, seen or expected; low > high: none yet
        std::size_t width = 0;
        friend bool operator==(const Series&, const Series&) = default;
    };

    static Added insert(Ranges& ranges, std::uint64_t value);
    static bool contains(const Ranges& ranges, std::uint64_t value);
    static void widen(Series& series, std::uint64_t value);
    static std::string text(const std::string& prefix, const Series& series, std::uint64_t value);
    Series* series_of(const PosNumber& number);
    const std::pair<const std::string, Series>* largest() const;
    template <class Call>
    void each_gap(Call call) const;

    std::map<std::string, Series> series_;
    std::uint64_t unplaced_ = 0;
};

}  // namespace tillpost::day
