// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/paho_session.hpp"

#include <MQTTAsync.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <future>
#include <optional>
#include <utility>

#ifdef __SANITIZE_ADDRESS__
// Paho 1.3.12 forgets topic and payload of publishes that are still in its queue when a connection ends
// (paho_session.hpp).
extern "C" const char* __lsan_default_suppressions() { return "leak:libpaho-mqtt3as"; }
#endif

namespace tillpost {
namespace {

constexpr int max_inflight = 1000;
constexpr unsigned largest_packet_in =
    4 * 1024 * 1024;                 // what we tell an MQTT 5 broker; see LoopGate for what bounds it
constexpr int first_refusal = 0x80;  // MQTT 5, 2.4: reason codes of 0x80 and above are failures

std::string code_text(int code, const char* name) {
    std::array<char, 8> number{};
    std::snprintf(number.data(), number.size(), "0x%02x", static_cast<unsigned>(code) & 0xffU);
    std::string text = name != nullptr ? name : "";
    if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return std::string(number.data()) + (text.empty() ? "" : " " + text);
}

Error refusal(int reason) {
    return {Errc::rejected, code_text(reason, MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(reason)))};
}

/// MQTT 3.1.1, table 3.1.
Error connack_refusal(int code) {
    constexpr std::array<const char*, 5> names{"unacceptable protocol version", "identifier rejected",
                                               "server unavailable", "bad user name or password", "not authorized"};
    return {Errc::rejected, code_text(code, names[static_cast<std::size_t>(code - 1)])};
}

Error library_error(int code, const char* message) {
    const char* name = MQTTAsync_strerror(code);
    std::string text = message != nullptr ? message : name != nullptr ? name : "failed";
    return {Errc::not_connected, text + " (Paho code " + std::to_string(code) + ")"};
}

Error error_of(const MQTTAsync_failureData5* data) {
    if (data == nullptr) return library_error(MQTTASYNC_FAILURE, nullptr);
    if (data->reasonCode >= first_refusal) return refusal(data->reasonCode);
    if (data->code >= first_refusal) return refusal(data->code);  // a CONNACK's
    return library_error(data->code, data->message);
}

Error error_of(const MQTTAsync_failureData* data, bool connecting) {
    if (data == nullptr) return library_error(MQTTASYNC_FAILURE, nullptr);
    if (connecting && data->code >= 1 && data->code <= 5) return connack_refusal(data->code);
    if (!connecting && data->code == MQTT_BAD_SUBSCRIBE) return refusal(first_refusal);
    return library_error(data->code, data->message);
}

MqttSession session_of(MQTTProperties& properties) {
    MqttSession session;
    const auto read = [&properties](MQTTPropertyCodes code, std::uint32_t& into) {
        if (MQTTProperties_hasProperty(&properties, code) != 0) {
            into = static_cast<std::uint32_t>(MQTTProperties_getNumericValue(&properties, code));
        }
    };
    read(MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, session.receive_maximum);
    read(MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, session.maximum_packet_size);
    return session;
}

/// Says once that DISCONNECT is on its way, or that it never will be.
class Farewell {
public:
    void tell() {
        if (!told_.exchange(true)) said_.set_value();
    }
    void wait_for(Millis time) { said_.get_future().wait_for(time); }

private:
    std::atomic<bool> told_ = false;
    std::promise<void> said_;
};

int whole_seconds(Millis time) { return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(time).count()); }

const char* text_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

int version_of(const MqttSettings& settings) { return settings.protocol == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1; }

void fill(MQTTAsync_willOptions& will, const MqttMessage& message) {
    will.topicName = message.topic.c_str();
    will.payload = {static_cast<int>(message.payload.size()), message.payload.data()};
    will.retained = message.retained ? 1 : 0;
    will.qos = 1;
}

void fill(MQTTAsync_SSLOptions& tls, const MqttSettings& settings) {
    tls.trustStore = text_or_null(settings.ca_file);
    tls.disableDefaultTrustStore = 1;
    tls.keyStore = text_or_null(settings.certificate_file);
    tls.privateKey = text_or_null(settings.key_file);
    tls.enableServerCertAuth = 1;
    tls.verify = 1;  // without it the host name is not compared
}

