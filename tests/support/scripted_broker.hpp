// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "platform/clock.hpp"
#include "tests/integration/mqtt_fake_broker.hpp"

namespace tillpost::test {

/// A broker, with central behind it, that misbehaves as its script says; on a thread of its own, on a port of choice,
/// so that a real one may follow it there.
///
/// What the script leaves to good() is answered well: accepted, acknowledged, and `hello` by a receipt that says that
/// central holds nothing, so that the agent sends and must not free.
class ScriptedBroker {
public:
    using Packet = FakeBroker::Packet;
    using Reply = FakeBroker::Reply;
    /// Called on the broker's thread.
    using Script = std::function<Reply(ScriptedBroker&, const Packet&)>;

    ScriptedBroker(int port, int protocol, Script script);
    ~ScriptedBroker();
    ScriptedBroker(const ScriptedBroker&) = delete;
    ScriptedBroker& operator=(const ScriptedBroker&) = delete;

    std::string address() const;  ///< "tcp://127.0.0.1:port"
    std::size_t connections() const { return connections_; }
    std::size_t event_messages() const { return event_messages_; }
    std::size_t hellos() const { return hellos_; }

    // For scripts, on the broker's thread.
    std::string good(const Packet& packet);
    /// A PUBACK with a reason code, or the plain one of MQTT 3.1.1 and of success.
    std::string puback(const std::string& id, int reason = 0) const;
    std::string connack(int reason = 0, bool session_present = false, const std::string& properties = "") const;
    std::string suback(const std::string& id, int reason = 1) const;
    std::string server_disconnect(int reason) const;
    /// A receipt that quotes that hello: {"upto":…,"hash":…} with these, nullopt for what the hello itself says it
    /// begins behind.
    std::string receipt(const Packet& hello, std::optional<std::uint64_t> upto = std::nullopt,
                        const std::string& hash = "", const std::string& more = "") const;
    std::string message(const std::string& topic, const std::string& payload) const;
    void send_later(const Packet& packet, std::string bytes, Millis after);
    void run_later(std::function<void()> call, Millis after);
    static std::string header(int first_byte, std::size_t length);

    static bool is_hello(const Packet& packet) { return packet.topic.ends_with("/hello"); }
    static bool is_events(const Packet& packet) { return packet.topic.ends_with("/events"); }

private:
    Reply take(const Packet& packet);

    const int protocol_;
    const Script script_;
    asio::io_context loop_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::optional<FakeBroker> broker_;
    std::atomic<std::size_t> connections_ = 0;
    std::atomic<std::size_t> event_messages_ = 0;
    std::atomic<std::size_t> hellos_ = 0;
    std::thread thread_;
};

}  // namespace tillpost::test
