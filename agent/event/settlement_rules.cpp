// SPDX-License-Identifier: Apache-2.0
#include "agent/event/common_rules.hpp"
#include "agent/event/contradictions.hpp"
#include "agent/event/rules.hpp"

/// What a till and a payment terminal count: opening, closing, batch.
namespace tillpost {
namespace {

constexpr std::array open_fields{
    FieldRule{Name::till, Shape::number_or_text, true},
    FieldRule{Name::currency, Shape::currency, true},
    FieldRule{Name::tenders, Shape::array, true},
};
constexpr auto open_root_fields = joined(open_fields, common_fields);
constexpr ObjectRules open_root_rules(open_root_fields);
constexpr std::array opening_tender_fields{
    FieldRule{Name::type, Shape::text, true},
    FieldRule{Name::amount, Shape::decimal, true},
};
constexpr ObjectRules opening_tender_rules(opening_tender_fields);
constexpr RecordRules open_rules{
    {Role::root, &open_root_rules}, {Role::origin, &origin_rules}, {Role::tender, &opening_tender_rules}};

constexpr std::array close_fields{
    FieldRule{Name::till, Shape::number_or_text, true},
    FieldRule{Name::currency, Shape::currency, true},
    FieldRule{Name::first_number, Shape::number_or_text},
    FieldRule{Name::last_number, Shape::number_or_text},
    FieldRule{Name::count, Shape::count},
    FieldRule{Name::tenders, Shape::array, true},
    FieldRule{Name::counts, Shape::object},
    FieldRule{Name::taxes, Shape::array},
    FieldRule{Name::totals, Shape::object},
    FieldRule{Name::grand_total, Shape::decimal},
    FieldRule{Name::batches, Shape::array},
    FieldRule{Name::missing, Shape::array},
};
constexpr auto close_root_fields = joined(close_fields, common_fields);
constexpr ObjectRules close_root_rules(close_root_fields);
constexpr std::array settled_tender_fields{
    FieldRule{Name::type, Shape::text, true},       FieldRule{Name::expected, Shape::decimal, true},
    FieldRule{Name::counted, Shape::decimal, true}, FieldRule{Name::opening, Shape::decimal},
    FieldRule{Name::difference, Shape::decimal},    FieldRule{Name::amount, Shape::decimal},
    FieldRule{Name::count, Shape::count},
};
constexpr ObjectRules settled_tender_rules(settled_tender_fields);
constexpr std::array counts_fields{
    FieldRule{Name::sales, Shape::count},    FieldRule{Name::returns, Shape::count},
    FieldRule{Name::voids, Shape::count},    FieldRule{Name::no_sales, Shape::count},
    FieldRule{Name::controls, Shape::count},
};
constexpr ObjectRules counts_rules(counts_fields);
constexpr std::array batch_fields{
    FieldRule{Name::terminal, Shape::number_or_text, true},
    FieldRule{Name::batch, Shape::number_or_text, true},
    FieldRule{Name::amount, Shape::decimal, true},
    FieldRule{Name::count, Shape::count},
};
constexpr ObjectRules batch_rules(batch_fields);
constexpr ObjectRules missing_rules(Shape::number_or_text);
constexpr RecordRules close_rules{
    {Role::root, &close_root_rules}, {Role::origin, &origin_rules},   {Role::tender, &settled_tender_rules},
    {Role::counts, &counts_rules},   {Role::tax, &tax_rules},         {Role::totals, &totals_rules},
    {Role::batch, &batch_rules},     {Role::missing, &missing_rules},
};

constexpr std::array payment_batch_fields{
    FieldRule{Name::currency, Shape::currency, true}, FieldRule{Name::amount, Shape::decimal, true},
    FieldRule{Name::count, Shape::count, true},       FieldRule{Name::tenders, Shape::array},
    FieldRule{Name::acquirer, Shape::text},           FieldRule{Name::status, Shape::text},
};
constexpr auto payment_batch_root_fields = joined(payment_batch_fields, common_fields);
constexpr ObjectRules payment_batch_root_rules(payment_batch_root_fields);
constexpr std::array batched_tender_fields{
    FieldRule{Name::type, Shape::text, true},
    FieldRule{Name::amount, Shape::decimal, true},
    FieldRule{Name::scheme, Shape::text},
    FieldRule{Name::count, Shape::count},
};
constexpr ObjectRules batched_tender_rules(batched_tender_fields);
constexpr RecordRules payment_batch_rules{
    {Role::root, &payment_batch_root_rules}, {Role::origin, &origin_rules}, {Role::tender, &batched_tender_rules}};

/// A session that used numbers names its first and last one.
void mark_numbers_named(const Record& record, Quality& quality) {
    if (used_no_numbers(record)) return;
    if (!record.root(Name::first_number).present()) quality.mark("required", "/first_number");
    if (!record.root(Name::last_number).present()) quality.mark("required", "/last_number");
}

/// Over or short is what was counted less what was expected.
void mark_differences(const Record& record, Quality& quality) {
    for (const Record::Object& object : record.objects()) {
        if (object.role != Role::tender) continue;
        const auto expected = decimal_of(record.get(object, Name::expected));
        const auto counted = decimal_of(record.get(object, Name::counted));
        const auto difference = decimal_of(record.get(object, Name::difference));
        if (!expected || !counted || !difference) continue;
        const auto right = counted->minus(*expected);
        if (right == difference) continue;
        quality.mark("difference", record.pointer(object, Name::difference),
                     not_expected(difference->text(), right ? right->text() : "too_large"));
    }
}

}  // namespace

void mark_till_open(const Record& record, Quality& quality) { open_rules.check(record, quality); }

void mark_till_close(const Record& record, Quality& quality) {
    close_rules.check(record, quality);
    mark_numbers_named(record, quality);
    mark_differences(record, quality);
    mark_tax_sum(record, quality);
    mark_number_range(record, quality);
}

void mark_payment_batch(const Record& record, Quality& quality) {
    payment_batch_rules.check(record, quality);
    mark_tender_sum(record, decimal_of(record.root(Name::amount)), quality);
}

}  // namespace tillpost
