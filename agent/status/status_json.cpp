// SPDX-License-Identifier: Apache-2.0
#include "agent/status/status_json.hpp"

#include <array>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>

namespace tillpost {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// The one list of members, for both ways.
template <class AnyStatus, class Visit>
void visit_members(AnyStatus& status, Visit visit) {
    visit("source", status.source);
    visit("version", status.version);
    visit("started", status.started);
    visit("now", status.now);
    visit("epoch", status.epoch);
    visit("captured", status.captured);
    visit("confirmed", status.confirmed);
    visit("confirmed_at_least", status.confirmed_at_least);
    visit("waiting", status.waiting);
    visit("waiting_since", status.waiting_since);
    visit("quarantined", status.quarantined);
    visit("shed", status.shed);
    visit("lost", status.lost);
    visit("repeated", status.repeated);
    visit("refused", status.refused);
    visit("sealing", status.sealing);
    visit("keys", status.keys);
    visit("salvage", status.salvage);
    visit("storage", status.storage);
    visit("journal_bytes", status.journal_bytes);
    visit("acknowledge_p50_ms", status.acknowledge_p50_ms);
    visit("acknowledge_p99_ms", status.acknowledge_p99_ms);
    visit("connected", status.connected);
    visit("broker", status.broker);
    visit("broker_detail", status.broker_detail);
    visit("delivery", status.delivery);
    visit("refusal", status.refusal);
    visit("refusal_since", status.refusal_since);
    visit("sent", status.sent);
    visit("in_flight", status.in_flight);
    visit("last_receipt", status.last_receipt);
    visit("receiver", status.receiver);
    visit("receipt_alarm", status.receipt_alarm);
    visit("receipt_alarm_at", status.receipt_alarm_at);
    visit("days_unbelieved", status.days_unbelieved);
    visit("days_unbelieved_which", status.days_unbelieved_which);
    visit("days_crowded_out", status.days_crowded_out);
    visit("days_crowded_out_which", status.days_crowded_out_which);
    visit("people", status.people);
    visit("silence", status.silence);
}

template <class AnyDevice, class Visit>
void visit_device(AnyDevice& device, Visit visit) {
    visit("name", device.name);
    visit("up", device.up);
    visit("detail", device.detail);
    visit("observations", device.observations);
    visit("redacted", device.redacted);
    visit("card_numbers", device.card_numbers);
    visit("card_secrets", device.card_secrets);
    visit("turned_away", device.turned_away);
}

bool read(const json& from, std::string& to) {
    if (!from.is_string()) return false;
    to = from.get<std::string>();
    return true;
}

bool read(const json& from, bool& to) {
    if (!from.is_boolean()) return false;
    to = from.get<bool>();
    return true;
}

bool read(const json& from, double& to) {
    if (!from.is_number()) return false;
    to = from.get<double>();
    return true;
}

/// A negative number has no sense in any of the members.
template <std::integral T>
bool read(const json& from, T& to) {
    if (!from.is_number_unsigned()) return false;
    const auto number = from.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return false;
    to = static_cast<T>(number);
    return true;
}

bool read(const json& from, std::map<std::string, std::uint64_t>& to) {
    if (!from.is_object()) return false;
    for (const auto& [name, value] : from.items()) {
        if (!read(value, to[name])) return false;
    }
    return true;
}

/// Reads members of one object; the first fault is kept.
class Members {
public:
    Members(const json& object, std::string& fault) : object_(object), fault_(fault) {}
    template <class T>
    void operator()(const char* name, T& to) {
        const auto found = object_.find(name);
        if (found == object_.end() || read(*found, to) || !fault_.empty()) return;
        fault_ = std::string("status: /") + name + " has another type";
    }

private:
    const json& object_;
    std::string& fault_;
};

void read_devices(const json& document, Status& status, std::string& fault) {
    const auto devices = document.find("devices");
    if (devices == document.end()) return;
    if (!devices->is_array()) {
        fault = "status: /devices has another type";
        return;
    }
    for (const json& each : *devices) {
        if (!each.is_object()) {
            fault = "status: /devices holds something else";
            return;
        }
        visit_device(status.devices.emplace_back(), Members(each, fault));
    }
}

/// What whoever watches a fleet needs least goes first. The others are those that the schema requires.
constexpr std::array<const char*, 31> left_out_first{"devices",
                                                     "acknowledge_p50_ms",
                                                     "acknowledge_p99_ms",
                                                     "repeated",
                                                     "refused",
                                                     "sent",
                                                     "in_flight",
                                                     "journal_bytes",
                                                     "silence",
                                                     "people",
                                                     "days_unbelieved_which",
                                                     "days_crowded_out_which",
                                                     "days_unbelieved",
                                                     "days_crowded_out",
                                                     "broker",
                                                     "receiver",
                                                     "last_receipt",
                                                     "waiting_since",
                                                     "confirmed_at_least",
                                                     "salvage",
                                                     "sealing",
                                                     "keys",
                                                     "refusal_since",
                                                     "receipt_alarm_at",
                                                     "broker_detail",
                                                     "refusal",
                                                     "receipt_alarm",
                                                     "delivery",
                                                     "shed",
                                                     "quarantined",
                                                     "lost"};

ordered_json document_of(const Status& status) {
    ordered_json document;
    visit_members(status, [&document](const char* name, const auto& value) { document[name] = value; });
    document["devices"] = ordered_json::array();
    for (const Status::Device& device : status.devices) {
        ordered_json each;
        visit_device(device, [&each](const char* name, const auto& value) { each[name] = value; });
        document["devices"].push_back(std::move(each));
    }
    return document;
}

std::string text_of(const ordered_json& document) {
    return document.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string status_json(const Status& status) { return text_of(document_of(status)); }

std::string state_json(const Status& status, std::size_t most) {
    ordered_json document = document_of(status);
    std::string text = text_of(document);
    std::size_t left_out = 0;
    for (const char* name : left_out_first) {
        if (text.size() <= most) break;
        document.erase(name);
        document["left_out"] = ++left_out;
        text = text_of(document);
    }
    return text.size() <= most ? text : "";
}

Result<Status> parse_status(std::string_view text) {
    const json document = json::parse(text, nullptr, false);
    if (!document.is_object()) return Error{Errc::invalid, "status: not a JSON object"};
    Status status;
    std::string fault;
    visit_members(status, Members(document, fault));
    read_devices(document, status, fault);
    if (!fault.empty()) return Error{Errc::invalid, fault};
    return status;
}

}  // namespace tillpost
