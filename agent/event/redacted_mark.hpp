// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "agent/event/event.hpp"

namespace tillpost {

/// The places of card data that are no more in the event's record: marks that say nothing against it
/// (redaction/README.md). Pure.
void mark_redacted(Event& event, const std::vector<std::string>& places);

}  // namespace tillpost
