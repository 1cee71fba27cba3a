// SPDX-License-Identifier: Apache-2.0
#include "agent/audit/report.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "platform/printable.hpp"

namespace tillpost {
namespace {

const char* name_of(AuditReport::Verdict verdict) {
    switch (verdict) {
        case AuditReport::Verdict::proven: return "proven";
        case AuditReport::Verdict::broken: return "broken";
        case AuditReport::Verdict::incomplete: return "incomplete";
        case AuditReport::Verdict::not_checked: break;
    }
    return "not checked";
}

std::string counted(std::uint64_t number, const char* what) { return std::to_string(number) + " " + what; }

std::string seals_line(const AuditReport& report) {
    std::string line = "Seals: " + counted(report.seals_good, "good");
    if (report.seals_bad > 0) line += ", " + counted(report.seals_bad, "BAD");
    if (report.seals_other > 0) line += ", " + counted(report.seals_other, "BY ANOTHER KEY");
    if (report.seals_unknown > 0)
        line += ", " + counted(report.seals_unknown, "by a certificate that nobody vouches for");
    if (report.seals_elsewhere > 0) line += ", " + counted(report.seals_elsewhere, "of events that are not here");
    return line + "\n";
}

std::string certificates_line(const AuditReport& report) {
    std::uint64_t open = 0;
    std::string why;
    for (const auto& [reason, count] : report.certificates_open) {
        why += (open == 0 ? "" : "; ") + printable(reason) + " (" + std::to_string(count) + ")";
        open += count;
    }
    if (report.certificates + open == 0) return {};
    std::string line = "Days: " + counted(report.certificates, "certificates recomputed from their events");
    if (report.corrections_open > 0) {
        line += "; not checked in " + std::to_string(report.corrections_open) +
                " of them: sums after corrections, and how many had no effect (what is corrected is of another day or "
                "till, was mapped again, or is not among the events that are kept)";
    }
    if (open > 0) line += "; " + counted(open, "certificates could not be recomputed: ") + why;
    return line + "\n";
}

std::string absent_lines(const AuditReport& report) {
    std::string text;
    for (const AuditReport::Absent& each : report.absent) {
        if (each.damaged) continue;  // a note says more
        text += "WITHOUT CONTENT: " + printable(each.names) + (each.lost ? ": lost" : ": content withheld") + ", \"" +
                printable(each.reason) + "\", as the agent says in its chain\n";
    }
    if (report.absent_runs > report.absent.size()) {
        text += "WITHOUT CONTENT: " + counted(report.absent_runs - report.absent.size(), "more such places\n");
    }
    for (const std::string& each : report.erasures) text += "ERASED HERE: " + printable(each) + "\n";
    if (report.erased_here > report.erasures.size()) {
        text += "ERASED HERE: " + counted(report.erased_here - report.erasures.size(), "more events\n");
    }
    return text;
}

std::string signers_words(const AuditReport& report) {
    std::string words =
        report.signers.size() == 1 ? ", by seals of the certificate " : ", by seals of the certificates ";
    const char* between = "";
    for (const std::string& signer : report.signers) words += std::exchange(between, ", ") + signer;
    return report.signers.size() < AuditReport::most_signers ? words : words + " and perhaps others";
}

/// What a chain that holds has to do without.
std::string exceptions(const AuditReport& report) {
    std::vector<std::string> but_for;
    const std::uint64_t given_up = report.tombstones + report.lost - report.damaged - report.erased_here;
    if (given_up > 0) but_for.push_back(counted(given_up, "whose content the agent took out, and says so"));
    if (report.erased_here > 0) {
        but_for.push_back(counted(report.erased_here,
                                  "whose content was erased at central, by central's own record alone, see above"));
    }
    if (report.damaged > 0) but_for.push_back(counted(report.damaged, "that were changed on the disk, see the notes"));
    if (report.deleted > 0) {
        but_for.push_back(counted(report.deleted,
                                  "at its beginning that are deleted since central confirmed them "
                                  "(tillpost-central audit proves its copies)"));
    }
    std::string text;
    for (std::size_t i = 0; i < but_for.size(); ++i) text += (i == 0 ? ", but for the " : " and the ") + but_for[i];
    return text;
}

/// Which one that is, where one epoch has some.
std::string last_seal_words(const AuditReport& report) {
    std::vector<std::string> seals;
    for (const AuditReport::Stretch& each : report.epochs) {
        if (each.sealed != 0) seals.push_back(event_id(each.epoch, each.sealed));
    }
    if (seals.size() == 1) return "the last seal, " + seals.front() + ",";
    return "the last seals (\"sealed up to\", above)";
}

std::string proven_line(const AuditReport& report) {
    std::string text = "nothing up to " + last_seal_words(report) + " was changed, removed or inserted" +
                       exceptions(report) + signers_words(report) + "; " +
                       counted(report.tail(), "events behind the last seals are chained, and not sealed yet");
    if (report.open_end) {
        text +=
            ". What is behind the last seals is proven only as far as it is here: whether its end was cut off, "
            "--at-least tells, with the newest event that the box has";
    }
    return text + "\n";
}

std::string incomplete_line(const AuditReport& report) {
    return "INCOMPLETE: the content of " +
           counted(report.damaged,
                   "events is destroyed, see the notes; the chain is "
                   "proven: ") +
           proven_line(report);
}

std::string not_checked_line(const AuditReport& report) {
    if (!report.unread.empty()) return "NOT CHECKED: not all that belongs to it was looked at, see above\n";
    if (report.seals_good > 0 && report.seals_unknown == 0) {
        return "NOT CHECKED: the chains hold, and for " + counted(report.tombstones_unproven, "events ") +
               "no seal proves why their content is not here: see the notes\n";
    }
    if (report.seals_unknown == 0) {
        return "NOT CHECKED: the chains hold, and no seal of these events is here that would prove them: tillpostd "
               "makes "
               "one when a till is closed, at the day's end, every audit/seal_every events and when it is stopped in "
               "good order\n";
    }
    std::string text = "NOT CHECKED: the chains hold, and no seal proves whose they are";
    if (report.seals_good > 0) {
        text = "NOT CHECKED: the chains hold, and no seal proves whose the events are of";
        const char* between = " ";
        for (const std::string& source : report.unknown_sources) {
            text += std::exchange(between, ", ") + printable(source);
        }
        if (report.unknown_sources.size() == AuditReport::most_signers) text += " and perhaps others";
    }
    for (const std::string& signer : report.unknown_signers) text += "; sealed by " + signer;
    text += ": give --certificate, a fingerprint or the device's certificate";
    if (report.seals_good == 0) return text + "\n";
    return text + ". Of the others: " + proven_line(report);
}

std::string verdict_lines(const AuditReport& report) {
    switch (report.verdict()) {
        case AuditReport::Verdict::proven: return "PROVEN: " + proven_line(report);
        case AuditReport::Verdict::incomplete: return incomplete_line(report);
        case AuditReport::Verdict::broken:
            return "BROKEN: " + counted(report.fault_count, "faults; the first: ") +
                   (report.faults.empty() ? "" : printable(report.faults.front().what)) + "\n";
        case AuditReport::Verdict::not_checked: break;
    }
    return not_checked_line(report);
}

}  // namespace

AuditReport::Verdict AuditReport::verdict() const {
    if (fault_count > 0) return Verdict::broken;
    const bool explained = tombstones_unproven == 0 && unread.empty();
    if (seals_good == 0 || seals_unknown > 0 || !explained) return Verdict::not_checked;
    return damaged > 0 ? Verdict::incomplete : Verdict::proven;
}

std::uint64_t AuditReport::tail() const {
    std::uint64_t sum = 0;
    for (const Stretch& each : epochs) sum += each.tail();
    return sum;
}

std::string audit_table(const AuditReport& report) {
    std::string text;
    for (const AuditReport::Stretch& each : report.epochs) {
        text += "Epoch " + to_hex(each.epoch) + " of " + printable(each.source) + ": events " +
                std::to_string(each.first) + " to " + std::to_string(each.last) +
                (each.sealed == 0 ? ", without a seal that counts" : ", sealed up to " + std::to_string(each.sealed)) +
                ", " + counted(each.tail(), "behind\n");
    }
    text += counted(report.events, "events, ") + counted(report.tombstones, "without content, ") +
            counted(report.lost, "lost, ") + counted(report.gone + report.deleted, "deleted after their confirmation") +
            (report.moved == 0 ? "\n" : ", " + counted(report.moved, "here under later numbers alone\n"));
    text += seals_line(report);
    text += certificates_line(report);
    text += absent_lines(report);
    for (const std::string& note : report.notes) text += "NOTE: " + printable(note) + "\n";
    for (const std::string& each : report.unread) text += "NOT CHECKED: " + printable(each) + "\n";
    for (const AuditReport::Fault& fault : report.faults) text += "FAULT: " + printable(fault.what) + "\n";
    return text + verdict_lines(report);
}

std::string audit_json(const AuditReport& report) {
    nlohmann::ordered_json json;
    json["verdict"] = name_of(report.verdict());
    json["events"] = report.events;
    json["tombstones"] = report.tombstones;
    json["tombstones_unproven"] = report.tombstones_unproven;
    json["lost"] = report.lost;
    json["damaged"] = report.damaged;
    json["without_content"] = nlohmann::ordered_json::array();
    for (const AuditReport::Absent& each : report.absent) {
        json["without_content"].push_back(
            {{"events", each.names}, {"reason", each.reason}, {"lost", each.lost}, {"damaged", each.damaged}});
    }
    json["without_content_places"] = report.absent_runs;
    json["erased_here"] = report.erased_here;
    json["erasures"] = report.erasures;
    json["gone"] = report.gone + report.deleted;
    json["deleted_at_the_beginning"] = report.deleted;
    json["moved"] = report.moved;
    json["seals"] = {{"good", report.seals_good},
                     {"bad", report.seals_bad},
                     {"other_key", report.seals_other},
                     {"unknown_key", report.seals_unknown},
                     {"elsewhere", report.seals_elsewhere}};
    json["certificates"] = {{"recomputed", report.certificates},
                            {"corrections_not_checked", report.corrections_open},
                            {"not_recomputed", report.certificates_open}};
    json["signers"] = report.signers;
    json["unknown_signers"] = report.unknown_signers;
    json["unknown_sources"] = report.unknown_sources;
    json["tail"] = report.tail();
    json["open_end"] = report.open_end;
    json["epochs"] = nlohmann::ordered_json::array();
    for (const AuditReport::Stretch& each : report.epochs) {
        json["epochs"].push_back({{"source", each.source},
                                  {"epoch", to_hex(each.epoch)},
                                  {"first", each.first},
                                  {"last", each.last},
                                  {"events", each.events},
                                  {"sealed", each.sealed},
                                  {"tail", each.tail()}});
    }
    json["fault_count"] = report.fault_count;
    json["faults"] = nlohmann::ordered_json::array();
    for (const AuditReport::Fault& fault : report.faults) json["faults"].push_back(fault.what);
    json["notes"] = report.notes;
    json["unread"] = report.unread;
    return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tillpost
