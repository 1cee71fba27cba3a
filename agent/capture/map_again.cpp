// SPDX-License-Identifier: Apache-2.0
// What an event of the journal would be if it were captured today.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/capture/capture.hpp"
#include "agent/capture/mapping.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/json_paths.hpp"
#include "agent/event/json_text.hpp"
#include "agent/event/settings.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

constexpr const char* why_member = "reprocessed";

/// Marks that say nothing of the record itself; made again in this order, whichever the recorded text has them in.
constexpr std::array<std::string_view, 7> told_by_others{
    "number_gap", "number_repeat", "business_date", "redacted", "possible_repeat", "conflict", "return_quantity"};

/// Of these, the ones that are made for each place.
bool has_places(std::string_view rule) { return rule == "redacted" || rule == "return_quantity"; }

std::string_view rule_of_mark(std::string_view mark) { return mark.substr(0, mark.find_first_of(":=")); }

bool is_rule(std::string_view name) {
    const auto is_it = [name](const KnownRule& each) { return each.name == name; };
    return name == "more" || std::any_of(known_rules().begin(), known_rules().end(), is_it);
}

/// A pointer may contain a space: a mark begins with a rule's name.
std::vector<std::string> marks_of(std::string_view quality) {
    std::vector<std::string> marks;
    for (std::size_t at = 0; at < quality.size();) {
        const std::size_t end = std::min(quality.find(' ', at), quality.size());
        const std::string_view part = quality.substr(at, end - at);
        if (marks.empty() || is_rule(rule_of_mark(part))) {
            marks.emplace_back(part);
        } else {
            marks.back().append(" ").append(part);
        }
        at = end + 1;
    }
    return marks;
}

/// What an event lacks is no reason to correct it; nor is the order of the marks, which says nothing.
std::set<std::string> without_notes(std::string_view quality) {
    std::set<std::string> rest;
    for (std::string& mark : marks_of(quality)) {
        const std::string_view rule = rule_of_mark(mark);
        if (!is_note(rule) && rule != "ok") rest.insert(std::move(mark));
    }
    return rest;
}

/// What was cut then cannot be found again, and so not what gave way to it: then only what is said and holds no longer
/// is another quality.
bool is_another(const std::string& recorded, const Quality& today) {
    const std::set<std::string> before = without_notes(recorded);
    const auto is_redacted = [](const std::string& mark) { return rule_of_mark(mark) == "redacted"; };
    const bool is_cut = before.contains("more") && std::any_of(before.begin(), before.end(), is_redacted);
    if (!is_cut) return before != without_notes(today.text());
    const auto holds = [&](const std::string& mark) {
        const auto is_it = [&](const Quality::First& each) { return each.rule == rule_of_mark(mark); };
        return mark == "more" || is_redacted(mark) || std::any_of(today.firsts().begin(), today.firsts().end(), is_it);
    };
    return !std::all_of(before.begin(), before.end(), holds);
}

void mark_as_told(Quality& quality, const std::string& mark, bool first) {
    const std::string_view rule = rule_of_mark(mark);
    const std::string_view rest = std::string_view(mark).substr(rule.size());
    const bool placed = rest.starts_with(':');
    const std::size_t equals = rule == "redacted" ? std::string_view::npos : rest.find('=');
    const std::string_view field = placed ? rest.substr(1, equals == std::string_view::npos ? equals : equals - 1) : "";
    const std::string_view compared = equals == std::string_view::npos ? "" : rest.substr(equals + 1);
    if (first) return quality.mark_first(rule, field);
    if (!has_places(rule)) return quality.mark_always(rule, field, compared);
    quality.mark(rule, field, compared);
}

