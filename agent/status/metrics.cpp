// SPDX-License-Identifier: Apache-2.0
#include "agent/status/metrics.hpp"

#include <array>
#include <cstdio>
#include <string_view>

#include "agent/status/findings.hpp"
#include "agent/status/text.hpp"
#include "platform/time_text.hpp"

namespace tillpost {
namespace {

/// Inside the quotes of a label.
std::string label_value(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    return out;
}

/// Metrics, each with its HELP and TYPE lines before its first sample.
class MetricsText {
public:
    enum class Type { counter, gauge };
    void begin(const char* name, Type type, const char* help) {
        name_ = std::string("tillpost_") + name;
        text_ +=
            "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + (type == Type::counter ? " counter\n" : " gauge\n");
    }
    void sample(const std::string& value, const char* label = nullptr, std::string_view of = {}) {
        text_ += name_;
        if (label != nullptr) text_ += "{" + pair(label, of) + "}";
        text_ += " " + value + "\n";
    }
    void sample(const std::string& value, std::string_view device, std::string_view reason) {
        text_ += name_ + "{" + pair("device", device) + "," + pair("reason", reason) + "} " + value + "\n";
    }
    void counter(const char* name, std::uint64_t value, const char* help) {
        begin(name, Type::counter, help);
        sample(std::to_string(value));
    }
    void gauge(const char* name, std::uint64_t value, const char* help) {
        begin(name, Type::gauge, help);
        sample(std::to_string(value));
    }
    /// Of a time that may not be known yet: no sample then.
    void time(const char* name, const std::string& rfc3339_time, const char* help) {
        const auto time = parse_time(rfc3339_time);
        if (!time) return;
        begin(name, Type::gauge, help);
        sample(std::to_string(time->time_since_epoch().count()));
    }
    std::string take() { return std::move(text_); }

private:
    static std::string pair(const char* label, std::string_view of) {
        return std::string(label) + "=\"" + label_value(of) + "\"";
    }

    std::string name_;
    std::string text_;
};

std::string in_seconds(double milliseconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6f", milliseconds / 1000);
    return text.data();
}

std::uint64_t truth(bool holds) { return holds ? 1 : 0; }

void write_agent(const Status& status, MetricsText& to) {
    to.begin("build_info", MetricsText::Type::gauge, "Always 1; the version is in the label.");
    to.sample("1", "version", status.version);
    to.time("start_time_seconds", status.started, "When the daemon was started, Unix time.");
    to.gauge("storage_ok", truth(takes_events(status)), "1 if events are taken and made safe.");
    to.gauge("seals_ok", truth(status.sealing == "ok"), "1 if the last seal could be signed.");
}

void write_events(const Status& status, MetricsText& to) {
    to.counter("events_captured_total", status.captured, "Last sequence of the live epoch.");
    to.counter("events_confirmed_total", status.confirmed, "Sequence up to which the epoch is confirmed.");
    to.gauge("events_waiting", status.waiting, "Captured and not confirmed.");
    to.time("waiting_since_seconds", status.waiting_since, "When the oldest waiting event was captured, Unix time.");
    to.gauge("quarantine_records", status.quarantined, "Records that wait for a person's decision.");
    to.counter("events_shed_total", status.shed, "Minor events given up near the journal's limit, ever.");
    to.counter("events_lost_total", status.lost, "Events that the disk has damaged, ever.");
    to.counter("feed_repeated_total", status.repeated, "Known events sent again by a feed, since the start.");
    to.counter("refused_total", status.refused, "Records refused by a feed or the journal, since the start.");
    to.counter("days_unbelieved_events_total", status.days_unbelieved,
               "Events in no business day, ever: nobody can believe their date.");
    to.counter("days_crowded_out_events_total", status.days_crowded_out,
               "Events in no business day, ever: there are more days than fit.");
    to.gauge("journal_bytes", static_cast<std::uint64_t>(status.journal_bytes), "Size of the journal's file.");
    to.begin("acknowledge_seconds", MetricsText::Type::gauge, "Until an event was durable, of the newest 1,024.");
    to.sample(in_seconds(status.acknowledge_p50_ms), "quantile", "0.5");
    to.sample(in_seconds(status.acknowledge_p99_ms), "quantile", "0.99");
}

void write_line(const Status& status, MetricsText& to) {
    to.gauge("broker_connected", truth(status.connected), "1 if there is a connection to a broker.");
    to.gauge("broker_refuses", truth(!status.refusal.empty()), "1 while the broker refuses events.");
    if (!status.refusal.empty()) {
        to.begin("broker_refusal", MetricsText::Type::gauge, "Always 1; why it does is in the label.");
        to.sample("1", "reason", status.refusal);
    }
    to.time("broker_refuses_since_seconds", status.refusal_since, "Since when it refuses them, Unix time.");
    to.counter("events_sent_total", status.sent, "Sent since the start, repeats counted again.");
    to.gauge("events_in_flight", status.in_flight, "Sent and not receipted.");
    to.gauge("receipt_alarm", truth(!status.receipt_alarm.empty()), "1 while receipts are not what they should be.");
    to.time("last_receipt_time_seconds", status.last_receipt, "When central last confirmed, Unix time.");
}

void write_devices(const Status& status, MetricsText& to) {
    using Type = MetricsText::Type;
    if (status.devices.empty()) return;
    to.begin("device_up", Type::gauge, "1 if the device or feed works.");
    for (const auto& each : status.devices) to.sample(std::to_string(truth(each.up)), "device", each.name);
    to.begin("device_observations_total", Type::counter, "What it handed over, since the start.");
    for (const auto& each : status.devices) to.sample(std::to_string(each.observations), "device", each.name);
    to.begin("device_redacted_total", Type::counter, "Of these, with card data that was cut out.");
    for (const auto& each : status.devices) to.sample(std::to_string(each.redacted), "device", each.name);
    to.begin("device_turned_away_total", Type::counter, "Connections refused or closed for another, since the start.");
    for (const auto& each : status.devices) {
        for (const auto& [reason, times] : each.turned_away) to.sample(std::to_string(times), each.name, reason);
    }
}

}  // namespace

std::string metrics_text(const Status& status) {
    MetricsText text;
    write_agent(status, text);
    write_events(status, text);
    write_line(status, text);
    write_devices(status, text);
    return text.take();
}

}  // namespace tillpost
