// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redacted_mark.hpp"

namespace tillpost {

void mark_redacted(Event& event, const std::vector<std::string>& places) {
    if (places.empty()) return;
    event.quality.mark_first("redacted", places.front());
    for (std::size_t i = 1; i < places.size(); ++i) event.quality.mark("redacted", places[i]);
}

}  // namespace tillpost
