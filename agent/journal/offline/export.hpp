// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "agent/journal/offline/journal_file.hpp"
#include "agent/wire/stick.hpp"
#include "platform/sealed_file.hpp"

/// Events on a stick: the way out for a store whose line is dead for weeks (agent/journal/README.md, "Export").
namespace tillpost {

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
    std::uint64_t owed = 0;      ///< Left out: a closed epoch's, which the daemon reissues when it runs.
    std::uint64_t contents = 0;  ///< Of `events`: those whose content no packet was large enough for
    std::uint64_t left = 0;      ///< Such contents that are not in it: no tombstone here has their digest.
    std::uint64_t damaged = 0;   ///< Left out: events that are missing, or not what was recorded, …
    std::string first_damaged;   ///< … and the first of them, "1a2b…-17 to 1a2b…-23"
    std::string unread;          ///< Why none of them was looked for: quarantine is damaged; "" otherwise
};

/// Writes chunks `<tenant>-<store>-<node>-<epoch>-<first>-<last>.tillpost`, each whole and durable before the next.
/// [end-1] Content that waits in quarantine for its size stands in the place of its tombstone; where that is confirmed
/// already, in chunks of their own, one for each run of consecutive numbers. Behind an event that is damaged a chunk
/// begins.
Result<ExportReport> export_events(JournalFile& file, const ExportSettings& settings, const Progress& progress);

}  // namespace tillpost
