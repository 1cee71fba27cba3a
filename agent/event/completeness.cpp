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

bool is_asked(Asked asked, const Record& record, const Record::Object& object) {
    switch (asked) {
        case Asked::always: return true;
        case Asked::of_goods: return record.get(object, Name::kind).text() == "goods";
        case Asked::of_returned: return is_returned(record, object);
        case Asked::of_rejected: {
            const auto rejected = decimal_of(record.get(object, Name::rejected));
            return rejected && !rejected->is_negative() && !rejected->is_zero();
        }
        case Asked::of_cards: return record.get(object, Name::type).text() == "card";
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
            if (row.role != object.role || object.names.includes(row.set)) continue;
            if (!is_asked(row.asked, record, object)) continue;
            for (const Name name : row.members) {
                if (name != Name::unknown && !object.names.has(name)) note_missing(object, name, missing);
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
