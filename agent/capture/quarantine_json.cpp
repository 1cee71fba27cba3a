// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/quarantine_json.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "agent/capture/request_members.hpp"
#include "agent/event/business_class.hpp"
#include "agent/event/json_text.hpp"
#include "platform/bytes.hpp"
#include "platform/clock.hpp"

namespace tillpost {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using Verb = QuarantineRequest::Verb;
using Sort = QuarantineQuery::Sort;

struct Command {
    std::string_view name;
    Verb verb;
};
constexpr std::array commands{Command{"quarantine.list", Verb::list}, Command{"quarantine.show", Verb::show},
                              Command{"quarantine.release", Verb::release},
                              Command{"quarantine.correct", Verb::correct},
                              Command{"quarantine.discard", Verb::discard}};

Error wrong(std::string what) { return {Errc::invalid, std::move(what)}; }

std::string line_of(const char* name, ordered_json value) {
    ordered_json line;
    line[name] = std::move(value);
    return line.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

void read_sort(RequestMembers& members, Sort& to) {
    std::string word = "age";
    members.text("sort", word);
    if (word == "age") to = Sort::age;
    if (word == "amount") to = Sort::amount;
    if (word == "class") to = Sort::record_class;
    if (word != "age" && word != "amount" && word != "class") members.fail("sort", "expected age, amount or class");
}

void read_members(RequestMembers& members, QuarantineRequest& request) {
    if (request.verb == Verb::list) {
        read_sort(members, request.query.sort);
        members.number("offset", request.query.offset, 1'000'000);
        request.query.most = most_listed;
        members.number("most", request.query.most, most_listed);
        return;
    }
    members.text("id", request.id);
    if (request.verb == Verb::show) return members.number("offset", request.offset, 1U << 30);
    members.words("actor", request.actor, longest_actor);
    members.words("reason", request.reason, longest_reason);
    if (request.verb == Verb::discard && request.reason.empty()) members.fail("reason", "discarding needs one");
    if (request.verb != Verb::correct) return;
    members.text("line", request.line);
    members.text("as_type", request.as_type);
    members.flag("changes_key", request.changes_key);
    if (request.line.empty()) members.fail("line", "a correction needs the corrected record");
}

ordered_json object_of(const QuarantineRecord& record) {
    ordered_json object;
    object["id"] = record.id;
    object["event"] = record.event;
    object["about"] = record.about;
    object["recorded"] = rfc3339(WallTime(Millis(record.recorded)));
    object["device"] = record.device;
    object["rule"] = record.rule;
    object["field"] = record.field;
    object["detail"] = record.detail;
    object["type"] = record.type;
    object["class"] = record.type.empty() ? std::string() : std::string(name_of(business_class(record.type)));
    object["amount"] = record.amount;
    object["currency"] = record.currency;
    object["till"] = record.till;
    object["number"] = record.number;
    object["business_date"] = record.business_date;
    object["size"] = record.size;
    return object;
}

}  // namespace

Result<QuarantineRequest> parse_quarantine_request(std::string_view line) {
    const Result<json> document = read_request(line);
    if (!document) return document.error();
    const std::string name = document->begin().key();
    const auto command =
        std::find_if(commands.begin(), commands.end(), [&name](const Command& each) { return each.name == name; });
    if (command == commands.end()) {
        return wrong("unknown request: expected quarantine.list, .show, .release, .correct or .discard");
    }
    QuarantineRequest request;
    request.verb = command->verb;
    RequestMembers members(*document->begin());
    read_members(members, request);
    if (!members.fault().empty()) return wrong(name + ": " + members.fault());
    return request;
}

std::string page_line(const QuarantinePage& page) {
    ordered_json answer;
    answer["open"] = page.open;
    answer["records"] = ordered_json::array();
    for (const QuarantineRecord& record : page.records) answer["records"].push_back(object_of(record));
    return line_of("quarantine", std::move(answer));
}

std::string record_line(const QuarantineRecord& record, std::size_t offset) {
    ordered_json answer = object_of(record);
    answer["decision"] = record.decision.word;
    if (!record.decision.word.empty()) {
        answer["decided"] = rfc3339(WallTime(Millis(record.decision.at)));
        answer["user"] = record.decision.user;
        answer["actor"] = record.decision.actor;
        answer["became"] = record.decision.became;
    }
    const std::size_t from = std::min(offset, record.bytes.size());
    const std::string_view part = std::string_view(record.bytes).substr(from, most_shown);
    answer["offset"] = from;
    answer["hex"] = to_hex(std::span(reinterpret_cast<const std::uint8_t*>(part.data()), part.size()));
    return line_of("record", std::move(answer));
}

std::string decided_line(const std::string& id, const Decided& decided) {
    ordered_json answer;
    answer["id"] = id;
    answer["event"] = decided.told;
    answer["became"] = decided.became;
    answer["repeat"] = decided.repeat;
    if (!decided.beside.empty()) answer["beside"] = decided.beside;
    return line_of("decided", std::move(answer));
}

std::string quarantine_error_line(std::string_view sentence) { return line_of("error", sentence); }

}  // namespace tillpost
