// SPDX-License-Identifier: Apache-2.0
#include "agent/event/glance.hpp"

#include "agent/event/decimal.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/json_handler.hpp"
#include "agent/event/record_builder.hpp"

namespace tillpost {
namespace {

Value amount_of(const Record& record) {
    const Record::Object* const totals = record.child(record.objects().front(), Role::totals);
    if (totals != nullptr) return record.get(*totals, Name::gross);
    return record.root(Name::amount);
}

}  // namespace

Glance glance_at(std::string_view bytes) {
    Record record;
    RecordBuilder builder(record);
    Glance glance;
    // What broke off is not looked at: half a record says nothing that can be relied on.
    if (parse_json(bytes, builder)) return glance;
    const Value type = record.root(Name::type);
    if (type.kind == Value::Kind::text && find_event_type(type.text) != nullptr) glance.type = type.text;
    const Value amount = amount_of(record);
    const bool is_number = amount.kind == Value::Kind::text || amount.kind == Value::Kind::number;
    if (is_number && Decimal::parse(amount.text)) glance.amount = amount.text;
    return glance;
}

}  // namespace tillpost
