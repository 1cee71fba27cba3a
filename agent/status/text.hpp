// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/printable.hpp"

/// Values as people read them. Pure.
namespace tillpost {

/// With blanks behind it up to a column's width, and at least `gap` of them.
std::string padded(std::string_view text, std::size_t width, std::size_t gap = 1);

/// "1,234,567"
std::string thousands(std::uint64_t number);
/// "512 bytes", "12.3 MB"
std::string byte_size(std::int64_t bytes);
/// "45 s", "3 min 5 s", "2 h 30 min", "12 days 3 h"
std::string duration(std::chrono::seconds time);
/// The duration() between two times in RFC 3339; "" if either is missing, or the clock was set back.
std::string time_between(std::string_view from, std::string_view to);
/// "1 event", "1,234 events"
std::string counted(std::uint64_t number, const char* one, const char* many);
/// "1.2 ms"
std::string milliseconds(double ms);

}  // namespace tillpost
