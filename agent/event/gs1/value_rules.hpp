// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/event/gs1/ai_table.hpp"

/// Whether a value is what its AI asks for. Pure.
namespace tillpost::gs1 {

struct Wrong {
    std::string_view rule;     ///< As Fault::rule.
    std::size_t position = 0;  ///< In the value
    std::string text;
};

/// The first thing in the value that breaks a rule of the AI; nullopt if it is right.
std::optional<Wrong> find_wrong(const Definition& definition, std::string_view value, int current_year);

}  // namespace tillpost::gs1
