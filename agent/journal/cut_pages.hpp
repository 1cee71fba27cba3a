// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace tillpost {

/// A database that ends before the pages that it is said to have: by its header, or by the last commit in its WAL.
struct CutPages {
    std::uint32_t there = 0;  ///< Whole pages in the file
    std::uint32_t named = 0;
    std::uint32_t gone = 0;  ///< Neither in the file nor in its WAL; at least 1
};

/// nullopt: nothing is missing, or nothing says how many pages there were. Blocking; changes nothing. For a file that
/// nobody writes to.
std::optional<CutPages> cut_pages_of(const std::string& file);

}  // namespace tillpost
