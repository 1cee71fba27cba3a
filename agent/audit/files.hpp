// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "agent/audit/auditor.hpp"
#include "platform/sealed_file.hpp"

namespace tillpost {

/// Lines in files: chunks of `tillpost journal export`, as they are or as `openssl cms` opens them, and what
/// `tillpost-central export` writes.
struct AuditFiles {
    std::vector<std::string> files;  ///< In any order
    Signer recipient;                ///< Opens chunks; "" for none
};

/// [audit-1] The same for files as for a journal. What is before the first line of the first file of an epoch is not
/// missed: an export begins somewhere. Where a source ends is to be said by an export's signed head or by `expected`,
/// else nothing is proven; a chunk that another key has signed is a fault. What several files have is one, where it is
/// the same, and a fault where it is not.
Result<AuditReport> audit_files(const AuditFiles& settings, const AuditTrust& trust,
                                const std::vector<AuditExpectation>& expected);

}  // namespace tillpost
