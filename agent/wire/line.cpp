// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/line.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tillpost {
namespace {

constexpr std::string_view chain_domain = "tillpost/1";

std::array<char, 8> big_endian(std::uint64_t number) {
    std::array<char, 8> bytes;
    for (std::size_t i = 8; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xff);
    return bytes;
}

std::string_view view(const std::array<char, 8>& bytes) { return {bytes.data(), bytes.size()}; }

std::string sequence_digits(Sequence sequence) {
    std::string text(16, '0');
    for (std::size_t i = 16; i-- > 0; sequence /= 10) text[i] = static_cast<char>('0' + sequence % 10);
    return text;
}

/// An attribute: all that stands before its text, the text, and what closes it.
void append_member(std::string& out, std::string_view before, std::string_view text, std::string_view after = "\"") {
    out += before;
    append_json_text(out, text);
    out += after;
}

void append_optional(std::string& out, std::string_view before, std::string_view text) {
    if (!text.empty()) append_member(out, before, text);
}

/// The text between `before` and `after` at the end of rest, or nullopt.
std::optional<std::string_view> between(std::string_view rest, std::string_view before, std::string_view after) {
    if (!rest.starts_with(before) || !rest.ends_with(after) || rest.size() < before.size() + after.size()) {
        return std::nullopt;
    }
    return rest.substr(before.size(), rest.size() - before.size() - after.size());
}

/// A JSON string's text, from behind its first quote to the closing one, of what append_json_string() writes.
std::optional<std::string> unescaped(std::string_view rest) {
    std::string text;
    for (std::size_t at = 0; at < rest.size(); ++at) {
        if (rest[at] == '"') return text;
        if (rest[at] != '\\') {
            text += rest[at];
            continue;
        }
        if (++at == rest.size()) break;
        if (rest[at] != 'u') {
            text += rest[at];
            continue;
        }
        const std::string_view digits = rest.substr(at + 1, 4);
        unsigned code = 0;
        const auto [end, error] = std::from_chars(digits.begin(), digits.end(), code, 16);
        if (error != std::errc() || end != digits.begin() + 4 || code > 0x7f) break;
        text += static_cast<char>(code);
        at += 4;
    }
    return std::nullopt;
}

Error malformed(const char* what) { return {Errc::invalid, std::string("malformed line: ") + what}; }

}  // namespace

std::string encode_body(const std::string& source, const Event& event, const Stamp& stamp) {
    const std::string recorded = rfc3339(stamp.recorded.wall);
    std::string body;
    body.reserve(event.data.size() + 640);
    append_member(body, R"("specversion":"1.0","source":")", source);
    append_member(body, R"(,"type":"tillpost.)", event.type, R"(.v1")");
    append_member(body, R"(,"time":")", event.time.empty() ? recorded : event.time);
    append_optional(body, R"(,"subject":")", event.subject);
    body += R"(,"datacontenttype":"application/json")";
    append_member(body, R"(,"dataschema":"urn:tillpost:schema:)", event.type, R"(:v1")");
    append_member(body, R"(,"recordedtime":")", recorded);
    if (stamp.recorded.utc_offset) append_member(body, R"(,"utcoffset":")", offset_text(*stamp.recorded.utc_offset));
    append_member(body, R"(,"bootid":")", stamp.boot_id);
    append_member(body, R"(,"monotonic":")", std::to_string(stamp.recorded.since_boot.count()));
    body += stamp.recorded.synced ? R"(,"clock":"synced")" : R"(,"clock":"unsynced")";
    append_member(body, R"(,"quality":")", event.quality.text());
    append_optional(body, R"(,"businessdate":")", event.business_date);
    append_member(body, R"(,"mode":")", event.mode);
    if (event.late) body += R"(,"late":true)";
    append_optional(body, R"(,"entry":")", event.entry);
    append_optional(body, R"(,"correlationid":")", event.correlation);
    append_optional(body, R"(,"causationid":")", event.causation);
    append_optional(body, R"(,"corrects":")", event.corrects);
    append_optional(body, R"(,"correctskind":")", event.corrects_kind);
    body += R"(,"salt":")";
    append_hex(body, stamp.salt);
    body += R"(","data":)";
    body += event.data;
    body += '}';
    return body;
}

// Within a string a quote has a backslash before it, so that the name cannot be found in one.
std::string_view body_data(std::string_view body) {
    constexpr std::string_view before_data = ",\"data\":";
    const std::size_t data = body.find(before_data);
    if (data == std::string_view::npos || !body.ends_with('}')) return {};
    const std::size_t start = data + before_data.size();
    return body.substr(start, body.size() - 1 - start);
}

// The subject ends before the data begin: in a damaged body a quote behind them must not end it.
std::optional<BodyKey> body_key(std::string_view body) {
    constexpr std::string_view before_subject = ",\"subject\":\"";
    const std::string_view data = body_data(body);
    if (data.empty()) return std::nullopt;
    // The subject ends before the data begin: in a damaged body a quote behind them must not end it.
    const std::string_view attributes = body.substr(0, body.find(",\"data\":"));
    const std::size_t subject = attributes.find(before_subject);
    if (subject == std::string_view::npos) return std::nullopt;
    auto text = unescaped(attributes.substr(subject + before_subject.size()));
    if (!text) return std::nullopt;
    return BodyKey{std::move(*text), data};
}

