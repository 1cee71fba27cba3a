// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "agent/event/glance.hpp"
#include "agent/journal/record.hpp"
#include "agent/journal/salvaged.hpp"
#include "agent/wire/protocol.hpp"

namespace tillpost {

/// What the record says of where it belongs.
void note_glance(QuarantineRecord& record, Glance glance);
void note_glance(QuarantineRecord& record, std::string_view data);

/// The business key of a record that became no event: as what is the same in words is known. `content`: content_of()
/// it.
std::string key_of_held(const std::string& bytes, const std::string& content);
/// Whether the same bytes again are the same record; a scan or weight that is there twice was made twice.
bool is_held_once(std::string_view type);
/// … of one that is taken over; nullopt: it has none, or its content is gone.
std::optional<SalvagedKeys::Row> key_of_salvaged(Sha256& sha, const SalvagedQuarantine::Row& row);

/// Of what content a `quarantined` event, or a decision, speaks in its data; nullopt: it does not say.
std::optional<Digest> digest_in(std::string_view data);

/// A record's content, and who says what it was when it was put into quarantine.
struct HeldContent {
    std::string_view bytes;      ///< "": it is gone, and nothing is compared.
    std::string_view rule;       ///< Why it is there
    std::string_view event;      ///< Body of its `quarantined` event; "": not held any more, or without content.
    std::optional<Digest> kept;  ///< As the table has it; nullopt: of a format that had none.
};

/// [intact-1] The digest that was said of a record's content, if its bytes are not the ones it was said of; nullopt:
/// they are, or nobody knows any more. The event counts, which the chain proves; the table where it is gone.
std::optional<Digest> altered_content(Sha256& sha, const HeldContent& held);

/// Why nothing but discarding is done with such a record. `what`: "shown", "released" …
Error altered_refusal(const QuarantineRecord& record, std::string_view what);

}  // namespace tillpost
