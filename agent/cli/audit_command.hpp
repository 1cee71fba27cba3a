// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

/// `tillpost audit verify`: 0 proven, 1 broken, 2 could not be checked, 3 proven, and content is destroyed.
namespace tillpost::cli {

struct AuditOptions {
    std::string config;
    std::string journal;                    ///< "": the configuration's
    std::string work;                       ///< Where the copy goes; "": beside the journal
    std::vector<std::string> files;         ///< An export's, instead of a journal
    std::string certificate, key;           ///< Central's: open what is encrypted to it
    std::vector<std::string> certificates;  ///< Fingerprints, PEM files; none: the configuration's device
    std::vector<std::string> expected;      ///< Ids of events up to which it must reach
    std::optional<int> keep_days;           ///< Instead of the configuration's
    bool json = false;
};

int verify_audit(const AuditOptions& options);

}  // namespace tillpost::cli
