// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/event/event.hpp"
#include "agent/wire/line.hpp"
#include "agent/wire/protocol.hpp"

namespace tillpost {

/// Something to be recorded.
struct Draft {
    struct Quarantine {
        std::string bytes;  ///< The record as it arrived.
        std::string rule;
        std::string field;
    };
    Event event;
    std::string device;
    std::optional<Quarantine> quarantine;  ///< Then `event` is the `quarantined` event.

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

/// A line ready to be sent: prefix and body.
struct StoredLine {
    Sequence sequence = 0;
    std::string text;
};

/// What a receipt was good for.
struct Confirmation {
    Sequence confirmed = 0;            ///< The live epoch's mark now.
    std::vector<Range> also;           ///< Those ranges above it whose end hash is ours.
    std::optional<std::string> alarm;  ///< The receiver has another history than we: nothing was freed by that part.
    bool forked = false;               ///< A new epoch is live: what the former one owes is reissued.
};

}  // namespace tillpost
