// SPDX-License-Identifier: Apache-2.0
#include "agent/event/common_rules.hpp"
#include "agent/event/rules.hpp"
#include "agent/event/scan.hpp"

/// What a device saw.
namespace tillpost {
namespace {

constexpr std::array scan_fields{
    FieldRule{Name::code, Shape::text}, FieldRule{Name::code_hex, Shape::text}, FieldRule{Name::aim, Shape::text},
    FieldRule{Name::gtin, Shape::gtin}, FieldRule{Name::device, Shape::text},
};
constexpr auto scan_root_fields = joined(scan_fields, common_fields);
constexpr ObjectRules scan_root_rules(scan_root_fields);
constexpr RecordRules scan_rules{{Role::root, &scan_root_rules}, {Role::origin, &origin_rules}};

constexpr std::array weight_fields{
    FieldRule{Name::net, Shape::size, true}, FieldRule{Name::unit, Shape::text, true},
    FieldRule{Name::tare, Shape::size},      FieldRule{Name::gross, Shape::size},
    FieldRule{Name::stable, Shape::boolean}, FieldRule{Name::gtin, Shape::gtin},
    FieldRule{Name::item, Shape::text},      FieldRule{Name::device, Shape::text},
};
constexpr auto weight_root_fields = joined(weight_fields, common_fields);
constexpr ObjectRules weight_root_rules(weight_root_fields);
constexpr RecordRules weight_rules{{Role::root, &weight_root_rules}, {Role::origin, &origin_rules}};

/// An empty code is none; one of another type is marked for that.
bool says_something(const Value& code) {
    return code.present() && (code.kind != Value::Kind::text || !code.text().empty());
}

/// What kind of symbol it is `aim` says. A number that no such symbol has was read or sent wrong, whichever way it
/// came.
void mark_number(const Value& code, const Value& aim, Quality& quality) {
    const bool are_texts = code.kind == Value::Kind::text && aim.kind == Value::Kind::text;
    if (!are_texts || code.text().empty() || aim.text().empty()) return;
    const gs1::ScanData scan = gs1::read_scan(code.text(), aim.text(), ScanContext::least_year);
    if (is_wrong_number(scan)) quality.mark("check_digit", "/code");
}

}  // namespace

void mark_scan(const Record& record, Quality& quality) {
    scan_rules.check(record, quality);
    if (!says_something(record.root(Name::code)) && !says_something(record.root(Name::code_hex)))
        return quality.mark("required", "/code");
    mark_number(record.root(Name::code), record.root(Name::aim), quality);
}

void mark_weight(const Record& record, Quality& quality) {
    weight_rules.check(record, quality);
    mark_weighing(record, record.objects().front(), quality);
}

}  // namespace tillpost
