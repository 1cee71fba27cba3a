// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/wire/protocol.hpp"

/// What stands in the files that travel on a stick while the line is dead (agent/journal/README.md, "Export"). Pure.
namespace tillpost {

/// A chunk as it lies on the stick, signed and sealed.
constexpr std::size_t largest_chunk = 16 << 20;

/// The first line of a chunk; the events' lines follow. Members: `tillpost_export`: 1, `source`, `part`, `before` (the
/// chain hash before the first of these lines: for an audit), `hello` (an object as on the wire).
struct ExportHead {
    std::string source;
    std::uint32_t part = 1;
    Hello hello;
    std::optional<Digest> before{};  ///< nullopt in chunks of earlier versions
};
std::string encode(const ExportHead& head);
Result<ExportHead> decode_export_head(std::string_view line);

/// A receiver's answer to an agent's chunks: `tillpost_receipt`: 1, `source`, `receipt` (an object as on the wire).
struct ExportReceipt {
    std::string source;
    Receipt receipt;
};
std::string encode(const ExportReceipt& receipt);
Result<ExportReceipt> decode_export_receipt(std::string_view text);

/// The agent whose source this is, "urn:tillpost:<tenant>:<store>:<node>".
std::optional<AgentName> agent_with_source(std::string_view source);

}  // namespace tillpost
