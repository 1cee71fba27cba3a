// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/wire/protocol.hpp"

/// What an agent says about its own stream, in events of their own types (agent/event/README.md). Pure.
namespace tillpost {

/// The lines directly behind this event are `range` of the former epoch, in order, under new numbers.
struct Reissued {
    Epoch former = 0;
    Range range;
    std::string cause;
};

/// Content that no line will bring any more.
struct Loss {
    Epoch epoch = 0;
    std::vector<Range> ranges;
    std::string business_class;
    std::string reason;
};

/// Asked for, and pruned before: the range can be passed, between these two hashes.
struct Gone {
    Epoch epoch = 0;
    Range range;
    Digest before{};  ///< chain(from - 1)
    Digest after{};   ///< chain(to)
};

/// A committed event whose content went to quarantine later.
struct Quarantined {
    Epoch epoch = 0;
    Sequence sequence = 0;
    std::string rule;
};

using OwnEvent = std::variant<std::monostate, Reissued, Loss, Gone, Quarantined>;

/// Is it one of the types that read_own_event() knows?
bool is_own_type(std::string_view type);

/// What the event says, by its type and the text of its `data`. Nothing (monostate) for any other type, and for a
/// `quarantined` event of bytes that were no event. Errc::invalid if `data` does not have the type's form.
Result<OwnEvent> read_own_event(std::string_view type, std::string_view data);

}  // namespace tillpost
