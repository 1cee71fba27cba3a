// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/wire/protocol.hpp"

/// What stands in the files that travel on a stick while the line is dead (agent/journal/README.md, "Export"). Pure.
namespace tillpost {

/// An event by its id, "<epoch>-<sequence>".
using EventNumber = std::pair<Epoch, Sequence>;

/// A chunk as it lies on the stick, signed and sealed.
constexpr std::size_t largest_chunk = 16 << 20;

/// Events whose content is named in one chunk, or in one receipt.
constexpr std::size_t most_contents = 4096;

/// The first line of a chunk; the events' lines follow. Members: `tillpost_export`: 1, `source`, `part`, `before` (the
/// chain hash before the first of these lines: for an audit), `withheld` (ids), `apart`, `hello` (an object as on the
/// wire).
struct ExportHead {
    std::string source;
    std::uint32_t part = 1;
    Hello hello;
    std::optional<Digest> before{};  ///< nullopt in chunks of earlier versions
    /// Of these lines those that travel as tombstones otherwise: central is asked whether it has their content. At most
    /// most_contents.
    std::vector<EventNumber> withheld{};
    /// Nothing but such lines, from below what is exported otherwise: what is before and behind them is elsewhere.
    bool apart = false;
};
std::string encode(const ExportHead& head);
Result<ExportHead> decode_export_head(std::string_view line);

/// A receiver's answer to an agent's chunks: `tillpost_receipt`: 1, `source`, `receipt` (an object as on the wire),
/// `contents` (objects of `event`, an id, and `digest`; absent where there are none, as in those of earlier versions).
struct ExportReceipt {
    struct Content {
        EventNumber event;
        Digest digest{};
    };
    std::string source;
    Receipt receipt;
    /// What was asked for by ExportHead::withheld and is committed there with its content. At most most_contents.
    std::vector<Content> contents{};
};
std::string encode(const ExportReceipt& receipt);
Result<ExportReceipt> decode_export_receipt(std::string_view text);

/// The agent whose source this is, "urn:tillpost:<tenant>:<store>:<node>".
std::optional<AgentName> agent_with_source(std::string_view source);

}  // namespace tillpost
