// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/journal/salvaged.hpp"
#include "platform/bytes.hpp"

namespace tillpost {

struct Event;
class KeyRules;

/// What the journal knows of a business key with one content.
struct KeyMatch {
    enum class Key {
        unknown,
        known,
        freed,    ///< It was, and its event is lost or erased.
        doubtful  ///< An event has the key that the record had formerly; what it said is not held any more.
    };
    Key key = Key::unknown;
    std::int64_t same = 0;     ///< Position of the event with the same content
    std::int64_t first = 0;    ///< … and of the first with this key
    bool knows_first = false;  ///< What that said is known, too: nothing is forgotten that came under this key.
};

/// The business keys of the newest events, which are not in the table `business_key` yet. Pure.
///
/// Each event has its key in its body, so that these are read again from the events after a crash. Writing them to the
/// table some hundreds at a time costs a fraction of the pages that one at a time does.
class RecentKeys {
public:
    using Row = SalvagedKeys::Row;

    /// Positions ascend.
    void add(Row row);
    /// Calls with each row of that key.
    template <class Call>
    void each(std::string_view key, Call call) const {
        const auto [begin, end] = by_key_.equal_range(key);
        for (auto at = begin; at != end; ++at) call(*at->second);
    }
    const std::deque<Row>& rows() const { return rows_; }

    void drop_upto(std::int64_t position);
    void drop_behind(std::int64_t position);
    /// What is forgotten; when the newest of it was recorded, 0 for nothing.
    std::int64_t forget(std::int64_t upto);

private:
    void unlink(const Row& row);

    std::deque<Row> rows_;  ///< The oldest first; a row does not move while it is in it.
    std::unordered_multimap<std::string_view, const Row*> by_key_;
};

/// Of a business event: by which a repeat is told from a conflict; the first 16 bytes of SHA-256 over the data, without
/// the fields that the configuration says change. `keys` may be nullptr.
std::string content_of(Sha256& sha, const KeyRules* keys, std::string_view type, std::string_view data);
/// [once-2] Whether a feed's record without a business key is known again by the hash of its content: not what sensors
/// say, which is the same each time, and not the agent's own events.
bool is_known_by_content(std::string_view type, std::string_view entry);
/// The key under which such a record is known, with the sign in front that no business key begins with.
std::string keyless_key(const KeyRules* keys, const Event& event, std::string_view content);
/// The same as former versions made it of records of whose type something may change.
std::string timeless_key(std::string_view content);
constexpr char content_key_sign = '#';

/// The key that an event's body says, or that of its content; nullopt if it has none. `first` is its own position.
std::optional<RecentKeys::Row> key_of(Sha256& sha, const KeyRules* keys, std::int64_t position, std::int64_t recorded,
                                      std::string_view body);

}  // namespace tillpost
