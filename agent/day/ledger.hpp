// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/day/pos_numbers.hpp"
#include "agent/event/day_facts.hpp"
#include "agent/event/till_text.hpp"
#include "platform/clock.hpp"

namespace tillpost::day {

/// Training and test events are not.
bool is_summed(std::string_view mode);

/// An earlier record, as it was said last.
struct DayOriginal {
    std::string id;    ///< Of its first event; what the correction says where it is not held
    std::string type;  ///< "": it is not held any more
    bool is_summed = true;
    bool is_correction = false;             ///< It counts where it was applied, and else nowhere
    std::shared_ptr<const DayFacts> facts;  ///< nullptr: it is not held any more, or belongs to no till's day
    std::vector<std::string> former{};      ///< Other ids of the same event: forks moved it
    bool is_supplement = false;             ///< Words, and no sums: nothing is there to be corrected

    bool is(const std::string& name) const {
        return name == id || std::find(former.begin(), former.end(), name) != former.end();
    }
};

/// A recorded event, as far as its till's business day goes.
struct DayEvent {
    std::string_view type;
    std::string_view mode;
    std::string_view subject;
    std::string_view quality;  ///< As recorded
    bool late = false;
    bool corrects = false;  ///< Of an earlier one: counted, and kept out of the sums
    std::string id;         ///< "<epoch>-<sequence>"
    const DayFacts* facts = nullptr;
    const DayOriginal* original = nullptr;  ///< nullptr: it takes nothing back
    bool replaces = false;                  ///< … and stands in the place of that
    std::string_view maps_again{};          ///< Id of the first event of its record, which it says anew; "": it is that
    const DayOriginal* before = nullptr;    ///< What was said of that record until now, if the record itself may count

    std::string record() const { return maps_again.empty() ? id : std::string(maps_again); }
};

/// An exact sum, and how many amounts it is of.
struct DaySum {
    Decimal amount;
    Decimal base;
    std::uint64_t count = 0;
    friend bool operator==(const DaySum&, const DaySum&) = default;
};
/// By the amounts' names (DayFacts).
using DaySums = std::map<std::string, DaySum, std::less<>>;
/// False if it does not fit.
bool add(DaySum& to, const DaySum& sum);

/// Events by type, and sums by currency.
struct DayFigures {
    std::map<std::string, std::uint64_t, std::less<>> types;
    std::map<std::string, DaySums, std::less<>> sums;
    friend bool operator==(const DayFigures&, const DayFigures&) = default;
};

/// What stands in the place of an event that was corrected. Of a place one ledger has it; those in which something
/// stood in it before know that it is elsewhere.
struct DayStanding {
    std::string by;          ///< Record of the newest correction or post-void
    bool elsewhere = false;  ///< It counts on another day, or another till.
    DayFigures figures{};    ///< Nothing, if the event was taken back.
    DayFigures taken{};      ///< What it stands for again, if what took it back is taken back itself; else nothing
    std::string of{};        ///< Record whose figures these are
    std::string first{};     ///< Record that was there first
};

/// A correction that could not be applied.
struct DayUnapplied {
    std::string event;     ///< Its id
    std::string corrects;  ///< What it says that it corrects
    std::string why;       ///< "not_held" …: DayLedger::correct, DayBook; "": a former release does not say
    friend bool operator==(const DayUnapplied&, const DayUnapplied&) = default;
};

/// What one closing of the POS says.
struct DayClosing {
    std::string subject;  ///< Its business key
    std::string currency;
    DaySums sums;
    DaySums beside{};                    ///< count/numbers, count/tender/<type>, batches
    std::string first{}, last{};         ///< The session's numbers; "" if it used none
    std::vector<std::string> missing{};  ///< What the POS itself misses
    std::string record{};                ///< "": a former release has taken it in
    std::uint64_t behind = 0;            ///< How much business had come by then
    bool is_out = false;                 ///< A correction has taken it back, or stands in its place.
    std::string session{};               ///< "": the record names none, or a former release has taken it in
    friend bool operator==(const DayClosing&, const DayClosing&) = default;
};

/// Where closing and captured events differ.
struct DayDifference {
    std::string name;      ///< "tender/cash", "tax/19", "tax/19/base", "total/gross", "count/sales" …
    std::string currency;  ///< "" of what is counted
    Decimal closing, captured, difference;  ///< difference: closing - captured
};

/// One till and business day: which POS numbers were seen, sums of what was captured, and the POS's own closings.
///
/// Pure and bounded. Training and test records account for their numbers and are never summed. Corrections and
/// post-voids are kept apart from what was captured: which of both a closing is of, nobody but the closing can tell.
class DayLedger {
public:
    static constexpr std::size_t most_closings = 32;
    static constexpr std::size_t most_said_closings = 64;
    static constexpr std::size_t most_sums = 512;     ///< Names of all currencies together
    static constexpr std::size_t most_repeated = 64;  ///< Numbers that are named
    static constexpr std::size_t most_down_spans = 32;
    static constexpr std::size_t most_corrections = 256;
    static constexpr std::size_t most_unapplied = 64;  ///< Those that are named

