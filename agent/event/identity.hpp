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

/// Why the record does not say which one it is; it cannot become an event then. `own`: the configured key, nullptr for
/// the type's; `line`: what the record was read from.
std::optional<Rejection> identity_fault(const Record& record, const EventType& type, const KeyRules::Key* own,
                                        std::string_view line);

/// The business key, "" if it has none. Marks the parts that are missing and not needed.
std::string take_subject(const Record& record, const EventType& type, const KeyRules::Key* own, std::string_view line,
                         Quality& quality);

/// Fills Event::corrects and corrects_kind if the record says both rightly; marks what is wrong or missing.
void take_correction(const Record& record, Event& event);

}  // namespace tillpost
