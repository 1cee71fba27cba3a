// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/audit/auditor.hpp"
#include "agent/journal/offline/journal_file.hpp"

namespace tillpost {

/// [audit-1] Proves a journal, or names what is broken: every digest, every chain, every seal; and what other tables
/// say of events that are not here.
Result<AuditReport> audit(JournalFile& file, const AuditTrust& trust, const std::vector<AuditExpectation>& expected,
                          const Progress& progress);

}  // namespace tillpost
