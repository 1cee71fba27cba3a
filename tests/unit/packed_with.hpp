// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <zstd.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "agent/journal/packed_body.hpp"

namespace tillpost::test {

/// As an earlier release laid it into the file.
inline std::string packed_with(char dictionary, std::string_view body) {
    const std::string_view bytes = packing_dictionary(dictionary);
    ZSTD_CCtx* const writer = ZSTD_createCCtx();
    std::string stored(1 + ZSTD_compressBound(body.size()), dictionary);
    const std::size_t size = ZSTD_compress_usingDict(writer, stored.data() + 1, stored.size() - 1, body.data(),
                                                     body.size(), bytes.data(), bytes.size(), 1);
    ZSTD_freeCCtx(writer);
    if (ZSTD_isError(size) != 0) throw std::runtime_error("zstd packs nothing");
    stored.resize(1 + size);
    return stored;
}

}  // namespace tillpost::test
