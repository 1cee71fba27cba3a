// SPDX-License-Identifier: Apache-2.0
#include "agent/status/tail_json.hpp"

#include <nlohmann/json.hpp>

namespace tillpost {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string line_of(const ordered_json& value) {
    return value.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

/// Requests have two levels; a megabyte of brackets must not become an object each.
bool is_shallow(int depth, json::parse_event_t, const json&) { return depth < 4; }

std::string mark_line(const char* name, const std::string& epoch, std::uint64_t upto) {
    ordered_json mark;
    mark["epoch"] = epoch;
    mark["upto"] = upto;
    ordered_json line;
    line[name] = std::move(mark);
    return line_of(line);
}

std::string text_in(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string captured_line(const CapturedEvent& event) {
    ordered_json each;
    each["epoch"] = event.epoch;
    each["sequence"] = event.sequence;
    each["type"] = event.type;
    each["time"] = event.time;
    each["subject"] = event.subject;
    each["quality"] = event.quality;
    each["device"] = event.device;
    if (!event.rule.empty()) each["rule"] = event.rule;
    ordered_json line;
    line["captured"] = std::move(each);
    return line_of(line);
}

std::string sent_line(const std::string& epoch, std::uint64_t upto) { return mark_line("sent", epoch, upto); }

std::string confirmed_line(const std::string& epoch, std::uint64_t upto) { return mark_line("confirmed", epoch, upto); }

std::string skipped_line(std::uint64_t lines) {
    ordered_json line;
    line["skipped"] = lines;
    return line_of(line);
}

std::string error_line(std::string_view sentence) {
    ordered_json line;
    line["error"] = sentence;
    return line_of(line);
}

ControlRequest parse_request(std::string_view line) {
    using Kind = ControlRequest::Kind;
    if (line.find('\0') != std::string_view::npos) return {};  // the parser would take it for the end
    const json request = json::parse(line, is_shallow, false);
    if (!request.is_object() || request.size() != 1 || !request.begin()->is_object()) return {};
    if (request.contains("status")) return {Kind::status, {}, {}};
    if (request.contains("tail")) return {Kind::tail, {}, {}};
    if (request.contains("day")) return {Kind::day, text_in(request["day"], "date"), text_in(request["day"], "till")};
    if (request.begin().key().starts_with("quarantine.")) return {Kind::quarantine, {}, {}};
    if (request.begin().key().starts_with("reprocess.")) return {Kind::reprocess, {}, {}};
    return {};
}

}  // namespace tillpost
