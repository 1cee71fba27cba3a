// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include "agent/event/event.hpp"
#include "agent/event/record.hpp"

namespace tillpost {

enum class RecordType : std::uint8_t { sale, return_, receiving, scan, other };

/// Marks whatever in the record is not as agent/event/README.md describes it. Identity, time and mode are Intake's.
void mark_faults(const Record& record, RecordType type, Quality& quality);

/// The parts of mark_faults().
void mark_transaction(const Record& record, bool is_return, Quality& quality);
void mark_receiving(const Record& record, Quality& quality);
void mark_scan(const Record& record, Quality& quality);
/// "check_digit" if the object has a gtin that is text and not a right GTIN.
void mark_gtin(const Record& record, const Record::Object& object, Quality& quality);
/// "negative" for each of the decimals that has a minus: directions carry the sign.
void mark_negative(const Record& record, const Record::Object& object, Name name, Quality& quality);

}  // namespace tillpost
