// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>

#include "agent/audit/auditor.hpp"
#include "agent/journal/offline/journal_file.hpp"
#include "platform/clock.hpp"

namespace tillpost {

/// By which confirmed events may have been deleted.
struct AuditRetention {
    std::chrono::seconds keep{};  ///< Nothing younger …
    std::int64_t keep_bytes = 0;  ///< … unless the file had grown beyond this.
    WallTime now{};
};

/// [audit-1] Proves a journal, or names what is broken: every digest, every chain, every seal; and what other tables
/// say of events that are not here. Without a `retention` whatever was confirmed may be deleted.
Result<AuditReport> audit(JournalFile& file, const AuditTrust& trust, const std::vector<AuditExpectation>& expected,
                          const std::optional<AuditRetention>& retention, const Progress& progress);

}  // namespace tillpost
