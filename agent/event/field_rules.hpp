// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "agent/event/decimal.hpp"
#include "agent/event/event.hpp"
#include "agent/event/record.hpp"

/// What the members of one object may hold. Pure.
namespace tillpost {

/// A value that is no such thing gets the mark "wrong_type" or, if it is of the right JSON type, the one named here.
enum class Shape : std::uint8_t {
    any,
    text,
    number_or_text,  ///< A number that counts or names: a JSON integer or any text.
    decimal,         ///< JSON number or text that Decimal::parse() takes.
    size,            ///< A decimal that is not negative: "negative".
    count,           ///< A whole number that is not negative, or its digits as text.
    boolean,
    object,
    array,
    date,         ///< A day: "invalid_date".
    expiry,       ///< A day: "expiry".
    day_or_time,  ///< A day or a date-time with offset: "time".
    gtin,         ///< "check_digit"
    gln,          ///< "gln"
    sscc,         ///< "sscc", also for another JSON type
    currency,     ///< A code of ISO 4217: "currency"
    last4,        ///< Four digits: "last4"
    choice        ///< One of some words; the mark is the Choice's.
};

struct Choice {
    std::string_view rule;
    std::span<const std::string_view> words;
};

struct FieldRule {
    Name name;
    Shape shape;
    bool required = false;
    const Choice* choice = nullptr;  ///< Of Shape::choice.
};

/// The rule that the value breaks, "" if none.
std::string_view fault_of(const FieldRule& rule, const Value& value);

/// What one kind of object, or the items of one kind of list, must look like. Built by the compiler; checking a right
/// object costs one look-up a member that it has, however many it could have.
class ObjectRules {
public:
    enum class Article : bool { not_needed, needed };  ///< needed: "required" at gtin, unless it has gtin or item.

    constexpr explicit ObjectRules(std::span<const FieldRule> fields, Article article = Article::not_needed)
        : fields_(fields), needs_article_(article == Article::needed) {
        for (std::size_t i = fields.size(); i-- > 0;) {
            field_of_[static_cast<std::size_t>(fields[i].name)] = static_cast<std::uint8_t>(i + 1);
            if (fields[i].required) required_.add(fields[i].name);
        }
    }
    /// A list of plain values.
    constexpr explicit ObjectRules(Shape items) : item_{Name::unknown, items} {}

    /// Marks "required:<pointer>" for what is missing and what fault_of() says for what is wrong; an object that is
    /// none (a number in a list of lines) gets one "wrong_type". False if there is nothing to look into.
    bool check(const Record& record, const Record::Object& object, Quality& quality) const;

private:
    bool is_right(const Record& record, const Record::Object& object) const;

    std::span<const FieldRule> fields_;
    std::array<std::uint8_t, most_names> field_of_{};  ///< For each name its field, counted from 1; 0: free.
    NameSet required_;
    FieldRule item_{Name::unknown, Shape::any};
    bool needs_article_ = false;
};

/// The rules for all objects of a record, by their role.
class RecordRules {
public:
    struct Entry {
        Role role;
        const ObjectRules* rules;
    };
    constexpr RecordRules(std::initializer_list<Entry> entries) {
        for (const Entry& entry : entries) of_[static_cast<std::size_t>(entry.role)] = entry.rules;
    }
    const ObjectRules* of(Role role) const { return of_[static_cast<std::size_t>(role)]; }
    /// Checks every object that has rules, and the numbers of lines.
    void check(const Record& record, Quality& quality) const;

private:
    std::array<const ObjectRules*, role_count> of_{};
};

/// The two lists in one.
template <std::size_t A, std::size_t B>
constexpr std::array<FieldRule, A + B> joined(const std::array<FieldRule, A>& a, const std::array<FieldRule, B>& b) {
    std::array<FieldRule, A + B> all{};
    for (std::size_t i = 0; i < A; ++i) all[i] = a[i];
    for (std::size_t i = 0; i < B; ++i) all[A + i] = b[i];
    return all;
}

/// nullopt if it is absent or no decimal.
std::optional<Decimal> decimal_of(const Value& value);
/// As decimal_of(), but what is absent is zero.
std::optional<Decimal> decimal_or_zero(const Value& value);

/// A JSON integer or text; the text of either, nullopt for anything else.
std::optional<std::string_view> text_or_integer(const Value& value);

}  // namespace tillpost
