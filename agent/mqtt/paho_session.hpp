// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/mqtt/connection.hpp"
#include "agent/mqtt/loop_gate.hpp"

namespace tillpost {

/// Names an operation under way; travels through the library as a pointer's value.
using PahoTicket = std::uintptr_t;

/// What a session tells its connection. Loop thread.
class PahoEvents {
public:
    virtual ~PahoEvents() = default;
    /// The keep-alive is what the broker wants (Server Keep Alive), zero if it says nothing.
    virtual void on_connected(std::uint64_t session, Result<MqttSession> outcome) = 0;
    virtual void on_finished(PahoTicket ticket, const Result<void>& outcome) = 0;
    virtual void on_lost(std::uint64_t session, const Error& why) = 0;
    virtual void on_message(std::uint64_t session, MqttMessage message) = 0;
};

/// One client object of the Paho library, from one connect to its end; never used twice, because a client that has
/// failed once keeps state (and leaks) behind.
///
/// The library's calls may block, so all functions but abandon() belong to the connection's worker thread. The
/// library's callbacks come on its own threads with its process-wide mutex held, so they only post to the loop.
///
/// Limits of Paho C++ 1.2.0 on Paho C 1.3.12: a PUBACK's reason code below 0x80 and its properties are not reported,
/// so 0x10, "no matching subscribers", looks like plain success: only the receiver's receipt says that someone has
/// it. ssl_options::set_error_handler must not be used: its context is a copy that is gone when the handshake fails.
/// TCP_NODELAY and TCP_USER_TIMEOUT cannot be set.
///
/// When a connection ends while publishes are still in Paho's queue (the socket's buffer is full), their topics and
/// payloads leak (MQTTAsync_NULLPublishCommands): another reason for a window bounded in bytes.
class PahoSession {
public:
    PahoSession(std::uint64_t number, MqttSettings settings, std::shared_ptr<LoopGate> gate,
                std::weak_ptr<PahoEvents> events);
    ~PahoSession();
    PahoSession(const PahoSession&) = delete;
    PahoSession& operator=(const PahoSession&) = delete;

    std::uint64_t number() const { return number_; }
    /// What the broker is told.
    static std::chrono::seconds keep_alive_of(const MqttSettings& settings);
    /// Nobody waits for it any more: an open() that has not begun does nothing. Any thread.
    void abandon() { abandoned_ = true; }

    /// Begins to connect; on_connected() follows, unless the library hangs.
    void open();
    /// on_finished(ticket) follows, unless the session is closed first.
    void publish(PahoTicket ticket, MqttMessage message);
    void subscribe(PahoTicket ticket, const std::vector<std::string>& topics);
    /// Sends DISCONNECT if connected and waits that long for it to be sent, then destroys the client: no callback
    /// comes after it.
    void close(Millis wait_for_disconnect);

    /// Operations under way at once. Paho finds an acknowledged message by a walk through its list, and stops for a
    /// second when its own limit (`max_inflight`, 1000) is reached.
    static constexpr std::size_t most_under_way = 900;

private:
    class Client;
    void report_connected(Result<MqttSession> outcome);
    void report_finished(PahoTicket ticket, Result<void> outcome);
    void report_lost(Error why);
    void report_message(MqttMessage message);

    const std::uint64_t number_;
    const MqttSettings settings_;
    const std::shared_ptr<LoopGate> gate_;
    const std::weak_ptr<PahoEvents> events_;
    std::atomic<bool> abandoned_ = false;
    std::unique_ptr<Client> client_;
};

}  // namespace tillpost
