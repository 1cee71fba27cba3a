// SPDX-License-Identifier: Apache-2.0
// What drivers say of their devices, as events: while a scanner was away nothing can have come from it.
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "agent/capture/capture.hpp"
#include "platform/log.hpp"

namespace tillpost {

void Capture::presence(const Presence& news) {
    const nlohmann::json data{{"device", news.device},
                              {"detail", news.detail},
                              {"since", rfc3339(clock_.now().wall - news.away)},
                              {"away_ms", news.away.count()}};
    const std::string type = news.there ? "device_up" : "device_down";
    Event event;
    event.type = type;
    event.data = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    record(std::move(event), nullptr, [device = news.device, type](bool durable) {
        if (!durable) log::warn("an event of a device could not be recorded", {{"event", type}, {"device", device}});
    });
}

}  // namespace tillpost
