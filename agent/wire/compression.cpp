// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/compression.hpp"

#include <zstd.h>

#include <algorithm>

namespace tillpost {
namespace {

constexpr int level = 3;
constexpr std::size_t too_small = 256;  // a lone event gains nothing

struct FreeReader {
    void operator()(ZSTD_DCtx* reader) const { ZSTD_freeDCtx(reader); }
};

}  // namespace

struct Compressor::Context {
    ~Context() { ZSTD_freeCCtx(writer); }
    ZSTD_CCtx* writer = ZSTD_createCCtx();
};

Compressor::Compressor() : context_(std::make_unique<Context>()) {}
Compressor::~Compressor() = default;

std::optional<std::string> Compressor::compress(std::string_view lines) {
    if (context_->writer == nullptr || lines.size() < too_small) return std::nullopt;
    std::string frame(lines.size() - 1, '\0');
    const std::size_t size =
        ZSTD_compressCCtx(context_->writer, frame.data(), frame.size(), lines.data(), lines.size(), level);
    if (ZSTD_isError(size) != 0) return std::nullopt;  // as a rule: no room, it would not become smaller
    frame.resize(size);
    frame.shrink_to_fit();
    return frame;
}

// As a stream, so that a header that lies costs nothing.
Result<std::string> decompress(std::string_view frame, std::size_t most) {
    const std::unique_ptr<ZSTD_DCtx, FreeReader> reader(ZSTD_createDCtx());
    if (!reader) return Error{Errc::invalid, "no memory to unpack it"};
    std::string lines;
    ZSTD_inBuffer in{frame.data(), frame.size(), 0};
    std::size_t wanted = 1;
    while (wanted != 0) {
        const std::size_t before = lines.size();
        if (before > most) {
            return Error{Errc::invalid, "it holds more than " + std::to_string(most) + " bytes"};
        }
        lines.resize(std::min(most + 1, before + std::max(before, ZSTD_DStreamOutSize())));
        ZSTD_outBuffer out{lines.data(), lines.size(), before};
        wanted = ZSTD_decompressStream(reader.get(), &out, &in);
        if (ZSTD_isError(wanted) != 0) return Error{Errc::invalid, ZSTD_getErrorName(wanted)};
        lines.resize(out.pos);
        const bool stuck = out.pos == before && in.pos == in.size;
        if (wanted != 0 && stuck) return Error{Errc::invalid, "it is cut off"};
    }
    if (in.pos != in.size) return Error{Errc::invalid, "something follows the frame"};
    if (lines.size() > most) return Error{Errc::invalid, "it holds more than " + std::to_string(most) + " bytes"};
    return lines;
}

}  // namespace tillpost
