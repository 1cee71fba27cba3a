// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "agent/event/event.hpp"
#include "agent/event/record_builder.hpp"

namespace tillpost {

/// Parses one JSON text (RFC 8259) into the builder: strict, nothing before or after it. The Rejection never quotes
/// the line: it may hold what must not be stored.
std::optional<Rejection> parse_json(std::string_view text, RecordBuilder& builder);

}  // namespace tillpost
