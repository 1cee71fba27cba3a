// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
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
    Sequence upto = 0;  ///< That event; 0: none is recorded yet
    std::vector<Row> rows;
};

/// Something to be recorded.
struct Draft {
    struct Quarantine {
        std::string bytes;  ///< The record as it arrived.
        std::string rule;
        std::string field;
    };
    Event event;
    std::string device;
    std::optional<Quarantine> quarantine;    ///< Then `event` is the `quarantined` event.
    std::shared_ptr<const KeptDays> days{};  ///< Written in the same transaction

    std::size_t size() const { return event.data.size() + (quarantine ? quarantine->bytes.size() : 0); }
};

/// The durable answer for one draft.
struct Recorded {
    Epoch epoch = 0;
    Sequence sequence = 0;
    bool repeat = false;        ///< Known already: this is the first one's place.
    bool conflict = false;      ///< Same business key as an earlier event, other content.
    std::string quarantine_id;  ///< "Q<epoch ordinal>-<sequence>", for people to type.
    std::string quality;        ///< As recorded.
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

/// An event as it is held, for whoever starts. The body is valid during the call.
struct HeldEvent {
    Epoch epoch = 0;
    std::uint32_t ordinal = 0;  ///< Of the epoch
    Sequence sequence = 0;
    std::int64_t recorded = 0;  ///< Milliseconds since 1970
    std::string_view body;
};

/// What a receipt was good for.
struct Confirmation {
    Sequence confirmed = 0;            ///< The live epoch's mark now.
    std::vector<Range> also;           ///< Those ranges above it whose end hash is ours.
    std::optional<std::string> alarm;  ///< The receiver has another history than we: nothing was freed by that part.
    bool forked = false;               ///< A new epoch is live: what the former one owes is reissued.
};

}  // namespace tillpost