    DayLedger() = default;
    DayLedger(std::string of_store, std::string of_till, std::string of_date)
        : till(std::move(of_till)), store(std::move(of_store)), business_date(std::move(of_date)) {}
    /// Its place in a book.
    std::pair<std::string, std::string> key() const { return {till_text(store, till), business_date}; }
    /// All of it is in a certificate.
    bool is_told() const { return revision > 0 && !dirty && !late_waits; }

    void take(const DayEvent& event);
    /// The event takes back what it says (the original is there again, if that has taken it back), or stands in its
    /// place: see DayBook::take. `now` of it. Why it cannot be applied, "" if it is.
    std::string_view correct(const DayOriginal& original, DayStanding now);
    /// It stands in the place of an event of another day or till. There must be room for it.
    void stand_in(DayStanding now);
    /// Whether something of that place, by the record that was there first, can stand here.
    bool can_stand(const std::string& first);
    /// What stands in the place of that record, or was taken out of it, is of this ledger: the record was there first,
    /// or is the newest correction.
    bool has_place_of(const DayOriginal& record);
    /// The record that was there first, in the place of that one.
    std::string first_in_place_of(const DayOriginal& record);
    /// A closing, by itself or in the place of another event. One under the key of another says that one anew, and so
    /// does one of the same session that begins with the same number; any other is of another session.
    void hear_closing(const DayEvent& event);
    /// The record was a closing, or is one now that it is mapped again: `event`, nullptr if it is of another day, or
    /// does not count.
    void say_closing_anew(const DayOriginal& before, const DayEvent* event);
    void cannot_apply(DayUnapplied what);
    /// It was, after all.
    void applied(const std::string& event);
    /// Whether a correction of that record was applied, or it is the newest one itself.
    bool knows(const DayOriginal& record) { return standing_for(record) != standing.end(); }
    /// Where that record's figures stand, or wait to stand again; nullptr: nothing was applied to it.
    DayStanding* standing_of(const DayOriginal& record);
    /// A record says something else than it did. Of one that no correction knows nothing is kept.
    void exchange(const DayFigures& was, const DayFigures& now);
    /// From now on what stands of the record does so on another day or till.
    DayStanding give_away(const DayOriginal& record);
    /// A POS counts a post-void among its voids, or not: its number fits either.
    void count_out(std::string_view type);
    /// The agent was not there: from the last sign of life to its start. No reason for a certificate of its own.
    void down(WallTime from, WallTime to);
    /// A person has decided on a record of it in quarantine; `missing`: the number that it took with it, "" for none.
    void decided(const std::string& missing, bool was_discarded);
    /// What should be in no record, and where it would be shown. What a certificate has said of it is said anew.
    std::vector<std::string> texts() const;
    void forget(const std::vector<std::string>& texts);
    /// What a certificate that is made of it as it is now says.
    struct Certified {
        std::uint32_t revision = 0;
        std::uint64_t quarantined = 0;  ///< Records that wait
        std::string cause{};
        WallTime at{};
        bool complete = false;
    };
    void certify(const Certified& now);

    /// An event with that number ("" for none) belongs to what a certificate has said already.
    bool is_late(std::string_view number) const;
    /// The last certificate calls the day complete, and something has come behind it.
    bool is_behind() const { return revision > 0 && said_complete && dirty; }
    using Differences = std::vector<DayDifference>;
    /// What the closings are compared with.
    enum class Fit { no_closing, corrected, captured, as_closed, none };
    /// captured: they fit what was captured, before it was corrected; as_closed: what was captured, with the
    /// corrections that came before them, and without those behind.
    Fit closings_fit() const;
    /// From what was captured and corrected, by name and currency; none if the closings fit any state of it.
    Differences differences() const;
    bool is_corrected() const { return !standing.empty() || !put_in.types.empty(); }
    /// What was captured, without what was taken back, with what stands in its place.
    DayFigures corrected_figures() const;
    /// The same without what came behind the closings.
    DayFigures figures_as_closed() const;
    /// Numbers that could not be ordered, with those that closings say.
    std::uint64_t unplaced() const;

