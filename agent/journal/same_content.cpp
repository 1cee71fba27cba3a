// SPDX-License-Identifier: Apache-2.0
// [once-2] The same record, written in another way. Asked only where a business key is known with other bytes.
#include <algorithm>
#include <array>

#include "agent/event/canonical.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/json_paths.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/journal/store.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_compared = 1 << 20;  ///< Bytes of events that are looked at for one record

/// Where the key's parts stand that are a number or a text: 4711 and "4711" make one key.
const JsonPaths& key_parts(const KeyRules* keys, std::string_view of_type, std::string_view subject) {
    using ByStore = std::array<JsonPaths, 2>;  // without and with the store's name
    static const ByStore of_number{JsonPaths({"/till", "/number"}), JsonPaths({"/store", "/till", "/number"})};
    static const ByStore of_session{JsonPaths({"/till", "/session"}), JsonPaths({"/store", "/till", "/session"})};
    static const ByStore of_document{JsonPaths({"/document"}), JsonPaths({"/store", "/document"})};
    static const ByStore of_batch{JsonPaths({"/terminal", "/batch"}), JsonPaths({"/store", "/terminal", "/batch"})};
    const KeyRules::Key* const own = keys != nullptr ? keys->key_of(of_type) : nullptr;
    if (own != nullptr) return own->paths();
    const auto parts = std::count(subject.begin(), subject.end(), '/');
    if (subject.starts_with("pos/")) return of_number.at(parts > 3);
    const EventType* const type = find_event_type(of_type);
    if (type != nullptr && type->key == BusinessKey::session) return of_session.at(parts > 3);
    if (type != nullptr && type->key == BusinessKey::batch) return of_batch.at(parts > 3);
    return of_document.at(parts > 1);
}

/// What is compared of a record, in its canonical form: not its key, which is the same, nor from where a connector had
/// it, nor what a correction by `tillpost reprocess` says of itself.
std::optional<std::string> said_by(const KeyRules* keys, std::string_view type, std::string_view subject,
                                   std::string_view data) {
    static const JsonPaths told_of_it({"/origin", "/reprocessed"});
    const auto compared = keys != nullptr ? keys->compared(type, data) : std::nullopt;
    const std::string told = told_of_it.without(compared ? std::string_view(*compared) : data);
    const std::string content = key_parts(keys, type, subject).without(told);
    // A key without a store says that it is the agent's own: how a record writes it, or whether, is no difference.
    static const JsonPaths store({"/store"});
    const bool by_own_key = keys != nullptr && keys->key_of(type) == nullptr;
    return canonical_json(by_own_key && keys->names_own_store(content) ? store.without(content) : content);
}

}  // namespace

/// The position of an event under the key, made by those rules, that says the same; 0: none that is still held does.
Result<std::int64_t> Store::find_same(const Event& event, const KeyRules* rules, const std::string& key) {
    const auto said = said_by(rules, event.type, key, event.data);
    if (!said) return 0;
    const auto positions = positions_of_key(key);
    if (!positions) return positions.error();
    std::size_t left = most_compared;
    for (const std::int64_t position : *positions) {
        const Result<std::optional<StoredRow>> row = row_at(position);
        if (!row) return row.error();
        if (!*row || (*row)->state != RowState::whole || (*row)->body.size() > left) continue;
        left -= (*row)->body.size();
        // [intact-1] What is damaged says nothing.
        if (sha_((*row)->body) != (*row)->digest || body_type((*row)->body) != event.type) continue;
        if (said_by(rules, event.type, key, body_data((*row)->body)) == said) return position;
    }
    return 0;
}

}  // namespace tillpost
