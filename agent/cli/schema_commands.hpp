// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

/// `tillpost schema` and `tillpost validate`: the contract, for those who write a connector or a consumer. Both need
/// neither daemon nor configuration.
namespace tillpost::cli {

/// The schema of that name on standard output; "": the list of all. 64 for a name that there is not.
int show_schema(const std::string& name);

struct ValidateOptions {
    std::string file = "-";  ///< Lines as a feed sends them; "-" is standard input.
    bool json = false;
};

/// 0: every line becomes an event without a mark; 1: some are marked; 3: some would go to quarantine; 2: cannot be
/// read.
int validate(const ValidateOptions& options);

}  // namespace tillpost::cli
