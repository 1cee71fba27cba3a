// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/event/intake.hpp"
#include "agent/event/redaction/settings.hpp"
#include "agent/event/settings.hpp"

/// `tillpost schema` and `tillpost validate`: the contract, for those who write a connector or a consumer. Both need no
/// daemon.
namespace tillpost::cli {

struct SchemaOptions {
    std::string name;     ///< "": the list of all
    bool bundle = false;  ///< With all that it refers to in its $defs: one document that needs no other
};

/// A schema on standard output. 64 for a name that there is not.
int show_schema(const SchemaOptions& options);

/// What of a daemon's configuration decides on a record.
struct JudgedBy {
    std::vector<RuleSetting> rules;
    PrivacySettings privacy;
    Intake::Settings intake;
};

struct ValidateOptions {
    std::string file = "-";  ///< Lines as a feed sends them; "-" is standard input.
    bool json = false;
    bool strict = false;                ///< Advice fails, too.
    std::string config;                 ///< The file that `judged_by` is from, "" for none
    std::optional<JudgedBy> judged_by;  ///< Without it every broken rule is a note, and nothing is redacted.
};

/// 0: every line becomes an event that nothing speaks against; 1: some are marked; 3: some would go to quarantine; 2:
/// cannot be read.
int validate(const ValidateOptions& options);

}  // namespace tillpost::cli
