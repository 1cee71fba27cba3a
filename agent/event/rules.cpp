// SPDX-License-Identifier: Apache-2.0
#include "agent/event/rules.hpp"

#include <array>

#include "agent/event/field_rules.hpp"
#include "agent/event/identifiers.hpp"

namespace tillpost {
namespace {

using Role = Record::Role;

constexpr std::array receiving_rules{
    FieldRule{Name::supplier, Shape::text, true},   FieldRule{Name::status, Shape::text, true},
    FieldRule{Name::lines, Shape::array, true},     FieldRule{Name::till, Shape::number_or_text},
    FieldRule{Name::purchase_orders, Shape::array}, FieldRule{Name::despatch_advice, Shape::text},
    FieldRule{Name::ssccs, Shape::array},
};

constexpr std::array received_line_rules{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::received, Shape::decimal, true},
    FieldRule{Name::accepted, Shape::decimal, true},
    FieldRule{Name::unit, Shape::text, true},
    FieldRule{Name::gtin, Shape::text},
    FieldRule{Name::item, Shape::text},
    FieldRule{Name::expected, Shape::decimal},
    FieldRule{Name::rejected, Shape::decimal},
    FieldRule{Name::reject_reason, Shape::text},
    FieldRule{Name::lot, Shape::text},
    FieldRule{Name::expiry, Shape::text},
    FieldRule{Name::serial, Shape::text},
};

constexpr std::array scan_rules{
    FieldRule{Name::code, Shape::text, true},
    FieldRule{Name::aim, Shape::text},
    FieldRule{Name::gtin, Shape::text},
};

void mark_received_line(const Record& record, const Record::Object& line, Quality& quality) {
    if (!check_fields(record, line, received_line_rules, quality)) return;
    if (!record.get(line, Name::gtin).present() && !record.get(line, Name::item).present()) {
        quality.mark("required", record.pointer(line, Name::gtin));
    }
    mark_gtin(record, line, quality);
    for (const Name name : {Name::expected, Name::received, Name::accepted, Name::rejected}) {
        mark_negative(record, line, name, quality);
    }
    const Value expiry = record.get(line, Name::expiry);
    if (expiry.kind == Value::Kind::text && !is_date(expiry.text)) {
        quality.mark("expiry", record.pointer(line, Name::expiry));
    }
    const auto received = decimal_of(record.get(line, Name::received));
    const auto accepted = decimal_of(record.get(line, Name::accepted));
    const Value rejected_value = record.get(line, Name::rejected);
    const auto rejected = rejected_value.present() ? decimal_of(rejected_value) : Decimal();
    if (!received || !accepted || !rejected) return;
    if (accepted->plus(*rejected) != received) quality.mark("receiving", record.pointer(line));
}

}  // namespace

void mark_gtin(const Record& record, const Record::Object& object, Quality& quality) {
    const Value gtin = record.get(object, Name::gtin);
    if (gtin.kind == Value::Kind::text && !is_gtin(gtin.text)) {
        quality.mark("check_digit", record.pointer(object, Name::gtin));
    }
}

void mark_negative(const Record& record, const Record::Object& object, Name name, Quality& quality) {
    const auto number = decimal_of(record.get(object, name));
    if (number && number->is_negative()) quality.mark("negative", record.pointer(object, name));
}

void mark_receiving(const Record& record, Quality& quality) {
    const Record::Object& root = record.objects().front();
    check_fields(record, root, receiving_rules, quality);
    const Value supplier = record.root(Name::supplier);
    if (supplier.kind == Value::Kind::text && !is_gln(supplier.text)) quality.mark("gln", "/supplier");
    for (const Record::Object& object : record.objects()) {
        const bool is_text = object.value.kind == Value::Kind::text;
        if (object.role == Role::line) {
            mark_received_line(record, object, quality);
        } else if (object.role == Role::sscc && !(is_text && is_sscc(object.value.text))) {
            quality.mark("sscc", record.pointer(object));
        } else if (object.role == Role::purchase_order && !is_text) {
            quality.mark("wrong_type", record.pointer(object));
        }
    }
}

void mark_scan(const Record& record, Quality& quality) {
    const Record::Object& root = record.objects().front();
    check_fields(record, root, scan_rules, quality);
    mark_gtin(record, root, quality);
}

void mark_faults(const Record& record, RecordType type, Quality& quality) {
    switch (type) {
        case RecordType::sale: return mark_transaction(record, false, quality);
        case RecordType::return_: return mark_transaction(record, true, quality);
        case RecordType::receiving: return mark_receiving(record, quality);
        case RecordType::scan: return mark_scan(record, quality);
        case RecordType::other: return;
    }
}

}  // namespace tillpost