    struct Span {
        WallTime from, to;
        friend bool operator==(const Span&, const Span&) = default;
    };

    std::string till;
    std::string store;  ///< "": the agent's own
    std::string business_date;
    bool believed = true;  ///< It was when something came of it: DayBook::is_believed()
    PosNumbers numbers;
    DayFigures captured;                          ///< Types: those not summed under their mode
    DayFigures taken_out, put_in;                 ///< By corrections and post-voids
    DayFigures behind_out, behind_in;             ///< … those of them that came behind the closings
    std::map<std::string, DayStanding> standing;  ///< By the id of what stood in a place first in this ledger
    std::vector<DayUnapplied> unapplied;
    std::vector<DayClosing> closings;       ///< Those that stand
    std::vector<DayClosing> said_closings;  ///< In their order; also those that were taken back, or said anew
    std::vector<std::string> repeated;      ///< Numbers seen with more than one content
    std::vector<Span> down_spans;
    std::uint64_t events = 0, marked = 0, late = 0, corrected = 0, conflicts = 0, unreadable = 0;
    std::uint64_t repeats = 0;                  ///< All of `repeated`, named or not
    std::uint64_t not_applied = 0;              ///< All of `unapplied`, named or not
    std::uint64_t settled = 0;                  ///< … of which it is known that they have no effect
    std::uint64_t possible_repeats = 0;         ///< Events that this or another box may have counted already
    std::uint64_t released = 0, discarded = 0;  ///< Records in quarantine that a person has decided on
    std::uint64_t quarantined = 0;              ///< Those that wait, as the last certificate says
    std::uint32_t revision = 0;                 ///< Of the last certificate; 0: none yet
    std::string cause;                          ///< … "" if a former release made it
    std::int64_t certified = 0;                 ///< … milliseconds since 1970
    bool said_complete = false;                 ///< … that is what it says
    bool dirty = false;                         ///< Something has come since the last certificate.
    bool late_waits = false;                    ///< … and something of it was late.
    bool end_waits = false;                     ///< Its day ended, and it had changed: no certificate says so yet.
    bool open_after_close = false;              ///< Business went on behind the last closing that stands.
    std::uint64_t business = 0;                 ///< Events that were business, and not late
    std::string closed_by;                      ///< Id of the last closing that has no certificate yet, else ""

private:
    /// False if it does not fit.
    static bool add_amount(DayFigures& to, const std::string& currency, const std::string& name, const DaySum& sum);
    /// How many amounts do not fit.
    static std::uint64_t add_figures(DayFigures& to, const DayFigures& figures);
    void take_out(const DayFigures& figures);
    void put_back(const DayFigures& figures);
    bool is_closed() const { return !closings.empty() && !open_after_close; }
    using Standing = std::map<std::string, DayStanding>;
    Standing::iterator standing_for(const DayOriginal& record);
    Standing::iterator standing_here(const DayOriginal& record);
    Standing::iterator left_place(const std::string& first);
    std::vector<DayClosing>::iterator closing_for(const DayOriginal& record);
    void let_stand(const std::string& record, bool stands);
    bool has_room_for(const DayClosing& closing);
    void settle_closings();
};

/// Applies the event to what it corrects, in the ledger `of`, where that counts (nullptr: it is not known any more);
/// `own` is the event's. Why that cannot be, "" if it is done, or nothing is to be done. config/README.md, "What
/// counts".
std::string_view apply_correction(const DayEvent& event, DayLedger* of, DayLedger& own);
/// Those of `said`, which is in order, that nothing has taken back and no later one of the same session says anew.
std::vector<DayClosing> closings_that_stand(const std::vector<DayClosing>& said);

/// Of one event. What a closing says is no turnover.
DayFigures figures_of(std::string_view type, const DayFacts& facts);
/// Closings less `figures`, by name and currency. How many of something there are fits, too, as it was captured
/// (`as_captured`): a POS counts a sale that was voided behind it, or not.
std::vector<DayDifference> compare(const DayLedger& ledger, const DayFigures& figures, const DayFigures& as_captured);

}  // namespace tillpost::day
