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

Value amount_of(const Record& record) {
    const Record::Object* const totals = record.child(record.objects().front(), Role::totals);
    if (totals != nullptr) return record.get(*totals, Name::gross);
    return record.root(Name::amount);
}

constexpr std::size_t longest_part = 64;  ///< As of a business key

/// A till or number: what could be a part of a key, and goes to people's screens.
std::string part_of(const Record& record, Name name) {
    const auto text = text_or_integer(record.root(name));
    const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
    const bool fine = text && text->size() <= longest_part && std::none_of(text->begin(), text->end(), is_control);
    return fine ? std::string(*text) : std::string();
}

std::string date_of(const Record& record) {
    const Value date = record.root(Name::business_date);
    return date.kind == Value::Kind::text && is_date(date.text()) ? std::string(date.text()) : std::string();
}

std::string currency_of(const Record& record) {
    const Value code = record.root(Name::currency);
    const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
    const bool fine = code.kind == Value::Kind::text && code.text().size() == 3 &&
                      std::all_of(code.text().begin(), code.text().end(), is_letter);
    return fine ? std::string(code.text()) : std::string();
}

}  // namespace

Glance glance_at(std::string_view bytes) {
    Record record;
    RecordBuilder builder(record);
    Glance glance;
    // What broke off is not looked at: half a record says nothing that can be relied on.
    if (parse_json(bytes, builder)) return glance;
    const Value type = record.root(Name::type);
    if (type.kind == Value::Kind::text && find_event_type(type.text()) != nullptr) glance.type = type.text();
    const Value amount = amount_of(record);
    const bool is_number = amount.kind == Value::Kind::text || amount.kind == Value::Kind::number;
    if (is_number && Decimal::parse(amount.text())) glance.amount = amount.text();
    glance.till = part_of(record, Name::till);
    glance.store = part_of(record, Name::store);
    glance.number = part_of(record, Name::number);
    glance.business_date = date_of(record);
    glance.currency = currency_of(record);
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
