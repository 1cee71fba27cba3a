// SPDX-License-Identifier: Apache-2.0
#include "agent/event/glance.hpp"

#include <algorithm>

#include "agent/event/business_class.hpp"
#include "agent/event/decimal.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/field_rules.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/json_handler.hpp"
#include "agent/event/json_text.hpp"
#include "agent/event/record_builder.hpp"

namespace tillpost {
namespace {

/// A member that is there twice says nothing: nobody knows which of the two is meant.
struct Looked {
    const Record& record;
    const RecordBuilder& builder;

    Value root(Name name) const { return builder.said_twice(Role::root, name) ? Value() : record.root(name); }
};

Value amount_of(const Looked& at) {
    const Record::Object* const totals = at.record.child(at.record.objects().front(), Role::totals);
    if (totals == nullptr) return at.root(Name::amount);
    const bool twice =
        at.builder.said_twice(Role::root, Name::totals) || at.builder.said_twice(Role::totals, Name::gross);
    return twice ? Value() : at.record.get(*totals, Name::gross);
}

constexpr std::size_t longest_part = 64;  ///< As of a business key

/// A till or number: what could be a part of a key, and goes to people's screens.
std::string part_of(const Looked& at, Name name) {
    const auto text = text_or_integer(at.root(name));
    const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
    const bool fine = text && text->size() <= longest_part && std::none_of(text->begin(), text->end(), is_control);
    return fine ? std::string(*text) : std::string();
}

std::string date_of(const Looked& at) {
    const Value date = at.root(Name::business_date);
    return date.kind == Value::Kind::text && is_date(date.text()) ? std::string(date.text()) : std::string();
}

std::string currency_of(const Looked& at) {
    const Value code = at.root(Name::currency);
    const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
    const bool fine = code.kind == Value::Kind::text && code.text().size() == 3 &&
                      std::all_of(code.text().begin(), code.text().end(), is_letter);
    return fine ? std::string(code.text()) : std::string();
}

}  // namespace

Glance glance_at(std::string_view bytes) {
    Record record;
    RecordBuilder builder(record, RecordBuilder::Twice::noted);
    Glance glance;
    // What broke off is not looked at: half a record says nothing that can be relied on.
    if (parse_json(bytes, builder)) return glance;
    const Looked at{record, builder};
    const Value type = at.root(Name::type);
    if (type.kind == Value::Kind::text && find_event_type(type.text()) != nullptr) glance.type = type.text();
    const Value amount = amount_of(at);
    const bool is_number = amount.kind == Value::Kind::text || amount.kind == Value::Kind::number;
    if (is_number && Decimal::parse(amount.text())) glance.amount = amount.text();
    glance.till = part_of(at, Name::till);
    glance.store = part_of(at, Name::store);
    glance.number = part_of(at, Name::number);
    glance.business_date = date_of(at);
    glance.currency = currency_of(at);
    return glance;
}

void add_members(JsonObject& object, const Glance& glance) {
    object.optional_text("record_type", glance.type);
    if (!glance.type.empty()) object.text("class", name_of(business_class(glance.type)));
    object.optional_text("till", glance.till)
        .optional_text("store", glance.store)
        .optional_text("number", glance.number);
    object.optional_text("business_date", glance.business_date).optional_text("amount", glance.amount);
    object.optional_text("currency", glance.currency);
}

}  // namespace tillpost
