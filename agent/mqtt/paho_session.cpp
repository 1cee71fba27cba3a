// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/paho_session.hpp"

#include <mqtt/async_client.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <utility>

#include "agent/mqtt/address.hpp"
#include "agent/mqtt/proxy.hpp"

#ifdef __SANITIZE_ADDRESS__
// Paho 1.3.12 forgets topic and payload of publishes that are still in its queue when a connection ends
// (paho_session.hpp).
extern "C" const char* __lsan_default_suppressions() { return "leak:libpaho-mqtt3as"; }
#endif

namespace tillpost {
namespace {

constexpr int max_inflight = 1000;
constexpr std::uint32_t largest_packet_in =
    4 * 1024 * 1024;                 // what we tell an MQTT 5 broker; see LoopGate for what bounds it
constexpr int first_refusal = 0x80;  // MQTT 5, 2.4: reason codes of 0x80 and above are failures

std::string code_text(int code, std::string name) {
    std::array<char, 8> number{};
    std::snprintf(number.data(), number.size(), "0x%02x", static_cast<unsigned>(code) & 0xffU);
    if (!name.empty()) name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
    return std::string(number.data()) + (name.empty() ? "" : " " + name);
}

Error refusal(int reason) {
    Errc code = Errc::rejected;
    if (reason == mqtt::ReasonCode::PACKET_TOO_LARGE) code = Errc::too_large;
    if (reason == mqtt::ReasonCode::RETAIN_NOT_SUPPORTED) code = Errc::retains_nothing;
    return {code, code_text(reason, mqtt::exception::reason_code_str(reason))};
}

/// MQTT 5: why the broker closes the connection.
Error farewell(int reason) {
    Error why = refusal(reason).with_context("the broker closed it");
    if (reason == mqtt::ReasonCode::SESSION_TAKEN_OVER) {
        why.code = Errc::taken_over;
        why.message +=
            ": another client uses the same client id (a cloned box?); give each box a node and a certificate of its "
            "own";
    }
    return why;
}

/// MQTT 3.1.1, table 3.1.
Error connack_refusal(int code) {
    constexpr std::array<const char*, 5> names{"unacceptable protocol version", "identifier rejected",
                                               "server unavailable", "bad user name or password", "not authorized"};
    return {Errc::rejected, code_text(code, names[static_cast<std::size_t>(code - 1)])};
}

Error library_error(int code) {
    std::string name = mqtt::exception::error_str(code);
    if (code == MQTTASYNC_OPERATION_INCOMPLETE) name = "the connection ended before this was done";
    return {Errc::not_connected, (name.empty() ? "failed" : name) + " (Paho code " + std::to_string(code) + ")"};
}

Error library_error(const mqtt::exception& thrown) { return library_error(thrown.get_return_code()); }

/// Why an operation failed. What Paho makes of a refusal depends on the operation and the version of the protocol.
Error error_of(const mqtt::token& failed, bool v5) {
    const int code = failed.get_return_code();
    const bool connecting = failed.get_type() == mqtt::token::Type::CONNECT;
    if (v5 && failed.get_reason_code() >= first_refusal) return refusal(failed.get_reason_code());
    if (v5 && code >= first_refusal) return refusal(code);  // a CONNACK's
    if (!v5 && connecting && code >= 1 && code <= 5) return connack_refusal(code);
    if (!v5 && code == MQTT_BAD_SUBSCRIBE) return refusal(first_refusal);
    return library_error(code);
}

MqttSession session_of(const mqtt::properties& said) {
    MqttSession session;
    if (said.contains(mqtt::property::RECEIVE_MAXIMUM)) {
        session.receive_maximum = mqtt::get<std::uint16_t>(said, mqtt::property::RECEIVE_MAXIMUM);
    }
    if (said.contains(mqtt::property::MAXIMUM_PACKET_SIZE)) {
        session.maximum_packet_size = mqtt::get<std::uint32_t>(said, mqtt::property::MAXIMUM_PACKET_SIZE);
    }
    // The library has its own keep-alive ticking all the same (Paho C 1.3.12, #1421).
    if (said.contains(mqtt::property::SERVER_KEEP_ALIVE)) {
        session.keep_alive = std::chrono::seconds(mqtt::get<std::uint16_t>(said, mqtt::property::SERVER_KEEP_ALIVE));
    }
    if (said.contains(mqtt::property::RETAIN_AVAILABLE)) {
        session.retains = mqtt::get<std::uint8_t>(said, mqtt::property::RETAIN_AVAILABLE) != 0;
    }
    return session;
}

constexpr const char* encoding_name = "content-encoding";

mqtt::properties properties_of(const std::string& content_encoding) {
    mqtt::properties all;
    all.add({mqtt::property::USER_PROPERTY, encoding_name, content_encoding});
    return all;
}

/// "" if none is said. Of several the last one counts, as for any header that is said again.
std::string encoding_of(const mqtt::properties& said) {
    std::string found;
    const std::size_t count = said.count(mqtt::property::USER_PROPERTY);
    for (std::size_t i = 0; i < count; ++i) {
        const auto [name, value] = mqtt::get<mqtt::string_pair>(said, mqtt::property::USER_PROPERTY, i);
        if (name == encoding_name) found = value;
    }
    return found;
}

bool is_v5(const MqttSettings& settings) { return settings.protocol == 5; }

bool is_tls(const MqttSettings& settings) {
    return settings.address.starts_with("ssl://") || settings.address.starts_with("wss://");
}

int version_of(const MqttSettings& settings) { return is_v5(settings) ? MQTTVERSION_5 : MQTTVERSION_3_1_1; }

mqtt::ssl_options tls_options(const MqttSettings& settings) {
    mqtt::ssl_options tls;
    tls.set_trust_store(settings.ca_file);
    if (!settings.certificate_file.empty()) tls.set_key_store(settings.certificate_file);
    if (!settings.key_file.empty()) tls.set_private_key(settings.key_file);
    tls.set_enable_server_cert_auth(true);
    tls.set_verify(true);  // without it the host name is not compared
    return tls;
}

// Set in place: the library's builder loses properties.
mqtt::connect_options connect_options(const MqttSettings& settings) {
    mqtt::connect_options options;
    options.set_mqtt_version(version_of(settings));
    if (is_v5(settings)) {
        options.set_clean_start(true);
        mqtt::properties properties;
        properties.add({mqtt::property::MAXIMUM_PACKET_SIZE, largest_packet_in});
        options.set_properties(std::move(properties));
    } else {
        options.set_clean_session(true);
    }
    options.set_keep_alive_interval(PahoSession::keep_alive_of(settings));
    // The loop's own deadline comes first.
    options.set_connect_timeout(std::chrono::ceil<std::chrono::seconds>(settings.connect_timeout) +
                                std::chrono::seconds(1));
    options.set_max_inflight(max_inflight);
    options.set_automatic_reconnect(false);
    if (!settings.username.empty()) options.set_user_name(settings.username);
    if (!settings.password.empty()) options.set_password(settings.password);
    if (settings.will) {
        options.set_will(mqtt::will_options(settings.will->topic, settings.will->payload, 1, settings.will->retained));
    }
    if (is_tls(settings)) {
        options.set_ssl(tls_options(settings));
        if (!settings.proxy.empty()) {
            options.set_https_proxy(proxy::for_library(settings.proxy, settings.proxy_credentials));
        }
    }
    return options;
}

}  // namespace

/// The library's client and what it calls, on its threads, with its mutex held.
class PahoSession::Client final : private mqtt::callback, private mqtt::iaction_listener {
public:
    explicit Client(PahoSession& session)
        : session_(session),
          library_(without_look_up(session.settings_.address), session.settings_.client_id,
                   mqtt::create_options(version_of(session.settings_))) {
        library_.set_callback(*this);
        library_.set_disconnected_handler(
            [this](const mqtt::properties&, mqtt::ReasonCode reason) { session_.report_lost(farewell(reason)); });
    }

