// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/manners.hpp"

#include <algorithm>
#include <utility>

#include "agent/mqtt/paho_session.hpp"
#include "platform/log.hpp"

namespace tillpost {

MqttSettings Manners::heeded(MqttSettings settings) const {
    const auto known = brokers_.find(settings.address);
    if (known == brokers_.end()) return settings;
    settings.keep_alive = std::min(settings.keep_alive, known->second.keep_alive);
    if (settings.will && !known->second.retains) settings.will->retained = false;
    return settings;
}

bool Manners::learn(const MqttSettings& settings, const Result<MqttSession>& outcome) {
    const MqttSettings tried = heeded(settings);
    Broker& broker = brokers_[settings.address];
    if (!outcome) {
        return outcome.error().code == Errc::retains_nothing && std::exchange(broker.retains, false);
    }
    if (!outcome->retains) broker.retains = false;
    if (outcome->keep_alive == Millis(0)) return false;
    broker.keep_alive = outcome->keep_alive;
    if (PahoSession::keep_alive_of(tried) <= broker.keep_alive) return false;
    log::info("the broker wants a shorter keep-alive than the configured one, and gets it",
              {{"broker", settings.address},
               {"configured_ms", settings.keep_alive.count()},
               {"keep_alive_ms", broker.keep_alive.count()}});
    return true;
}

bool Manners::retains(const std::string& address) const {
    const auto known = brokers_.find(address);
    return known == brokers_.end() || known->second.retains;
}

}  // namespace tillpost
