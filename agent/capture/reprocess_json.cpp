// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/reprocess_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/capture/request_members.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/settings.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using Change = ReprocessSlice::Change;

constexpr std::size_t longest_shown = 256;          ///< Bytes of a subject or quality
constexpr std::size_t largest_changes = 160 << 10;  ///< Bytes in one answer

bool is_position(const std::string& text) { return text.empty() || (text.size() <= 18 && all_digits(text)); }

void read_range(RequestMembers& members, ReprocessRequest& request) {
    members.number("from", request.from, last_sequence);
    members.number("to", request.to, last_sequence);
    if (request.to != 0 && request.from > request.to) members.fail("to", "expected a number that is not below from");
    const std::pair<const char*, std::string*> dates[] = {{"from_date", &request.from_date},
                                                          {"to_date", &request.to_date}};
    for (const auto& [name, date] : dates) {
        members.text(name, *date);
        if (!date->empty() && !is_date(*date)) members.fail(name, "expected a day such as \"2026-11-23\"");
    }
    if (!request.to_date.empty() && request.from_date > request.to_date)
        members.fail("to_date", "expected a day that is not before from_date");
}

void read_choice(RequestMembers& members, ReprocessRequest& request) {
    members.text("type", request.type);
    const auto types = feed_types();
    if (!request.type.empty() && std::find(types.begin(), types.end(), request.type) == types.end())
        members.fail("type", "expected a type that a feed may send, such as \"sale\"");
    members.text("rule", request.rule);
    // Whoever asks for both verbs means one rule.
    const auto holding = rejecting_rules();
    const bool is_known =
        find_rule(request.rule) != nullptr || std::find(holding.begin(), holding.end(), request.rule) != holding.end();
    if (!request.rule.empty() && !is_known)
        members.fail("rule", "expected a rule such as \"totals\" (`tillpost rules`) or \"not_json\"");
}

ordered_json change_object(const Change& change) {
    ordered_json object;
    object["event"] = change.event;
    object["type"] = change.type;
    object["subject"] = change.subject.substr(0, longest_shown);
    object["what"] = change.what;
    object["before"] = change.before.substr(0, longest_shown);
    object["after"] = change.after.substr(0, longest_shown);
    object["by"] = change.by;
    if (!change.beside.empty()) object["beside"] = change.beside;
    if (change.too_large > 0) object["too_large"] = change.too_large;
    return object;
}

}  // namespace

Result<ReprocessRequest> parse_reprocess_request(std::string_view line) {
    const Result<json> document = read_request(line);
    if (!document) return document.error();
    const std::string name = document->begin().key();
    ReprocessRequest request;
    if (name != "reprocess.events" && name != "reprocess.quarantine") {
        return Error{Errc::invalid, "unknown request: expected reprocess.events or reprocess.quarantine"};
    }
    if (name == "reprocess.quarantine") request.verb = ReprocessRequest::Verb::quarantine;
    RequestMembers members(*document->begin());
    members.flag("dry_run", request.dry_run);
    members.words("reason", request.why.reason, longest_reason);
    members.words("actor", request.why.actor, longest_actor);
    if (!request.dry_run && request.why.reason.empty()) members.fail("reason", "mapping events again needs one");
    members.text("after", request.after);
    members.text("upto", request.upto);
    if (request.verb == ReprocessRequest::Verb::events && !(is_position(request.after) && is_position(request.upto)))
        members.fail("after", "expected what the answer before said in next and upto");
    read_range(members, request);
    read_choice(members, request);
    if (!members.fault().empty()) return Error{Errc::invalid, name + ": " + members.fault()};
    return request;
}

std::string slice_line(const ReprocessSlice& slice) {
    ordered_json said;
    said["looked"] = slice.looked;
    said["corrected"] = slice.corrected;
    said["released"] = slice.released;
    said["too_large"] = slice.too_large;
    said["waiting"] = slice.waiting;
    said["unreadable"] = slice.unreadable;
    said["held_back"] = slice.held_back;
    said["changes"] = ordered_json::array();
    std::size_t size = 0;
    std::uint64_t left_out = 0;
    for (const Change& change : slice.changes) {
        ordered_json object = change_object(change);
        size += object.dump(-1, ' ', true, ordered_json::error_handler_t::replace).size();
        if (size > largest_changes) ++left_out;
        if (size <= largest_changes) said["changes"].push_back(std::move(object));
    }
    said["left_out"] = left_out;
    said["next"] = slice.next;
    said["upto"] = slice.upto;
    ordered_json line;
    line["reprocessed"] = std::move(said);
    return line.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tillpost
