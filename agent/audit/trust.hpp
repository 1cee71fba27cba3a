// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "agent/audit/auditor.hpp"

namespace tillpost {

/// Each text is a fingerprint (64 hex digits, colons and capitals allowed) or a PEM file of certificates. Errc::invalid
/// with the one that is neither.
Result<AuditTrust> trust_from(const std::vector<std::string>& texts);

/// Event ids, "<epoch>-<sequence>". Errc::invalid with the one that is none.
Result<std::vector<AuditExpectation>> expectations_from(const std::vector<std::string>& ids);

}  // namespace tillpost
