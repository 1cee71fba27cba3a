// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/central/sessions.hpp"
#include "agent/central/store.hpp"
#include "agent/mqtt/connection.hpp"
#include "platform/log_limit.hpp"
#include "platform/task_group.hpp"
#include "platform/wake.hpp"
#include "platform/worker.hpp"

namespace tillpost {

struct ReceiverSettings {
    /// Topic filters up to the node, "tillpost/v1/+/+/+".
    std::vector<std::string> agents{"tillpost/v1/+/+/+"};
    std::size_t queue_bytes = 64U << 20;  ///< Waiting to be committed; a message beyond is dropped: agents resend.
    std::size_t batch_bytes = 4U << 20;   ///< One transaction
    Millis first_retry{200};              ///< Of the connection: full jitter from here …
    Millis longest_retry{10'000};         ///< … to here, for ever.
    /// Of backlog, bytes a second that all agents together are granted, in equal shares; none: as much as they can
    /// send.
    std::optional<std::uint64_t> backlog_rate{};
    Millis full_retry{5'000};  ///< Of a commit while the disk is full
};

/// What happened since the start.
struct ReceiverStats {
    CentralCounters lines;
    std::uint64_t messages = 0;
    std::uint64_t batches = 0;
    std::uint64_t receipts = 0;
    std::uint64_t hellos = 0;
    std::uint64_t ignored = 0;           ///< Messages with unknown topics, malformed hellos, or what cannot be unpacked
    std::uint64_t dropped_messages = 0;  ///< The queue was full.
    std::size_t agents_online = 0;
};

/// Takes agents' events from a broker, commits them and answers with receipts. Loop thread; the store is used on a
/// worker of its own.
///
/// A receipt is made from committed storage, after the commit returned. A full disk stops receipts, nothing else;
/// any other failure of the store ends the receiver through `on_failure`, since what it says is no longer known.
class Receiver {
public:
    struct Calls {
        /// After each commit that took something, on the worker's thread: a slow terminal holds up commits, and so
        /// the agents, and nothing piles up here. Empty: nothing is collected.
        std::function<void(const std::vector<Taken>&)> taken;
        std::function<void(const Error&)> on_failure;
        std::function<void()> on_stopped;
    };

    /// The store must outlive the receiver.
    Receiver(asio::any_io_executor loop, MqttConnection& connection, CentralStore& store, ReceiverSettings settings,
             Calls calls);

    void start();
    /// Takes no more messages, commits what waits, sends the last receipts, disconnects; then calls on_stopped, after
    /// ten seconds at the latest.
    void stop();

    const ReceiverStats& stats() const { return stats_; }
    bool online() const { return online_; }

private:
    struct Item {
        AgentLines lines;
        std::optional<Hello> hello;
        std::size_t bytes() const { return lines.payload.size() + 256; }
    };
    struct Batch {
        std::vector<AgentLines> lines;
        std::vector<std::pair<AgentName, Hello>> hellos;
        std::size_t bytes = 0;
        bool want_taken = false;
    };
    struct Answer {
        AgentName agent;
        std::string payload;
    };

    asio::awaitable<void> run_connection();
    asio::awaitable<Result<void>> connect();
    asio::awaitable<void> run_commits();
    asio::awaitable<bool> commit_batch();
    asio::awaitable<void> run_receipts();
    asio::awaitable<bool> send_receipts(std::vector<Sessions::Due> due);
    asio::awaitable<void> run_stop();

    void on_message(MqttMessage message);
    void on_lost(const Error& why);
    void ignore(const std::string& topic, const std::string& why);
    void on_online(const AgentName& agent, bool online, bool retained);
    void enqueue(Item item);
    void fill_batch();
    Result<Committed> commit_on_worker();
    Result<std::vector<Answer>> answer_on_worker(const std::vector<Sessions::Due>& due,
                                                 std::optional<std::uint64_t> rate);
    std::optional<std::uint64_t> granted_rate() const;
    void note(const Committed& committed);
    void publish(Answer answer);
    void call(const AgentName& agent);
    void refused(const AgentName& agent, const Error& why);
    bool receipts_left() const;
    void fail(const Error& error);

    MqttConnection& connection_;
    CentralStore& store_;
    ReceiverSettings settings_;
    Calls calls_;
    ReceiverStats stats_;
    Sessions sessions_;
    std::set<AgentName> agents_online_;
    std::deque<Item> queue_;
    std::size_t queued_bytes_ = 0;  ///< Of queue_ and batch_
    bool dropping_ = false;
    LogLimit ignored_said_, refused_said_;
    Batch batch_;  ///< In the worker's hands while a commit runs
    std::size_t receipt_window_ = 0;
    std::size_t receipts_waiting_ = 0;  ///< Published and not yet acknowledged by the broker
    bool committing_ = false;
    bool answering_ = false;  ///< Receipts are being made on the worker.
    bool failed_ = false;
    bool online_ = false;
    bool lost_ = false;
    bool stopping_ = false;
    Wake link_wake_, pause_wake_, commit_wake_, receipt_wake_, stop_wake_;
    Worker worker_;
    TaskGroup tasks_;
};

}  // namespace tillpost
