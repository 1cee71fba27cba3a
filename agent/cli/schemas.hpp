// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

namespace tillpost::cli {

/// A file of config/schemas, as it was when this program was built.
struct Schema {
    std::string_view name;  ///< "sale"
    std::string_view text;
};

/// In the order of their names. Made by embed_schemas.cmake.
std::span<const Schema> schemas();

}  // namespace tillpost::cli