void add(MQTTProperties& properties, MQTTPropertyCodes code, unsigned value) {
    MQTTProperty property{};
    property.identifier = code;
    property.value.integer4 = value;
    MQTTProperties_add(&properties, &property);
}

}  // namespace

/// What the library calls, on its threads, with its mutex held.
struct PahoSession::Callbacks {
    static void connected(void* context, MQTTAsync_successData*) { self(context).report_connected(MqttSession{}); }
    static void connected5(void* context, MQTTAsync_successData5* data) {
        self(context).report_connected(session_of(data->properties));
    }
    static void refused(void* context, MQTTAsync_failureData* data) {
        self(context).report_connected(error_of(data, true));
    }
    static void refused5(void* context, MQTTAsync_failureData5* data) {
        self(context).report_connected(error_of(data));
    }
    static void failed(void* context, MQTTAsync_failureData* data) { finish(context, error_of(data, false)); }
    static void failed5(void* context, MQTTAsync_failureData5* data) { finish(context, error_of(data)); }
    static void published(void* context, MQTTAsync_successData*) { finish(context, Result<void>()); }
    static void published5(void* context, MQTTAsync_successData5* data) {
        if (data->reasonCode >= first_refusal) return finish(context, refusal(data->reasonCode));
        finish(context, Result<void>());
    }
    static void subscribed(void* context, MQTTAsync_successData* data);
    static void subscribed5(void* context, MQTTAsync_successData5* data);

    static int tls_error(const char* text, std::size_t length, void* context);
    static void lost(void* context, char* cause) {
        self(context).report_lost(cause != nullptr ? cause : "the connection broke or the broker did not answer");
    }
    static void disconnected(void* context, MQTTProperties*, MQTTReasonCodes reason) {
        self(context).report_lost("the broker closed it: " + code_text(reason, MQTTReasonCode_toString(reason)));
    }
    static int message(void* context, char* topic, int topic_length, MQTTAsync_message* message);
    /// `context` is the Farewell that close() waits for.
    static void closed(void* context, MQTTAsync_successData*) { tell(context); }
    static void closed5(void* context, MQTTAsync_successData5*) { tell(context); }
    static void not_closed(void* context, MQTTAsync_failureData*) { tell(context); }
    static void not_closed5(void* context, MQTTAsync_failureData5*) { tell(context); }

private:
    static PahoSession& self(void* context) { return *static_cast<PahoSession*>(context); }
    static void tell(void* context) { static_cast<Farewell*>(context)->tell(); }
    static void finish(void* context, Result<void> outcome) {
        const Slot& slot = *static_cast<Slot*>(context);
        slot.session->report_finished(slot.ticket, std::move(outcome));
    }
};

void PahoSession::Callbacks::subscribed(void* context, MQTTAsync_successData* data) {
    const std::size_t topics = static_cast<Slot*>(context)->topics;
    const int* codes = topics > 1 ? data->alt.qosList : &data->alt.qos;
    if (codes != nullptr && std::find(codes, codes + topics, first_refusal) != codes + topics) {
        return finish(context, refusal(first_refusal));
    }
    finish(context, Result<void>());
}

void PahoSession::Callbacks::subscribed5(void* context, MQTTAsync_successData5* data) {
    const bool several = data->alt.sub.reasonCodeCount > 1 && data->alt.sub.reasonCodes != nullptr;
    const MQTTReasonCodes* codes = several ? data->alt.sub.reasonCodes : &data->reasonCode;
    const int count = several ? data->alt.sub.reasonCodeCount : 1;
    const int worst = *std::max_element(codes, codes + count);
    if (worst >= first_refusal) return finish(context, refusal(worst));
    finish(context, Result<void>());
}

