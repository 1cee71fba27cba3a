// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/quarantine_json.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

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

/// Requests have two levels; a megabyte of brackets must not become an object each.
bool is_shallow(int depth, json::parse_event_t, const json&) { return depth < 4; }

Error wrong(std::string what) { return {Errc::invalid, std::move(what)}; }

std::string line_of(const char* name, ordered_json value) {
    ordered_json line;
    line[name] = std::move(value);
    return line.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

/// Reads the members of one request; the first fault is kept, and what nobody asked for is one.
class Members {
public:
    explicit Members(const json& object) : object_(object) {}

    void text(const char* name, std::string& to) {
        const json* value = find(name);
        if (value == nullptr) return;
        if (!value->is_string()) return fail(name, "expected text");
        to = value->get<std::string>();
    }
    /// What is written into an event for people to read.
    void words(const char* name, std::string& to, std::size_t longest) {
        text(name, to);
        const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
        if (to.size() > longest || !is_utf8(to) || std::any_of(to.begin(), to.end(), is_control))
            fail(name, "expected at most " + std::to_string(longest) + " bytes of text without control characters");
    }
    void number(const char* name, std::size_t& to, std::size_t most) {
        const json* value = find(name);
        if (value == nullptr) return;
        if (!value->is_number_unsigned() || value->get<std::uint64_t>() > most)
            return fail(name, "expected a number from 0 to " + std::to_string(most));
        to = value->get<std::size_t>();
    }
    void sort(Sort& to) {
        std::string word = "age";
        text("sort", word);
        if (word == "age") to = Sort::age;
        if (word == "amount") to = Sort::amount;
        if (word == "class") to = Sort::record_class;
        if (word != "age" && word != "amount" && word != "class") fail("sort", "expected age, amount or class");
    }
    void fail(const char* name, const std::string& what) {
        if (fault_.empty()) fault_ = std::string("/") + name + ": " + what;
    }
    const std::string& fault() {
        if (known_ != object_.size() && fault_.empty()) fault_ = "a member that this request does not have";
        return fault_;
    }

private:
    const json* find(const char* name) {
        const auto found = object_.find(name);
        if (found == object_.end()) return nullptr;
        ++known_;
        return &*found;
    }
    const json& object_;
    std::size_t known_ = 0;
    std::string fault_;
};

void read_members(Members& members, QuarantineRequest& request) {
    if (request.verb == Verb::list) {
        members.sort(request.query.sort);
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
    const json document = json::parse(line, is_shallow, false);
    const bool is_request = document.is_object() && document.size() == 1 && document.begin()->is_object();
    if (!is_request) return wrong("a request is one JSON object with one member, an object");
    const std::string name = document.begin().key();
    const auto command =
        std::find_if(commands.begin(), commands.end(), [&name](const Command& each) { return each.name == name; });
    if (command == commands.end()) {
        return wrong("unknown request: expected quarantine.list, .show, .release, .correct or .discard");
    }
    QuarantineRequest request;
    request.verb = command->verb;
    Members members(*document.begin());
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
    return line_of("decided", std::move(answer));
}

std::string quarantine_error_line(std::string_view sentence) { return line_of("error", sentence); }

}  // namespace tillpost
