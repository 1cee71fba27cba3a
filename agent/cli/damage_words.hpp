// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "platform/error.hpp"

namespace tillpost {
struct CutPages;
}  // namespace tillpost

namespace tillpost::cli {

/// Of a damaged file SQLite's own words say little: what it is, and what saves it.
Error explained(const Error& error, const std::string& journal);

/// Of a file of which `recover` has found nothing.
Error not_recovered(const Error& error, const std::string& file);

/// What was found damaged before, and is not in this journal (yet): a sentence each, with what to do.
std::vector<std::string> what_is_elsewhere(const std::string& journal);

/// Of a file that was cut short: what is gone, and what to do.
std::string cut_words(const CutPages& cut);

/// Of a file that nothing beside it says the end of.
extern const char* const end_unknown;

}  // namespace tillpost::cli
