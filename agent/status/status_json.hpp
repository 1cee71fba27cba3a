// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "agent/status/status.hpp"
#include "platform/error.hpp"

namespace tillpost {

/// One line of JSON without the line break, in ASCII: the answer to `tillpost status` and the payload of the topic
/// `state`. The members are named as in Status.
std::string status_json(const Status& status);

/// The same for a broker that takes no larger messages than `most` bytes: members are left out in a fixed order
/// (README.md) until it fits, and `left_out` says how many. "" if the rest does not fit either.
std::string state_json(const Status& status, std::size_t most);

/// The other way. Unknown members are ignored and missing ones keep their default, so that a command and a daemon of
/// different versions understand each other; a wrong type is Errc::invalid.
Result<Status> parse_status(std::string_view text);

}  // namespace tillpost
