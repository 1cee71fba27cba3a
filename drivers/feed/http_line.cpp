// SPDX-License-Identifier: Apache-2.0
#include "drivers/feed/http_line.hpp"

#include <algorithm>

namespace tillpost {
namespace {

bool begins_with(std::string_view line, std::string_view lower_case) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    return line.size() >= lower_case.size() &&
           std::equal(lower_case.begin(), lower_case.end(), line.begin(), [&](char b, char a) { return same(a, b); });
}

}  // namespace

bool is_http(std::string_view line) {
    if (line.empty() || line.front() == '{') return false;
    if (begins_with(line, "host:") || begins_with(line, "post ")) return true;
    const std::size_t end = std::min(line.find(' '), line.size());
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    const bool has_method = end > 0 && std::all_of(line.begin(), line.begin() + end, is_capital);
    return has_method && line.find(" HTTP/", end) != std::string_view::npos;
}

}  // namespace tillpost
