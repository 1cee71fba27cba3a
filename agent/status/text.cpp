// SPDX-License-Identifier: Apache-2.0
#include "agent/status/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "platform/time_text.hpp"

namespace tillpost {
namespace {

template <class... Values>
std::string formatted(const char* format, Values... values) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, values...);
    return text.data();
}

std::string with_unit(std::int64_t number, const char* unit) { return std::to_string(number) + " " + unit; }

std::string two_units(std::int64_t large, const char* large_unit, std::int64_t small, const char* small_unit) {
    return with_unit(large, large_unit) + (small == 0 ? "" : " " + with_unit(small, small_unit));
}

}  // namespace

std::string padded(std::string_view text, std::size_t width, std::size_t gap) {
    std::string column(text);
    column.resize(std::max(text.size() + gap, width), ' ');
    return column;
}

std::string thousands(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

std::string byte_size(std::int64_t bytes) {
    if (bytes < 1000) return with_unit(bytes, bytes == 1 ? "byte" : "bytes");
    const std::array<const char*, 4> units{"kB", "MB", "GB", "TB"};
    double size = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    while (size >= 999.95 && unit + 1 < units.size()) {
        size /= 1000;
        ++unit;
    }
    return formatted("%.1f %s", size, units[unit]);
}

std::string duration(std::chrono::seconds time) {
    const std::int64_t s = time.count();
    if (s < 60) return with_unit(s, "s");
    if (s < 3600) return two_units(s / 60, "min", s % 60, "s");
    if (s < 86400) return two_units(s / 3600, "h", s % 3600 / 60, "min");
    return two_units(s / 86400, s < 2 * 86400 ? "day" : "days", s % 86400 / 3600, "h");
}

std::string time_between(std::string_view from, std::string_view to) {
    const auto begin = parse_time(from);
    const auto end = parse_time(to);
    if (!begin || !end || *end < *begin) return "";
    return duration(*end - *begin);
}

std::string counted(std::uint64_t number, const char* one, const char* many) {
    return thousands(number) + " " + (number == 1 ? one : many);
}

std::string milliseconds(double ms) { return formatted("%.1f ms", ms); }

}  // namespace tillpost
