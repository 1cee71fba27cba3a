// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "agent/event/decimal.hpp"
#include "agent/event/event.hpp"
#include "agent/event/record.hpp"

/// What the members of one object may hold. Pure.
namespace tillpost {

enum class Shape : std::uint8_t {
    text,
    number_or_text,  ///< A number that counts or names: a JSON integer or any text.
    decimal,         ///< JSON number or text that Decimal::parse() takes.
    boolean,
    object,
    array
};

struct FieldRule {
    Name name;
    Shape shape;
    bool required = false;
};

/// Marks "required:<pointer>" for what is missing and "wrong_type:<pointer>" for what is not of its shape; an object
/// that is none (a number in a list of lines) gets one "wrong_type". False if there is nothing to look into.
bool check_fields(const Record& record, const Record::Object& object, std::span<const FieldRule> rules,
                  Quality& quality);

/// nullopt if it is absent or no decimal.
std::optional<Decimal> decimal_of(const Value& value);

/// A JSON integer or text; the text of either, nullopt for anything else.
std::optional<std::string_view> text_or_integer(const Value& value);

}  // namespace tillpost