/// What was told of the event then is told of it still. `redacted`: places that are cut today.
/// `front`: the first of them stands before all other marks, as of a line.
void carry_marks(std::string_view recorded, const std::vector<std::string>& redacted, bool front, Quality& quality) {
    const std::vector<std::string> marks = marks_of(recorded);
    const bool was_redacted = std::any_of(marks.begin(), marks.end(),
                                          [](const std::string& each) { return rule_of_mark(each) == "redacted"; });
    for (const std::string_view rule : told_by_others) {
        bool first = front && rule == "redacted";
        for (const std::string& mark : marks) {
            if (rule_of_mark(mark) == rule) mark_as_told(quality, mark, std::exchange(first, false));
        }
        if (rule != "redacted") continue;
        for (const std::string& place : redacted) {
            if (!was_redacted && first) {
                quality.mark_first("redacted", place);
                first = false;
            } else {
                quality.mark("redacted", place);
            }
        }
    }
}

std::string said_text(const json& data, const char* name) {
    const auto found = data.find(name);
    return found != data.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string bytes_of_hex(const std::string& digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes += static_cast<char>(std::strtoul(digits.substr(i, 2).c_str(), nullptr, 16));
    }
    return bytes;
}

}  // namespace

std::string without_reason(std::string_view data) {
    if (data.find(why_member) == std::string_view::npos) return std::string(data);
    static const JsonPaths paths({std::string("/") + why_member});
    return paths.values(data).front().empty() ? std::string(data) : paths.without(data);
}

std::string with_reason(std::string_view source, const Why& why) {
    JsonObject said;
    said.text("reason", why.reason);
    said.optional_text("actor", why.actor);
    said.number("user", why.user);
    const std::size_t end = source.rfind('}');
    const bool empty = source.find_first_not_of(" \t", source.find('{') + 1) == end;
    std::string data(source.substr(0, end));
    return data.append(empty ? "\"" : ",\"").append(why_member).append("\":").append(said.close()).append("}");
}

std::vector<std::string_view> changes_between(std::string_view body, const Event& today) {
    std::vector<std::string_view> changed;
    const auto compare = [&](std::string_view what, const auto& before, const auto& now) {
        if (before != now) changed.push_back(what);
    };
    const auto key = body_key(body);
    compare("type", body_type(body), today.type);
    compare("key", key ? std::string_view(key->subject) : "", today.subject);
    compare("business_date", body_attribute(body, "businessdate"), today.business_date);
    compare("mode", body_attribute(body, "mode"), today.mode);
    compare("time", body_attribute(body, "time"), today.time);
    compare("quality", is_another(body_text(body, "quality"), today.quality), false);
    compare("data", without_reason(body_data(body)), today.data);
    return changed;
}

Event Capture::scan_again(std::string_view data, WallTime when) {
    const json said = json::parse(data, nullptr, false);
    Observation observation;
    observation.kind = Observation::Kind::scan;
    if (said.is_object()) {
        observation.device = said_text(said, "device");
        observation.aim = said_text(said, "aim");
        observation.bytes = said.contains("code") ? said_text(said, "code") : bytes_of_hex(said_text(said, "code_hex"));
    }
    (void)redact(observation);
    return scan_of(observation, when);
}

std::variant<Event, Rejection> Capture::map_again(const HeldPage::Copy& held) {
    const WallTime recorded{Millis(held.recorded)};
    const std::string source = without_reason(body_data(held.body));
    const std::string_view entry = body_attribute(held.body, "entry");
    // What nobody could read, and a person has released, is text.
    if (source.starts_with(R"({"type":"other","released_)")) return Rejection{"not_json", "", "it is released text"};
    Event event;
    std::vector<std::string> redacted;
    const bool is_scan = entry == "station" && body_type(held.body) == "scan";
    if (is_scan) {
        event = scan_again(source, recorded);
    } else {
        Observation observation;
        observation.device = "reprocess";
        observation.bytes = source;
        redacted = redact(observation);
        auto read = intake_.parse(observation.bytes, entry);
        if (auto* rejection = std::get_if<Rejection>(&read)) return std::move(*rejection);
        event = std::move(std::get<Event>(read));
    }
    carry_marks(body_text(held.body, "quality"), redacted, !is_scan, event.quality);
    if (event.time.empty()) event.time = body_attribute(held.body, "time");
    return event;
}

}  // namespace tillpost
