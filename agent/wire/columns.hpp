// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>
#include <string_view>

#include "agent/wire/line.hpp"

/// How epochs and digests stand in the columns of our SQLite files: as bytes, big-endian. Pure.
namespace tillpost {

using EpochBytes = std::array<char, 8>;

inline EpochBytes bytes_of(Epoch epoch) {
    EpochBytes bytes;
    for (std::size_t i = bytes.size(); i-- > 0; epoch >>= 8) bytes[i] = static_cast<char>(epoch & 0xff);
    return bytes;
}

inline std::string_view view_of(const EpochBytes& bytes) { return {bytes.data(), bytes.size()}; }

/// Bytes beyond 8 are ignored: a damaged file may hold them.
inline Epoch epoch_from_bytes(std::string_view bytes) {
    Epoch epoch = 0;
    for (const char byte : bytes.substr(0, sizeof(Epoch))) epoch = epoch << 8 | static_cast<unsigned char>(byte);
    return epoch;
}

/// Bytes beyond 32 are ignored, missing ones are zero and so match nothing.
inline Digest digest_from_bytes(std::string_view bytes) {
    Digest digest{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
    return digest;
}

}  // namespace tillpost
