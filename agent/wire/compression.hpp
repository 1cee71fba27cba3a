// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/error.hpp"

/// The lines of a message as one zstd frame (RFC 8878), for lines that are paid by the byte. MQTT 5 only: the user
/// property `content-encoding` says so.
namespace tillpost {

constexpr std::string_view zstd_encoding = "zstd";

/// What a receiver takes of one message, unpacked. Agents send at most 1 MiB of lines together, or one larger event.
constexpr std::size_t most_unpacked = 16 << 20;

/// One thread. Holds its working memory, about half a megabyte, from the first call on.
class Compressor {
public:
    Compressor();
    ~Compressor();
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    /// nullopt when that would not make it smaller, or memory is short: it goes as it is.
    std::optional<std::string> compress(std::string_view lines);

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// Errc::invalid when it is no whole frame, or holds more than `most`, whatever its header says: no more than that is
/// ever unpacked.
Result<std::string> decompress(std::string_view frame, std::size_t most = most_unpacked);

}  // namespace tillpost
