// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/mqtt/connection.hpp"
#include "agent/wire/protocol.hpp"
#include "platform/task_group.hpp"

namespace tillpost {

/// Lines of an epoch of its own, as an agent makes them.
class TestStream {
public:
    TestStream(std::string source, std::uint32_t ordinal);

    std::string sale();                                                         ///< The next line, a small sale
    std::string body(const std::string& body);                                  ///< The next line, with these bytes
    std::string event(const std::string& type, const std::string& data) const;  ///< A body for body()
    std::string tombstone();
    std::string content() const;  ///< Of the last tombstone
    std::string lost();
    std::vector<std::string> sales(int count);
    /// The same history so far; what follows differs.
    TestStream clone() const { return *this; }

    Epoch epoch() const { return epoch_; }
    Sequence last() const { return chains_.size() - 1; }
    const Digest& chain(Sequence sequence) const { return chains_.at(sequence); }
    EpochSummary summary(Sequence first = 1, Sequence confirmed = 0) const;

private:
    std::string sale_body() const;
    std::string next(const Digest& digest);

    std::string source_;
    std::uint32_t ordinal_;
    Epoch epoch_;
    std::vector<Digest> chains_;  ///< By sequence, from 0
    std::string withheld_;
};

/// Plays an agent against whoever answers on the broker. Blocking: runs a loop of its own while it waits.
class ConformancePeer {
public:
    ConformancePeer(MqttSettings settings, AgentName agent, Millis patience);
    ~ConformancePeer();

    /// Connects and subscribes to the receipts.
    Result<void> connect();
    /// Asks the broker for what it has retained.
    Result<void> subscribe_again() { return run(Step::subscribe); }

    /// Whether anything answers a hello within that time: a receipt, right or wrong.
    bool answered(Millis within);

    void hello(std::vector<EpochSummary> epochs);
    /// In one message, or in as few as the broker's Maximum Packet Size allows.
    void send(const std::vector<std::string>& lines);
    /// As one zstd frame. MQTT 5 only.
    void send_compressed(const std::vector<std::string>& lines);
    bool can_compress() const { return protocol_ == 5; }
    /// Handles what arrives until it holds; false when the patience is at its end.
    bool wait(const std::function<bool()>& holds) { return wait(holds, patience_); }
    bool wait(const std::function<bool()>& holds, Millis within);
    /// Waits for an answer to the last hello in which the epoch is as wanted.
    bool expect(Epoch epoch, const std::function<bool(const EpochReceipt&)>& wanted);

    const std::string& source() const { return source_; }
    const std::string& number() const { return number_; }
    /// All receipts since the last forget(); one that could not be read is in faults().
    const std::vector<Receipt>& receipts() const { return receipts_; }
    const std::vector<std::string>& faults() const { return faults_; }
    std::size_t retained() const { return retained_; }
    void forget();
    /// The last message that arrived, shortened; for the report.
    std::string came() const;

private:
    enum class Step { connect, subscribe };
    Result<void> run(Step step);
    asio::awaitable<void> take(Step step);
    void on_message(const MqttMessage& message);

    void publish_events(std::string payload, std::string_view encoding);

    AgentName agent_;
    int protocol_;
    std::string source_;
    Millis patience_;
    std::string number_;
    std::vector<Receipt> receipts_;
    std::vector<std::string> faults_;
    std::string last_;
    std::size_t retained_ = 0;
    std::size_t largest_ = 268'435'455;  ///< Packet that the broker takes
    std::optional<Result<void>> outcome_;
    asio::io_context loop_{1};
    std::unique_ptr<MqttConnection> connection_;
    TaskGroup tasks_;
};

}  // namespace tillpost
