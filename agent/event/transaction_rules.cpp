// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "agent/event/field_rules.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/rules.hpp"

/// Sale and return: one shape, the POS transaction.
namespace tillpost {
namespace {

using Role = Record::Role;
using Object = Record::Object;

constexpr std::array transaction_rules{
    FieldRule{Name::currency, Shape::text, true},
    FieldRule{Name::lines, Shape::array, true},
    FieldRule{Name::tenders, Shape::array, true},
    FieldRule{Name::totals, Shape::object, true},
    FieldRule{Name::taxes, Shape::array},
    FieldRule{Name::operator_, Shape::text},
    FieldRule{Name::prices_include_tax, Shape::boolean},
};

constexpr std::array line_rules{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::kind, Shape::text, true},
    FieldRule{Name::direction, Shape::text, true},
    FieldRule{Name::amount, Shape::decimal, true},
    FieldRule{Name::gtin, Shape::text},
    FieldRule{Name::item, Shape::text},
    FieldRule{Name::entry_method, Shape::text},
    FieldRule{Name::quantity, Shape::decimal},
    FieldRule{Name::unit, Shape::text},
    FieldRule{Name::unit_price, Shape::decimal},
    FieldRule{Name::discounts, Shape::array},
    FieldRule{Name::tax, Shape::object},
    FieldRule{Name::lot, Shape::text},
    FieldRule{Name::serial, Shape::text},
    FieldRule{Name::original, Shape::object},
    FieldRule{Name::unlinked, Shape::boolean},
    FieldRule{Name::reason, Shape::text},
    FieldRule{Name::disposition, Shape::text},
};

/// What moves stock says what, how many and in which unit.
constexpr std::array goods_rules{
    FieldRule{Name::quantity, Shape::decimal, true},
    FieldRule{Name::unit, Shape::text, true},
};

constexpr std::array original_rules{
    FieldRule{Name::number, Shape::number_or_text, true}, FieldRule{Name::store, Shape::number_or_text},
    FieldRule{Name::till, Shape::number_or_text},         FieldRule{Name::business_date, Shape::text},
    FieldRule{Name::line, Shape::number_or_text},
};

constexpr std::array discount_rules{FieldRule{Name::amount, Shape::decimal, true},
                                    FieldRule{Name::reason, Shape::text}};

constexpr std::array line_tax_rules{FieldRule{Name::rate, Shape::decimal, true}};

constexpr std::array tender_rules{
    FieldRule{Name::type, Shape::text, true},
    FieldRule{Name::amount, Shape::decimal, true},
    FieldRule{Name::tendered, Shape::decimal},
    FieldRule{Name::change, Shape::decimal},
};

constexpr std::array tax_rules{
    FieldRule{Name::rate, Shape::decimal, true},
    FieldRule{Name::base, Shape::decimal, true},
    FieldRule{Name::amount, Shape::decimal, true},
};

constexpr std::array totals_rules{
    FieldRule{Name::net, Shape::decimal, true},
    FieldRule{Name::tax, Shape::decimal, true},
    FieldRule{Name::gross, Shape::decimal, true},
    FieldRule{Name::rounding, Shape::decimal},
};

constexpr std::array<std::string_view, 9> kinds{
    "goods", "deposit", "deposit_refund", "gift_card", "prepayment", "service", "fee", "tip", "rounding"};

bool is_true(const Value& value) { return value.kind == Value::Kind::boolean && value.text == "true"; }

/// An exact sum that remembers why it is none.
class Sum {
public:
    void add(const std::optional<Decimal>& amount) {
        if (!amount) known_ = false;
        if (sum_ && amount) sum_ = sum_->plus(*amount);
    }
    /// False: an amount is missing, which has its own mark; nothing can be said about the sum.
    bool known() const { return known_; }
    /// A sum that does not fit is equal to nothing.
    bool is(const Decimal& number) const { return sum_ && *sum_ == number; }

private:
    std::optional<Decimal> sum_ = Decimal();
    bool known_ = true;
};

std::optional<Decimal> signed_amount(const Record& record, const Object& line) {
    const std::string_view direction = record.get(line, Name::direction).text;
    const auto amount = decimal_of(record.get(line, Name::amount));
    if (!amount || (direction != "sale" && direction != "return")) return std::nullopt;
    return direction == "sale" ? *amount : amount->negated();
}

void mark_kind_and_direction(const Record& record, const Object& line, bool is_return, Quality& quality) {
    const Value kind = record.get(line, Name::kind);
    const Value direction = record.get(line, Name::direction);
    if (kind.kind == Value::Kind::text && std::find(kinds.begin(), kinds.end(), kind.text) == kinds.end()) {
        quality.mark("kind", record.pointer(line, Name::kind));
    }
    if (direction.kind != Value::Kind::text) return;
    const bool sale_in_a_return = is_return && direction.text == "sale" && kind.text == "goods";
    if ((direction.text != "sale" && direction.text != "return") || sale_in_a_return) {
        quality.mark("direction", record.pointer(line, Name::direction));
    }
    // Empties and rounding come back without a receipt that they were on.
    const bool came_with_a_receipt = kind.text != "deposit_refund" && kind.text != "rounding";
    if (direction.text != "return" || !came_with_a_receipt) return;
    if (!record.get(line, Name::original).present() && !is_true(record.get(line, Name::unlinked))) {
        quality.mark("return_original", record.pointer(line));
    }
}

void mark_line(const Record& record, const Object& line, bool is_return, Quality& quality) {
    if (!check_fields(record, line, line_rules, quality)) return;
    if (record.get(line, Name::kind).text == "goods") {
        if (!record.get(line, Name::gtin).present() && !record.get(line, Name::item).present()) {
            quality.mark("required", record.pointer(line, Name::gtin));
        }
        check_fields(record, line, goods_rules, quality);
    }
    mark_kind_and_direction(record, line, is_return, quality);
    mark_gtin(record, line, quality);
    mark_negative(record, line, Name::quantity, quality);
    mark_negative(record, line, Name::amount, quality);
}

void mark_original(const Record& record, const Object& original, Quality& quality) {
    check_fields(record, original, original_rules, quality);
    const Value date = record.get(original, Name::business_date);
    if (date.kind == Value::Kind::text && !is_date(date.text)) {
        quality.mark("invalid_date", record.pointer(original, Name::business_date));
    }
}

void mark_object(const Record& record, const Object& object, bool is_return, Quality& quality) {
    switch (object.role) {
        case Role::line: return mark_line(record, object, is_return, quality);
        case Role::original: return mark_original(record, object, quality);
        case Role::discount: check_fields(record, object, discount_rules, quality); return;
        case Role::line_tax: check_fields(record, object, line_tax_rules, quality); return;
        case Role::tender: check_fields(record, object, tender_rules, quality); return;
        case Role::tax: check_fields(record, object, tax_rules, quality); return;
        case Role::totals: check_fields(record, object, totals_rules, quality); return;
        default: return;
    }
}

/// Gross is what the customer pays: the lines and the rounding, and net and tax. `net` may contain the rounding or not:
/// both are usual. Where prices are without tax, it comes on top of the lines.
bool totals_agree(const Record& record, const Object& totals, Sum lines) {
    const auto net = decimal_of(record.get(totals, Name::net));
    const auto tax = decimal_of(record.get(totals, Name::tax));
    const auto gross = decimal_of(record.get(totals, Name::gross));
    const Value rounding_value = record.get(totals, Name::rounding);
    const auto rounding = rounding_value.present() ? decimal_of(rounding_value) : Decimal();
    if (!gross || !rounding) return true;
    const Value include = record.root(Name::prices_include_tax);
    if (include.kind == Value::Kind::boolean && include.text == "false") lines.add(tax);
    lines.add(rounding);
    if (lines.known() && !lines.is(*gross)) return false;
    Sum parts;
    parts.add(net);
    parts.add(tax);
    Sum parts_and_rounding = parts;
    parts_and_rounding.add(rounding);
    return !parts.known() || parts.is(*gross) || parts_and_rounding.is(*gross);
}

void mark_sums(const Record& record, Quality& quality) {
    const Object* totals = record.child(record.objects().front(), Role::totals);
    if (totals == nullptr) return;
    Sum lines;
    Sum tenders;
    for (const Object& object : record.objects()) {
        if (object.role == Role::line) lines.add(signed_amount(record, object));
        if (object.role == Role::tender) tenders.add(decimal_of(record.get(object, Name::amount)));
    }
    const bool has_lines = record.root(Name::lines).kind == Value::Kind::array;
    const bool has_tenders = record.root(Name::tenders).kind == Value::Kind::array;
    const auto gross = decimal_of(record.get(*totals, Name::gross));
    if (!has_lines) lines.add(std::nullopt);
    if (!totals_agree(record, *totals, lines)) quality.mark("totals", "/totals/gross");
    if (has_tenders && tenders.known() && gross && !tenders.is(*gross)) quality.mark("tenders", "/tenders");
}

}  // namespace

void mark_transaction(const Record& record, bool is_return, Quality& quality) {
    check_fields(record, record.objects().front(), transaction_rules, quality);
    const Value currency = record.root(Name::currency);
    if (currency.kind == Value::Kind::text && !is_currency(currency.text)) quality.mark("currency", "/currency");
    for (const Object& object : record.objects()) mark_object(record, object, is_return, quality);
    mark_sums(record, quality);
}

}  // namespace tillpost
