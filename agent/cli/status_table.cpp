// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/status_table.hpp"

#include <algorithm>

#include "agent/status/findings.hpp"
#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

constexpr std::size_t name_width = 13;

std::string row(const char* name, const std::string& value) { return padded(name, name_width) + value + "\n"; }

std::string running(const Status& status) {
    const std::string time = time_between(status.started, status.now);
    return "since " + printable(status.started) + (time.empty() ? "" : ", for " + time);
}

std::string last_receipt(const Status& status) {
    if (status.last_receipt.empty()) return "no receipt since the start";
    const std::string time = time_between(status.last_receipt, status.now);
    return "last receipt " + (time.empty() ? printable(status.last_receipt) : time + " ago");
}

std::string confirmed(const Status& status) {
    std::string events = counted(status.confirmed, "event", "events") + ", " + last_receipt(status);
    if (!status.confirmed_at_least) return events;
    return "at least " + events + ": what was confirmed last before it is known again with the next";
}

std::string waiting(const Status& status) {
    if (status.waiting == 0) return "nothing, everything is confirmed";
    const std::string age = time_between(status.waiting_since, status.now);
    return (status.confirmed_at_least ? "at most " : "") + counted(status.waiting, "event", "events") +
           (age.empty() ? "" : ", the oldest for " + age) + ", kept here until confirmed (" +
           thousands(status.in_flight) + " of them on the way)";
}

std::string quarantined(const Status& status) {
    if (status.quarantined == 0) return "nothing";
    return counted(status.quarantined, "record waits", "records wait") + " for a decision: tillpost quarantine list";
}

std::string feeds(const Status& status) {
    return thousands(status.repeated) + " sent again and recognised, " + thousands(status.refused) +
           " refused, since the start";
}

std::string latency(const Status& status) {
    return milliseconds(status.acknowledge_p50_ms) + " until an event is safe, 99 of 100 within " +
           milliseconds(status.acknowledge_p99_ms);
}

std::string storage(const Status& status) {
    std::string text = printable(status.storage) + ", journal of " + byte_size(status.journal_bytes);
    if (status.shed > 0)
        text +=
            ", " + counted(status.shed, "cheap event", "cheap events") + " given up near its limit, or on a full disk";
    if (status.lost > 0) text += ", " + counted(status.lost, "event", "events") + " damaged on the disk: check it";
    if (!status.storage.empty() && status.storage != "ok") text += ". " + storage_advice(status);
    return text;
}

std::string seals(const Status& status) {
    if (status.sealing.empty() || status.sealing == "ok") return "";
    return row("Seals", "NOT SIGNED: " + printable(status.sealing));
}

std::string salvage(const Status& status) {
    return status.salvage.empty() ? "" : row("Set aside", "WAITS: " + printable(status.salvage));
}

std::string keys(const Status& status) {
    return status.keys.empty() ? "" : row("Keys", "LOOK: " + printable(status.keys));
}

std::string receipts(const Status& status) {
    if (status.receipt_alarm.empty()) return "";
    return row("Receipts", "ALARM at " + printable(status.receipt_alarm_at) + ": " + printable(status.receipt_alarm) +
                               ". " + receipt_advice());
}

std::string days(const Status& status) {
    std::string rows;
    if (status.days_unbelieved > 0) {
        rows += row("Business days", counted(status.days_unbelieved, "event is", "events are") +
                                         " in none, nobody can believe the date: " +
                                         printable(status.days_unbelieved_which) + ". " + unbelieved_advice());
    }
    if (status.days_crowded_out > 0) {
        rows += row("Business days", counted(status.days_crowded_out, "event is", "events are") +
                                         " in none, there are more days than fit: " +
                                         printable(status.days_crowded_out_which) + ". " + crowded_out_advice());
    }
    return rows;
}

std::string unconfigured(const Status& status) {
    return (status.silence.empty() ? "" : row("Silence", printable(status.silence))) +
           (status.people.empty() ? "" : row("People", printable(status.people)));
}

std::string broker(const Status& status) {
    const std::string detail = status.broker_detail.empty() ? "" : " (" + printable(status.broker_detail) + ")";
    return (status.connected ? "connected to " : "not connected to ") + printable(status.broker) + detail;
}

std::string delivery(const Status& status) {
    const std::string sent = ", " + counted(status.sent, "event", "events") + " sent since the start";
    if (status.refusal.empty()) return printable(status.delivery) + sent;
    const std::string age = time_between(status.refusal_since, status.now);
    return (status.connected ? "" : printable(status.delivery) + ", ") + "REFUSED by the broker" +
           (age.empty() ? "" : " for " + age) + ": " + printable(status.refusal) + sent;
}

std::string redacted(const Status::Device& device) {
    if (device.redacted == 0) return "";
    return ", CARD DATA cut out of " + thousands(device.redacted) + " of them" + " (" +
           counted(device.card_numbers, "number", "numbers") + ", " +
           counted(device.card_secrets, "track or code", "tracks and codes") + "): it should send none";
}

std::string devices(const Status& status) {
    if (status.devices.empty()) return row("Devices", "none are configured");
    std::size_t width = 0;
    for (const Status::Device& device : status.devices) width = std::max(width, printable(device.name).size() + 2);
    std::string rows;
    for (const Status::Device& device : status.devices) {
        const std::string what = padded(printable(device.name), width) + (device.up ? "up    " : "DOWN  ") +
                                 counted(device.observations, "observation", "observations") +
                                 (device.detail.empty() ? "" : ", " + printable(device.detail)) + redacted(device);
        rows += row(rows.empty() ? "Devices" : "", what);
    }
    return rows;
}

}  // namespace

std::string status_table(const Status& status) {
    return row("Agent", printable(status.source) + ", version " + printable(status.version)) +
           row("Running", running(status)) +
           row("Captured", counted(status.captured, "event", "events") + " in epoch " + printable(status.epoch)) +
           row("Confirmed", confirmed(status)) + receipts(status) + row("Waiting", waiting(status)) +
           row("Quarantined", quarantined(status)) + row("Feeds", feeds(status)) + row("Latency", latency(status)) +
           row("Storage", storage(status)) + salvage(status) + seals(status) + keys(status) +
           row("Broker", broker(status)) + row("Delivery", delivery(status)) + devices(status) + days(status) +
           unconfigured(status);
}

}  // namespace tillpost::cli
