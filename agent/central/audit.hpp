// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/audit/auditor.hpp"
#include "agent/central/store.hpp"

namespace tillpost {

/// [audit-1] Proves the stored lines of all agents, or of one, or names what is broken. `trust` goes beside what the
/// store knows of signers.
Result<AuditReport> audit(CentralStore& store, const std::optional<std::string>& source, AuditTrust trust,
                          const std::vector<AuditExpectation>& expected);

}  // namespace tillpost
