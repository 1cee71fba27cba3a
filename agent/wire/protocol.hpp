// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/wire/line.hpp"
#include "platform/bytes.hpp"
#include "platform/error.hpp"

/// The messages between agent and receiver besides the events themselves (agent/README.md, "The wire"). Pure.
namespace tillpost {

/// Where an agent's messages go: `tillpost/v1/<tenant>/<store>/<node>/<leaf>`.
struct AgentName {
    std::string tenant;
    std::string store;
    std::string node;

    std::string topic(std::string_view leaf) const;
    std::string source() const;     ///< "urn:tillpost:<tenant>:<store>:<node>"
    std::string client_id() const;  ///< "<tenant>.<store>.<node>": no dot is allowed within the names
    /// The name and leaf in a topic, nullopt if it is not one of ours.
    static std::optional<std::pair<AgentName, std::string>> from_topic(std::string_view topic);
    friend bool operator==(const AgentName&, const AgentName&) = default;
    friend auto operator<=>(const AgentName&, const AgentName&) = default;
};

/// Sequences from..to, both included; `from <= to`.
struct Range {
    Sequence from = 0;
    Sequence to = 0;
    friend bool operator==(const Range&, const Range&) = default;
};

/// An epoch the agent still holds something of.
struct EpochSummary {
    Epoch epoch = 0;
    std::uint32_t ordinal = 0;
    Sequence first = 1;  ///< First one still held; first = last + 1: nothing is held.
    Sequence last = 0;
    Digest before;  ///< chain(first - 1)
    Digest head;    ///< chain(last)
    Sequence confirmed = 0;
};

struct Hello {
    std::string number;  ///< Fresh and random, 16 hex digits; a receipt must quote it.
    std::string source;
    std::string version;
    std::vector<EpochSummary> epochs;
    bool jobs = false;  ///< Pending jobs are wanted.
};

struct RangeWithHash {
    Range range;
    Digest hash;  ///< chain(range.to)
};

struct RejectedSequence {
    Sequence sequence = 0;
    std::string code;
    /// Read: the code was longer than a code may be, and `code` says so instead of it.
    bool too_long = false;
};

struct EpochReceipt {
    Epoch epoch = 0;
    Sequence upto = 0;                ///< Everything up to here is committed there.
    Digest hash;                      ///< chain(upto) as the receiver has it
    std::vector<RangeWithHash> also;  ///< The lowest above upto that are committed and reach the hello's `first`.
    std::vector<Range> need;          ///< Wanted (again).
    std::vector<RejectedSequence> rejected;  ///< Committed as unacceptable; upto passes them.
    std::optional<Sequence> fork;            ///< First sequence whose content differs from the one committed.
};

struct Receipt {
    std::string hello;     ///< The number of the hello that it answers.
    std::string receiver;  ///< Born with the receiver's store, 32 hex digits.
    std::vector<EpochReceipt> epochs;
    std::optional<std::uint64_t> rate;  ///< Backlog bytes per second granted for 60 s.
    std::string run{};                  ///< Of the receiver's process, 16 hex digits; "" if it says none.

    /// It answers no hello and says nothing of events: the receiver has come, and asks for a hello.
    bool calls() const { return hello == no_hello && epochs.empty(); }
    static constexpr std::string_view no_hello = "0000000000000000";
};

constexpr std::size_t most_also_ranges = 64;

std::string encode(const Hello& hello);
std::string encode(const Receipt& receipt);
/// Strict: unknown members are ignored, wrong types or missing required members are Errc::invalid with the path.
Result<Hello> decode_hello(std::string_view text);
Result<Receipt> decode_receipt(std::string_view text);

}  // namespace tillpost