std::string_view body_attribute(std::string_view body, std::string_view name) {
    const std::string begin = ",\"" + std::string(name) + "\":\"";
    const std::size_t at = body.find(begin);
    if (at == std::string_view::npos || at > body.find(",\"data\":")) return {};
    const std::string_view rest = body.substr(at + begin.size());
    return rest.substr(0, rest.find('"'));
}

std::string body_text(std::string_view body, std::string_view name) {
    const std::string_view raw = body_attribute(body, name);
    if (raw.empty()) return {};
    return unescaped(body.substr(static_cast<std::size_t>(raw.data() - body.data()))).value_or(std::string());
}

std::string_view body_type(std::string_view body) {
    constexpr std::string_view begin = "tillpost.";
    std::string_view type = body_attribute(body, "type");
    if (!type.starts_with(begin)) return {};
    type.remove_prefix(begin.size());
    return type.substr(0, type.rfind(".v"));
}

std::optional<BodyHead> body_head(std::string_view body) {
    const std::string_view data = body_data(body);
    if (data.empty()) return std::nullopt;
    const std::string_view head = body.substr(0, static_cast<std::size_t>(data.data() - body.data()));
    BodyHead found;
    found.type = body_type(head);
    found.quality = body_attribute(head, "quality");
    found.late = head.find(",\"late\":true") != std::string_view::npos;
    if (found.type.empty() || found.quality.empty()) return std::nullopt;
    if (auto key = body_key(body)) found.subject = std::move(key->subject);
    found.data = data;
    return found;
}

Digest chain_start(Sha256& sha, std::string_view source, Epoch epoch) {
    const auto epoch_bytes = big_endian(epoch);
    return sha({chain_domain, source, view(epoch_bytes)});
}

Digest chain_next(Sha256& sha, const Digest& previous, Epoch epoch, Sequence sequence, const Digest& digest) {
    const auto epoch_bytes = big_endian(epoch);
    const auto sequence_bytes = big_endian(sequence);
    return sha({chain_domain, view(previous), view(epoch_bytes), view(sequence_bytes), view(digest)});
}

std::string event_id(Epoch epoch, Sequence sequence) { return to_hex(epoch) + "-" + sequence_digits(sequence); }

void append_line_prefix(std::string& out, Epoch epoch, Sequence sequence, const Digest& chain) {
    const std::string epoch_text = to_hex(epoch);
    const std::string sequence_text = sequence_digits(sequence);
    out.append("{\"id\":\"").append(epoch_text).append("-").append(sequence_text);
    out.append("\",\"epoch\":\"").append(epoch_text).append("\",\"sequence\":\"").append(sequence_text);
    out.append("\",\"chain\":\"");
    append_hex(out, chain);
    out.append("\",");
}

std::optional<std::pair<Epoch, Sequence>> number_of_event(std::string_view id) {
    const auto epoch = number_from_hex(id.substr(0, 16));
    Sequence sequence = 0;
    const std::string_view digits = id.substr(std::min<std::size_t>(id.size(), 17));
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), sequence);
    const bool good = epoch && id.size() > 17 && id[16] == '-' && error == std::errc() && end == digits.end();
    if (!good || sequence == 0 || sequence > last_sequence) return std::nullopt;
    return std::pair(*epoch, sequence);
}

std::string line_prefix(Epoch epoch, Sequence sequence, const Digest& chain) {
    std::string prefix;
    prefix.reserve(line_prefix_size);
    append_line_prefix(prefix, epoch, sequence, chain);
    return prefix;
}

std::string withheld_ending(const Digest& digest, std::string_view reason) {
    return "\"digest\":\"" + to_hex(digest) + "\",\"withheld\":\"" + std::string(reason) + "\"}";
}

std::string lost_ending(std::string_view reason) { return "\"lost\":\"" + std::string(reason) + "\"}"; }

Result<Line> parse_line(Sha256& sha, std::string_view text) {
    if (text.size() <= line_prefix_size) return malformed("shorter than the prefix");
    const auto epoch = number_from_hex(text.substr(7, 16));
    const auto chain = digest_from_hex(text.substr(108, 64));
    const std::string_view digits = text.substr(81, 16);
    Sequence sequence = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), sequence);
    if (!epoch || !chain || error != std::errc() || end != digits.end()) return malformed("epoch, sequence or chain");
    if (sequence == 0 || sequence > last_sequence) return malformed("sequence out of range");
    if (text.substr(0, line_prefix_size) != line_prefix(*epoch, sequence, *chain)) return malformed("the prefix");

    Line line;
    line.epoch = *epoch;
    line.sequence = sequence;
    line.chain = *chain;
    line.digest = Digest{};
    const std::string_view rest = text.substr(line_prefix_size);
    if (const auto reason = between(rest, "\"lost\":\"", "\"}")) {
        line.kind = Line::Kind::lost;
        line.reason = *reason;
    } else if (rest.starts_with("\"digest\":\"")) {
        const auto digest = digest_from_hex(rest.substr(10, 64));
        const auto withheld = rest.size() > 74 ? between(rest.substr(74), "\",\"withheld\":\"", "\"}") : std::nullopt;
        if (!digest || !withheld) return malformed("tombstone");
        line.kind = Line::Kind::withheld;
        line.digest = *digest;
        line.reason = *withheld;
    } else {
        if (!rest.ends_with('}')) return malformed("no closing brace");
        line.body = rest;
        line.digest = sha(rest);
    }
    return line;
}

}  // namespace tillpost
