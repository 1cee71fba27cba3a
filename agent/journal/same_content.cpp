// SPDX-License-Identifier: Apache-2.0
// [once-2] The same record, written in another way. Asked only where a business key is known with other bytes.
#include "agent/event/canonical.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/json_paths.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/journal/store.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_compared = 1 << 20;  ///< Bytes of events that are looked at for one record

/// Where the key's parts stand that are a number or a text: 4711 and "4711" make one key.
const JsonPaths& key_parts(const KeyRules* keys, const Event& event) {
    static const JsonPaths of_number({"/till", "/number"});
    static const JsonPaths of_session({"/till", "/session"});
    static const JsonPaths of_document({"/document"});
    static const JsonPaths of_batch({"/terminal", "/batch"});
    const KeyRules::Key* const own = keys != nullptr ? keys->key_of(event.type) : nullptr;
    if (own != nullptr) return own->paths();
    if (event.subject.starts_with("pos/")) return of_number;
    const EventType* const type = find_event_type(event.type);
    if (type != nullptr && type->key == BusinessKey::session) return of_session;
    return type != nullptr && type->key == BusinessKey::batch ? of_batch : of_document;
}

/// What is compared of a record, in its canonical form: not its key, which is the same, nor from where a connector had
/// it, nor what a correction by `tillpost reprocess` says of itself.
std::optional<std::string> said_by(const KeyRules* keys, const Event& event, std::string_view data) {
    static const JsonPaths told_of_it({"/origin", "/reprocessed"});
    const auto compared = keys != nullptr ? keys->compared(event.type, data) : std::nullopt;
    const std::string told = told_of_it.without(compared ? std::string_view(*compared) : data);
    return canonical_json(key_parts(keys, event).without(told));
}

}  // namespace

/// The position of an event under the same key that says the same; 0: none that is still held does.
Result<std::int64_t> Store::find_same(const Event& event) {
    const KeyRules* const keys = settings_.keys.get();
    const auto said = said_by(keys, event, event.data);
    if (!said) return 0;
    const auto positions = positions_of_key(event.subject);
    if (!positions) return positions.error();
    std::size_t left = most_compared;
    for (const std::int64_t position : *positions) {
        const Result<std::optional<StoredRow>> row = row_at(position);
        if (!row) return row.error();
        if (!*row || (*row)->state != RowState::whole || (*row)->body.size() > left) continue;
        left -= (*row)->body.size();
        // [intact-1] What is damaged says nothing.
        if (sha_((*row)->body) != (*row)->digest || body_type((*row)->body) != event.type) continue;
        if (said_by(keys, event, body_data((*row)->body)) == said) return position;
    }
    return 0;
}

}  // namespace tillpost
