// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "agent/journal/offline/journal_file.hpp"
#include "agent/wire/protocol.hpp"
#include "platform/sealed_file.hpp"

/// Events on a stick: the way out for a store whose line is dead for weeks (agent/journal/README.md, "Export").
namespace tillpost {

/// The first line of a chunk; the events' lines follow. Members: `tillpost_export`: 1, `source`, `part`, `hello` (an
/// object as on the wire).
struct ExportHead {
    std::string source;
    std::uint32_t part = 1;
    Hello hello;
};
std::string encode(const ExportHead& head);
Result<ExportHead> decode_export_head(std::string_view line);

/// A receiver's answer to a chunk: `tillpost_receipt`: 1, `source`, `receipt` (an object as on the wire).
struct ExportReceipt {
    std::string source;
    Receipt receipt;
};
std::string encode(const ExportReceipt& receipt);
Result<ExportReceipt> decode_export_receipt(std::string_view text);

struct ExportSettings {
    std::string source;
    std::string version;
    std::string folder;               ///< Where the chunks go
    std::string central_certificate;  ///< Who can read them
    Signer device;
    bool all = false;                    ///< Confirmed events, too
    std::size_t chunk_bytes = 15 << 20;  ///< Of lines; with signature and envelope below 16 MiB
};

struct ExportReport {
    std::vector<std::string> files;
    std::uint64_t events = 0;
    std::uint64_t owed = 0;  ///< Left out: a closed epoch's, which the daemon reissues when it runs.
};

/// Writes chunks `<tenant>-<store>-<node>-<epoch>-<first>-<last>.tillpost`, each whole and durable before the next.
Result<ExportReport> export_events(JournalFile& file, const ExportSettings& settings, const Progress& progress);

}  // namespace tillpost
