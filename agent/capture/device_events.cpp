// SPDX-License-Identifier: Apache-2.0
// What drivers say of their devices, as events: while a scanner was away nothing can have come from it.
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/capture/capture.hpp"

namespace tillpost {

void Capture::presence(const Presence& news) {
    const nlohmann::json data{{"device", news.device},
                              {"detail", news.detail},
                              {"since", rfc3339(clock_.now().wall - news.away)},
                              {"away_ms", news.away.count()}};
    Event event;
    event.type = news.there ? "device_up" : "device_down";
    event.data = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    record(std::move(event));
}

}  // namespace tillpost
