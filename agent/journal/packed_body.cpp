// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/packed_body.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>

namespace tillpost {
namespace {

constexpr char newest_dictionary = 0x02;
constexpr unsigned char kept_for_dictionaries = 0x20;
// Below zero zstd leaves what its matches leave as it is, and much of that is hex digits; above one it takes more
// memory than it saves on a body of some KB.
constexpr int level = 1;
constexpr std::size_t too_small = 64;
constexpr std::size_t least_saved = 8;   // a part of the body
constexpr std::size_t large = 64 << 10;  // its working memory is not kept
constexpr std::string_view frame_magic = "\x28\xb5\x2f\xfd";

bool is_dictionary(char sign) { return sign >= 0x01 && sign <= newest_dictionary; }

bool is_packed(std::string_view stored) {
    return stored.size() > 1 + frame_magic.size() && is_dictionary(stored.front()) &&
           stored.substr(1).starts_with(frame_magic);
}

std::string_view frame_of(std::string_view stored) { return stored.substr(1); }

template <class Made>
Made* made(Made* context) {
    if (context == nullptr) throw std::bad_alloc();
    return context;
}

struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
    void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};

/// Each from the first body on that was packed with it.
class Dictionaries {
public:
    const ZSTD_DDict* of(std::string_view stored) {
        std::unique_ptr<ZSTD_DDict, Free>& dictionary = all_.at(static_cast<std::size_t>(stored.front() - 1));
        const std::string_view bytes = packing_dictionary(stored.front());
        if (!dictionary) dictionary.reset(made(ZSTD_createDDict(bytes.data(), bytes.size())));
        return dictionary.get();
    }

private:
    std::array<std::unique_ptr<ZSTD_DDict, Free>, newest_dictionary> all_;
};

}  // namespace

struct Packer::Context {
    std::unique_ptr<ZSTD_CCtx, Free> writer;
    std::unique_ptr<ZSTD_CDict, Free> dictionary;

    void prepare() {
        const std::string_view bytes = packing_dictionary(newest_dictionary);
        if (!writer) writer.reset(made(ZSTD_createCCtx()));
        if (!dictionary) dictionary.reset(made(ZSTD_createCDict(bytes.data(), bytes.size(), level)));
    }
};

Packer::Packer() : context_(std::make_unique<Context>()) {}
Packer::~Packer() = default;

std::string_view Packer::pack(std::string_view body) {
    // Would be taken for a packed one. No body of ours begins so; the bytes of a damaged row may.
    const bool must = !body.empty() && static_cast<unsigned char>(body.front()) < kept_for_dictionaries;
    if (body.size() > most_packed || (body.size() < too_small && !must)) return body;
    context_->prepare();
    packed_.resize(1 + ZSTD_compressBound(body.size()));
    packed_[0] = newest_dictionary;
    const std::size_t size = ZSTD_compress_usingCDict(context_->writer.get(), packed_.data() + 1, packed_.size() - 1,
                                                      body.data(), body.size(), context_->dictionary.get());
    if (body.size() > large) context_->writer.reset();
    if (ZSTD_isError(size) != 0) {  // there is room: as a rule no memory
        if (must) throw std::bad_alloc();
        return body;
    }
    packed_.resize(1 + size);
    if (body.size() > large) packed_.shrink_to_fit();
    const bool smaller = packed_.size() <= body.size() - body.size() / least_saved;
    return must || smaller ? std::string_view(packed_) : body;
}

struct Unpacker::Context {
    std::unique_ptr<ZSTD_DCtx, Free> reader;
    Dictionaries dictionaries;
};

Unpacker::Unpacker() : context_(std::make_unique<Context>()) {}
Unpacker::~Unpacker() = default;

std::optional<std::size_t> Unpacker::size(std::string_view stored) const {
    if (!is_packed(stored)) return std::nullopt;
    const std::string_view frame = frame_of(stored);
    // What is not known, and what is no frame, are the highest numbers.
    const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (size > most_packed || ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(size);
}

bool Unpacker::unpack(std::string_view stored, char* to) {
    const std::optional<std::size_t> room = size(stored);
    if (!room) return false;
    if (!context_->reader) context_->reader.reset(made(ZSTD_createDCtx()));
    const std::string_view frame = frame_of(stored);
    return ZSTD_decompress_usingDDict(context_->reader.get(), to, *room, frame.data(), frame.size(),
                                      context_->dictionaries.of(stored)) == *room;
}

std::string Unpacker::unpacked(std::string stored) {
    std::string body(size(stored).value_or(0), '\0');
    if (!unpack(stored, body.data())) return stored;
    return body;
}

struct PackedFinder::Context {
    std::unique_ptr<ZSTD_DCtx, Free> reader{made(ZSTD_createDCtx())};
    Dictionaries dictionaries;
};

PackedFinder::PackedFinder() : context_(std::make_unique<Context>()) {}
PackedFinder::~PackedFinder() = default;

std::size_t PackedFinder::next(std::string_view text, std::size_t from) {
    for (std::size_t at = from; at < text.size(); ++at) {
        at = text.find(frame_magic, at + 1);
        if (at == std::string_view::npos) break;
        if (is_dictionary(text[at - 1])) return at - 1;
    }
    return std::string_view::npos;
}

PackedFinder::Found PackedFinder::unpack(std::string_view text) {
    found_.clear();
    if (!is_packed(text)) return {};
    const std::string_view frame = frame_of(text);
    const unsigned long long says = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (says > most_packed) return {};
    ZSTD_DCtx* const reader = context_->reader.get();
    ZSTD_DCtx_reset(reader, ZSTD_reset_session_only);
    if (ZSTD_isError(ZSTD_DCtx_refDDict(reader, context_->dictionaries.of(text))) != 0) return {};
    ZSTD_inBuffer in{frame.data(), frame.size(), 0};
    std::size_t wanted = 1;
    while (wanted != 0 && found_.size() < says) {
        const std::size_t before = found_.size();
        found_.resize(std::min<std::size_t>(says, before + ZSTD_DStreamOutSize()));
        ZSTD_outBuffer out{found_.data(), found_.size(), before};
        wanted = ZSTD_decompressStream(reader, &out, &in);
        found_.resize(out.pos);
        if (ZSTD_isError(wanted) != 0 || (out.pos == before && in.pos == in.size)) break;
    }
    return {found_, found_.size() == says, 1 + in.pos};
}

void PackedFinder::forget() {
    std::fill(found_.begin(), found_.end(), '\0');
    found_.clear();
}

}  // namespace tillpost