    void connect() { library_.connect(connect_options(session_.settings_), nullptr, *this); }
    void publish(PahoTicket ticket, MqttMessage message) {
        auto packet =
            std::make_shared<mqtt::message>(std::move(message.topic), std::move(message.payload), 1, message.retained);
        if (v5() && !message.content_encoding.empty()) packet->set_properties(properties_of(message.content_encoding));
        library_.publish(packet, context_of(ticket), *this);
    }
    void subscribe(PahoTicket ticket, const std::vector<std::string>& topics) {
        const mqtt::iasync_client::qos_collection levels(topics.size(), 1);
        library_.subscribe(mqtt::string_collection::create(topics), levels, context_of(ticket), *this);
    }
    /// Waits until DISCONNECT is sent or never will be.
    void disconnect(Millis wait) { library_.disconnect(mqtt::disconnect_options(0))->wait_for(wait); }

private:
    static void* context_of(PahoTicket ticket) { return reinterpret_cast<void*>(ticket); }
    static PahoTicket ticket_of(const mqtt::token& token) {
        return reinterpret_cast<PahoTicket>(token.get_user_context());
    }
    bool v5() const { return is_v5(session_.settings_); }

    void on_success(const mqtt::token& done) override {
        switch (done.get_type()) {
            case mqtt::token::Type::CONNECT:
                session_.report_connected(session_of(done.get_connect_response().get_properties()));
                return;
            case mqtt::token::Type::SUBSCRIBE: session_.report_finished(ticket_of(done), subscribed(done)); return;
            case mqtt::token::Type::PUBLISH: session_.report_finished(ticket_of(done), published(done)); return;
            default: return;
        }
    }
    void on_failure(const mqtt::token& failed) override {
        Error error = error_of(failed, v5());
        if (failed.get_type() == mqtt::token::Type::CONNECT) return session_.report_connected(std::move(error));
        session_.report_finished(ticket_of(failed), std::move(error));
    }
    Result<void> published(const mqtt::token& done) const {
        if (v5() && done.get_reason_code() >= first_refusal) return refusal(done.get_reason_code());
        return {};
    }
    static Result<void> subscribed(const mqtt::token& done) {
        const mqtt::subscribe_response response = done.get_subscribe_response();
        for (const mqtt::ReasonCode code : response.get_reason_codes()) {
            if (code >= first_refusal) return refusal(code);
        }
        return {};
    }
    void connection_lost(const std::string& cause) override {
        session_.report_lost(
            {Errc::not_connected, cause.empty() ? "the connection broke or the broker did not answer" : cause});
    }
    void message_arrived(mqtt::const_message_ptr message) override {
        session_.report_message({message->get_topic(), message->get_payload_str(), message->is_retained(),
                                 encoding_of(message->get_properties())});
    }

