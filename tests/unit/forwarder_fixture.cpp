// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/forwarder_fixture.hpp"

namespace tillpost::test {

asio::awaitable<Result<MqttSession>> ScriptedLine::connect() {
    co_await wake_.wait_for(Millis(0));
    co_return session;
}

asio::awaitable<Result<void>> ScriptedLine::subscribe(std::vector<std::string>) {
    ++subscriptions;
    co_await wake_.wait_for(Millis(0));
    co_return subscribed;
}

void ScriptedLine::publish(MqttMessage message, Done done) {
    asio::post(loop_, [done = std::move(done)] { done(Result<void>()); });
    if (message.topic.ends_with("/events")) {
        ++event_messages;
    } else {
        published.push_back(message);
    }
    if (!message.topic.ends_with("/hello")) return;
    const auto hello = decode_hello(message.payload);
    ASSERT_TRUE(hello) << hello.error().message;
    hellos.push_back(*hello);
    if (on_hello) asio::post(loop_, [this] { on_hello(hellos.back()); });
}

asio::awaitable<void> ScriptedLine::disconnect() { co_return; }

}  // namespace tillpost::test
