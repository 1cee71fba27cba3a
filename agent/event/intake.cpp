// SPDX-License-Identifier: Apache-2.0
#include "agent/event/intake.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/event/field_rules.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/json_handler.hpp"
#include "agent/event/record_builder.hpp"
#include "agent/event/rules.hpp"

namespace tillpost {
namespace {

using Fault = std::optional<Rejection>;

constexpr std::string_view white_space = " \t\n\r";  // RFC 8259's
constexpr std::array<std::string_view, 4> modes{"production", "pilot", "test", "training"};

std::string_view trimmed(std::string_view line) {
    const std::size_t first = line.find_first_not_of(white_space);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(white_space) - first + 1);
}

std::string pointer(Name name) { return std::string("/").append(text_of(name)); }

Rejection missing(Name name) {
    return {"required", pointer(name), std::string(text_of(name)).append(" is missing or empty")};
}

Rejection wrong_type(Name name, std::string_view wanted) {
    return {"wrong_type", pointer(name), std::string(text_of(name)).append(" must be ").append(wanted)};
}

std::optional<RecordType> type_of(std::string_view text) {
    if (text == "sale") return RecordType::sale;
    if (text == "return") return RecordType::return_;
    if (text == "receiving") return RecordType::receiving;
    if (text == "scan") return RecordType::scan;
    if (text == "other") return RecordType::other;
    return std::nullopt;
}

/// Why the value cannot be a part of a business key.
Fault key_part_fault(const Record& record, Name name) {
    const Value value = record.root(name);
    if (!value.present()) return missing(name);
    const auto text = text_or_integer(value);
    if (!text) return wrong_type(name, "text or an integer");
    if (text->empty()) return missing(name);
    if (text->size() > Intake::longest_key_part) {
        return Rejection{"too_long", pointer(name), std::string(text_of(name)).append(" has more than 64 bytes")};
    }
    return std::nullopt;
}

Fault date_fault(const Record& record) {
    const Value date = record.root(Name::business_date);
    if (!date.present()) return std::nullopt;
    if (date.kind != Value::Kind::text) return wrong_type(Name::business_date, "text such as \"2026-11-23\"");
    if (is_date(date.text)) return std::nullopt;
    return Rejection{"invalid_date", "/business_date", "business_date is no day such as \"2026-11-23\""};
}

/// Why the record does not say which one it is.
Fault identity_fault(const Record& record, RecordType type) {
    if (Fault fault = date_fault(record)) return fault;
    if (type == RecordType::scan || type == RecordType::other) return std::nullopt;
    if (!record.root(Name::business_date).present()) return missing(Name::business_date);
    if (type == RecordType::receiving) return key_part_fault(record, Name::document);
    if (Fault fault = key_part_fault(record, Name::till)) return fault;
    return key_part_fault(record, Name::number);
}

std::string subject_of(const Record& record, RecordType type) {
    std::string subject;
    if (type == RecordType::scan) return subject;
    if (type == RecordType::receiving) {
        subject = "receiving/";
        append_key_part(subject, record.root(Name::document).text);
        return subject;
    }
    const bool has_key = !key_part_fault(record, Name::till) && !key_part_fault(record, Name::number);
    if (!has_key || !record.root(Name::business_date).present()) return subject;
    subject = "pos/";
    append_key_part(subject, record.root(Name::till).text);
    subject.append("/").append(record.root(Name::business_date).text).append("/");
    append_key_part(subject, record.root(Name::number).text);
    return subject;
}

void take_time(const Record& record, RecordType type, Event& event) {
    const Value time = record.root(Name::time);
    if (time.kind == Value::Kind::text && is_date_time(time.text)) {
        event.time = time.text;
        event.time[10] = 'T';  // RFC 3339 allows small letters, many readers do not
        if (event.time.back() == 'z') event.time.back() = 'Z';
        return;
    }
    const bool optional = type == RecordType::scan || type == RecordType::other;
    if (!optional || time.present()) event.quality.mark("time", "/time");
}

void take_mode(const Record& record, Event& event) {
    const Value mode = record.root(Name::mode);
    if (!mode.present()) return;
    if (mode.kind != Value::Kind::text) {
        event.quality.mark("wrong_type", "/mode");
    } else if (std::find(modes.begin(), modes.end(), mode.text) == modes.end()) {
        event.quality.mark("mode", "/mode");
    } else {
        event.mode = mode.text;
    }
}

/// Strings cannot contain them, so every line break is white space between tokens.
std::string without_breaks(std::string_view line) {
    std::string data(line);
    for (const char c : {'\n', '\r'}) {
        for (std::size_t at = data.find(c); at != std::string::npos; at = data.find(c, at + 1)) data[at] = ' ';
    }
    return data;
}

}  // namespace

struct Intake::Buffers {
    Record record;
    RecordBuilder builder{record};
};

Intake::Intake() : buffers_(std::make_unique<Buffers>()) {}
Intake::~Intake() = default;

void append_key_part(std::string& out, std::string_view part) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : part) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || c == '/' || c == '%') {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
}

std::variant<Event, Rejection> Intake::parse(std::string_view line, std::string_view entry) {
    const std::string_view text = trimmed(line);
    if (Fault fault = parse_json(text, buffers_->builder)) return *std::move(fault);
    const Record& record = buffers_->record;
    const Value said = record.root(Name::type);
    if (!said.present()) return missing(Name::type);
    if (said.kind != Value::Kind::text) return wrong_type(Name::type, "text");
    const std::optional<RecordType> known = type_of(said.text);
    const RecordType type = known.value_or(RecordType::other);
    if (Fault fault = identity_fault(record, type)) return *std::move(fault);

    Event event;
    event.type = known ? said.text : "other";
    event.subject = subject_of(record, type);
    event.business_date = record.root(Name::business_date).text;
    event.entry = entry;
    if (!known) event.quality.mark("unknown_type", "/type");
    take_time(record, type, event);
    take_mode(record, event);
    mark_faults(record, type, event.quality);
    event.data = without_breaks(text);
    return event;
}

}  // namespace tillpost
