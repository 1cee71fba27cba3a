// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/event/business_class.hpp"
#include "agent/event/completeness.hpp"
#include "agent/event/event.hpp"
#include "agent/event/record.hpp"

/// Everything that the code knows of an event type, one row each (agent/event/README.md). Pure.
namespace tillpost {

/// What makes a record the same as another one: the parts of its CloudEvents subject.
enum class BusinessKey : std::uint8_t {
    none,
    transaction,        ///< pos/<till>/<business_date>/<number>; needed
    till,               ///< The same if there is a number, which not every POS gives; till and business date are marked
    session,            ///< As `till`, else <type>/<till>/<business_date>/<session>
    any_number,         ///< As `till`, but nothing is missed
    document,           ///< <type>/<document>; needed, with a business date
    optional_document,  ///< The same if there is a document
    batch               ///< <type>/<terminal>/<business_date>/<batch>; needed
};

struct EventType {
    using Mark = void (*)(const Record&, Quality&);

    std::string_view name;  ///< "sale"; travels as `tillpost.<name>.v1`.
    BusinessClass business_class;
    BusinessKey key = BusinessKey::none;
    /// Marks what is not as the format wants it; nullptr for the agent's own events, which no feed can send.
    Mark mark = nullptr;
    std::span<const Wanted> wanted{};  ///< What a complete one says besides.
    bool needs_time = true;
};

/// In the order of their names.
std::span<const EventType> event_types();
/// nullptr for a type that nobody knows.
const EventType* find_event_type(std::string_view name);

}  // namespace tillpost
