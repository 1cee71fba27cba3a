// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/seal.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::size_t longest_seal_text = 64;
constexpr std::size_t longest_certificate = 8 << 10;

void append_field(std::string& out, std::string_view text) { out.append(text).push_back('\n'); }

void append_number(std::string& out, std::string_view name, std::uint64_t value) {
    out.append("\"").append(name).append("\":").append(std::to_string(value)).push_back(',');
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
    out.append("\"").append(name).append("\":");
    append_json_string(out, value);
    out += ',';
}

std::string totals_text(const TypeCounts& totals) {
    std::string text;
    for (const auto& [type, count] : totals) {
        if (!text.empty()) text += ',';
        text.append(type).append("=").append(std::to_string(count));
    }
    return text;
}

std::string anchors_text(const std::vector<Seal::Anchor>& anchors) {
    std::string text;
    for (const Seal::Anchor& anchor : anchors) {
        if (!text.empty()) text += ',';
        text.append(std::to_string(anchor.sequence)).append(":").append(to_hex(anchor.before));
        text.append(":").append(to_hex(anchor.after));
    }
    return text;
}

/// Reads members one by one; the first that is wrong stays named.
class SealReader {
public:
    explicit SealReader(const json& object) : object_(object) {}

    std::string text(const char* name, std::size_t longest = longest_seal_text) {
        const json* found = find(name);
        if (found == nullptr || !found->is_string() || found->get_ref<const std::string&>().size() > longest) {
            return fail(name);
        }
        const std::string& text = found->get_ref<const std::string&>();
        return text.find('\n') == std::string::npos ? text : fail(name);  // it would blur what is signed
    }
    std::uint64_t number(const char* name) {
        const json* found = find(name);
        if (found != nullptr && found->is_number_unsigned()) return found->get<std::uint64_t>();
        fail(name);
        return 0;
    }
    template <class Read>
    auto as(const char* name, Read read, std::size_t longest = longest_seal_text) {
        const auto value = read(text(name, longest));
        if (!value) fail(name);
        return value ? *value : typename std::remove_cvref_t<decltype(value)>::value_type{};
    }
    const json* find(const char* name) const {
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }
    std::string fail(const char* name) {
        if (wrong_.empty()) wrong_ = name;
        return {};
    }
    const std::string& wrong() const { return wrong_; }

private:
    const json& object_;
    std::string wrong_;
};

void read_totals(SealReader& members, TypeCounts& totals) {
    const json* found = members.find("totals");
    if (found == nullptr || !found->is_object() || found->size() > most_seal_types + 3) {
        members.fail("totals");
        return;
    }
    for (const auto& [type, count] : found->items()) {
        if (!is_type_name(type) || !count.is_number_unsigned()) members.fail("totals");
        if (count.is_number_unsigned()) totals.emplace_back(type, count.get<std::uint64_t>());
    }
    std::sort(totals.begin(), totals.end());
}

void read_anchors(SealReader& members, std::vector<Seal::Anchor>& anchors) {
    const json* found = members.find("anchors");
    if (found == nullptr) return;
    if (!found->is_array() || found->size() > most_seal_anchors) {
        members.fail("anchors");
        return;
    }
    for (const json& each : *found) {
        if (!each.is_object()) {
            members.fail("anchors");
            return;
        }
        SealReader anchor(each);
        anchors.push_back(
            {anchor.number("sequence"), anchor.as("before", digest_from_hex), anchor.as("after", digest_from_hex)});
        if (!anchor.wrong().empty()) members.fail("anchors");
    }
}

}  // namespace

bool is_type_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_seal_text && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '(' || c == ')';
    });
}

std::string fingerprint_of(std::string_view certificate) { return to_hex(Sha256()(certificate)); }

std::string sealed_message(const Seal& seal, std::string_view source) {
    std::string message;
    append_field(message, "tillpost/seal/1");
    append_field(message, source);
    append_field(message, to_hex(seal.epoch));
    append_field(message, std::to_string(seal.ordinal));
    append_field(message, std::to_string(seal.first));
    append_field(message, std::to_string(seal.last));
    append_field(message, std::to_string(seal.count()));
    append_field(message, to_hex(seal.before));
    append_field(message, to_hex(seal.head));
    append_field(message, seal.time);
    append_field(message, seal.synced ? "synced" : "unsynced");
    append_field(message, seal.cause);
    append_field(message, totals_text(seal.totals));
    append_field(message, anchors_text(seal.anchors));
    append_field(message, fingerprint_of(seal.certificate));
    return message;
}

std::string encode(const Seal& seal) {
    std::string data = "{";
    append_text(data, "epoch", to_hex(seal.epoch));
    append_number(data, "ordinal", seal.ordinal);
    append_number(data, "first", seal.first);
    append_number(data, "last", seal.last);
    append_number(data, "count", seal.count());
    append_text(data, "before", to_hex(seal.before));
    append_text(data, "head", to_hex(seal.head));
    append_text(data, "time", seal.time);
    append_text(data, "clock", seal.synced ? "synced" : "unsynced");
    append_text(data, "cause", seal.cause);
    data += "\"totals\":{";
    for (const auto& [type, count] : seal.totals) append_number(data, type, count);
    if (data.back() == ',') data.pop_back();
    data += "},";
    if (!seal.anchors.empty()) data += "\"anchors\":[";
    for (const Seal::Anchor& anchor : seal.anchors) {
        data.append("{\"sequence\":").append(std::to_string(anchor.sequence));
        data.append(",\"before\":\"").append(to_hex(anchor.before));
        data.append("\",\"after\":\"").append(to_hex(anchor.after)).append("\"},");
    }
    if (!seal.anchors.empty()) data.back() = ']';
    if (!seal.anchors.empty()) data += ',';
    append_text(data, "signer", fingerprint_of(seal.certificate));
    append_text(data, "certificate", to_base64(seal.certificate));
    append_text(data, "signature", to_base64(seal.signature));
    data.back() = '}';
    return data;
}

Result<Seal> decode_seal(std::string_view data) {
    const json object = json::parse(data, nullptr, false);
    if (!object.is_object()) return Error{Errc::invalid, "it is no object"};
    SealReader members(object);
    Seal seal;
    seal.epoch = members.as("epoch", number_from_hex);
    seal.ordinal = static_cast<std::uint32_t>(members.number("ordinal"));
    seal.first = members.number("first");
    seal.last = members.number("last");
    if (seal.first == 0 || seal.first > seal.last || seal.last > last_sequence) members.fail("last");
    if (members.number("count") != seal.count()) members.fail("count");
    seal.before = members.as("before", digest_from_hex);
    seal.head = members.as("head", digest_from_hex);
    seal.time = members.text("time");
    const std::string clock = members.text("clock");
    if (clock != "synced" && clock != "unsynced") members.fail("clock");
    seal.synced = clock == "synced";
    seal.cause = members.text("cause");
    read_totals(members, seal.totals);
    read_anchors(members, seal.anchors);
    seal.certificate = members.as("certificate", from_base64, longest_certificate);
    seal.signature = members.as("signature", from_base64, longest_certificate);
    if (members.text("signer") != fingerprint_of(seal.certificate)) members.fail("signer");
    if (!members.wrong().empty()) return Error{Errc::invalid, "its \"" + members.wrong() + "\" is missing or wrong"};
    return seal;
}

}  // namespace tillpost
