// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/link_path.hpp"

#include <algorithm>

#include "agent/event/gs1/ai_format.hpp"

namespace tillpost::gs1 {
namespace {

bool follows_order(std::string_view order, std::span<const std::string_view> ais) {
    for (const std::string_view ai : ais) {
        bool found = false;
        while (!found && !order.empty()) found = take_until(order, ',') == ai;
        if (!found) return false;
    }
    return true;
}

unsigned value_of(char c) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return static_cast<unsigned>(alphabet.find(c));
}

}  // namespace

bool are_qualifiers(std::string_view allowed, std::span<const std::string_view> ais) {
    if (ais.empty()) return true;
    while (!allowed.empty()) {
        if (follows_order(take_until(allowed, '|'), ais)) return true;
    }
    return false;
}

// The compressed form begins with an AI, four bits a digit (GS1 Digital Link: Compression). The shortest, of a GTIN,
// has eight bits of AI and 47 of number.
bool may_be_compressed(std::string_view segment) {
    constexpr std::size_t shortest = 10;
    if (segment.size() < shortest || !std::all_of(segment.begin(), segment.end(), in_set_64)) return false;
    const unsigned byte = value_of(segment[0]) << 2U | value_of(segment[1]) >> 4U;
    const unsigned high = byte >> 4U;
    const unsigned low = byte & 15U;
    if (high > 9 || low > 9) return false;
    const std::array<char, 2> digits{static_cast<char>('0' + high), static_cast<char>('0' + low)};
    return ai_length({digits.data(), digits.size()}) != 0;
}

}  // namespace tillpost::gs1
