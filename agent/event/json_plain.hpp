// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/byte_words.hpp"

namespace tillpost {

/// How many bytes at the front mean themselves in a JSON string: ASCII but for quotes, backslashes, control characters.
inline std::size_t plain_prefix(std::string_view text) {
    std::size_t at = 0;
    for (; at + bytes::word <= text.size(); at += bytes::word) {
        const std::uint64_t loaded = bytes::load(text.data() + at);
        const std::uint64_t found = bytes::equal_to(loaded, '"') | bytes::equal_to(loaded, '\\') |
                                    bytes::below(loaded, ' ') | bytes::not_ascii(loaded);
        if (found == 0) continue;
        at += bytes::before(found);
        break;
    }
    const auto is_plain = [](char c) {
        return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= ' ' && static_cast<unsigned char>(c) < 0x80;
    };
    while (at < text.size() && is_plain(text[at])) ++at;
    return at;
}

}  // namespace tillpost
