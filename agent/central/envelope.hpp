// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tillpost {

/// The CloudEvents attributes of an event that the receiver itself looks at, and which till's day its data say it is
/// of.
struct Envelope {
    std::string source;
    std::string type;
    std::string time;
    std::string subject;  ///< "" if it has none
    std::string quality;
    std::string recorded;  ///< `recordedtime`, as it is written
    std::string till;      ///< `data/till`, text or whole number; "" for none
    std::string store;     ///< `data/store`, in the same way
    std::string business_date;
    bool is_caused = false;      ///< It has a `causationid` …
    bool is_correlated = false;  ///< … and a `correlationid`.

    /// `recorded` as the table of effects has it: "2026-11-23T10:15:30.123Z" as 20261123101530123, the same for the
    /// same text, and growing with time.
    std::int64_t recorded_digits() const;
    /// Is the mark among those of `quality`?
    bool has_mark(std::string_view mark) const;
    /// Whether the agent recorded it a second time, as a person released what had been an event. A conflict names
    /// another event.
    bool is_copy() const { return is_caused && is_correlated && !has_mark("conflict"); }
    /// Whether it counts on its till's business day: sales and what else tills do, but for what the agent records a
    /// second time because central rejected it and a person released it.
    bool is_of_a_day() const;
    /// The till's store as the agent's certificates name it: without zeros in front, "" for the agent's own. A view
    /// into this.
    std::string_view other_store() const;
};

/// What a body says; nullopt unless it is one JSON object and its attributes are strings. Never throws.
std::optional<Envelope> read_envelope(std::string_view body);

/// Whether an event of that type may be what a device or feed handed over: any but the agents' own.
bool is_of_a_record(std::string_view type);

/// Why an event of this agent cannot be accepted for what it says; "" if it can.
std::string_view objection(const std::optional<Envelope>& envelope, std::string_view source);

/// The business content: the text of the `data` member, "" if there is none.
std::string_view data_of(std::string_view body);

}  // namespace tillpost
