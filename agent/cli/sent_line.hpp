// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "platform/bytes.hpp"
#include "platform/error.hpp"

namespace tillpost::cli {

/// The data of an event as the agent sends it: a line of `events`, of an export, or its body (what its digest is of).
/// The views point into the line.
struct SentData {
    std::string_view type;  ///< "sale"; "" for a line without content
    std::string_view data;
    bool is_own = false;  ///< A type that no feed sends
};

/// Whether it begins as a line or a body does.
bool is_sent(std::string_view line);
/// Errc::invalid, with what is wrong, unless it is a line or body to the byte. The chain is not looked at.
Result<SentData> data_of_sent(Sha256& sha, std::string_view line);

struct SchemaFault {
    std::string_view rule;  ///< required, wrong_type, word
    std::string path;       ///< In the event: "/data/till"
};
/// What the schema of that type says of the data's own members: which there must be, their types, words and constants.
/// What is inside of them is for a JSON Schema validator.
std::vector<SchemaFault> faults_by_schema(std::string_view type, std::string_view data);

}  // namespace tillpost::cli
