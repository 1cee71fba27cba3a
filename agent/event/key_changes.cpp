// SPDX-License-Identifier: Apache-2.0
#include "agent/event/key_changes.hpp"

#include <array>

#include "agent/event/field_rules.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/identity.hpp"
#include "agent/event/json_handler.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/record_builder.hpp"

namespace tillpost {
namespace {

constexpr std::array members_of_keys{Name::store,    Name::till,     Name::business_date, Name::number,
                                     Name::document, Name::terminal, Name::batch};

/// The text of what could be a part of a key, "" for anything else.
std::string_view part_at(const Record& record, Name name) {
    const Value value = record.root(name);
    if (!can_be_key_part(value)) return {};
    const bool is_day = name != Name::business_date || (value.kind == Value::Kind::text && is_date(value.text()));
    return is_day ? value.text() : std::string_view();
}

bool is_the_same(Name name, std::string_view a, std::string_view b) {
    return a == b || (name == Name::store && without_zeros(a) == without_zeros(b));
}

}  // namespace

std::vector<KeyChange> key_changes(std::string_view first, std::string_view corrected) {
    Record before;
    Record after;
    RecordBuilder read_before(before, RecordBuilder::Twice::noted);
    RecordBuilder read_after(after);
    std::vector<KeyChange> changes;
    if (parse_json(first, read_before) || parse_json(corrected, read_after)) return changes;
    for (const Name name : members_of_keys) {
        const std::string_view said = part_at(before, name);
        if (said.empty() || read_before.said_twice(Role::root, name)) continue;
        const std::string_view now = text_or_integer(after.root(name)).value_or(std::string_view());
        if (is_the_same(name, said, now)) continue;
        changes.push_back({std::string(text_of(name)), std::string(said), std::string(now)});
    }
    return changes;
}

}  // namespace tillpost
