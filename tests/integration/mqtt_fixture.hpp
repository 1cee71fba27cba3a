// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "agent/mqtt/paho_connection.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/loop_test.hpp"

namespace tillpost::test {

/// A connection with what it reported, for tests.
struct Client {
    Client(const asio::any_io_executor& loop, MqttSettings settings)
        : connection(make_paho_connection(loop, std::move(settings))) {
        connection->set_events({[this](const Error& why) { lost.push_back(why.message); },
                                [this](MqttMessage message) { messages.push_back(std::move(message)); }});
    }
    /// The outcome of one publish, in `outcomes` at its number.
    void publish(MqttMessage message) {
        const std::size_t number = outcomes.size();
        outcomes.emplace_back();
        connection->publish(std::move(message), [this, number](Result<void> outcome) {
            outcomes[number].push_back(std::move(outcome));
            ++done;
        });
    }

    std::vector<std::string> lost;
    std::vector<MqttMessage> messages;
    std::vector<std::vector<Result<void>>> outcomes;
    std::size_t done = 0;
    std::unique_ptr<MqttClient> connection;
};

class MqttFixture : public LoopTest {
protected:
    static MqttSettings settings_for(const std::string& address, const std::string& client_id = "till-1") {
        MqttSettings settings;
        settings.address = address;
        settings.client_id = client_id;
        settings.connect_timeout = Millis(5000);
        return settings;
    }
    Result<MqttSession> connect(Client& client) { return await(client.connection->connect()); }
    Result<void> subscribe(Client& client, std::vector<std::string> topics) {
        return await(client.connection->subscribe(std::move(topics)));
    }
};

inline std::string why(const auto& result) { return result ? std::string("success") : result.error().message; }

}  // namespace tillpost::test
