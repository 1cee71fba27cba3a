// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tillpost {

/// What another party says, as it may be stored and shown: without card data, in printable ASCII ("?" for what is
/// none), at most `longest` bytes. Pure; never fails.
std::string foreign_text(std::string_view said, std::size_t longest);

}  // namespace tillpost
