// SPDX-License-Identifier: Apache-2.0
// The receiver's side towards the broker: connecting for ever, and what arrives.
#include <algorithm>
#include <utility>

#include "agent/central/receiver.hpp"
#include "agent/wire/compression.hpp"
#include "platform/bytes.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

/// Receipts that the broker may owe us an acknowledgement for. Each agent has one at most.
constexpr std::size_t most_receipts_waiting = 256;
constexpr std::size_t most_agents_online = 100'000;  ///< Counted for the summary

Result<std::string> unpacked(std::string payload, const std::string& encoding) {
    if (encoding.empty()) return payload;
    if (encoding == zstd_encoding) return decompress(payload);
    return Error{Errc::invalid, "its content-encoding is " + encoding + ", and only zstd is known"};
}

}  // namespace

void Receiver::on_lost(const Error& why) {
    log::warn("the connection to the broker is lost", {{"reason", why.message}});
    lost_ = true;
    online_ = false;
    link_wake_.notify();
}

asio::awaitable<Result<void>> Receiver::connect() {
    lost_ = false;
    const Result<MqttSession> session = co_await connection_.connect();
    if (!session) co_return session.error();
    receipt_window_ = std::min<std::size_t>(session->receive_maximum, most_receipts_waiting);
    std::vector<std::string> topics;
    for (const std::string& filter : settings_.agents) {
        for (const char* leaf : {"/events", "/hello", "/online"}) topics.push_back(filter + leaf);
    }
    const Result<void> subscribed = co_await connection_.subscribe(std::move(topics));
    if (!subscribed) {
        co_await connection_.disconnect();
        co_return subscribed.error().with_context("subscribe");
    }
    if (lost_) co_return Error{Errc::not_connected, "the connection was lost again"};
    co_return Result<void>();
}

asio::awaitable<void> Receiver::run_connection() {
    Millis cap = settings_.first_retry;
    for (;;) {
        const Result<void> connected = co_await connect();
        if (connected) {
            log::info("connected; waiting for agents");
            const SteadyTime since = steady_now();
            online_ = true;
            receipt_wake_.notify();
            for (;;) {
                if (!online_) break;
                co_await link_wake_.wait();
            }
            if (steady_now() - since > settings_.longest_retry) cap = settings_.first_retry;
        }
        // Even after a good connection: whoever else lost the same broker comes back now, too.
        const Millis delay{static_cast<Millis::rep>(random_number() % static_cast<std::uint64_t>(cap.count() + 1))};
        cap = std::min(2 * cap, settings_.longest_retry);
        if (!connected) {
            log::warn("no connection", {{"reason", connected.error().message}, {"retry_ms", delay.count()}});
        }
        co_await pause_wake_.wait_for(delay);
    }
}

void Receiver::on_message(MqttMessage message) {
    ++stats_.messages;
    auto name = AgentName::from_topic(message.topic);
    if (!name || stopping_) {
        ++stats_.ignored;
        return;
    }
    Item item{{std::move(name->first), {}}, std::nullopt};
    if (name->second == "events") {
        Result<std::string> lines = unpacked(std::move(message.payload), message.content_encoding);
        if (!lines) return ignore(message.topic, lines.error().message);
        item.lines.payload = std::move(*lines);
    } else if (name->second == "hello" && !message.retained) {
        Result<Hello> hello = decode_hello(message.payload);
        if (!hello || hello->source != item.lines.agent.source()) {
            return ignore(message.topic, hello ? "it names another source" : hello.error().message);
        }
        ++stats_.hellos;
        item.hello = std::move(*hello);
    } else if (name->second == "online") {
        on_online(item.lines.agent, message.payload.find("\"online\":true") != std::string::npos, message.retained);
        return;
    } else {
        ++stats_.ignored;
        return;
    }
    enqueue(std::move(item));
}

void Receiver::ignore(const std::string& topic, const std::string& why) {
    ++stats_.ignored;
    auto line = [topic, why](std::uint64_t times) {
        log::warn("messages are ignored", {{"topic", topic}, {"reason", why}, {"times", times}});
    };
    ignored_said_.say(steady_now(), std::move(line));
}

// Retained, it was said before we came: what the agent has sent meanwhile is lost, and it would notice only when it has
// waited long enough for a receipt.
void Receiver::on_online(const AgentName& agent, bool online, bool retained) {
    if (online && retained) {
        sessions_.present(agent, steady_now());
        receipt_wake_.notify();
    } else {
        sessions_.left(agent);
    }
    if (online && agents_online_.size() < most_agents_online) agents_online_.insert(agent);
    if (!online) agents_online_.erase(agent);
    stats_.agents_online = agents_online_.size();
}

}  // namespace tillpost
