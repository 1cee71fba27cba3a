// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/stick.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/event/json_nul.hpp"
#include "agent/event/json_text.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

/// An object with `mark`: 1, a text `source` and an object `part`.
Result<json> object_marked(std::string_view text, const char* mark, const char* part) {
    json value = has_nul(text) ? json() : json::parse(text, nullptr, false);
    const auto found = value.is_object() ? value.find(mark) : value.end();
    if (!value.is_object() || found == value.end() || *found != 1 || !value.contains("source") ||
        !value["source"].is_string()) {
        return Error{Errc::invalid, std::string("expected an object with \"") + mark + "\":1 and \"source\""};
    }
    if (!value.contains(part)) return Error{Errc::invalid, std::string("it has no \"") + part + "\""};
    return value;
}

/// The texts of a list's entries; empty where it is absent. Errc::invalid if it has too many, or something else.
template <class Read>
Result<void> each_content(const json& value, const char* name, Read read) {
    const auto list = value.find(name);
    if (list == value.end()) return {};
    const Error wrong{Errc::invalid, std::string("\"") + name + "\" must be a list of at most " +
                                         std::to_string(most_contents) + " events"};
    if (!list->is_array() || list->size() > most_contents) return wrong;
    for (const json& each : *list) {
        if (!read(each)) return wrong;
    }
    return {};
}

std::optional<EventNumber> number_in(const json& value) {
    return value.is_string() ? number_of_event(value.get_ref<const std::string&>()) : std::nullopt;
}

}  // namespace

std::string encode(const ExportHead& head) {
    std::string text = "{\"tillpost_export\":1,\"source\":";
    append_json_string(text, head.source);
    text += ",\"part\":" + std::to_string(head.part);
    if (head.before) text += ",\"before\":\"" + to_hex(*head.before) + "\"";
    const char* between = ",\"withheld\":[\"";
    for (const auto& [epoch, sequence] : head.withheld) {
        text.append(std::exchange(between, ",\"")).append(event_id(epoch, sequence)).push_back('"');
    }
    if (!head.withheld.empty()) text += ']';
    if (head.apart) text += ",\"apart\":true";
    return text + ",\"hello\":" + encode(head.hello) + "}";
}

Result<ExportHead> decode_export_head(std::string_view line) {
    const Result<json> value = object_marked(line, "tillpost_export", "hello");
    if (!value) return value.error();
    Result<Hello> hello = decode_hello((*value)["hello"].dump());
    if (!hello) return hello.error();
    ExportHead head{(*value)["source"].get<std::string>(), 1, std::move(*hello), std::nullopt};
    const auto before = value->find("before");
    if (before != value->end() && before->is_string())
        head.before = digest_from_hex(before->get_ref<const std::string&>());
    const auto part = value->find("part");
    if (part != value->end() && part->is_number_unsigned()) head.part = part->get<std::uint32_t>();
    const auto done = each_content(*value, "withheld", [&head](const json& each) {
        const auto event = number_in(each);
        if (event) head.withheld.push_back(*event);
        return event.has_value();
    });
    if (!done) return done.error();
    const auto apart = value->find("apart");
    head.apart = apart != value->end() && *apart == true;
    return head;
}

std::string encode(const ExportReceipt& receipt) {
    std::string text = "{\"tillpost_receipt\":1,\"source\":";
    append_json_string(text, receipt.source);
    const char* between = ",\"contents\":[";
    for (const ExportReceipt::Content& each : receipt.contents) {
        text.append(std::exchange(between, ",")).append("{\"event\":\"");
        text += event_id(each.event.first, each.event.second) + "\",\"digest\":\"" + to_hex(each.digest) + "\"}";
    }
    if (!receipt.contents.empty()) text += ']';
    return text + ",\"receipt\":" + encode(receipt.receipt) + "}";
}

Result<ExportReceipt> decode_export_receipt(std::string_view text) {
    const Result<json> value = object_marked(text, "tillpost_receipt", "receipt");
    if (!value) return value.error();
    Result<Receipt> receipt = decode_receipt((*value)["receipt"].dump());
    if (!receipt) return receipt.error();
    ExportReceipt read{(*value)["source"].get<std::string>(), std::move(*receipt)};
    const auto done = each_content(*value, "contents", [&read](const json& each) {
        const bool whole = each.is_object() && each.contains("event") && each.contains("digest");
        const auto event = whole ? number_in(each["event"]) : std::nullopt;
        const auto digest = event && each["digest"].is_string()
                                ? digest_from_hex(each["digest"].get_ref<const std::string&>())
                                : std::nullopt;
        if (digest) read.contents.push_back({*event, *digest});
        return digest.has_value();
    });
    if (!done) return done.error();
    return read;
}

std::optional<AgentName> agent_with_source(std::string_view source) {
    constexpr std::string_view scheme = "urn:tillpost:";
    if (!source.starts_with(scheme)) return std::nullopt;
    std::string names(source.substr(scheme.size()));
    std::replace(names.begin(), names.end(), ':', '/');
    auto found = AgentName::from_topic("tillpost/v1/" + names + "/events");
    if (!found || found->second != "events" || found->first.source() != source) return std::nullopt;
    return std::move(found->first);
}

}  // namespace tillpost
