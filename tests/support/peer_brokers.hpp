// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {

/// A broker that speaks MQTT 3.1.1, on a loopback port; what it knows is gone with it.
class PeerBroker {
public:
    virtual ~PeerBroker() = default;
    /// Why it cannot be had here, "" once it is prepared. May take a minute.
    virtual std::string prepare() = 0;
    /// Returns when the port accepts; again on the same port after a kill().
    virtual bool start() = 0;
    virtual void kill() = 0;
    virtual std::string log() const = 0;
    std::string address() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

protected:
    int port_ = free_port();
};

/// mosquitto, as the other tests have it.
std::unique_ptr<PeerBroker> make_mosquitto();
/// aedes on Node.js, a version of ours, installed with npm into a temporary folder.
std::unique_ptr<PeerBroker> make_aedes();
/// RabbitMQ's MQTT plugin (Debian package rabbitmq-server), with folders, ports and an epmd of its own.
std::unique_ptr<PeerBroker> make_rabbitmq();

}  // namespace tillpost::test
