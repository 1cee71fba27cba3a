// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_broker.hpp"

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

namespace tillpost::test {
namespace {

std::string byte(int value) { return std::string(1, static_cast<char>(value)); }

std::string two_bytes(std::size_t value) {
    return byte(static_cast<int>(value >> 8)) + byte(static_cast<int>(value & 0xff));
}

/// The value of a member of a JSON object that is known to be plain: text without escapes, or a number.
std::string member(const std::string& json, const std::string& name) {
    const std::string key = "\"" + name + "\":";
    auto at = json.find(key);
    if (at == std::string::npos) return "";
    at += key.size();
    if (json[at] == '"') return json.substr(at + 1, json.find('"', at + 1) - at - 1);
    return json.substr(at, json.find_first_of(",}", at) - at);
}

}  // namespace

ScriptedBroker::ScriptedBroker(int port, int protocol, Script script)
    : protocol_(protocol), script_(std::move(script)), work_(loop_.get_executor()) {
    broker_.emplace(
        loop_.get_executor(), [this](const Packet& packet) { return take(packet); }, port);
    thread_ = std::thread([this] { loop_.run(); });
}

ScriptedBroker::~ScriptedBroker() {
    loop_.stop();
    thread_.join();
}

std::string ScriptedBroker::address() const { return broker_->address(); }

FakeBroker::Reply ScriptedBroker::take(const Packet& packet) {
    if (packet.type == FakeBroker::connect) ++connections_;
    if (is_events(packet)) ++event_messages_;
    if (is_hello(packet)) ++hellos_;
    return script_(*this, packet);
}

std::string ScriptedBroker::good(const Packet& packet) {
    switch (packet.type) {
        case FakeBroker::connect: return connack();
        case FakeBroker::publish: return puback(packet.id) + (is_hello(packet) ? receipt(packet) : "");
        case FakeBroker::subscribe: return suback(packet.id);
        case FakeBroker::ping: return header(0xd0, 0);
        default: return "";
    }
}

std::string ScriptedBroker::header(int first_byte, std::size_t length) {
    std::string bytes = byte(first_byte);
    do {
        const std::size_t rest = length >> 7;
        bytes += byte(static_cast<int>((length & 0x7f) | (rest != 0 ? 0x80U : 0U)));
        length = rest;
    } while (length != 0);
    return bytes;
}

std::string ScriptedBroker::puback(const std::string& id, int reason) const {
    if (reason == 0 || protocol_ != 5) return header(0x40, 2) + id;
    return header(0x40, 3) + id + byte(reason);
}

std::string ScriptedBroker::connack(int reason, bool session_present, const std::string& properties) const {
    std::string body = byte(session_present ? 1 : 0) + byte(reason);
    if (protocol_ == 5) body += byte(static_cast<int>(properties.size())) + properties;
    return header(0x20, body.size()) + body;
}

std::string ScriptedBroker::suback(const std::string& id, int reason) const {
    const std::string body = id + (protocol_ == 5 ? byte(0) : "") + byte(reason);
    return header(0x90, body.size()) + body;
}

std::string ScriptedBroker::server_disconnect(int reason) const { return header(0xe0, 1) + byte(reason); }

std::string ScriptedBroker::message(const std::string& topic, const std::string& payload) const {
    const std::string body = two_bytes(topic.size()) + topic + (protocol_ == 5 ? byte(0) : "") + payload;
    return header(0x30, body.size()) + body;
}

void ScriptedBroker::send_later(const Packet& packet, std::string bytes, Millis after) {
    auto send = [this, connection = packet.connection, bytes = std::move(bytes)] {
        broker_->send_to(connection, bytes);
    };
    run_later(std::move(send), after);
}

void ScriptedBroker::run_later(std::function<void()> call, Millis after) {
    auto timer = std::make_shared<asio::steady_timer>(loop_, after);
    timer->async_wait([timer, call = std::move(call)](const boost::system::error_code&) { call(); });
}

std::string ScriptedBroker::receipt(const Packet& hello, std::optional<std::uint64_t> upto, const std::string& hash,
                                    const std::string& more) const {
    const std::string& said = hello.payload;
    const std::string first = member(said, "first");
    if (first.empty()) return "";
    const std::string text = R"({"receipt":")" + member(said, "hello") + R"(","receiver":")" + std::string(32, 'a') +
                             R"(","epochs":[{"epoch":")" + member(said, "epoch") + R"(","upto":)" +
                             std::to_string(upto ? *upto : std::stoull(first) - 1) + R"(,"hash":")" +
                             (hash.empty() ? member(said, "before") : hash) + "\"" + more + "}]}";
    return message(hello.topic.substr(0, hello.topic.size() - 5) + "receipt", text);
}

}  // namespace tillpost::test
