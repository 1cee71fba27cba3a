// SPDX-License-Identifier: Apache-2.0
#include "agent/event/field_rules.hpp"

#include "agent/event/identifiers.hpp"

namespace tillpost {
namespace {

bool has_shape(const Value& value, Shape shape) {
    switch (shape) {
        case Shape::text: return value.kind == Value::Kind::text;
        case Shape::number_or_text: return text_or_integer(value).has_value();
        case Shape::decimal: return decimal_of(value).has_value();
        case Shape::boolean: return value.kind == Value::Kind::boolean;
        case Shape::object: return value.kind == Value::Kind::object;
        case Shape::array: return value.kind == Value::Kind::array;
    }
    return false;
}

}  // namespace

bool check_fields(const Record& record, const Record::Object& object, std::span<const FieldRule> rules,
                  Quality& quality) {
    if (object.value.kind != Value::Kind::object) {
        quality.mark("wrong_type", record.pointer(object));
        return false;
    }
    for (const FieldRule& rule : rules) {
        const Value value = record.get(object, rule.name);
        if (!value.present()) {
            if (rule.required) quality.mark("required", record.pointer(object, rule.name));
        } else if (!has_shape(value, rule.shape)) {
            quality.mark("wrong_type", record.pointer(object, rule.name));
        }
    }
    return true;
}

std::optional<Decimal> decimal_of(const Value& value) {
    if (value.kind != Value::Kind::text && value.kind != Value::Kind::number) return std::nullopt;
    return Decimal::parse(value.text);
}

std::optional<std::string_view> text_or_integer(const Value& value) {
    if (value.kind == Value::Kind::text) return value.text;
    if (value.kind != Value::Kind::number) return std::nullopt;
    std::string_view digits = value.text;
    if (digits.starts_with('-')) digits.remove_prefix(1);
    return all_digits(digits) ? std::optional(value.text) : std::nullopt;
}

}  // namespace tillpost
