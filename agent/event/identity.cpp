// SPDX-License-Identifier: Apache-2.0
#include "agent/event/identity.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "agent/event/cut_text.hpp"
#include "agent/event/field_rules.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/json_handler.hpp"
#include "agent/event/record_builder.hpp"

namespace tillpost {
namespace {

using Fault = std::optional<Rejection>;

constexpr std::array<std::string_view, 3> correction_kinds{"reverse", "replace", "supplement"};

std::string pointer(Name name) { return std::string("/").append(text_of(name)); }

Rejection missing(Name name) {
    return {"required", pointer(name), std::string(text_of(name)).append(" is missing or empty")};
}

Rejection of_wrong_type(Name name, std::string_view wanted) {
    return {"wrong_type", pointer(name), std::string(text_of(name)).append(" must be ").append(wanted)};
}

/// Why that member of the root cannot be a part of a business key.
Fault part_fault(const Record& record, Name name) {
    const Value value = record.root(name);
    return can_be_key_part(value) ? std::nullopt : key_part_fault(value, pointer(name));
}

bool needs_key(const EventType& type) {
    return type.key == BusinessKey::transaction || type.key == BusinessKey::document || type.key == BusinessKey::batch;
}

Fault date_fault(const Record& record) {
    const Value date = record.root(Name::business_date);
    if (!date.present()) return std::nullopt;
    if (date.kind != Value::Kind::text) return of_wrong_type(Name::business_date, "text such as \"2026-11-23\"");
    if (is_date(date.text())) return std::nullopt;
    return Rejection{"invalid_date", "/business_date", "business_date is no day such as \"2026-11-23\""};
}

Fault needed_fault(const Record& record, std::initializer_list<Name> parts) {
    if (!record.root(Name::business_date).present()) return missing(Name::business_date);
    for (const Name part : parts) {
        if (Fault fault = part_fault(record, part)) return fault;
    }
    return std::nullopt;
}

/// "<start>/<part>/<part>…", "" if a part is not there or cannot be one.
std::string key(const Record& record, std::string start, std::initializer_list<Name> parts) {
    std::string text = std::move(start);
    for (const Name part : parts) {
        const Value value = record.root(part);
        const bool fits = part == Name::business_date ? value.present() : can_be_key_part(value);
        if (!fits) return {};
        append_key_part(text += '/', value.text());
    }
    return text;
}

std::string till_key(const Record& record, std::string start, Name last) {
    return key(record, std::move(start), {Name::till, Name::business_date, last});
}

/// "0123456789abcdef-0000000000000042"
bool is_event_id(std::string_view text) {
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (text.size() != 33 || text[16] != '-') return false;
    return std::all_of(text.begin(), text.begin() + 16, is_hex) && all_digits(text.substr(17));
}

bool is_one_of(const Value& value, std::span<const std::string_view> words) {
    return value.kind == Value::Kind::text && std::find(words.begin(), words.end(), value.text()) != words.end();
}

void mark_unless(bool holds, const Record& record, Name name, Quality& quality) {
    if (!record.root(name).present()) {
        quality.mark("required", pointer(name));
    } else if (!holds) {
        quality.mark(text_of(name), pointer(name));
    }
}

/// The members of its type's own key are there all the same, though another one tells which record it is.
void mark_missing_parts(const Record& record, const EventType& type, Quality& quality) {
    const auto mark = [&](std::initializer_list<Name> parts) {
        for (const Name part : parts) {
            if (const Fault fault = part_fault(record, part)) quality.mark(fault->rule, fault->field);
        }
    };
    if (type.key == BusinessKey::transaction) mark({Name::till, Name::number});
    if (type.key == BusinessKey::document) mark({Name::document});
    if (type.key == BusinessKey::batch) mark({Name::terminal, Name::batch});
}

/// As the record's members have it.
std::string said_subject(const Record& record, const EventType& type, const KeyRules& rules, std::string_view line,
                         Quality& quality) {
    const bool dated = type.key == BusinessKey::till || type.key == BusinessKey::session;
    if (dated && !record.root(Name::business_date).present()) quality.mark("required", pointer(Name::business_date));
    if (const KeyRules::Key* const own = rules.key_of(type.name)) {
        mark_missing_parts(record, type, quality);
        return own->subject(line, type.name);
    }
    const auto start = [&](std::string_view first) { return start_of_key(first, rules, record.root(Name::store)); };
    switch (type.key) {
        case BusinessKey::none: return {};
        case BusinessKey::document:
        case BusinessKey::optional_document: return key(record, start(type.name), {Name::document});
        case BusinessKey::batch:
            return key(record, start(type.name), {Name::terminal, Name::business_date, Name::batch});
        case BusinessKey::session: {
            std::string numbered = till_key(record, start("pos"), Name::number);
            return numbered.empty() ? till_key(record, start(type.name), Name::session) : numbered;
        }
        case BusinessKey::transaction:
        case BusinessKey::till:
        case BusinessKey::any_number: break;
    }
    return till_key(record, start("pos"), Name::number);
}

}  // namespace

bool can_be_key_part(const Value& value) {
    const auto text = text_or_integer(value);
    return text && !text->empty() && text->size() <= Intake::longest_key_part;
}

std::optional<Rejection> key_part_fault(const Value& value, const std::string& pointer) {
    if (can_be_key_part(value)) return std::nullopt;
    const std::string name = pointer.substr(1);
    if (!value.present()) return Rejection{"required", pointer, name + " is missing or empty"};
    const auto text = text_or_integer(value);
    if (!text) return Rejection{"wrong_type", pointer, name + " must be text or an integer"};
    if (text->empty()) return Rejection{"required", pointer, name + " is missing or empty"};
    return Rejection{"too_long", pointer, name + " has more than 64 bytes"};
}

std::string start_of_key(std::string_view first, const KeyRules& rules, const Value& store) {
    std::string text(first);
    const std::string_view other = rules.other_store(store);
    if (!other.empty()) append_key_part(text += '/', other);
    return text;
}

std::optional<Rejection> identity_fault(const Record& record, const EventType& type, const KeyRules& rules,
                                        std::string_view line) {
    if (Fault fault = date_fault(record)) return fault;
    const KeyRules::Key* const own = rules.key_of(type.name);
    if (own != nullptr && needs_key(type)) {
        Fault fault = needed_fault(record, {});
        return fault ? fault : own->fault(line);
    }
    switch (type.key) {
        case BusinessKey::transaction: return needed_fault(record, {Name::till, Name::number});
        case BusinessKey::document: return needed_fault(record, {Name::document});
        case BusinessKey::batch: return needed_fault(record, {Name::terminal, Name::batch});
        default: return std::nullopt;
    }
}

std::string take_subject(const Record& record, const EventType& type, const KeyRules& rules, std::string_view line,
                         Quality& quality) {
    std::string subject = said_subject(record, type, rules, line, quality);
    return is_cut(subject) ? std::string() : subject;
}

std::string subject_by(const KeyRules& rules, std::string_view type, std::string_view data) {
    const EventType* const known = find_event_type(type);
    Record record;
    RecordBuilder builder(record);
    if (known == nullptr || parse_json(data, builder)) return {};
    Quality unheard;
    return take_subject(record, *known, rules, data, unheard);
}

void take_correction(const Record& record, Event& event) {
    const Value corrects = record.root(Name::corrects);
    const Value kind = record.root(Name::corrects_kind);
    if (!corrects.present() && !kind.present()) return;
    const bool names_one = corrects.kind == Value::Kind::text && is_event_id(corrects.text());
    const bool says_how = is_one_of(kind, correction_kinds);
    mark_unless(names_one, record, Name::corrects, event.quality);
    mark_unless(says_how, record, Name::corrects_kind, event.quality);
    for (const Name name : {Name::reason, Name::actor}) {
        if (!record.root(name).present()) event.quality.mark("required", pointer(name));
    }
    if (!names_one || !says_how) return;
    event.corrects = corrects.text();
    event.corrects_kind = kind.text();
}

}  // namespace tillpost
