// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/event.hpp"
#include "agent/wire/line.hpp"
#include "agent/wire/protocol.hpp"

namespace tillpost {

/// What is kept of the business days beside the events (agent/day), as they were after one event.
struct KeptDays {
    struct Row {
        std::string till, business_date;
        std::string state;  ///< "": forget it
    };
    Epoch epoch = 0;
    std::uint32_t ordinal = 0;  ///< Of the epoch; when they are read
    Sequence upto = 0;          ///< That event; 0: none is recorded yet
    std::vector<Row> rows;
};

/// Something to be recorded.
struct Draft {
    struct Quarantine {
        std::string bytes;  ///< The record as it arrived.
        std::string rule;
        std::string field;
        bool once{};  ///< The same bytes again are the same record, as of all types that have a business key.
    };
    Event event;
    std::string device;
    std::optional<Quarantine> quarantine;    ///< Then `event` is the `quarantined` event.
    std::shared_ptr<const KeptDays> days{};  ///< Written in the same transaction
    bool holds_over_return = false;          ///< The rule return_quantity, broken, holds it back.
    std::optional<Rejection> held_for{};     ///< It is held back for that, unless it is recorded already.
    std::optional<Error> unless_known{};     ///< Nothing new of it is recorded, for that: what is known has its answer.
    std::optional<Error> unless_returnable{};  ///< Nor is what return_quantity holds back, for that.
    /// What came had this name before redaction cut something: what is the same now may have been another record.
    std::optional<Digest> cut{};

    std::size_t size() const { return event.data.size() + (quarantine ? quarantine->bytes.size() : 0); }
};

/// An earlier record, as it was said last.
struct Original {
    std::string id;                     ///< Of its first event; what the correction says where it is not known
    std::string body;                   ///< "" if it is not held any more
    std::vector<std::string> former{};  ///< What `id` was before forks moved the event
};

/// What an event changes of earlier ones of a till's business day: nullptr for nothing.
struct BearsOn {
    std::shared_ptr<const Original> original{};  ///< What it takes back or replaces
    std::shared_ptr<const Original> before{};    ///< Its own record until now, which is mapped again
};

/// The durable answer for one draft.
struct Recorded {
    Epoch epoch = 0;
    Sequence sequence = 0;
    bool repeat = false;        ///< Known already: this is the first one's place.
    bool conflict = false;      ///< Same business key as an earlier event, other content.
    std::string quarantine_id;  ///< "Q<epoch ordinal>-<sequence>", for people to type.
    std::string quality;        ///< As recorded.
    std::size_t bytes = 0;      ///< Of its body
    std::string rule, field;    ///< Why it is in quarantine, if only the journal could tell.
    BearsOn bears_on{};
    std::optional<Error> refused{};  ///< Nothing is recorded; Draft::unless_known, …_returnable.
};

inline Recorded not_recorded(const Error& why) {
    Recorded answer;
    answer.refused = why;
    return answer;
}

/// What the journal has recorded of itself.
struct OwnRecorded {
    Epoch epoch = 0;
    Sequence sequence = 0;
    std::string type;
    std::string rule{};  ///< quarantined: why
};

/// A record in quarantine, as people see it. Ids of events are "" where there is none.
struct QuarantineRecord {
    struct Decision {
        std::string word;  ///< released, corrected, discarded; "" while it is open
        std::int64_t at = 0;
        std::int64_t user = 0;  ///< The machine's number of who decided …
        std::string actor;      ///< … and whom they named, "" for nobody.
        std::string became;     ///< The event that it became.
        std::string told;       ///< The event that says who decided, or a later one.
    };
    std::string id;             ///< "Q<epoch ordinal>-<sequence>"
    std::string event;          ///< The `quarantined` event that speaks of it.
    bool was_event = false;     ///< Its bytes are the body of an event …
    std::string about;          ///< … of this one.
    std::int64_t recorded = 0;  ///< Milliseconds since 1970
    std::string device, rule, field;
    std::string detail;  ///< As its event says it, with what was compared; "" without.
    std::string type;    ///< What it says it is, "" if nobody knows.
    std::string amount;  ///< As written, "" if there is none.
    std::string till, store, number, business_date, currency;  ///< "" if it does not say.
    std::uint64_t size = 0;
    std::uint64_t stored = 0;       ///< Bytes that its content takes in the file
    std::string bytes;              ///< All of them or none, as was asked for.
    std::optional<Digest> altered;  ///< Of what it was, if the bytes are not what was put here; see altered_content().
    Decision decision;
};

/// The open ones in one order, cut out of it.
struct QuarantineQuery {
    enum class Sort {
        age,          ///< The oldest first
        amount,       ///< By currency; of each the largest first, whatever its sign; those without one last
        record_class  ///< Critical, normal, bulk, unknown; within one the oldest first
    };
    Sort sort = Sort::age;
    std::size_t offset = 0;
    std::size_t most = 0;
};
struct QuarantinePage {
    std::size_t open = 0;  ///< All that there are.
    std::vector<QuarantineRecord> records;
};

/// What a person decided on a record in quarantine.
struct QuarantineDecision {
    enum class Kind {
        release,
        correct,
        discard,
        deliver  ///< Released, as the event that it was: central has its content there, by an export.
    };
    Kind kind = Kind::discard;
    std::string id;
    std::uint32_t user = 0;
    std::string actor;
    std::string reason;
    std::optional<Draft> draft;  ///< release, correct: the event that it becomes.
    bool only_alone = false;     ///< Not beside another event of its business key: for whoever decides on many at once
    bool dry_run = false;        ///< Tells what would be, and decides nothing
};
/// Who has content erased, and why. Nothing of it is erased later: free of card data.
struct Erasure {
    std::uint32_t user = 0;  ///< The machine's number of who did it.
    std::string actor;       ///< Whom that user named, "" for nobody
    std::string reason;
};

/// What is to be taken out, for whoever keeps something of it elsewhere.
struct LeavingContents {
    std::vector<std::string> bodies;          ///< Of events; "" for a record that became none
    std::vector<std::string> business_dates;  ///< "day:2026-11-23": what is kept of that day alone
};

/// The durable answer.
struct Decided {
    std::string told;     ///< Id of the `released`, `corrected` or `discarded` event; "": nothing is decided.
    Recorded told_at{};   ///< Its place
    std::string became;   ///< Id of the event that it became.
    bool repeat = false;  ///< That event was known already: nothing was added but `told`.
    /// Id of the first event that was recorded under its business key, and says something else; "" for none.
    std::string beside{};
    /// That event, if what it says was not in the stream before.
    std::optional<Recorded> added{};
};

/// Lines with consecutive sequences as they are sent: one text, prefix and body and a line break each.
struct StoredLines {
    Sequence first = 0;
    std::string text;
    std::vector<std::size_t> ends;  ///< Offset behind each line's break.

