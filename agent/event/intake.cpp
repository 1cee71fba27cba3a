// SPDX-License-Identifier: Apache-2.0
#include "agent/event/intake.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/event/day_facts.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/identity.hpp"
#include "agent/event/json_handler.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/record_builder.hpp"
#include "agent/event/returned_goods.hpp"

namespace tillpost {
namespace {

constexpr std::string_view white_space = " \t\n\r";  // RFC 8259's
constexpr std::array<std::string_view, 4> modes{"production", "pilot", "test", "training"};

std::string_view trimmed(std::string_view line) {
    const std::size_t first = line.find_first_not_of(white_space);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(white_space) - first + 1);
}

/// nullptr for what nobody knows, and for the agent's own events, which only it can tell.
const EventType* type_for_feeds(std::string_view name) {
    const EventType* const known = find_event_type(name);
    return known != nullptr && known->mark != nullptr ? known : nullptr;
}

void take_time(const Record& record, const EventType& type, Event& event) {
    const Value time = record.root(Name::time);
    if (time.kind == Value::Kind::text && is_date_time(time.text())) {
        event.time = time.text();
        event.time[10] = 'T';  // RFC 3339 allows small letters, many readers do not
        if (event.time.back() == 'z') event.time.back() = 'Z';
        return;
    }
    if (type.needs_time || time.present()) event.quality.mark("time", "/time");
}

void take_mode(const Record& record, Event& event) {
    const Value mode = record.root(Name::mode);
    if (!mode.present()) return;
    if (mode.kind != Value::Kind::text) {
        event.quality.mark("wrong_type", "/mode");
    } else if (std::find(modes.begin(), modes.end(), mode.text()) == modes.end()) {
        event.quality.mark("mode", "/mode");
    } else {
        event.mode = mode.text();
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

Intake::Intake(Settings settings) : settings_(std::move(settings)), buffers_(std::make_unique<Buffers>()) {
    if (!settings_.keys) settings_.keys = std::make_shared<const KeyRules>();
}
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
    if (auto fault = parse_json(text, buffers_->builder)) return *std::move(fault);
    const Record& record = buffers_->record;
    const Value said = record.root(Name::type);
    if (!said.present() || (said.kind == Value::Kind::text && said.text().empty()))
        return Rejection{"required", "/type", "type is missing or empty"};
    if (said.kind != Value::Kind::text) return Rejection{"wrong_type", "/type", "type must be text"};
    const EventType* const known = type_for_feeds(said.text());
    const EventType& type = known != nullptr ? *known : *find_event_type("other");
    if (auto fault = identity_fault(record, type, *settings_.keys, text)) return *std::move(fault);

    Event event;
    event.quality = Quality(settings_.most_marks);
    event.type = type.name;
    event.business_date = record.root(Name::business_date).text();
    event.entry = entry;
    if (known == nullptr) event.quality.mark("unknown_type", "/type");
    take_time(record, type, event);
    event.subject = take_subject(record, type, *settings_.keys, text, event.quality);
    take_mode(record, event);
    take_correction(record, event);
    type.mark(record, event.quality);
    if (!settings_.partial.contains(type.name)) mark_incomplete(record, type.wanted, event.quality);
    if (auto day = take_day_facts(record, type, *settings_.keys)) {
        if (type.name == "void") day->voids = voided_subject(record, *settings_.keys);
        event.day = std::move(day);
    }
    event.returned = take_returned_goods(record, *settings_.keys);
    event.data = without_breaks(text);
    return event;
}

std::optional<Event> event_by_former(std::string_view line, const KeyRules& present, std::span<const KeyRules> former) {
    const auto read_by = [line](const KeyRules& rules) {
        Intake::Settings settings;
        settings.keys = std::shared_ptr<const KeyRules>(std::shared_ptr<void>(), &rules);  // lent for this call
        return Intake(std::move(settings)).parse(line);
    };
    if (former.empty() || std::holds_alternative<Event>(read_by(present))) return std::nullopt;
    for (const KeyRules& rules : former) {
        auto read = read_by(rules);
        auto* const event = std::get_if<Event>(&read);
        if (event == nullptr) continue;
        event->subject.clear();
        return std::move(*event);
    }
    return std::nullopt;
}

}  // namespace tillpost
