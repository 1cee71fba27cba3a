// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// Eight bytes of a text at once. Each function sets the top bit of the first byte (in memory order, on a little-endian
/// machine) that is as it says, and none if there is no such byte; bytes behind that one may have theirs set, too.
namespace tillpost::bytes {

constexpr std::size_t word = 8;
constexpr std::uint64_t ones = 0x0101010101010101U;
constexpr std::uint64_t tops = ones << 7;

/// Of the eight bytes from `text` on.
inline std::uint64_t load(const char* text) {
    std::uint64_t loaded = 0;
    std::memcpy(&loaded, text, word);
    return loaded;
}

inline std::uint64_t equal_to(std::uint64_t loaded, char c) {
    const std::uint64_t difference = loaded ^ (ones * static_cast<unsigned char>(c));
    return (difference - ones) & ~difference & tops;
}

/// `limit`: at most 0x80
inline std::uint64_t below(std::uint64_t loaded, unsigned char limit) {
    return (loaded - ones * limit) & ~loaded & tops;
}

inline std::uint64_t not_ascii(std::uint64_t loaded) { return loaded & tops; }

/// Of all bytes, if all are ASCII.
inline std::uint64_t digits(std::uint64_t loaded) {
    return (loaded + ones * (0x80 - '0')) & ~(loaded + ones * (0x80 - ('9' + 1))) & tops;
}

/// How many top bits are set.
inline std::size_t count(std::uint64_t found) { return static_cast<std::size_t>((found >> 7) * ones >> 56); }

/// How many bytes stand before the first one found; 0 may mean "look yourself". `found`: not 0
inline std::size_t before(std::uint64_t found) {
    if constexpr (std::endian::native != std::endian::little) return 0;
    return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

}  // namespace tillpost::bytes
