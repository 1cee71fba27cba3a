// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/day/number_ranges.hpp"

/// One till whose records come over several nodes of its store: their certificates together. Pure.
namespace tillpost {

/// What a certificate says of the till's POS numbers, by what stands before their digits.
struct NodeNumbers {
    struct Series {
        day::NumberRanges seen;
        day::NumberRanges not_seen;  ///< Between them: the certificate itself names them.
        std::size_t width = 0;       ///< Of the digits, if they begin with 0
    };
    std::map<std::string, Series> series;
};
NodeNumbers numbers_of_node(const nlohmann::json& certificate);

struct NumberSpan {
    std::string from, to;
    std::uint64_t count = 0;
    friend bool operator==(const NumberSpan&, const NumberSpan&) = default;
};
/// What no single certificate can know.
struct BetweenNodes {
    static constexpr std::size_t most_spans = 64;  ///< That are named

    std::vector<NumberSpan> missing;  ///< Between what one node and another one have seen, and seen by none
    std::vector<NumberSpan> twice;    ///< Seen by more than one node
    std::uint64_t missing_count = 0, twice_count = 0;

    bool fits() const { return missing_count == 0 && twice_count == 0; }
};
/// As in one certificate, what lies 1,000 or more numbers away is another series, and nothing is missing before it.
BetweenNodes between_nodes(const std::vector<const NodeNumbers*>& nodes);

/// "3, 7 to 9 and 12 more"
std::string text_of(const std::vector<NumberSpan>& spans, std::uint64_t count);

}  // namespace tillpost
