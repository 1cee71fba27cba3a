// SPDX-License-Identifier: Apache-2.0
#include "agent/event/completeness.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "agent/event/field_rules.hpp"

namespace tillpost {
namespace {

struct MissingMember {
    Role role;
    Name name;
    const Record::Object* first;
};

bool is_returned(const Record& record, const Record::Object& line) {
    const std::string_view kind = record.get(line, Name::kind).text();
    return record.get(line, Name::direction).text() == "return" && kind != "deposit_refund" && kind != "rounding";
}

bool is_empty(const Value& value) { return value.kind == Value::Kind::text && value.text().empty(); }

bool is_kind(const Record& record, const Record::Object& line, std::string_view kind) {
    return record.get(line, Name::kind).text() == kind;
}

bool is_asked(Asked asked, const Record& record, const Record::Object& object) {
    switch (asked) {
        case Asked::always:
        case Asked::of_empty: return true;
        case Asked::of_goods: return is_kind(record, object, "goods");
        case Asked::of_returned: return is_returned(record, object);
        case Asked::of_rejected: {
            const auto rejected = decimal_of(record.get(object, Name::rejected));
            return rejected && !rejected->is_negative() && !rejected->is_zero();
        }
        case Asked::of_cards: return record.get(object, Name::type).text() == "card";
        case Asked::of_deposits:
            return is_kind(record, object, "deposit") && record.get(object, Name::direction).text() == "sale";
        case Asked::of_gift_cards: return is_kind(record, object, "gift_card");
        case Asked::of_prepaid: return is_kind(record, object, "prepayment") && !object.names.has(Name::layaway);
        case Asked::of_unexplained: return !object.names.has(Name::promotion) && !object.names.has(Name::coupon);
    }
    return false;
}

void note_missing(const Record::Object& object, Name name, std::vector<MissingMember>& missing) {
    const auto is_known = [&](const MissingMember& each) { return each.role == object.role && each.name == name; };
    if (std::none_of(missing.begin(), missing.end(), is_known)) missing.push_back({object.role, name, &object});
}

}  // namespace

void mark_incomplete(const Record& record, std::span<const Wanted> wanted, Quality& quality) {
    std::vector<MissingMember> missing;
    for (const Record::Object& object : record.objects()) {
        if (object.value.kind != Value::Kind::object) continue;
        for (const Wanted& row : wanted) {
            const bool of_empty = row.asked == Asked::of_empty;
            if (row.role != object.role || object.names.includes(row.set) != of_empty) continue;
            if (!is_asked(row.asked, record, object)) continue;
            for (const Name name : row.members) {
                if (name == Name::unknown) continue;
                if (of_empty ? is_empty(record.get(object, name)) : !object.names.has(name)) {
                    note_missing(object, name, missing);
                }
            }
        }
    }
    // Those of one object stand together.
    for (std::size_t at = 0; at < missing.size();) {
        const MissingMember& first = missing[at];
        std::string others;
        for (++at; at < missing.size() && missing[at].first == first.first; ++at) {
            others.append(others.empty() ? "and_" : ",").append(text_of(missing[at].name));
        }
        quality.note(Quality::incomplete, record.pointer(*first.first, first.name), others);
    }
}

}  // namespace tillpost
