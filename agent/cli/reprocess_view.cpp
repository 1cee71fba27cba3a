// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/reprocess_view.hpp"

#include <nlohmann/json.hpp>

#include "agent/cli/members.hpp"
#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t most_kinds = 32;

std::string counted_line(std::uint64_t count, const char* one, const char* many) {
    if (count == 0) return {};
    return std::to_string(count) + " " + (count == 1 ? one : many) + "\n";
}

/// "quality, data"
std::string what_changed(const json& change) {
    std::string list;
    const auto what = change.find("what");
    if (what == change.end() || !what->is_array()) return list;
    for (const json& each : *what) {
        if (each.is_string()) list.append(list.empty() ? "" : ", ").append(printable(each.get<std::string>()));
    }
    return list;
}

/// "": it does not wait.
std::string beside_which(const json& change) {
    const std::string beside = text_in(change, "beside");
    return beside == "-" ? std::string() : beside;
}

}  // namespace

void ReprocessTotals::add(const json& slice) {
    looked += count_in(slice, "looked").value_or(0);
    corrected += count_in(slice, "corrected").value_or(0);
    released += count_in(slice, "released").value_or(0);
    waiting += count_in(slice, "waiting").value_or(0);
    unreadable += count_in(slice, "unreadable").value_or(0);
    held_back += count_in(slice, "held_back").value_or(0);
    too_large += count_in(slice, "too_large").value_or(0);
}

void UnlistedChanges::add(const json& change) {
    const std::string what = what_changed(change);
    const std::string of_record = beside_which(change).empty()
                                      ? "released, was held back by " + text_in(change, "before")
                                      : "waits, an event has its business key already";
    const bool is_too_large = count_in(change, "too_large").value_or(0) > 0;
    const std::string of_event = is_too_large ? "NOT corrected, too large for the broker" : what;
    const std::string kind = text_in(change, "type") + ": " + (what.empty() ? of_record : of_event);
    if (kinds.size() < most_kinds || kinds.contains(kind)) {
        ++kinds[kind];
    } else {
        add_others(1);
    }
}

void UnlistedChanges::add_others(std::uint64_t count) {
    if (count > 0) kinds["others"] += count;
}

std::string unlisted_words(const UnlistedChanges& unlisted) {
    if (unlisted.kinds.empty()) return {};
    std::string text = "More of them (--verbose lists each):\n";
    for (const auto& [kind, count] : unlisted.kinds) text += "  " + thousands(count) + "  " + kind + "\n";
    return text;
}

std::string change_words(const json& change, bool dry_run) {
    const std::string what = what_changed(change);
    const std::string beside = beside_which(change);
    std::string text = text_in(change, "event") + "  " + text_in(change, "type") + "  " + text_in(change, "subject");
    if (!beside.empty()) {
        const bool is_record = beside.starts_with('Q');
        return text + (dry_run ? "  would wait" : "  waits") + (is_record ? ": record " : ": event ") + beside +
               " has this business key already and says something else (held back by " + text_in(change, "before") +
               ")\n";
    }
    if (const auto limit = count_in(change, "too_large").value_or(0); limit > 0) {
        return text + (dry_run ? "  would NOT be corrected" : "  NOT corrected") +
               ": it would be larger than what the broker takes (" + std::to_string(limit) + " bytes): " + what + "\n";
    }
    const bool is_record = what.empty();
    text += is_record ? (dry_run ? "  would be released" : "  released as " + text_in(change, "by"))
                      : (dry_run ? "  would be corrected" : "  corrected by " + text_in(change, "by"));
    if (is_record) return text + " (was held back by " + text_in(change, "before") + ")\n";
    text += ": " + what;
    const std::string before = text_in(change, "before");
    const std::string after = text_in(change, "after");
    if (before != after) text += " (" + before + " -> " + after + ")";
    return text + "\n";
}

std::string totals_words(const ReprocessTotals& totals, bool dry_run) {
    std::string text =
        counted(totals.looked, "event or quarantined record", "events and quarantined records") + " looked at\n";
    text += counted_line(totals.corrected, dry_run ? "event would be corrected" : "event corrected",
                         dry_run ? "events would be corrected" : "events corrected");
    text += counted_line(totals.released, dry_run ? "record would be released" : "record released",
                         dry_run ? "records would be released" : "records released");
    text += counted_line(totals.waiting, dry_run ? "record would wait" : "record waits",
                         dry_run ? "records would wait" : "records wait");
    if (totals.waiting > 0) {
        text +=
            "What waits would count beside the event that has its business key. Compare the two (`tillpost quarantine "
            "show ID`), then\nrelease it (both count, it is marked conflict), correct it (its own number, or corrects "
            "and corrects_kind), or discard it.\n";
    }
    text += counted_line(totals.too_large, dry_run ? "event would NOT be corrected" : "event NOT corrected",
                         dry_run ? "events would NOT be corrected" : "events NOT corrected");
    if (totals.too_large > 0) {
        text +=
            "What says anew would be larger than what the broker takes, and central would never have it: it stays as "
            "it is. Have the\nbroker's maximum packet size raised, and run this again when tillpostd has connected to "
            "it.\n";
    }
    text += counted_line(totals.unreadable, "event would not be accepted today: it stays as it is",
                         "events would not be accepted today: they stay as they are");
    text += counted_line(totals.held_back, "event would be held back today: it has travelled, and stays",
                         "events would be held back today: they have travelled, and stay");
    if (totals.corrected + totals.released + totals.waiting + totals.too_large == 0)
        text += "Nothing is another event today.\n";
    return text;
}

std::string totals_json(const ReprocessTotals& totals, bool dry_run) {
    const ordered_json line{{"dry_run", dry_run},
                            {"looked", totals.looked},
                            {"corrected", totals.corrected},
                            {"released", totals.released},
                            {"waiting", totals.waiting},
                            {"unreadable", totals.unreadable},
                            {"held_back", totals.held_back},
                            {"too_large", totals.too_large}};
    return line.dump() + "\n";
}

}  // namespace tillpost::cli