    bool empty() const { return ends.empty(); }
    std::size_t size() const { return ends.size(); }
    Sequence last() const { return first + ends.size() - 1; }
    /// Without its line break.
    std::string_view line(std::size_t index) const {
        const std::size_t begin = index == 0 ? 0 : ends[index - 1];
        return std::string_view(text).substr(begin, ends[index] - begin - 1);
    }
};

/// An event as it is held, for whoever starts. The body is valid during the call, and empty if no content is left.
struct HeldEvent {
    Epoch epoch = 0;
    Sequence sequence = 0;
    std::int64_t recorded = 0;  ///< Milliseconds since 1970
    std::string_view body;
    /// Of the event that was made of the body; none where no other event is known.
    std::function<BearsOn(const Event&)> bears_on{};
    bool counted = false;       ///< The business days know it by another number: Twins.
    std::int64_t first = 0;     ///< Where it was first in this journal, a position
    bool from_salvage = false;  ///< It came there out of a damaged file.
};

/// Some events whose content is held, whole and undamaged, and that no other one stands in the place of.
struct HeldPage {
    struct Copy {
        std::int64_t position = 0;
        std::string id;
        std::int64_t recorded = 0;  ///< Milliseconds since 1970
        std::string body;
    };
    std::vector<Copy> events;
    std::int64_t upto = 0;     ///< Everything up to this position was looked at.
    std::uint64_t looked = 0;  ///< How many rows that were
    bool more = false;
};

/// One of them, as it is now mapped.
struct Correction {
    std::int64_t position = 0;  ///< Of the event that it replaces
    Draft draft;                ///< Says so in `corrects`
    std::string source;         ///< The data that a feed would send again
};

/// What a receipt was good for.
struct Confirmation {
    Sequence confirmed = 0;            ///< The live epoch's mark now.
    std::vector<Range> also;           ///< Those ranges above it whose end hash is ours.
    std::optional<std::string> alarm;  ///< The receiver has another history than we: nothing was freed by that part.
    std::optional<std::string> unfit;  ///< A range that it names with another hash, or beyond our last.
    std::optional<Range> gone;         ///< Asked for and deleted here, which an event says from now on.
    std::optional<Sequence> kept;      ///< The first event that is rejected and for which quarantine has no room.
    bool forked = false;               ///< A new epoch is live: what the former one owes is reissued.
};

/// "Q<epoch ordinal>-<sequence>", for people to type, and back.
std::string quarantine_id(std::int64_t position);
std::optional<std::int64_t> quarantine_position(std::string_view id);

}  // namespace tillpost
