// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "drivers/driver.hpp"

namespace tillpost {

/// What a feed's peer reads: one JSON object with its line break (drivers/feed/README.md). Plain ASCII; texts in it
/// are cut at 512 bytes.
std::string answer_line(const Outcome& outcome);
std::string refusal_line(std::string_view reason);

}  // namespace tillpost
