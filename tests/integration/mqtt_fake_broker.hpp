// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <list>
#include <stdexcept>
#include <string>

namespace tillpost::test {

namespace asio = boost::asio;

/// A broker that answers as the test says, on the test's own loop: for what a real one does not do on demand.
class FakeBroker {
public:
    /// The bytes to answer a packet with, "" for none. `id` is the packet identifier of PUBLISH (QoS 1) and SUBSCRIBE.
    using Answer = std::function<std::string(int type, const std::string& id)>;
    static constexpr int connect = 1, publish = 3, puback = 4, subscribe = 8, ping = 12, disconnect = 14;

    struct Packet {
        int type = 0;
        std::string id;
        std::string topic;         ///< Of a PUBLISH.
        std::string payload;       ///< Of a PUBLISH, behind the identifier; with MQTT 5 properties come first.
        std::size_t connection{};  ///< The how-manieth.
    };
    struct Reply {
        Reply(std::string answer = "", bool close_then = false) : bytes(std::move(answer)), close(close_then) {}
        std::string bytes;
        bool close;  ///< Ends the connection once the bytes are written.
    };
    using Script = std::function<Reply(const Packet&)>;

    FakeBroker(const asio::any_io_executor& loop, Answer answer)
        : FakeBroker(
              loop, [answer](const Packet& packet) { return Reply(answer(packet.type, packet.id)); }, 0) {}
    FakeBroker(const asio::any_io_executor& loop, Script script, int port)
        : script_(std::move(script)),
          acceptor_(loop, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)}) {
        accept();
    }
    std::string address() const { return "tcp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
    int port() const { return acceptor_.local_endpoint().port(); }
    std::size_t accepted() const { return peers_.size(); }
    const std::string& seen() const { return seen_; }  ///< A letter a packet: 'a' + type.
    void send(std::string bytes) { write(peers_.back(), std::move(bytes)); }
    /// To that connection, if there is still one.
    void send_to(std::size_t number, std::string bytes) {
        for (Peer& peer : peers_) {
            if (peer.number == number && peer.socket.is_open()) write(peer, std::move(bytes));
        }
    }
    void drop() { peers_.back().socket.close(); }

    static std::string connack5() { return std::string("\x20\x03\x00\x00\x00", 5); }
    static std::string connack3() { return std::string("\x20\x02\x00\x00", 4); }

private:
    struct Peer {
        Peer(asio::ip::tcp::socket accepted, std::size_t count) : socket(std::move(accepted)), number(count) {}
        asio::ip::tcp::socket socket;
        std::size_t number;
        std::array<char, 4096> part{};
        std::string waiting;
        std::list<std::string> out;
    };

    void accept() {
        acceptor_.async_accept([this](boost::system::error_code failed, asio::ip::tcp::socket socket) {
            if (failed) return;
            peers_.emplace_back(std::move(socket), peers_.size() + 1);
            read(peers_.back());
            accept();
        });
    }
    void read(Peer& peer) {
        peer.socket.async_read_some(asio::buffer(peer.part),
                                    [this, &peer](boost::system::error_code failed, std::size_t n) {
                                        if (failed) return;
                                        peer.waiting.append(peer.part.data(), n);
                                        take_packets(peer);
                                    });
    }
    void take_packets(Peer& peer) {
        try {
            while (take_packet(peer)) {
            }
            read(peer);
        } catch (const std::out_of_range&) {
            peer.socket.close();  // no MQTT
        }
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
        const Packet packet = packet_of(in.substr(0, begin + length), begin, peer.number);
        seen_ += static_cast<char>('a' + packet.type);
        peer.waiting.erase(0, begin + length);
        Reply reply = script_(packet);
        if (!reply.bytes.empty() || reply.close) write(peer, std::move(reply.bytes), reply.close);
        return true;
    }
    static Packet packet_of(const std::string& in, std::size_t begin, std::size_t connection) {
        Packet packet;
        packet.type = static_cast<unsigned char>(in[0]) >> 4;
        packet.connection = connection;
        std::size_t id_at = begin;
        if (packet.type == publish) {
            const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(in.at(at)); };
            const std::size_t length = byte(begin) * 256U + byte(begin + 1);
            packet.topic = in.substr(begin + 2, length);
            id_at += 2 + length;
        }
        if (in.size() >= id_at + 2) packet.id = in.substr(id_at, 2);
        if (packet.type == publish && in.size() > id_at + 2) packet.payload = in.substr(id_at + 2);
        return packet;
    }
    void write(Peer& peer, std::string bytes, bool close = false) {
        peer.out.push_back(std::move(bytes));
        asio::async_write(peer.socket, asio::buffer(peer.out.back()),
                          [&peer, close](boost::system::error_code, std::size_t) {
                              if (close) peer.socket.close();
                          });
    }

    Script script_;
    asio::ip::tcp::acceptor acceptor_;
    std::list<Peer> peers_;
    std::string seen_;
};

}  // namespace tillpost::test
