// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/wire/line.hpp"

/// A seal: the agent's signed word on a stretch of one epoch's chain (agent/README.md, "The seal"). Pure.
namespace tillpost {

/// Events by type, in the types' order.
using TypeCounts = std::vector<std::pair<std::string, std::uint64_t>>;

struct Seal {
    /// A lost line breaks the chain: the agent says what it was before and behind it.
    struct Anchor {
        Sequence sequence = 0;
        Digest before{};  ///< chain(sequence - 1)
        Digest after{};   ///< chain(sequence)
    };
    Epoch epoch = 0;
    std::uint32_t ordinal = 0;
    Sequence first = 0, last = 0;
    Digest before{};  ///< chain(first - 1)
    Digest head{};    ///< chain(last)
    std::string time;
    bool synced = false;
    std::string cause;  ///< Why now: till_close, day_end, count, stop, damage, fork, erase, loss
    TypeCounts totals;
    std::vector<Anchor> anchors;
    std::string certificate;  ///< DER
    std::string signature;    ///< As MessageSigner::sign() gives it, of sealed_message()

    std::uint64_t count() const { return last + 1 - first; }
};

constexpr std::size_t most_seal_anchors = 256;
constexpr std::size_t most_seal_types = 64;
/// What stands in `totals` for a line without content, and for types beyond the bound.
constexpr std::string_view withheld_type = "(withheld)";
constexpr std::string_view lost_type = "(lost)";
constexpr std::string_view other_types = "(other)";
/// Of the characters that types have, so that `totals` can be signed as text.
bool is_type_name(std::string_view text);

/// The bytes that are signed.
std::string sealed_message(const Seal& seal, std::string_view source);

/// The `data` of a `seal` event.
std::string encode(const Seal& seal);
/// Errc::invalid, with the member that is wrong.
Result<Seal> decode_seal(std::string_view data);

/// SHA-256 of a DER certificate in hex: how people name it.
std::string fingerprint_of(std::string_view certificate);

}  // namespace tillpost
