// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/mqtt/connection.hpp"
#include "agent/mqtt/loop_gate.hpp"

namespace tillpost {

/// What a session tells its connection. Loop thread.
class PahoEvents {
public:
    virtual ~PahoEvents() = default;
    virtual void on_connected(std::uint64_t session, Result<MqttSession> outcome) = 0;
    virtual void on_tls_error(std::uint64_t session, const std::string& text) = 0;
    virtual void on_finished(std::uint64_t ticket, const Result<void>& outcome) = 0;
    virtual void on_lost(std::uint64_t session, const std::string& reason) = 0;
    virtual void on_message(std::uint64_t session, MqttMessage message) = 0;
};

/// One client object of the Paho library, from one connect to its end; never used twice, because a client that has
/// failed once keeps state (and leaks) behind.
///
/// The library's calls may block, so all functions but abandon() belong to the connection's worker thread. The
/// library's callbacks come on its own threads with its process-wide mutex held, so they only post to the loop.
///
/// Paho's C interface is used, not its C++ wrapper: in wrapper 1.2.0 the TLS error handler's context is the
/// by-value parameter of connect(), which is gone when the handshake fails. Paho C 1.3.12 gives no way to see a
/// PUBACK's reason code below 0x80 or its properties (MQTTAsync_successData5 has those of the sent message), so
/// 0x10, "no matching subscribers", looks like plain success: only the receiver's receipt says that someone has it.
/// Nor can TCP_NODELAY or TCP_USER_TIMEOUT be set through it.
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
    /// Nobody waits for it any more: an open() that has not begun does nothing. Any thread.
    void abandon() { abandoned_ = true; }

    /// Begins to connect; on_connected() follows, unless the library hangs.
    void open();
    /// `slot` is free until on_finished(ticket).
    void publish(std::size_t slot, std::uint64_t ticket, const MqttMessage& message);
    void subscribe(std::size_t slot, std::uint64_t ticket, const std::vector<std::string>& topics);
    /// Sends DISCONNECT if connected and waits that long for it to be sent, then destroys the client: no callback
    /// comes after it.
    void close(Millis wait_for_disconnect);

    /// Operations under way at once. Paho finds an acknowledged message by a walk through its list, and stops for a
    /// second when its own limit (`max_inflight`, 1000) is reached.
    static constexpr std::size_t slots = 900;

private:
    struct Callbacks;
    struct Slot {
        PahoSession* session = nullptr;
        std::uint64_t ticket = 0;
        std::size_t topics = 0;  ///< Of a SUBSCRIBE.
    };
    Slot& use_slot(std::size_t index, std::uint64_t ticket, std::size_t topics);
    int create();
    int connect();
    void report_connected(Result<MqttSession> outcome);
    void report_finished(std::uint64_t ticket, Result<void> outcome);
    void report_lost(std::string reason);
    void report_message(MqttMessage message);

    const std::uint64_t number_;
    const MqttSettings settings_;
    const std::shared_ptr<LoopGate> gate_;
    const std::weak_ptr<PahoEvents> events_;
    std::atomic<bool> abandoned_ = false;
    void* client_ = nullptr;  ///< MQTTAsync
    std::vector<Slot> slots_;
};

}  // namespace tillpost
