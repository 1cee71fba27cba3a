// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tillpost::test {

/// A name server (RFC 1035) for one host: whatever is asked has its addresses, or nobody answers. In the network
/// namespace of the thread that makes it; on a thread of its own.
class NameServer {
public:
    /// At port 53 of that address.
    explicit NameServer(const std::string& own_address);
    ~NameServer();
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    /// IPv4 addresses; none, or "": questions are taken and not answered.
    void answer(const std::string& address, const std::string& second = "");
    int questions() const { return questions_; }

private:
    void receive();
    std::string answer_to(std::string_view question);

    boost::asio::io_context loop_{1};
    boost::asio::ip::udp::socket socket_;
    boost::asio::ip::udp::endpoint asker_;
    std::array<char, 512> question_{};
    std::mutex mutex_;
    std::vector<std::string> addresses_;  ///< Guarded by mutex_
    std::atomic<int> questions_ = 0;
    std::thread thread_;
};

}  // namespace tillpost::test
