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

/// The numbers seen of one till and day, as ranges, and what is missing between the first and the last of each series.
/// A series has one prefix, and no gap that is as large as series are apart (agent/event/number_series.hpp), but where
/// a closing says that the numbers between are the day's. Bounded: what finds no place is counted, never taken for
/// seen.
class PosNumbers {
public:
    static constexpr std::size_t most_series = 8;     ///< Prefixes
    static constexpr std::size_t most_ranges = 1024;  ///< Of one prefix
    static constexpr std::size_t most_said = 64;      ///< … of those that closings say

    enum class Added { fresh, repeated, unplaced };
    Added add(std::string_view number);

    /// The POS says that the day has these, and all between them; "" for one that it does not say. Behind the turn of a
    /// series (first 9990, last 20) each is of its own.
    void expect(std::string_view first, std::string_view last);
    /// The POS says that it misses the number itself.
    void name_missing(std::string_view number);
    /// A person has discarded the record that had it.
    void name_discarded(std::string_view number);
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

    /// One line of plain text, and back; nullopt for a text that is none.
    std::string state() const;
    static std::optional<PosNumbers> from_state(std::string_view text);
    friend bool operator==(const PosNumbers&, const PosNumbers&) = default;

private:
    using Ranges = std::map<std::uint64_t, std::uint64_t>;  ///< First to last, neither overlapping nor adjacent
    struct Prefix {
        Ranges seen;
        Ranges named;      ///< By the POS
        Ranges discarded;  ///< By a person
        Ranges said;       ///< By closings: seen or not, the day has them.
        std::size_t width = 0;
        friend bool operator==(const Prefix&, const Prefix&) = default;
    };
    struct Series {
        std::uint64_t first = 0, last = 0;
        std::uint64_t seen = 0;  ///< How many of them
    };

    static Added insert(Ranges& ranges, std::uint64_t value);
    static bool contains(const Ranges& ranges, std::uint64_t value);
    static void say(Ranges& said, std::uint64_t first, std::uint64_t last);
    static std::pair<Named, std::uint64_t> named_from(const Prefix& of, std::uint64_t from, std::uint64_t to);
    static std::string text(const std::string& prefix, const Prefix& of, std::uint64_t value);
    static std::vector<Series> series_of(const Prefix& of);
    Prefix* prefix_of(const PosNumber& number);
    std::string end_of_largest(bool first) const;
    template <class Call>
    void each_gap(Call call) const;

    std::map<std::string, Prefix> prefixes_;
    std::uint64_t unplaced_ = 0;
};

}  // namespace tillpost::day
