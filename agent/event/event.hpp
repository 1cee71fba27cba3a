// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tillpost {

/// What rules found wrong or remarkable in an event. The event travels all the same: a mark never holds it back.
class Quality {
public:
    Quality() = default;
    /// Of so many marks at most: for who shows all that there is.
    explicit Quality(std::size_t most) : most_(most) {}
    /// Adds "rule", "rule:/json/pointer" or "rule:/json/pointer=what_was_compared" (no spaces in it). After
    /// `most_marks` marks one last mark "more" is added.
    void mark(std::string_view rule, std::string_view field = {}, std::string_view compared = {});
    /// The same in front of all others, so that it is never one of what "more" stands for.
    void mark_first(std::string_view rule, std::string_view field = {});
    /// The same behind all others of the kind `mark` makes, which give way to it: what is decided by the mark, and what
    /// it says of the record among others, does not depend on how much else is wrong with it. For rules that mark a
    /// record once; there are fewer of them than `most_marks`.
    void mark_always(std::string_view rule, std::string_view field = {}, std::string_view compared = {});
    /// One of `notes`, behind all others, and given up first where they are too many. It says nothing against the
    /// record.
    void note(std::string_view rule, std::string_view field, std::string_view compared);
    bool ok() const { return marks_.empty() && always_.empty() && notes_.empty(); }
    std::vector<std::string> marks() const;
    /// The CloudEvents attribute: "ok" or the marks separated by spaces.
    std::string text() const;

    /// Where a rule was broken first.
    struct First {
        std::string rule;
        std::string field;     ///< JSON pointer, "" for the whole record.
        std::string compared;  ///< "" if the rule says no more.
    };
    /// One for each broken rule, those beyond the last mark, too: what a rule is good for does not depend on how much
    /// else is wrong. As many as there are rules.
    const std::vector<First>& firsts() const { return firsts_; }

    static constexpr std::size_t most_marks = 8;

    static constexpr std::string_view incomplete = "incomplete";    ///< A complete record says that besides.
    static constexpr std::string_view discrepancy = "discrepancy";  ///< Other goods came than were expected.

private:
    void note_first(std::string_view rule, std::string_view field, std::string_view compared);

    std::size_t most_ = most_marks;
    std::vector<std::string> marks_;
    std::vector<std::string> always_;
    std::vector<std::string> notes_;
    std::vector<First> firsts_;
};

/// Whether the mark, or the name of its rule, says nothing against the record: incomplete, discrepancy.
bool is_note(std::string_view mark);

/// Whether a quality, as it was recorded, says something against the record.
bool speaks_against(std::string_view quality);

struct DayFacts;
struct ReturnedGoods;

/// One thing that happened in the store, ready to be recorded. The journal adds what only it can know: epoch,
/// sequence, recorded time, salt, chain.
struct Event {
    std::string type;                 ///< "sale", "receiving", "scan" …; travels as `tillpost.<type>.v1`.
    std::string time;                 ///< RFC 3339, when it happened; "" means: when it is recorded.
    std::string subject;              ///< Business key, "" if it has none. Same key and content: the same event again.
    std::string business_date;        ///< "2026-11-23", "" if it has none.
    std::string mode = "production";  ///< production, pilot, test, training
    std::string entry;                ///< pos, station, file, receipt, manual; "" for the agent's own events.
    std::string correlation;          ///< "" if none
    std::string causation;            ///< "" if none
    std::string corrects;             ///< Id of the earlier event that this one corrects, "" if none.
    std::string corrects_kind;        ///< reverse, replace, supplement; "" exactly if `corrects` is.
    /// Id of the event that its record was first, if a person has it mapped again: it says that record anew, and
    /// changes nothing of what the record is or takes back. Else "".
    std::string maps_again;
    bool late = false;
    Quality quality;
    std::string data;  ///< JSON value, one line.
    /// What counts in its till's business day; nullptr if it belongs to none. Not recorded: it is in the data.
    std::shared_ptr<const DayFacts> day;
    /// What it gives back of sales that it names; nullptr for nothing. Not recorded: it is in the data.
    std::shared_ptr<const ReturnedGoods> returned;
};

/// A record that could not become an event: it goes to quarantine, and the stream gets a `quarantined` event.
struct Rejection {
    std::string rule;    ///< "not_json", "duplicate_key", "required" …
    std::string field;   ///< JSON pointer, "" for the whole record.
    std::string detail;  ///< A sentence for people.
};

}  // namespace tillpost
