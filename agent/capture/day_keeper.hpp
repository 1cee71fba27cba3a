// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/capture/day_history.hpp"
#include "agent/day/settings.hpp"
#include "agent/day/silence_watch.hpp"
#include "agent/journal/journal.hpp"
#include "platform/log_limit.hpp"
#include "platform/wake.hpp"

namespace tillpost {

/// [complete-1] Keeps the book of the business days beside the journal, and has certificates recorded: at a till's
/// closing, at the day's end, a quiet minute after late events and after what comes behind a complete day, and with the
/// last decision on quarantine; and beside it when the feed was heard within its trading hours: `silence` at once,
/// `coverage` at a till's closing and at the day's end. Loop thread only.
///
/// A certificate is recorded in one transaction with the ledgers as they are then; what is recorded behind them is read
/// again at a start. So a certificate never says more than the journal holds, and none is forgotten.
class DayKeeper {
public:
    /// Records an event and the days beside it; done says whether that was durable.
    using Record = std::function<void(Event, std::shared_ptr<const KeptDays>, std::function<void(bool)> done)>;

    DayKeeper(const asio::any_io_executor& loop, Journal& journal, const Clock& clock, DaySettings settings,
              Record record, Intake::Settings intake = {});

    /// Business days have ended, and what is to be said of them is recorded: the chain is to be sealed. At a start,
    /// too, if one ended since the last seal.
    void set_on_ended(std::function<void()> on_ended) { on_ended_ = std::move(on_ended); }
    /// For the start: what was kept, and what was recorded behind that. Blocks.
    Result<void> load();
    /// Issues what is due, at its time; run it as a task.
    asio::awaitable<void> run();

    /// The clock may have been set: what is due is looked at anew.
    void look_now() { wake_.notify(); }

    /// Before it is recorded.
    bool is_late(const Event& event) const { return event.day != nullptr && book_.is_late(*event.day); }
    /// It is recorded, for the first time.
    void recorded(const Event& event, const Recorded& place);
    /// It is in quarantine, for the first time; of `event` what the record says of its till's day.
    void quarantined(const Event& event, const Recorded& place);
    /// A person has decided on it, as the event at `told` says.
    void decided(const QuarantineRecord& record, bool discarded, const Recorded& told);
    /// It was in quarantine before, in a journal that is damaged now.
    void waits(const QuarantineRecord& record);
    /// It is recorded, and was before, in a journal that is damaged now.
    void salvaged(const HeldEvent& held);
    /// A device has handed over something, known or not.
    void heard(const std::string& device, const Event& event);
    /// Whether a POS is connected to the device.
    void connected(const std::string& device, bool any);
    /// Before a stop in good order.
    void keep();

    /// For `tillpost day`: JSON with the certificates of a date ("" for the newest) and till ("" for all) as they would
    /// be now, at most some 200 KB.
    std::string answer(const std::string& date, const std::string& till) const;
    const day::DayBook& book() const { return book_; }
    /// Tills that had a business day within the newest two weeks.
    std::vector<std::string> tills_heard() const;

private:
    void record(Event event, std::shared_ptr<const KeptDays> kept, std::function<void(bool)> done);
    void tell_ended();
    void tell_today();
    void warn_of_no_day(const Event& event, const std::string& id);
    void issue(const std::vector<day::DayBook::Due>& all, std::string_view cause);
    void late_now();
    void note(const Recorded& place);
    void keep_if_due();
    day::HeldRecord held_record(const QuarantineRecord& record) const;
    void issue_one(const day::DayBook::Due& due, std::string_view cause);
    void look();
    void tell_silence();
    void tell_coverage();
    void record_coverage(const std::string& till, const std::string& date, std::string_view cause,
                         std::shared_ptr<const KeptDays> kept = nullptr, std::function<void(bool)> done = {});
    day::Circumstances circumstances(const day::DayLedger& ledger, std::string_view cause) const;
    std::string listed(const std::string& till) const { return coverage_.is_listed(till) ? till : std::string(); }
    std::vector<std::string> unreported(const std::string& date, const std::string& till) const;
    std::string coverage_answer(const std::string& date, const std::string& till) const;
    WallTime note_clock();
    void try_again();
    SteadyTime next_sign_of_life() const;
    void note_absence(WallTime now);
    SteadyTime next_look() const;
    std::shared_ptr<const KeptDays> changes();

    Journal& journal_;
    const Clock& clock_;
    DaySettings settings_;
    Record record_;
    DayHistory history_;
    day::DayBook& book_ = history_.book;
    day::Coverage& coverage_ = history_.coverage;
    day::SilenceWatch silence_;
    std::optional<WallTime> silence_due_;  ///< When it is asked next
    std::set<std::string> told_silent_;    ///< Tills, "" for the feed, of which nothing came since that was told
    Millis wall_to_boot_;                  ///< As it was last: another one means that the clock was set.
    std::uint64_t unkept_ = 0;             ///< Events since the book was written …
    std::uint64_t unkept_bytes_ = 0;       ///< … and their bodies
    bool is_new_ = false;                  ///< Nothing was kept before this start.
    std::function<void()> on_ended_;
    bool ended_ = false;         ///< A day has ended, and on_ended_ was not called yet.
    std::size_t recording_ = 0;  ///< Events on their way into the journal
    std::optional<SteadyTime> first_late_, last_late_;
    std::optional<SteadyTime> again_at_;                          ///< Something could not be recorded.
    SteadyTime sign_of_life_ = std::chrono::steady_clock::now();  ///< When the journal got the last one.
    LogLimit no_day_limit_;
    Wake wake_;
};

/// "till Z on 2062-01-01, till T1 of store 99 on 2062-01-02 and others"; "" for none.
std::string days_named(const day::DayBook::Beyond& beyond);

}  // namespace tillpost
