// SPDX-License-Identifier: Apache-2.0
#include "agent/event/common_rules.hpp"
#include "agent/event/rules.hpp"

/// Goods that come into the store, leave it, or are put together for a customer.
namespace tillpost {
namespace {

using Article = ObjectRules::Article;

constexpr ObjectRules sscc_rules(Shape::sscc);
constexpr ObjectRules purchase_order_rules(Shape::text);

/// How goods travel, and how far they are.
constexpr std::array shipment_fields{
    FieldRule{Name::status, Shape::text, true},    FieldRule{Name::lines, Shape::array, true},
    FieldRule{Name::ssccs, Shape::array},          FieldRule{Name::carrier, Shape::text},
    FieldRule{Name::despatch_advice, Shape::text},
};
constexpr auto shipment_root_fields = joined(shipment_fields, common_fields);

constexpr std::array receiving_fields{
    FieldRule{Name::supplier, Shape::gln, true},
    FieldRule{Name::purchase_orders, Shape::array},
};
constexpr auto receiving_root_fields = joined(receiving_fields, shipment_root_fields);
constexpr ObjectRules receiving_root_rules(receiving_root_fields);
constexpr std::array received_fields{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::received, Shape::size, true},
    FieldRule{Name::accepted, Shape::size, true},
    FieldRule{Name::unit, Shape::text, true},
    FieldRule{Name::expected, Shape::size},
    FieldRule{Name::rejected, Shape::size},
    FieldRule{Name::reject_reason, Shape::text},
};
constexpr auto received_line_fields = joined(received_fields, article_fields);
constexpr ObjectRules received_line_rules(received_line_fields, Article::needed);
constexpr RecordRules receiving_rules{
    {Role::root, &receiving_root_rules},
    {Role::origin, &origin_rules},
    {Role::line, &received_line_rules},
    {Role::sscc, &sscc_rules},
    {Role::purchase_order, &purchase_order_rules},
};

constexpr std::array transfer_fields{
    FieldRule{Name::from, Shape::number_or_text, true},
    FieldRule{Name::to, Shape::number_or_text, true},
};
constexpr auto transfer_root_fields = joined(transfer_fields, shipment_root_fields);
constexpr ObjectRules transfer_root_rules(transfer_root_fields);
constexpr std::array shipped_fields{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::shipped, Shape::size, true},
    FieldRule{Name::unit, Shape::text, true},
};
constexpr auto shipped_line_fields = joined(shipped_fields, article_fields);
constexpr ObjectRules shipped_line_rules(shipped_line_fields, Article::needed);
constexpr RecordRules transfer_out_rules{{Role::root, &transfer_root_rules},
                                         {Role::origin, &origin_rules},
                                         {Role::line, &shipped_line_rules},
                                         {Role::sscc, &sscc_rules}};
constexpr std::array arrived_fields{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::received, Shape::size, true},
    FieldRule{Name::unit, Shape::text, true},
    FieldRule{Name::shipped, Shape::size},
    FieldRule{Name::reason, Shape::text},
};
constexpr auto arrived_line_fields = joined(arrived_fields, article_fields);
constexpr ObjectRules arrived_line_rules(arrived_line_fields, Article::needed);
constexpr RecordRules transfer_in_rules{{Role::root, &transfer_root_rules},
                                        {Role::origin, &origin_rules},
                                        {Role::line, &arrived_line_rules},
                                        {Role::sscc, &sscc_rules}};

/// A number of goods, with what it is worth and why.
constexpr std::array quantity_fields{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::quantity, Shape::size, true},
    FieldRule{Name::unit, Shape::text, true},
    FieldRule{Name::reason, Shape::text},
    FieldRule{Name::amount, Shape::decimal},
};
constexpr auto quantity_line_fields = joined(quantity_fields, article_fields);
constexpr ObjectRules quantity_line_rules(quantity_line_fields, Article::needed);

constexpr std::array vendor_return_fields{
    FieldRule{Name::supplier, Shape::gln, true},
    FieldRule{Name::authorization, Shape::number_or_text},
    FieldRule{Name::currency, Shape::currency},
};
constexpr auto vendor_return_root_fields = joined(vendor_return_fields, shipment_root_fields);
constexpr ObjectRules vendor_return_root_rules(vendor_return_root_fields);
constexpr RecordRules vendor_return_rules{{Role::root, &vendor_return_root_rules},
                                          {Role::origin, &origin_rules},
                                          {Role::line, &quantity_line_rules},
                                          {Role::sscc, &sscc_rules}};

