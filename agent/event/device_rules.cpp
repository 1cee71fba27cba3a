// SPDX-License-Identifier: Apache-2.0
#include "agent/event/common_rules.hpp"
#include "agent/event/rules.hpp"

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

}  // namespace

void mark_scan(const Record& record, Quality& quality) {
    scan_rules.check(record, quality);
    if (!says_something(record.root(Name::code)) && !says_something(record.root(Name::code_hex)))
        quality.mark("required", "/code");
}

void mark_weight(const Record& record, Quality& quality) {
    weight_rules.check(record, quality);
    mark_weighing(record, record.objects().front(), quality);
}

}  // namespace tillpost
