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

/// The other way. Unknown members are ignored and missing ones keep their default, so that a command and a daemon of
/// different versions understand each other; a wrong type is Errc::invalid.
Result<Status> parse_status(std::string_view text);

}  // namespace tillpost