int PahoSession::Callbacks::tls_error(const char* text, std::size_t length, void* context) {
    const PahoSession& session = self(context);
    auto on_loop = [events = session.events_, number = session.number_, line = std::string(text, length)] {
        if (const auto alive = events.lock()) alive->on_tls_error(number, line);
    };
    session.gate_->post(std::move(on_loop));
    return 1;  // go on with the next error in OpenSSL's queue
}

int PahoSession::Callbacks::message(void* context, char* topic, int topic_length, MQTTAsync_message* message) {
    MqttMessage copy;
    copy.topic.assign(topic, topic_length > 0 ? static_cast<std::size_t>(topic_length) : std::strlen(topic));
    copy.payload.assign(static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen));
    copy.retained = message->retained != 0;
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    self(context).report_message(std::move(copy));
    return 1;
}

PahoSession::PahoSession(std::uint64_t number, MqttSettings settings, std::shared_ptr<LoopGate> gate,
                         std::weak_ptr<PahoEvents> events)
    : number_(number), settings_(std::move(settings)), gate_(std::move(gate)), events_(std::move(events)) {}

PahoSession::~PahoSession() { close(Millis(0)); }

void PahoSession::open() {
    if (abandoned_) return;
    slots_.resize(slots);
    int code = create();
    if (code == MQTTASYNC_SUCCESS) code = connect();
    if (code != MQTTASYNC_SUCCESS) report_connected(library_error(code, nullptr));
}

int PahoSession::create() {
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
    options.MQTTVersion = version_of(settings_);
    options.sendWhileDisconnected = 0;
    options.restoreMessages = 0;
    int code = MQTTAsync_createWithOptions(&client_, settings_.address.c_str(), settings_.client_id.c_str(),
                                           MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options);
    if (code != MQTTASYNC_SUCCESS) return code;
    code = MQTTAsync_setCallbacks(client_, this, &Callbacks::lost, &Callbacks::message, nullptr);
    if (code != MQTTASYNC_SUCCESS) return code;
    return MQTTAsync_setDisconnected(client_, this, &Callbacks::disconnected);
}

int PahoSession::connect() {
    const bool v5 = settings_.protocol == 5;
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer5;
    options.context = this;
    if (v5) {
        options.onSuccess5 = &Callbacks::connected5;
        options.onFailure5 = &Callbacks::refused5;
    } else {
        options.onSuccess = &Callbacks::connected;
        options.onFailure = &Callbacks::refused;
    }
    options.MQTTVersion = version_of(settings_);
    options.cleanstart = v5 ? 1 : 0;
    options.cleansession = v5 ? 0 : 1;
    options.keepAliveInterval = whole_seconds(settings_.keep_alive);
    options.connectTimeout = whole_seconds(settings_.connect_timeout) + 1;  // the loop's own deadline comes first
    options.maxInflight = max_inflight;
    options.automaticReconnect = 0;
    options.username = text_or_null(settings_.username);
    options.password = text_or_null(settings_.password);

    // The library copies all of these.
    MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
    if (settings_.will) {
        fill(will, *settings_.will);
        options.will = &will;
    }
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    fill(tls, settings_);
    tls.ssl_error_cb = &Callbacks::tls_error;
    tls.ssl_error_context = this;
    if (settings_.address.starts_with("ssl://")) options.ssl = &tls;
    MQTTProperties properties = MQTTProperties_initializer;
    if (v5) {
        add(properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, largest_packet_in);
        options.connectProperties = &properties;
    }
    const int code = MQTTAsync_connect(client_, &options);
    MQTTProperties_free(&properties);
    return code;
}

PahoSession::Slot& PahoSession::use_slot(std::size_t index, std::uint64_t ticket, std::size_t topics) {
    slots_[index] = {this, ticket, topics};
    return slots_[index];
}

