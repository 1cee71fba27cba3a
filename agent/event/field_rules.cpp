// SPDX-License-Identifier: Apache-2.0
#include "agent/event/field_rules.hpp"

#include <algorithm>

#include "agent/event/contradictions.hpp"
#include "agent/event/gs1/code_lists.hpp"
#include "agent/event/identifiers.hpp"

namespace tillpost {
namespace {

constexpr std::string_view right = "";
constexpr std::string_view wrong_type = "wrong_type";

std::string_view unless(bool holds, std::string_view rule) { return holds ? right : rule; }

std::string_view fault_of_text(const FieldRule& rule, std::string_view text) {
    switch (rule.shape) {
        case Shape::date: return unless(is_date(text), "invalid_date");
        case Shape::expiry: return unless(is_date(text), "expiry");
        case Shape::day_or_time: return unless(is_date(text) || is_date_time(text), "time");
        case Shape::gtin: return unless(is_gtin(text), "check_digit");
        case Shape::gln: return unless(is_gln(text), "gln");
        case Shape::currency: return unless(text != gs1::no_currency && gs1::is_currency_letters(text), "currency");
        case Shape::last4: return unless(text.size() == 4 && all_digits(text), "last4");
        case Shape::choice: {
            const auto& words = rule.choice->words;
            return unless(std::find(words.begin(), words.end(), text) != words.end(), rule.choice->rule);
        }
        default: return right;
    }
}

std::string_view fault_of_size(const Value& value) {
    const auto number = decimal_of(value);
    if (!number) return wrong_type;
    return unless(!number->is_negative(), "negative");
}

/// JSON's grammar.
bool is_number(std::string_view text) {
    const auto take_digits = [&text] {
        const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(end);
        return end > 0;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') return false;
    if (!take_digits()) return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (!take_digits()) return false;
    }
    if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return take_digits() && text.empty();
}

/// Who sends a number looks for another type in vain.
std::string_view explained(const FieldRule& rule, std::string_view fault, const Value& value) {
    const bool is_decimal = rule.shape == Shape::decimal || rule.shape == Shape::size;
    const bool is_scalar = value.kind == Value::Kind::number || value.kind == Value::Kind::text;
    return fault == wrong_type && is_decimal && is_scalar && is_number(value.text()) ? "more_than_18_digits" : "";
}

bool is_count(const Value& value) {
    const auto digits = text_or_integer(value);
    return digits && !digits->empty() && all_digits(*digits);
}

}  // namespace

std::string_view fault_of(const FieldRule& rule, const Value& value) {
    switch (rule.shape) {
        case Shape::any: return right;
        case Shape::number_or_text: return unless(text_or_integer(value).has_value(), wrong_type);
        case Shape::decimal: return unless(decimal_of(value).has_value(), wrong_type);
        case Shape::size: return fault_of_size(value);
        case Shape::count: return unless(is_count(value), wrong_type);
        case Shape::boolean: return unless(value.kind == Value::Kind::boolean, wrong_type);
        case Shape::object: return unless(value.kind == Value::Kind::object, wrong_type);
        case Shape::array: return unless(value.kind == Value::Kind::array, wrong_type);
        case Shape::sscc: return unless(value.kind == Value::Kind::text && is_sscc(value.text()), "sscc");
        default: return value.kind == Value::Kind::text ? fault_of_text(rule, value.text()) : wrong_type;
    }
}

/// The usual case, without pointers and marks.
bool ObjectRules::is_right(const Record& record, const Record::Object& object) const {
    if (!object.names.includes(required_)) return false;
    if (needs_article_ && !object.names.has(Name::gtin) && !object.names.has(Name::item)) return false;
    return record.all_members(object, [this](const Record::Member& member) {
        const std::size_t field = field_of_[static_cast<std::size_t>(member.name)];
        return field == 0 || fault_of(fields_[field - 1], member.value).empty();
    });
}

bool ObjectRules::check(const Record& record, const Record::Object& object, Quality& quality) const {
    if (item_.shape != Shape::any) {
        const std::string_view fault = fault_of(item_, object.value);
        if (!fault.empty()) quality.mark(fault, record.pointer(object));
        return false;
    }
    if (object.value.kind != Value::Kind::object) {
        quality.mark(wrong_type, record.pointer(object));
        return false;
    }
    if (is_right(record, object)) return true;
    for (const FieldRule& rule : fields_) {
        const Value value = record.get(object, rule.name);
        if (!value.present() && !rule.required) continue;
        const std::string_view fault = value.present() ? fault_of(rule, value) : "required";
        if (!fault.empty()) quality.mark(fault, record.pointer(object, rule.name), explained(rule, fault, value));
    }
    if (needs_article_ && !object.names.has(Name::gtin) && !object.names.has(Name::item)) {
        quality.mark("required", record.pointer(object, Name::gtin));
    }
    return true;
}

void RecordRules::check(const Record& record, Quality& quality) const {
    for (const Record::Object& object : record.objects()) {
        if (const ObjectRules* rules = of(object.role)) (void)rules->check(record, object, quality);
    }
    if (of(Role::line) != nullptr) mark_line_numbers(record, quality);
}

std::optional<Decimal> decimal_of(const Value& value) {
    if (value.kind != Value::Kind::text && value.kind != Value::Kind::number) return std::nullopt;
    return Decimal::parse(value.text());
}

std::optional<Decimal> decimal_or_zero(const Value& value) { return value.present() ? decimal_of(value) : Decimal(); }

std::optional<std::string_view> text_or_integer(const Value& value) {
    if (value.kind == Value::Kind::text) return value.text();
    if (value.kind != Value::Kind::number) return std::nullopt;
    std::string_view digits = value.text();
    if (digits.starts_with('-')) digits.remove_prefix(1);
    return all_digits(digits) ? std::optional(value.text()) : std::nullopt;
}

}  // namespace tillpost
