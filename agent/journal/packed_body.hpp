// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// How a body lies in the columns event.body and quarantine.bytes of a journal's file: packed, as bodies are much
/// alike, or as it is. Whoever reads them unpacks; nobody else knows of it (agent/decisions/0028). Pure.
///
/// Packed is a byte that says with which dictionary, 0x02 (0x01 in older rows), and behind it one zstd frame (RFC 8878)
/// that says how large its content is. What begins with another byte is the body as it is: a body begins with a quote.
/// Bytes below 0x20 are kept for dictionaries to come.
namespace tillpost {

/// Larger bodies are not packed, and what says that it holds more is not unpacked.
constexpr std::size_t most_packed = 16 << 20;

/// The bytes of a dictionary, from 1; "": there is none of that number. The first is a text, the second the same with
/// zstd's tables in front (RFC 8878, 5). A released one is never changed: what was packed
/// with it could not be read any more.
std::string_view packing_dictionary(std::int64_t number);

/// One thread. Holds its working memory, some 140 KB, from its first use on.
class Packer {
public:
    Packer();
    ~Packer();
    Packer(const Packer&) = delete;
    Packer& operator=(const Packer&) = delete;

    /// As it is to lie there. Valid until the next call, and as long as the body.
    std::string_view pack(std::string_view body);

private:
    struct Context;
    std::unique_ptr<Context> context_;
    std::string packed_;
};

/// One thread. Holds its working memory, some 140 KB, from its first use on. What cannot be unpacked, damaged or of a
/// dictionary that is not known, stays the bytes that lie there: its event's digest tells that it is not the body.
class Unpacker {
public:
    Unpacker();
    ~Unpacker();
    Unpacker(const Unpacker&) = delete;
    Unpacker& operator=(const Unpacker&) = delete;

    /// How large the body is that lies so; nullopt: it is those bytes.
    std::optional<std::size_t> size(std::string_view stored) const;
    /// Writes the body, of that size; false: it is the stored bytes.
    bool unpack(std::string_view stored, char* to);
    std::string unpacked(std::string stored);

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// For whoever looks for something in the bytes of a file: bodies that lie packed anywhere in them.
class PackedFinder {
public:
    PackedFinder();
    ~PackedFinder();
    PackedFinder(const PackedFinder&) = delete;
    PackedFinder& operator=(const PackedFinder&) = delete;

    /// Where the next packed body may begin; npos: nowhere. Of one that is cut off at the text's end, too.
    static std::size_t next(std::string_view text, std::size_t from);
    /// What can be unpacked of one that begins with the text, or as much as the bytes allow, which end where a page of
    /// the file does: whole blocks alone, of at most 128 KiB. The text is valid until the next call.
    struct Found {
        std::string_view text;
        bool whole = true;      ///< Nothing is missing; of what is none, too.
        std::size_t bytes = 0;  ///< As it lies there
    };
    Found unpack(std::string_view text);
    /// Leaves nothing of it in memory.
    void forget();

private:
    struct Context;
    std::unique_ptr<Context> context_;
    std::string found_;
};

}  // namespace tillpost
