// SPDX-License-Identifier: Apache-2.0
#include "agent/status/status_html.hpp"

#include <algorithm>

#include "agent/status/findings.hpp"
#include "agent/status/html.hpp"
#include "agent/status/text.hpp"

namespace tillpost {
namespace {

using html::escaped;
using html::local_time;
using html::term;

struct Verdict {
    const char* css_class;
    std::string text;
};

bool all_wait(const std::vector<Notice>& found) {
    return std::all_of(found.begin(), found.end(),
                       [](const Notice& each) { return each.level == Notice::Level::waits; });
}

Verdict verdict_of(const Status& status, const std::vector<Notice>& found) {
    if (!takes_events(status)) return {"alarm", "Nothing is being recorded"};
    if (found.empty() && status.waiting == 0) return {"good", "Everything is safe, and central has it"};
    if (all_wait(found)) return {found.empty() ? "good" : "waits", "Everything is safe"};
    return {"attention", "Everything recorded is safe; please look"};
}

std::string waiting_html(const Status& status) {
    if (status.waiting == 0) return "nothing";
    std::string text = (status.confirmed_at_least ? "at most " : "") + counted(status.waiting, "event", "events");
    if (!status.waiting_since.empty()) text += ", since " + local_time(status.waiting_since);
    const std::string age = time_between(status.waiting_since, status.now);
    return text + (age.empty() ? "" : " (" + age + ")");
}

std::string line_html(const Status& status) {
    std::string text = status.connected ? "up" : "<b>down</b>";
    if (status.broker_detail.find(status.broker) == std::string::npos) text += ", " + escaped(status.broker);
    return text + (status.broker_detail.empty() ? "" : ", " + html::with_local_times(status.broker_detail));
}

std::string confirmed_html(const Status& status) {
    if (status.confirmed_at_least) return "not since the start; what it confirmed last before is known again then";
    if (status.last_receipt.empty()) return "not since the start";
    const std::string age = time_between(status.last_receipt, status.now);
    return local_time(status.last_receipt) + (age.empty() ? "" : " (" + age + " ago)");
}

std::string storage_html(const Status& status) {
    return (status.storage == "ok" ? "works" : "<b>" + escaped(status.storage) + "</b>") +
           std::string(", journal of ") + byte_size(status.journal_bytes);
}

std::string devices_html(const Status& status) {
    if (status.devices.empty()) return "<p>No devices are configured.</p>\n";
    std::string text =
        "<table><thead><tr><th scope=\"col\">Device</th><th scope=\"col\">State</th>"
        "<th scope=\"col\" class=\"number\">Records</th><th scope=\"col\">Detail</th></tr></thead>\n<tbody>";
    for (const Status::Device& each : status.devices) {
        text += "<tr><th scope=\"row\">" + escaped(each.name) + "</th><td>" + (each.up ? "works" : "<b>DOWN</b>") +
                "</td><td class=\"number\">" + thousands(each.observations) + "</td><td class=\"detail\">" +
                escaped(each.detail) + "</td></tr>\n";
    }
    return text + "</tbody></table>\n";
}

}  // namespace

std::string banner_html(const Status& status) {
    const std::vector<Notice> found = findings(status);
    const Verdict verdict = verdict_of(status, found);
    std::string text =
        std::string("<div class=\"banner ") + verdict.css_class + "\"><h2>" + escaped(verdict.text) + "</h2>\n";
    if (!found.empty()) text += "<ul>\n";
    for (const Notice& each : found) {
        text += "<li><strong>" + html::with_local_times(each.what) + "</strong> " + escaped(each.to_do) + "</li>\n";
    }
    return text + (found.empty() ? "" : "</ul>\n") + "</div>\n";
}

std::string status_html(const Status& status) {
    return "<dl>\n" + term("Line to central", line_html(status)) + term("Waiting for central", waiting_html(status)) +
           term("Central last confirmed", confirmed_html(status)) +
           term("Recorded", counted(status.captured, "event", "events")) +
           term("Refused or repeated", thousands(status.refused) + " refused, " + thousands(status.repeated) +
                                           " sent again, since the start") +
           term("In quarantine",
                status.quarantined == 0 ? "nothing" : counted(status.quarantined, "record", "records")) +
           term("Disk", storage_html(status)) + term("Running since", local_time(status.started)) +
           (status.silence.empty() ? "" : term("Silence", escaped(status.silence))) +
           (status.people.empty() ? "" : term("People", escaped(status.people))) + "</dl>\n" + devices_html(status);
}

std::string place_name(const Status& status) {
    std::string_view rest = status.source;
    constexpr std::string_view scheme = "urn:tillpost:";
    const std::size_t store = rest.find(':', scheme.size());
    const std::size_t node = rest.rfind(':');
    if (!rest.starts_with(scheme) || store == std::string_view::npos || node <= store) return status.source;
    return std::string(rest.substr(node + 1)) + ", store " + std::string(rest.substr(store + 1, node - store - 1)) +
           ", " + std::string(rest.substr(scheme.size(), store - scheme.size()));
}

std::string status_title(const Status& status) {
    const std::vector<Notice> found = findings(status);
    if (!takes_events(status)) return "NOT RECORDING";
    if (all_wait(found)) return found.empty() ? "All safe" : "All safe, waiting for central";
    return counted(found.size(), "thing to look at", "things to look at");
}

}  // namespace tillpost