constexpr std::array pick_fields{
    FieldRule{Name::order, Shape::number_or_text, true},
    FieldRule{Name::status, Shape::text, true},
    FieldRule{Name::lines, Shape::array, true},
};
constexpr auto pick_root_fields = joined(pick_fields, common_fields);
constexpr ObjectRules pick_root_rules(pick_root_fields);
constexpr std::array picked_fields{
    FieldRule{Name::line, Shape::number_or_text, true}, FieldRule{Name::ordered, Shape::size, true},
    FieldRule{Name::picked, Shape::size, true},         FieldRule{Name::unit, Shape::text, true},
    FieldRule{Name::substitute_for, Shape::gtin},       FieldRule{Name::reason, Shape::text},
};
constexpr auto picked_line_fields = joined(picked_fields, article_fields);
constexpr ObjectRules picked_line_rules(picked_line_fields, Article::needed);
constexpr RecordRules pick_rules{
    {Role::root, &pick_root_rules}, {Role::origin, &origin_rules}, {Role::line, &picked_line_rules}};

constexpr std::array handover_fields{
    FieldRule{Name::order, Shape::number_or_text, true},
    FieldRule{Name::lines, Shape::array, true},
    FieldRule{Name::method, Shape::text},
    FieldRule{Name::original, Shape::object},
    FieldRule{Name::ssccs, Shape::array},
};
/// Goods of several sales may be handed over together.
constexpr std::array handed_over_fields{FieldRule{Name::original, Shape::object}};
constexpr auto handed_over_line_fields = joined(handed_over_fields, quantity_line_fields);
constexpr ObjectRules handed_over_line_rules(handed_over_line_fields, Article::needed);
constexpr auto handover_root_fields = joined(handover_fields, common_fields);
constexpr ObjectRules handover_root_rules(handover_root_fields);
constexpr RecordRules handover_rules{{Role::root, &handover_root_rules},
                                     {Role::origin, &origin_rules},
                                     {Role::line, &handed_over_line_rules},
                                     {Role::original, &original_rules},
                                     {Role::sscc, &sscc_rules}};

constexpr std::array request_fields{
    FieldRule{Name::lines, Shape::array, true},
    FieldRule{Name::supplier, Shape::gln},
    FieldRule{Name::needed_by, Shape::day_or_time},
};
constexpr auto request_root_fields = joined(request_fields, common_fields);
constexpr ObjectRules request_root_rules(request_root_fields);
constexpr RecordRules request_rules{
    {Role::root, &request_root_rules}, {Role::origin, &origin_rules}, {Role::line, &quantity_line_rules}};

/// What was received was either accepted or rejected.
void mark_receipt(const Record& record, const Record::Object& line, Quality& quality) {
    const auto received = decimal_of(record.get(line, Name::received));
    const auto accepted = decimal_of(record.get(line, Name::accepted));
    const auto rejected = decimal_or_zero(record.get(line, Name::rejected));
    if (!received || !accepted || !rejected) return;
    const auto sum = accepted->plus(*rejected);
    if (sum == received) return;
    quality.mark("receiving", record.pointer(line), not_expected(received->text(), sum ? sum->text() : "too_large"));
}

/// "short_4_of_24", "over_2_of_24", "unexpected_5"; "" if as much came as was expected.
std::string discrepancy(const Decimal& received, const Decimal& expected) {
    const auto apart = received.minus(expected);
    if (!apart || apart->is_zero()) return {};
    if (expected.is_zero()) return "unexpected_" + received.shortest().text();
    const std::string of = "_of_" + expected.shortest().text();
    if (apart->is_negative()) return "short_" + apart->negated().shortest().text() + of;
    return "over_" + apart->shortest().text() + of;
}

/// What came of each line against what was expected, where it says both. The record stays as it is, and nothing is
/// wrong with it.
void note_discrepancies(const Record& record, Name expected_name, Quality& quality) {
    for (const Record::Object& line : record.objects()) {
        if (line.role != Role::line) continue;
        const auto received = decimal_of(record.get(line, Name::received));
        const auto expected = decimal_of(record.get(line, expected_name));
        if (!received || !expected || received->is_negative() || expected->is_negative()) continue;
        const std::string found = discrepancy(*received, *expected);
        if (!found.empty()) quality.note(Quality::discrepancy, record.pointer(line, Name::received), found);
    }
}

}  // namespace

void mark_receiving(const Record& record, Quality& quality) {
    receiving_rules.check(record, quality);
    for (const Record::Object& object : record.objects()) {
        if (object.role == Role::line) mark_receipt(record, object, quality);
    }
    note_discrepancies(record, Name::expected, quality);
}

void mark_transfer_out(const Record& record, Quality& quality) { transfer_out_rules.check(record, quality); }
void mark_transfer_in(const Record& record, Quality& quality) {
    transfer_in_rules.check(record, quality);
    note_discrepancies(record, Name::shipped, quality);
}
void mark_vendor_return(const Record& record, Quality& quality) { vendor_return_rules.check(record, quality); }
void mark_pick(const Record& record, Quality& quality) { pick_rules.check(record, quality); }
void mark_handover(const Record& record, Quality& quality) { handover_rules.check(record, quality); }
void mark_replenishment_request(const Record& record, Quality& quality) { request_rules.check(record, quality); }

}  // namespace tillpost
