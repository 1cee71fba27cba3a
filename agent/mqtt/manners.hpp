// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "agent/mqtt/connection.hpp"

namespace tillpost {

/// What each broker has said of itself, so that it costs one connect more once. Loop thread only.
class Manners {
public:
    /// The settings as the broker at their address wants them.
    MqttSettings heeded(MqttSettings settings) const;
    /// Takes note of how a connect with heeded(settings) ended; true if the broker wants it otherwise.
    bool learn(const MqttSettings& settings, const Result<MqttSession>& outcome);
    void retains_nothing(const std::string& address) { brokers_[address].retains = false; }
    bool retains(const std::string& address) const;

private:
    struct Broker {
        Millis keep_alive = Millis::max();
        bool retains = true;
    };
    std::map<std::string, Broker> brokers_;  ///< By address; as many as are configured
};

}  // namespace tillpost
