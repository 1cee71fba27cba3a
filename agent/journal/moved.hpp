// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

/// Names in the table `counter` of runs of events that have other numbers now: "moved/<first>/<last>", positions of 20
/// digits; the value is where the first is now. "moved_from/…" leads back.
namespace tillpost::moved {

constexpr std::string_view there = "moved/";
constexpr std::string_view back = "moved_from/";
constexpr std::int64_t most_runs = 16'384;  ///< Each way, mostly of 128 events; when a move is done the oldest go.

/// First and last position that a name beginning with `there` tells of; nullopt: it is none.
std::optional<std::pair<std::int64_t, std::int64_t>> run_of(std::string_view name);

}  // namespace tillpost::moved
