// SPDX-License-Identifier: Apache-2.0
#include "agent/event/common_rules.hpp"
#include "agent/event/contradictions.hpp"
#include "agent/event/rules.hpp"

/// What a till does besides selling: whatever takes a POS number, and the drawer.
namespace tillpost {
namespace {

constexpr ObjectRules common_rules(common_fields);

constexpr std::array<std::string_view, 5> cash_kind_words{"paid_in", "paid_out", "safe_drop", "loan", "pickup"};
constexpr Choice cash_kinds{"kind", cash_kind_words};
constexpr std::array cash_fields{
    FieldRule{Name::till, Shape::number_or_text, true}, FieldRule{Name::kind, Shape::choice, true, &cash_kinds},
    FieldRule{Name::reason, Shape::text, true},         FieldRule{Name::currency, Shape::currency, true},
    FieldRule{Name::tenders, Shape::array, true},       FieldRule{Name::reference, Shape::number_or_text},
};
constexpr auto cash_root_fields = joined(cash_fields, common_fields);
constexpr ObjectRules cash_root_rules(cash_root_fields);
constexpr std::array moved_tender_fields{
    FieldRule{Name::type, Shape::text, true},
    FieldRule{Name::amount, Shape::size, true},
};
constexpr ObjectRules moved_tender_rules(moved_tender_fields);
constexpr RecordRules cash_rules{
    {Role::root, &cash_root_rules}, {Role::origin, &origin_rules}, {Role::tender, &moved_tender_rules}};

constexpr std::array control_fields{
    FieldRule{Name::till, Shape::number_or_text, true},
    FieldRule{Name::action, Shape::text, true},
    FieldRule{Name::original, Shape::object},
    FieldRule{Name::amount, Shape::decimal},
    FieldRule{Name::currency, Shape::currency},
    FieldRule{Name::first_number, Shape::number_or_text},
    FieldRule{Name::last_number, Shape::number_or_text},
};
constexpr auto control_root_fields = joined(control_fields, common_fields);
constexpr ObjectRules control_root_rules(control_root_fields);
constexpr RecordRules control_rules{
    {Role::root, &control_root_rules}, {Role::origin, &origin_rules}, {Role::original, &original_rules}};

constexpr std::array no_sale_fields{
    FieldRule{Name::till, Shape::number_or_text, true},
    FieldRule{Name::reason, Shape::text, true},
    FieldRule{Name::drawer_opened, Shape::boolean},
};
constexpr auto no_sale_root_fields = joined(no_sale_fields, common_fields);
constexpr ObjectRules no_sale_root_rules(no_sale_root_fields);
constexpr RecordRules no_sale_rules{{Role::root, &no_sale_root_rules}, {Role::origin, &origin_rules}};

constexpr RecordRules other_rules{{Role::root, &common_rules}, {Role::origin, &origin_rules}};

constexpr std::array<std::string_view, 3> scope_words{"line", "transaction", "post"};
constexpr Choice scopes{"scope", scope_words};
constexpr std::array void_fields{
    FieldRule{Name::till, Shape::number_or_text, true},
    FieldRule{Name::scope, Shape::choice, true, &scopes},
    FieldRule{Name::reason, Shape::text, true},
    FieldRule{Name::original, Shape::object, true},
    FieldRule{Name::amount, Shape::size},
    FieldRule{Name::currency, Shape::currency},
    FieldRule{Name::gtin, Shape::gtin},
    FieldRule{Name::item, Shape::text},
    FieldRule{Name::quantity, Shape::size},
    FieldRule{Name::unit, Shape::text},
};
constexpr auto void_root_fields = joined(void_fields, common_fields);
constexpr ObjectRules void_root_rules(void_root_fields);
constexpr RecordRules void_rules{
    {Role::root, &void_root_rules}, {Role::origin, &origin_rules}, {Role::original, &original_rules}};

}  // namespace

void mark_cash_movement(const Record& record, Quality& quality) { cash_rules.check(record, quality); }
void mark_control(const Record& record, Quality& quality) {
    control_rules.check(record, quality);
    mark_number_range(record, quality);
}
void mark_no_sale(const Record& record, Quality& quality) { no_sale_rules.check(record, quality); }
void mark_other(const Record& record, Quality& quality) { other_rules.check(record, quality); }
void mark_void(const Record& record, Quality& quality) { void_rules.check(record, quality); }

}  // namespace tillpost
