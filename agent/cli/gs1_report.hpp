// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "agent/event/gs1/measure_template.hpp"
#include "agent/event/gs1/scan_data.hpp"

namespace tillpost::cli {

struct Gs1Options {
    bool json = false;
    bool pairs = true;  ///< Faults of AIs that do not go together are told and counted.
    int year = 0;       ///< The century of dates is judged by it.
    std::vector<gs1::MeasureTemplate> templates;
};

/// One code as a person gave it, read: for people (several lines) or programs (one line of JSON, with its line break).
/// Pure; harmless for a terminal.
struct Gs1Report {
    std::string text;
    bool ok = true;
};
Gs1Report report_gs1(std::string_view given, const Gs1Options& options);

/// "^", "\x1d", "\u001d", "{GS}", "{FNC1}" and U+241D as the separator GS, except in a URI: what can be typed or is
/// shown for what a scanner sends. None of them can be part of a value.
std::string with_separators(std::string_view given);

}  // namespace tillpost::cli