void PahoSession::publish(std::size_t slot, std::uint64_t ticket, const MqttMessage& message) {
    if (client_ == nullptr) return report_finished(ticket, Error{Errc::not_connected, "not connected"});
    MQTTAsync_message raw = MQTTAsync_message_initializer;
    raw.payload = const_cast<char*>(message.payload.data());  // the library copies it
    raw.payloadlen = static_cast<int>(message.payload.size());
    raw.qos = 1;
    raw.retained = message.retained ? 1 : 0;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.context = &use_slot(slot, ticket, 0);
    if (settings_.protocol == 5) {
        options.onSuccess5 = &Callbacks::published5;
        options.onFailure5 = &Callbacks::failed5;
    } else {
        options.onSuccess = &Callbacks::published;
        options.onFailure = &Callbacks::failed;
    }
    const int code = MQTTAsync_sendMessage(client_, message.topic.c_str(), &raw, &options);
    if (code != MQTTASYNC_SUCCESS) report_finished(ticket, library_error(code, nullptr));
}

void PahoSession::subscribe(std::size_t slot, std::uint64_t ticket, const std::vector<std::string>& topics) {
    if (client_ == nullptr) return report_finished(ticket, Error{Errc::not_connected, "not connected"});
    std::vector<char*> names;
    for (const std::string& topic : topics) names.push_back(const_cast<char*>(topic.c_str()));  // copied, too
    const std::vector<int> levels(topics.size(), 1);
    std::vector<MQTTSubscribe_options> each(topics.size(), MQTTSubscribe_options MQTTSubscribe_options_initializer);
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.context = &use_slot(slot, ticket, topics.size());
    if (settings_.protocol == 5) {
        options.onSuccess5 = &Callbacks::subscribed5;
        options.onFailure5 = &Callbacks::failed5;
        options.subscribeOptionsCount = static_cast<int>(each.size());
        options.subscribeOptionsList = each.data();
    } else {
        options.onSuccess = &Callbacks::subscribed;
        options.onFailure = &Callbacks::failed;
    }
    const int count = static_cast<int>(names.size());
    const int code = MQTTAsync_subscribeMany(client_, count, names.data(), levels.data(), &options);
    if (code != MQTTASYNC_SUCCESS) report_finished(ticket, library_error(code, nullptr));
}

void PahoSession::close(Millis wait_for_disconnect) {
    if (client_ == nullptr) return;
    Farewell farewell;  // outlives the client
    if (wait_for_disconnect > Millis(0)) {
        MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer5;
        options.timeout = 0;
        options.context = &farewell;
        if (settings_.protocol == 5) {
            options.onSuccess5 = &Callbacks::closed5;
            options.onFailure5 = &Callbacks::not_closed5;
        } else {
            options.onSuccess = &Callbacks::closed;
            options.onFailure = &Callbacks::not_closed;
        }
        if (MQTTAsync_disconnect(client_, &options) == MQTTASYNC_SUCCESS) {
            farewell.wait_for(wait_for_disconnect);
        }
    }
    MQTTAsync_destroy(&client_);
    client_ = nullptr;
}

void PahoSession::report_connected(Result<MqttSession> outcome) {
    auto on_loop = [events = events_, number = number_, outcome = std::move(outcome)] {
        if (const auto alive = events.lock()) alive->on_connected(number, outcome);
    };
    gate_->post(std::move(on_loop));
}

void PahoSession::report_finished(std::uint64_t ticket, Result<void> outcome) {
    auto on_loop = [events = events_, ticket, outcome = std::move(outcome)] {
        if (const auto alive = events.lock()) alive->on_finished(ticket, outcome);
    };
    gate_->post(std::move(on_loop));
}

void PahoSession::report_lost(std::string reason) {
    auto on_loop = [events = events_, number = number_, reason = std::move(reason)] {
        if (const auto alive = events.lock()) alive->on_lost(number, reason);
    };
    gate_->post(std::move(on_loop));
}

void PahoSession::report_message(MqttMessage message) {
    const std::size_t bytes = message.topic.size() + message.payload.size();
    auto on_loop = [events = events_, number = number_, message = std::move(message)]() mutable {
        if (const auto alive = events.lock()) alive->on_message(number, std::move(message));
    };
    if (!gate_->post_message(bytes, std::move(on_loop))) {
        report_lost("the broker sends faster than the agent takes its messages");
    }
}

}  // namespace tillpost
