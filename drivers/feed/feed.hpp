// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "drivers/driver.hpp"
#include "drivers/feed/connection.hpp"
#include "drivers/feed/listener.hpp"
#include "drivers/feed/peer.hpp"
#include "platform/listening_socket.hpp"
#include "platform/log_limit.hpp"
#include "platform/wake.hpp"

namespace tillpost {

/// Where POS software hands over its records, one JSON object a line, over a Unix socket and TCP on 127.0.0.1
/// (drivers/feed/README.md). Loop thread only.
///
/// [durable-1] A line is answered "accepted" when the sink says so, in the order of the lines. Memory is bounded by
/// most_connections × (one input buffer + longest_line + window × answer + most_unsent), besides what the sink holds.
class Feed final : public Driver {
public:
    Feed(asio::any_io_executor loop, FeedSettings settings, Sink& sink);
    /// Closes everything; the sink may still answer, and nobody hears it.
    ~Feed() override;

    /// Binds the sockets; whoever connects waits until run().
    Result<void> start() override;
    asio::awaitable<void> run() override;
    void resume() override;
    void drain() override;
    std::vector<Health> health() const override;

    /// The TCP port that start() bound, 0 without TCP.
    std::uint16_t tcp_port() const { return tcp_port_; }

private:
    using Socket = FeedConnection::Socket;
    struct Closing;

    Result<void> start_unix();
    Result<void> start_tcp();
    Result<void> listen(FileDescriptor socket, int family, FeedListener::OnSocket on_socket);
    void on_unix_socket(Socket socket);
    void on_tcp_socket(Socket socket);
    void take(Socket socket, FeedConnection::User user);
    using Places = std::map<FeedConnection::User, std::size_t>;
    Places places() const;
    std::shared_ptr<FeedConnection> longest_silent(FeedConnection::User newcomer, const Places& places) const;
    std::shared_ptr<FeedConnection> beyond_share(FeedConnection::User newcomer, const Places& places) const;
    /// Of those that are turned away and have their answers.
    bool close_spent_one();
    bool make_room(FeedConnection::User newcomer);
    void take_place_of(FeedConnection& connection, const char* word, const std::string& why);
    void turn_away(Socket socket, const char* word, const std::string& why, LogLimit& limit);
    void close_listeners();
    void close_all();
    std::string turned_away_words() const;

    asio::any_io_executor loop_;
    FeedShared shared_;
    PeerRules rules_;
    std::unique_ptr<SocketFile> socket_file_;
    std::vector<std::shared_ptr<FeedListener>> listeners_;
    std::unordered_set<std::shared_ptr<FeedConnection>> connections_;
    Wake closed_one_;
    LogLimit not_allowed_said_;
    LogLimit too_many_said_;
    std::map<std::string, LogLimit> gave_way_said_;  ///< By the reason's word
    std::uint16_t tcp_port_ = 0;
    bool draining_ = false;
};

}  // namespace tillpost
