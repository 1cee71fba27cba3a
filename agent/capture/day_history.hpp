// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/day/book.hpp"
#include "agent/day/coverage.hpp"
#include "agent/event/intake.hpp"
#include "agent/journal/record.hpp"
#include "agent/journal/store.hpp"

namespace tillpost {

/// [complete-1] What is known of the business days, made anew of what was kept and what was recorded behind that. No
/// I/O of its own.
///
/// Every event counts once, whatever number it has now: what a fork has moved is known by its first place, what a
/// salvage brings is new to this journal, and what a person released again was counted when it came.
class DayHistory {
public:
    explicit DayHistory(const DaySettings& settings, Intake::Settings intake = {})
        : coverage(settings), settings_(settings), keys_(intake.keys), intake_(std::move(intake)) {}

    static constexpr Millis jump_that_counts{30'000};  ///< Of the clock; a shorter one makes no silence.

    void restore(const KeptDays& kept, WallTime now);
    /// An event behind that, in order; tombstones, too.
    void replay(const HeldEvent& held);
    /// What salvage has brought, recorded just now; false if it belongs to no business day, or counts there already.
    /// It is late for each certificate that there is.
    bool salvaged(const HeldEvent& held);
    /// It is recorded: `quality` and `on` as the journal says. False: see DayBook::take.
    bool take(const Event& event, std::string_view quality, std::string id, const BearsOn& on);
    /// What a record in quarantine says of itself; "" for what it does not say.
    struct Said {
        std::string till, store, business_date, number;
    };
    /// As till_text() has it, by what a record says of both; "" if it names no till.
    std::string till_of(const std::string& named, const std::string& store) const;
    /// By that, and when it came.
    day::HeldRecord held_record(Said said, WallTime recorded) const;
    /// What an event said of its day and may be a card number; nullopt: it belongs to none.
    std::optional<day::DayBook::DaySaid> said_by(std::string_view body);
    /// Whether it was told of that minute.
    bool has_told(WallTime now) const { return std::chrono::floor<std::chrono::minutes>(now) == told_minute_; }
    /// What the clock shows; `sure`: it is synchronised.
    void tell_today(WallTime now, bool sure);
    /// The wall clock was set.
    void clock_set(WallTime from, WallTime to);
    /// That event is the newest one that the days speak of.
    void note(Epoch epoch, Sequence sequence);
    /// What has changed since the last call, to be kept.
    std::shared_ptr<KeptDays> changes();

    day::DayBook book;
    day::Coverage coverage;

private:
    bool is_counted(const HeldEvent& held) const;
    void set_today(WallTime now, bool sure);
    bool take(const HeldEvent& held, bool is_salvaged);
    std::optional<day::DayOriginal> read_original(const Original* original);
    void take_own(const BodyHead& head, const HeldEvent& held, bool is_salvaged);
    void take_clock_step(std::string_view data, WallTime recorded);
    void take_decision(std::string_view word, const nlohmann::json& data, const HeldEvent& held);

    DaySettings settings_;
    std::shared_ptr<const KeyRules> keys_;  ///< nullptr: of no other store anything is known.
    Intake intake_;
    std::optional<std::chrono::sys_time<std::chrono::minutes>> told_minute_;  ///< Of tell_today(), …
    std::optional<bool> told_sure_;   ///< … and whether the clock was synchronised then
    std::int64_t kept_position_ = 0;  ///< Of the newest event that the kept days speak of
    Epoch epoch_ = 0;
    Sequence upto_ = 0;
};

/// Before content is taken out of a journal whose daemon does not run: what only that content says of the business days
/// is kept, but for what of it may be a card number; and, of the dates, for what `is_card` finds.
Result<void> keep_days_of(Store& store, const DaySettings& settings, Intake::Settings intake, const Clock& clock,
                          const LeavingContents& leaving, const std::function<bool(const std::string&)>& is_card);

}  // namespace tillpost
