// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

/// `tillpost quarantine`: what waits there for a decision, and the decisions. Each gives the exit code:
/// agent/cli/commands.hpp, with some_refused for what the daemon refuses.
namespace tillpost::cli {

struct QuarantineOptions {
    std::string socket;
    bool json = false;
    std::string sort = "age";
    std::string id;
    std::vector<std::string> ids;   ///< discard: these …
    std::string rule;               ///< … or all that break this rule …
    std::optional<int> older_days;  ///< … and wait for longer
    bool yes = false;               ///< Do what the filter means, not only count it
    std::string actor;
    std::string reason;
    std::string file;          ///< "-" is standard input
    std::string as_type;       ///< correct: of the new record, where it is meant to be another one; "" otherwise
    bool changes_key = false;  ///< correct: the new record is meant to be another one
};

int list_quarantine(const QuarantineOptions& options);
int show_quarantined(const QuarantineOptions& options);
int release_quarantined(const QuarantineOptions& options);
int correct_quarantined(const QuarantineOptions& options);
int discard_quarantined(const QuarantineOptions& options);

}  // namespace tillpost::cli
