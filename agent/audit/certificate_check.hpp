// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/audit/corrected_day.hpp"
#include "agent/day/ledger.hpp"
#include "agent/event/intake.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {

/// [audit-1] Whether the certificates of business days follow from the events of their tills: what the agent counted
/// them from lies beside the events, and no seal covers that.
///
/// Of a certificate nothing is said unless all events that it may count were read, in the epoch in which it stands. It
/// may count fewer than stand before it, as others came while it was made: it is held against the day as it was when it
/// had as many. Pure and bounded: days beyond the bound are not recomputed.
class CertificateCheck {
public:
    /// Lines of another epoch come. `whole`: nothing of the journal's was recorded before its first line.
    void begin(std::string_view source, bool whole);
    /// Content is not here that may be of any day up to now.
    void unknown();
    /// The next event. What is wrong, if it is a certificate that does not follow from those before it.
    std::optional<std::string> take(const Line& line);

    std::uint64_t recomputed() const { return recomputed_; }
    /// How many could not be, by the reason.
    const std::map<std::string, std::uint64_t>& not_recomputed() const { return not_recomputed_; }
    /// Of those that were: how many times the events did not suffice for what corrections have made of the sums.
    std::uint64_t corrections_open() const { return corrections_open_; }

    static constexpr std::size_t most_days = 384;  ///< Of all tills: fewer than the agent has
    static constexpr std::size_t most_waiting = 4'096;
    static constexpr std::size_t most_events = 20'000;  ///< That are kept, of all days; the oldest date gives way.
    static constexpr int unknown_days = 7;              ///< What is not here may be of business dates so much later.

private:
    using Key = std::pair<std::string, std::string>;  ///< Till, as till_text() has it, and business date
    struct Day {
        day::DayLedger ledger;  ///< As captured
        CorrectedDay corrected{};
        std::string first_recorded;
        bool is_ahead = false;  ///< An event counts that a certificate might not have counted.
        bool is_odd = false;    ///< Its date is later than the clock made believable.
    };
    /// Read, and perhaps not counted yet by a certificate that comes.
    struct Waiting {
        Key key;
        CorrectedDay::Event event;
        std::optional<std::int64_t> minute;
    };

    void note_time(const Line& line);
    void take_reissued(std::string_view data);
    void take_record(const Line& line, const BodyHead& head);
    std::optional<std::string> take_certificate(const Line& line, std::string_view data);
    /// Why the certificate cannot be recomputed; "" if it can.
    std::string_view obstacle(const Key& key, const Day* of, const nlohmann::json& said) const;
    void count_up_to(const Key& key, std::uint64_t events, std::optional<std::int64_t> minute);
    void apply(const Waiting& waiting);
    void note_other_days(const Key& key, const CorrectedDay::Event& event);
    bool give_up_others(const Key& key, const CorrectedDay::Event& event);
    void give_up_all();
    void give_up(Day& of);
    Day& oldest_with_events();
    Day* day_for(const Key& key);
    bool make_room(const Key& key);

    std::optional<Intake> intake_;
    std::map<Key, Day> days_;
    std::deque<Waiting> waiting_;
    std::string dropped_upto_;         ///< Dates up to this one have lost days.
    bool is_unknown_ = false;          ///< Content is not here, and no trusted time was read since.
    std::string unknown_upto_;         ///< … and up to that business date it may be of any day.
    std::string date_;                 ///< On which the last line was recorded …
    std::optional<std::int64_t> now_;  ///< … and its minute
    std::uint64_t copies_ = 0;         ///< So many lines were recorded before.
    bool has_other_keys_ = false;      ///< A business key is not the type's own: the configuration says what it is.
    std::size_t events_ = 0;           ///< That are kept
    std::uint64_t recomputed_ = 0;
    std::uint64_t corrections_open_ = 0;
    std::map<std::string, std::uint64_t> not_recomputed_;
};

}  // namespace tillpost
