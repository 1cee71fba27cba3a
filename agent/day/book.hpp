// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/day/certificate.hpp"
#include "agent/day/held_record.hpp"
#include "agent/day/ledger.hpp"

namespace tillpost::day {

/// All tills' newest business days, and which of them want a certificate. Pure and bounded: of each till the newest
/// `days_of_till`, of all tills together `most_ledgers`; what falls out is sealed: events of it are late for good.
///
/// Dates that nobody can believe (is_believed()) have `odd_days_of_till` of their own, and make room for all others.
/// Where all that there is are days of now, another till gets none. What has no place is counted and named.
class DayBook {
public:
    static constexpr std::size_t days_of_till = 14;
    static constexpr std::size_t odd_days_of_till = 4;
    static constexpr std::size_t most_ledgers = 512;
    static constexpr std::size_t most_held = 10'000;  ///< Records; more are counted for each day until the next start.

    using Key = std::pair<std::string, std::string>;  ///< Till, as till_text() has it, and business date

    enum class Want { closed, ended, late };
    struct Due {
        Key key;
        Want want;
        std::string caused_by{};  ///< Id of the closing
    };

    /// Which business date it is by the clock; `sure`: it is synchronised. To be told before what came then is taken;
    /// while it was never told, every date is believed.
    void set_today(const std::string& date, bool sure);
    /// Whether such a business day may be: it is not later than the day after tomorrow by the clock; or the clock is
    /// not synchronised, and the day was believed when it came, or follows closely on a day of the till that is closed.
    bool is_believed(const Key& key) const;
    /// A ledger as it was kept; those of a book must be given before anything else.
    void restore(DayLedger ledger);
    /// All are restored: a former release kept of a place that has left its ledger only what stands there now.
    void link_places();
    /// Takes what was recorded; what it takes back or replaces is taken out of its own till's day, which may be another
    /// one. False: it falls into a day that is sealed, or for which there is no room, and counts nowhere but in
    /// `sealed_events` or `beyond()`.
    bool take(const DayEvent& event);
    /// The record waits in quarantine, under that id: of its own till and business date, if the till is known and the
    /// date about that on which it came; else it may be of any till on the date on which it came.
    void hold(const std::string& id, HeldRecord record);
    /// So many more wait, beyond those that are told apart.
    void crowd(std::uint64_t more) { crowded_ += more; }
    /// A person has decided on it. The number of one that was thrown away is missing for a reason that is known.
    void decided(const std::string& id, const HeldRecord& record, bool discarded);
    /// Whether another record of the same day waits: of the till, or of any if that one's is not known.
    bool others_wait(const HeldRecord& record) const;
    /// That certificate is in the journal.
    void certified(const std::string& till, const std::string& date, const DayLedger::Certified& now);
    /// It is not, after all: the certificate could not be recorded.
    void uncertified(const Due& due);
    /// take_changes() gives it again.
    void changed_again(const Key& key) { changed_.insert(key); }
    /// What events whose content is erased said of their days. A till of which they alone told is named no more.
    struct DaySaid {
        Key key;
        std::vector<std::string> texts;  ///< That may be what is erased
        std::uint64_t events = 0;        ///< That are erased
    };
    void forget(const std::vector<DaySaid>& all);
    /// The agent was not there, on those local dates. Days that begin later, and are of one of them, have it, too.
    struct Absence {
        WallTime from, to;
        std::string first_date, last_date;
        bool touches(const std::string& date) const { return date >= first_date && date <= last_date; }
    };
    static constexpr std::size_t most_absences = 64;  ///< The newest
    void down(Absence absence);
    /// The agent began to count on that local date, with nothing before.
    void began(WallTime when, std::string date) { began_ = {when, std::move(date)}; }
    /// By a clock that is right it is that date: it cannot have begun later.
    void began_by(const std::string& date) { began_.date = std::min(began_.date, date); }
    /// Business days up to this date are over: what has changed in them, late or not, is certified now.
    void end_days(const std::string& upto);

    /// [complete-1] Whether an event is late: a certificate that its day has got speaks of its number, its day is over,
    /// or it is sealed.
    bool is_late(const DayFacts& facts) const;

    /// Closings without a certificate.
    std::vector<Due> closed() const;
    /// Days that are over, and had changed by then since their last certificate.
    std::vector<Due> ended() const;
    /// Late events that no certificate speaks of, days that one calls complete though something came behind it, and
    /// records that went to quarantine or left it since.
    std::vector<Due> late() const;

