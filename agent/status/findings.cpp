// SPDX-License-Identifier: Apache-2.0
#include "agent/status/findings.hpp"

#include <algorithm>
#include <utility>

#include "agent/status/text.hpp"

namespace tillpost {
namespace {

using Level = Notice::Level;

void find_storage(const Status& status, std::vector<Notice>& found) {
    if (!takes_events(status)) {
        found.push_back({Level::alarm, "Nothing is being recorded: " + status.storage + ".", storage_advice(status)});
    } else if (status.storage != "ok") {
        found.push_back(
            {Level::attention, "Not everything is being recorded: " + status.storage + ".", storage_advice(status)});
    }
    if (status.lost > 0) {
        found.push_back(
            {Level::attention,
             counted(status.lost, "event was", "events were") + " damaged on the disk, or taken out there.",
             "Have the disk checked, and run `tillpost audit verify`. Central has been told which they were."});
    }
    if (!status.salvage.empty()) {
        found.push_back(
            {Level::attention, "Events of a journal that was set aside wait for the disk.", status.salvage});
    }
    if (status.shed > 0) {
        found.push_back({Level::attention,
                         counted(status.shed, "scan or other minor event was", "scans and other minor events were") +
                             " given up, because the journal was near its limit, or its disk full.",
                         "Make room on the disk. Get the line to central back, or raise journal/limit_mb."});
    }
    if (!status.keys.empty()) {
        found.push_back({Level::attention, "A private key needs looking after.", status.keys});
    }
    if (status.keys.empty() && status.sealing != "ok" && !status.sealing.empty()) {
        found.push_back({Level::attention, "The audit trail could not be signed: " + status.sealing + ".",
                         "See to device/key_file; the next seal covers what this one did not."});
    }
}

void find_days(const Status& status, std::vector<Notice>& found) {
    if (status.days_unbelieved > 0) {
        found.push_back(
            {Level::attention,
             counted(status.days_unbelieved, "event is", "events are") +
                 " in no business day, because nobody can believe the date: " + status.days_unbelieved_which + ".",
             unbelieved_advice()});
    }
    if (status.days_crowded_out > 0) {
        found.push_back(
            {Level::attention,
             counted(status.days_crowded_out, "event is", "events are") +
                 " in no business day, because there are more days than fit: " + status.days_crowded_out_which + ".",
             crowded_out_advice()});
    }
}

void find_people(const Status& status, std::vector<Notice>& found) {
    if (status.quarantined > 0) {
        found.push_back({Level::attention,
                         counted(status.quarantined, "record waits", "records wait") + " for a person's decision.",
                         "On this machine: tillpost quarantine list"});
    }
    for (const Status::Device& device : status.devices) {
        if (!device.up) {
            found.push_back({Level::attention, device.name + " does not work: " + device.detail + ".",
                             "See whether it is switched on and plugged in."});
        }
        if (device.redacted > 0) {
            found.push_back({Level::attention,
                             device.name + " has sent card data, in " + counted(device.redacted, "record", "records") +
                                 " since the start.",
                             "It was cut out before anything was stored. Have the POS software send none."});
        }
    }
}

void find_line(const Status& status, std::vector<Notice>& found) {
    if (!status.receipt_alarm.empty()) {
        found.push_back(
            {Level::attention,
             "A receipt of " + status.receipt_alarm_at + " is not what it should be: " + status.receipt_alarm + ".",
             receipt_advice()});
    }
    if (!status.connected) {
        found.push_back({Level::waits, "There is no line to central: " + status.broker_detail + ".",
                         "Events are kept here, and sent by themselves when the line is back."});
    } else if (!status.refusal.empty()) {
        found.push_back(
            {Level::attention, "The broker refuses events since " + status.refusal_since + ": " + status.refusal + ".",
             "Events are kept here, and sent again by themselves. Tell those who run the broker to let this "
             "machine publish to its topic `events`."});
    } else if (status.delivery == "waiting for central" || status.delivery == "probing" ||
               status.delivery == "not confirmed") {
        found.push_back({Level::waits, "The line is up, and central does not confirm.",
                         "Events are kept here. If it lasts, tell those who run central."});
    }
}

}  // namespace

bool takes_events(const Status& status) {
    return status.storage == "ok" || status.storage.starts_with("nearly full") ||
           status.storage.starts_with("quarantine full") || status.storage.starts_with("disk full");
}

std::string storage_advice(const Status& status) {
    if (status.storage == "full") return "Make room on the disk of journal/path. The POS keeps what was refused.";
    if (status.storage.starts_with("disk full")) {
        return "Make room on the disk of journal/path. Sales are recorded as long as anything cheaper is held.";
    }
    if (status.storage.starts_with("quarantine full") || status.storage.find("in quarantine") != std::string::npos) {
        return "Decide on what is in quarantine (tillpost quarantine list), or raise journal/limit_mb. The POS keeps "
               "what "
               "was refused.";
    }
    if (status.storage.starts_with("full") || status.storage.starts_with("nearly full")) {
        return "See why central does not confirm (below), or raise journal/limit_mb. The POS keeps what was refused.";
    }
    return "Have the disk of this machine checked. What was recorded before is kept.";
}

std::string unbelieved_advice() {
    return "See why the POS says such business dates, and whether the clock of this machine is right. The events "
           "travel.";
}

std::string crowded_out_advice() {
    return "Those days get no certificate from this machine. Where there are hundreds of tills, divide them between "
           "more "
           "of them; a till's last 14 days have a place. The events travel.";
}

std::string receipt_advice() {
    return "Tell those who run central. What such a receipt speaks of is kept here. If central was replaced on "
           "purpose, name the new one in delivery/receiver.";
}

std::vector<Notice> findings(const Status& status) {
    std::vector<Notice> found;
    find_storage(status, found);
    find_days(status, found);
    find_people(status, found);
    find_line(status, found);
    return found;
}

}  // namespace tillpost
