// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "agent/event/event.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/record.hpp"

/// Which record it is: its business key, and the earlier event that it corrects. Pure.
namespace tillpost {

/// Text or an integer, not empty and not too long.
bool can_be_key_part(const Value& value);

/// Why a value, at that pointer, cannot be a part of a business key.
std::optional<Rejection> key_part_fault(const Value& value, const std::string& pointer);

/// Why the record does not say which one it is; it cannot become an event then. `line`: what the record was read from.
std::optional<Rejection> identity_fault(const Record& record, const EventType& type, const KeyRules& rules,
                                        std::string_view line);

/// The business key, "" if it has none, or [once-2] if redaction has cut it: it names no record any more. Marks the
/// parts that are missing and not needed.
std::string take_subject(const Record& record, const EventType& type, const KeyRules& rules, std::string_view line,
                         Quality& quality);

/// The business key that those rules make of an event's data, "" if none.
std::string subject_by(const KeyRules& rules, std::string_view type, std::string_view data);

/// "pos", and the store that is named if it is another one than the agent's: how the own key of what takes a till's
/// number begins.
std::string start_of_key(std::string_view first, const KeyRules& rules, const Value& store);

/// Fills Event::corrects and corrects_kind if the record says both rightly; marks what is wrong or missing.
void take_correction(const Record& record, Event& event);

}  // namespace tillpost
