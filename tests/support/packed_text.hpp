// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <random>
#include <string>
#include <string_view>

#include "agent/journal/packed_body.hpp"

namespace tillpost::test {

/// A text without quotes and backslashes that takes about so many bytes in a journal, where bodies lie packed.
inline std::string filler(std::size_t bytes) {
    std::minstd_rand random(1);
    std::string text;
    while (text.size() < bytes + bytes / 4) {
        const char each = static_cast<char>('!' + random() % 94);
        if (each != '"' && each != '\\') text += each;
    }
    return text;
}

/// Bytes of a file, and behind them the bodies that lie packed in them: for whoever looks for something there.
inline std::string revealed(std::string bytes) {
    PackedFinder finder;
    std::string bodies;
    for (std::size_t at = PackedFinder::next(bytes, 0); at != std::string::npos;
         at = PackedFinder::next(bytes, at + 1)) {
        bodies.append("\n").append(finder.unpack(std::string_view(bytes).substr(at)).text);
    }
    return bytes + bodies;
}

/// Where in a file a text lies, or the packed body that has it; npos: nowhere.
inline std::size_t place_of(std::string_view bytes, std::string_view text) {
    PackedFinder finder;
    for (std::size_t at = PackedFinder::next(bytes, 0); at != std::string::npos;
         at = PackedFinder::next(bytes, at + 1)) {
        if (finder.unpack(bytes.substr(at)).text.find(text) != std::string_view::npos) return at;
    }
    return bytes.find(text);
}

}  // namespace tillpost::test
