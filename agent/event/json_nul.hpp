// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace tillpost {

/// No JSON text has one, and nlohmann's parser takes it for the end of its input: what is behind it would be ignored.
inline bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace tillpost
