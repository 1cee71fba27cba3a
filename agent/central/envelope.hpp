// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tillpost {

/// The CloudEvents attributes of an event that the receiver itself looks at.
struct Envelope {
    std::string source;
    std::string type;
    std::string time;
    std::string subject;  ///< "" if it has none
    std::string quality;
    std::string recorded;  ///< `recordedtime`, as it is written

    /// Is the mark among those of `quality`?
    bool has_mark(std::string_view mark) const;
};

/// What a body says; nullopt unless it is one JSON object and its attributes are strings. Never throws.
std::optional<Envelope> read_envelope(std::string_view body);

/// Why an event of this agent cannot be accepted for what it says; "" if it can.
std::string_view objection(const std::optional<Envelope>& envelope, std::string_view source);

/// The business content: the text of the `data` member, "" if there is none.
std::string_view data_of(std::string_view body);

}  // namespace tillpost