    PahoSession& session_;
    mqtt::async_client library_;
};

PahoSession::PahoSession(std::uint64_t number, MqttSettings settings, std::shared_ptr<LoopGate> gate,
                         std::weak_ptr<PahoEvents> events)
    : number_(number), settings_(std::move(settings)), gate_(std::move(gate)), events_(std::move(events)) {}

// The library pings after this, gives up after twice this, and counts in whole seconds, up to 3 s late: with a second
// less, a line that died is noticed within 2.5 keep-alives from 5 s on.
std::chrono::seconds PahoSession::keep_alive_of(const MqttSettings& settings) {
    constexpr std::chrono::seconds one{1};
    return std::max(one, std::chrono::ceil<std::chrono::seconds>(settings.keep_alive) - one);
}

PahoSession::~PahoSession() { close(Millis(0)); }

void PahoSession::open() try {
    if (abandoned_) return;
    client_ = std::make_unique<Client>(*this);
    client_->connect();
} catch (const mqtt::exception& thrown) {
    report_connected(library_error(thrown));
}

void PahoSession::publish(PahoTicket ticket, MqttMessage message) try {
    if (!client_) return report_finished(ticket, Error{Errc::not_connected, "not connected"});
    client_->publish(ticket, std::move(message));
} catch (const mqtt::exception& thrown) {
    report_finished(ticket, library_error(thrown));
}

void PahoSession::subscribe(PahoTicket ticket, const std::vector<std::string>& topics) try {
    if (!client_) return report_finished(ticket, Error{Errc::not_connected, "not connected"});
    client_->subscribe(ticket, topics);
} catch (const mqtt::exception& thrown) {
    report_finished(ticket, library_error(thrown));
}

void PahoSession::close(Millis wait_for_disconnect) {
    if (!client_) return;
    try {
        if (wait_for_disconnect > Millis(0)) client_->disconnect(wait_for_disconnect);
    } catch (const mqtt::exception&) {
        // The connection is gone already: there is nobody to say good-bye to.
    }
    client_.reset();
}

void PahoSession::report_connected(Result<MqttSession> outcome) {
    auto on_loop = [events = events_, number = number_, outcome = std::move(outcome)] {
        if (const auto alive = events.lock()) alive->on_connected(number, outcome);
    };
    gate_->post(std::move(on_loop));
}

void PahoSession::report_finished(PahoTicket ticket, Result<void> outcome) {
    auto on_loop = [events = events_, ticket, outcome = std::move(outcome)] {
        if (const auto alive = events.lock()) alive->on_finished(ticket, outcome);
    };
    gate_->post(std::move(on_loop));
}

void PahoSession::report_lost(Error why) {
    auto on_loop = [events = events_, number = number_, why = std::move(why)] {
        if (const auto alive = events.lock()) alive->on_lost(number, why);
    };
    gate_->post(std::move(on_loop));
}

void PahoSession::report_message(MqttMessage message) {
    const std::size_t bytes = message.topic.size() + message.payload.size();
    auto on_loop = [events = events_, number = number_, message = std::move(message)]() mutable {
        if (const auto alive = events.lock()) alive->on_message(number, std::move(message));
    };
    if (!gate_->post_message(bytes, std::move(on_loop))) {
        report_lost({Errc::cancelled, "the broker sends faster than the agent takes its messages"});
    }
}

}  // namespace tillpost
