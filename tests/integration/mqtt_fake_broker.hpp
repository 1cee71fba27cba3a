// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <list>
#include <string>

namespace tillpost::test {

namespace asio = boost::asio;

/// A broker that answers as the test says, on the test's own loop: for what a real one does not do on demand.
class FakeBroker {
public:
    /// The bytes to answer a packet with, "" for none. `id` is the packet identifier of PUBLISH (QoS 1) and SUBSCRIBE.
    using Answer = std::function<std::string(int type, const std::string& id)>;
    static constexpr int connect = 1, publish = 3, subscribe = 8, disconnect = 14;

    FakeBroker(const asio::any_io_executor& loop, Answer answer)
        : answer_(std::move(answer)), acceptor_(loop, {asio::ip::address_v4::loopback(), 0}) {
        accept();
    }
    std::string address() const { return "tcp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
    std::size_t accepted() const { return peers_.size(); }
    const std::string& seen() const { return seen_; }  ///< A letter a packet: 'a' + type.
    void send(std::string bytes) { write(peers_.back(), std::move(bytes)); }
    void drop() { peers_.back().socket.close(); }

    static std::string connack5() { return std::string("\x20\x03\x00\x00\x00", 5); }
    static std::string connack3() { return std::string("\x20\x02\x00\x00", 4); }

private:
    struct Peer {
        explicit Peer(asio::ip::tcp::socket accepted) : socket(std::move(accepted)) {}
        asio::ip::tcp::socket socket;
        std::array<char, 4096> part{};
        std::string waiting;
        std::list<std::string> out;
    };

    void accept() {
        acceptor_.async_accept([this](boost::system::error_code failed, asio::ip::tcp::socket socket) {
            if (failed) return;
            peers_.emplace_back(std::move(socket));
            read(peers_.back());
            accept();
        });
    }
    void read(Peer& peer) {
        peer.socket.async_read_some(asio::buffer(peer.part),
                                    [this, &peer](boost::system::error_code failed, std::size_t n) {
                                        if (failed) return;
                                        peer.waiting.append(peer.part.data(), n);
                                        while (take_packet(peer)) {
                                        }
                                        read(peer);
                                    });
    }
    bool take_packet(Peer& peer) {
        const std::string& in = peer.waiting;
        std::size_t length = 0, at = 1;
        for (int shift = 0;; shift += 7, ++at) {
            if (at >= in.size()) return false;
            length |= static_cast<std::size_t>(in[at] & 0x7f) << shift;
            if ((in[at] & 0x80) == 0) break;
        }
        const std::size_t begin = at + 1;
        if (in.size() < begin + length) return false;
        const int type = static_cast<unsigned char>(in[0]) >> 4;
        std::size_t id_at = begin;
        if (type == publish)
            id_at += 2 + static_cast<unsigned char>(in[begin]) * 256 + static_cast<unsigned char>(in[begin + 1]);
        const std::string id = length >= 2 ? in.substr(id_at, 2) : "";
        seen_ += static_cast<char>('a' + type);
        peer.waiting.erase(0, begin + length);
        if (std::string reply = answer_(type, id); !reply.empty()) write(peer, std::move(reply));
        return true;
    }
    void write(Peer& peer, std::string bytes) {
        peer.out.push_back(std::move(bytes));
        asio::async_write(peer.socket, asio::buffer(peer.out.back()), [](boost::system::error_code, std::size_t) {});
    }

    Answer answer_;
    asio::ip::tcp::acceptor acceptor_;
    std::list<Peer> peers_;
    std::string seen_;
};

}  // namespace tillpost::test
