// SPDX-License-Identifier: Apache-2.0
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/event/contradictions.hpp"
#include "agent/event/rules.hpp"
#include "agent/event/transaction_fields.hpp"

/// Sale and return: one shape, the POS transaction.
namespace tillpost {
namespace {

using Object = Record::Object;

constexpr auto root_fields = joined(transaction::root_fields, common_fields);
constexpr ObjectRules root_rules(root_fields);
constexpr ObjectRules line_rules(transaction::line_fields);
constexpr ObjectRules goods_rules(transaction::goods_fields, ObjectRules::Article::needed);
constexpr ObjectRules override_rules(transaction::override_fields);
constexpr ObjectRules discount_rules(transaction::discount_fields);
constexpr ObjectRules promotion_rules(transaction::promotion_fields);
constexpr ObjectRules line_tax_rules(transaction::line_tax_fields);
constexpr ObjectRules weight_rules(transaction::weight_fields);
constexpr ObjectRules age_check_rules(transaction::age_check_fields);
constexpr ObjectRules account_rules(transaction::account_fields);
constexpr ObjectRules tender_rules(transaction::tender_fields);
constexpr ObjectRules foreign_rules(transaction::foreign_fields);

constexpr RecordRules rules{
    {Role::root, &root_rules},           {Role::origin, &origin_rules},
    {Role::line, &line_rules},           {Role::price_override, &override_rules},
    {Role::discount, &discount_rules},   {Role::line_tax, &line_tax_rules},
    {Role::weight, &weight_rules},       {Role::age_check, &age_check_rules},
    {Role::gift_card, &account_rules},   {Role::prepayment, &account_rules},
    {Role::layaway, &account_rules},     {Role::original, &original_rules},
    {Role::promotion, &promotion_rules}, {Role::tender, &tender_rules},
    {Role::foreign, &foreign_rules},     {Role::tax, &tax_rules},
    {Role::totals, &totals_rules},
};

bool is_true(const Value& value) { return value.kind == Value::Kind::boolean && value.text() == "true"; }

std::optional<Decimal> signed_amount(const Record& record, const Object& line, const Object& what) {
    const std::string_view direction = record.get(line, Name::direction).text();
    const auto amount = decimal_of(record.get(what, Name::amount));
    if (!amount || (direction != "sale" && direction != "return")) return std::nullopt;
    return direction == "sale" ? *amount : amount->negated();
}

void mark_direction(const Record& record, const Object& line, bool is_return, Quality& quality) {
    const std::string_view kind = record.get(line, Name::kind).text();
    const std::string_view direction = record.get(line, Name::direction).text();
    if (is_return && direction == "sale" && kind == "goods") {
        quality.mark("direction", record.pointer(line, Name::direction));
    }
    // Empties and rounding come back without a receipt that they were on.
    const bool came_with_a_receipt = kind != "deposit_refund" && kind != "rounding";
    if (direction != "return" || !came_with_a_receipt) return;
    if (record.get(line, Name::original).present() == is_true(record.get(line, Name::unlinked))) {
        quality.mark("return_original", record.pointer(line));
    }
}

void mark_line(const Record& record, const Object& line, bool is_return, Quality& quality) {
    if (!line_rules.check(record, line, quality)) return;
    if (record.get(line, Name::kind).text() == "goods") (void)goods_rules.check(record, line, quality);
    mark_direction(record, line, is_return, quality);
}

/// A deposit belongs to another line of the same transaction.
void mark_parents(const Record& record, Quality& quality) {
    std::vector<const Object*> children;
    for (const Object& object : record.objects()) {
        if (object.role == Role::line && text_or_integer(record.get(object, Name::parent))) children.push_back(&object);
    }
    if (children.empty()) return;
    std::unordered_set<std::string_view> numbers;
    for (const Object& object : record.objects()) {
        if (object.role == Role::line) numbers.insert(record.get(object, Name::line).text());
    }
    for (const Object* child : children) {
        const std::string_view parent = record.get(*child, Name::parent).text();
        const bool found = numbers.contains(parent) && parent != record.get(*child, Name::line).text();
        if (!found) quality.mark("parent", record.pointer(*child, Name::parent));
    }
}

/// What a promotion took off in all is what it took off the lines.
void mark_promotions(const Record& record, Quality& quality) {
    for (const Name list : {Name::promotions, Name::lines}) {
        if (record.root(list).kind != Value::Kind::array) return;
    }
    std::unordered_map<std::string_view, Sum> allocated;
    for (const Object& object : record.objects()) {
        if (object.role != Role::discount || !object.names.has(Name::promotion)) continue;
        const Object& line = record.objects()[object.parent];
        allocated[record.get(object, Name::promotion).text()].add(signed_amount(record, line, object));
    }
    for (const Object& object : record.objects()) {
        if (object.role != Role::promotion) continue;
        const Value promotion = record.get(object, Name::promotion);
        const auto amount = decimal_of(record.get(object, Name::amount));
        if (!promotion.present() || !amount) continue;
        const Sum& sum = allocated[promotion.text()];
        if (!sum.known() || sum.is(*amount)) continue;
        quality.mark("promotion", record.pointer(object, Name::amount), not_expected(amount->text(), sum.text()));
    }
}

/// Gross is what the customer pays: the lines and the rounding, and net and tax. `net` may contain the rounding or not:
/// both are usual. Where prices are without tax, it comes on top of the lines.
void mark_totals(const Record& record, const Object& totals, Sum lines, Quality& quality) {
    const auto net = decimal_of(record.get(totals, Name::net));
    const auto tax = decimal_of(record.get(totals, Name::tax));
    const auto gross = decimal_of(record.get(totals, Name::gross));
    const auto rounding = decimal_or_zero(record.get(totals, Name::rounding));
    if (!gross || !rounding) return;
    const Value include = record.root(Name::prices_include_tax);
    if (include.kind == Value::Kind::boolean && include.text() == "false") lines.add(tax);
    lines.add(rounding);
    if (lines.known() && !lines.is(*gross)) {
        quality.mark("totals", "/totals/gross", not_expected(gross->text(), lines.text()) + "_by_lines");
    }
    Sum parts;
    parts.add(net);
    parts.add(tax);
    Sum parts_and_rounding = parts;
    parts_and_rounding.add(rounding);
    if (!parts.known() || parts.is(*gross) || parts_and_rounding.is(*gross)) return;
    quality.mark("totals", "/totals/gross", not_expected(gross->text(), parts.text()) + "_by_net_and_tax");
}

void mark_sums(const Record& record, Quality& quality) {
    const Object* totals = record.child(record.objects().front(), Role::totals);
    if (totals == nullptr) return;
    Sum lines;
    if (record.root(Name::lines).kind != Value::Kind::array) lines.add(std::nullopt);
    for (const Object& object : record.objects()) {
        if (object.role == Role::line) lines.add(signed_amount(record, object, object));
    }
    mark_totals(record, *totals, lines, quality);
    mark_tender_sum(record, decimal_of(record.get(*totals, Name::gross)), quality);
}

void mark_transaction(const Record& record, bool is_return, Quality& quality) {
    for (const Object& object : record.objects()) {
        if (object.role == Role::line) {
            mark_line(record, object, is_return, quality);
        } else if (const ObjectRules* of_role = rules.of(object.role)) {
            (void)of_role->check(record, object, quality);
        }
        if (object.role == Role::weight) {
            mark_weighing(record, object, quality);
            mark_weighed_quantity(record, object, quality);
        }
    }
    mark_line_numbers(record, quality);
    mark_parents(record, quality);
    mark_line_amounts(record, quality);
    mark_promotions(record, quality);
    mark_sums(record, quality);
    mark_tax_sum(record, quality);
    mark_tax_amounts(record, quality);
    mark_tenders_paid(record, quality);
}

}  // namespace

void mark_sale(const Record& record, Quality& quality) { mark_transaction(record, false, quality); }
void mark_return(const Record& record, Quality& quality) { mark_transaction(record, true, quality); }

}  // namespace tillpost