    const DayLedger* find(const std::string& till, const std::string& date) const;
    Circumstances circumstances(const DayLedger& ledger, std::string_view cause) const;
    /// Newest date, not behind `upto`, of which something is known of that till ("": of any), one that is believed if
    /// there is one; "" if none.
    std::string newest(std::string_view upto, std::string_view till = "") const;
    /// Whole days that found no room, or lost it before a certificate spoke of them.
    struct Beyond {
        static constexpr std::size_t most_named = 16;  ///< The first ones
        std::uint64_t events = 0;                      ///< Of all, named or not
        std::map<Key, std::uint64_t> named{};          ///< How many events of each
        void note(const Key& key, std::uint64_t count);
    };
    /// Of dates that nobody can believe.
    const Beyond& unbelieved() const { return unbelieved_; }
    /// Of tills beyond those that fit, and of a till beyond its days.
    const Beyond& crowded_out() const { return crowded_out_; }
    const std::map<Key, DayLedger>& ledgers() const { return ledgers_; }
    const std::string& ended_upto() const { return ended_upto_; }
    std::uint64_t sealed_events() const { return sealed_events_; }
    /// Last sign of life that is known; 0: none.
    WallTime alive() const { return alive_; }
    void set_alive(WallTime time) { alive_ = std::max(alive_, time); }
    /// The clock was wrong: neither was the agent alive later than now, nor are later business days over.
    void clock_set_back(WallTime now, const std::string& ended_upto);

    /// Ledgers changed since the last call, and those that fell out (nullptr).
    std::vector<std::pair<Key, const DayLedger*>> take_changes();
    /// What is not in a ledger, as one line, and back.
    std::string state() const;
    void restore_state(const std::string& text);

private:
    using Ledgers = std::map<Key, DayLedger>;
    /// Makes one if there is room; else nullptr.
    DayLedger* ledger_for(const Key& key);
    /// Of a day that has one.
    DayLedger& own_day_of(const DayFacts& facts);
    bool is_sealed(const Key& key) const;
    bool follows_usual(const Key& key) const;
    bool leaps_to(const std::string& date);
    void begin_day(const std::string& date);
    bool make_room(const Key& key);
    bool make_room_for_till(const Key& key, bool believed);
    bool make_room_among_all(const Key& key, bool believed);
    std::size_t odd_days_of(const std::string& till) const;
    Ledgers::iterator weakest_odd(const std::string& till);
    Ledgers::iterator oldest_before(const std::string& date);
    void note_beyond(const Key& key);
    void mask_till(const Key& key);
    bool is_own(const HeldRecord& record) const;
    void correct(const DayEvent& event);
    void map_again(const DayEvent& event);
    std::string_view apply(const DayEvent& event);
    std::string_view say_anew(const DayEvent& event);
    void exchange_closing(const DayEvent& event, DayLedger& day, bool stands);
    DayLedger* ledger_of_original(const DayEvent& event);
    bool link_place(const DayStanding& left);
    struct Held {
        std::map<Key, std::uint64_t> own;
        std::map<std::string, std::uint64_t> of_any;  ///< By date
        std::uint64_t crowded = 0;
        std::uint64_t of(const DayLedger& ledger) const;
    };
    Held held() const;
    static bool is_late_due(const DayLedger& ledger, const Held& all);
    void drop(Ledgers::iterator ledger);
    void crowd_out(Ledgers::iterator ledger);
    void seal(const Key& key);
    template <class Holds>
    std::vector<Due> due(Want want, Holds holds) const;

    struct Began {
        WallTime when;
        std::string date;
    };
    Ledgers ledgers_;
    std::string today_;   ///< By the clock; "": nobody has said it.
    std::string leapt_;   ///< … that now says this date, which is not believed; else ""
    std::string latest_;  ///< The last date that can be by it
    bool sure_ = false;   ///< That clock is synchronised.
    Beyond unbelieved_, crowded_out_;
    std::set<Key> odd_sealed_;                                ///< Odd days that made room, at most most_ledgers
    std::map<std::string, std::string> sealed_upto_;          ///< By till
    std::map<std::string, HeldRecord> held_;                  ///< By id. Not kept: the journal has them.
    std::uint64_t crowded_ = 0;                               ///< More than these
    using Decided = std::pair<std::uint64_t, std::uint64_t>;  ///< Released, discarded
    std::map<std::string, Decided> decided_;                  ///< Of any till, by date, the newest days_of_till
    std::string ended_upto_;
    Began began_;
    std::uint64_t sealed_events_ = 0;
    WallTime alive_{};
    std::vector<Absence> absences_;
    std::set<Key> changed_;
};

}  // namespace tillpost::day
