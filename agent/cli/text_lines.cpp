// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/text_lines.hpp"

#include <algorithm>
#include <string>

#include "agent/event/json_paths.hpp"

namespace tillpost::cli {

std::uint64_t PlacedText::line_of_byte(std::size_t byte) const {
    const std::string_view before = text.substr(0, std::min(byte, text.size()));
    return line + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n'));
}

std::uint64_t PlacedText::line_of(std::string_view pointer) const {
    while (has_lines() && pointer.starts_with('/')) {
        const std::string_view value = JsonPaths({std::string(pointer)}).values(text).front();
        if (!value.empty()) return part(value).line;
        pointer = pointer.substr(0, pointer.rfind('/'));
    }
    return line;
}

PlacedText PlacedText::part(std::string_view within) const {
    return {line_of_byte(static_cast<std::size_t>(within.data() - text.data())), within};
}

}  // namespace tillpost::cli
