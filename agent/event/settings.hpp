// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tillpost {

enum class Severity : std::uint8_t {
    note,       ///< The event travels, marked in its quality.
    quarantine  ///< The record is held back until a person decides.
};

/// What the retailer's configuration says of one rule.
struct RuleSetting {
    std::string rule;                ///< A configurable one of known_rules().
    std::vector<std::string> types;  ///< Of feed_types(); none: all of them.
    Severity severity = Severity::note;
};

/// A rule that marks events, for people: `tillpost rules`.
struct KnownRule {
    std::string_view name;
    std::string_view compared;                  ///< One sentence.
    bool configurable = true;                   ///< False: always a note.
    std::span<const std::string_view> types{};  ///< That have what it compares; none: all of them.
};

/// In the order of their names.
std::span<const KnownRule> known_rules();
/// The types that a feed may send, in the order of their names.
std::vector<std::string_view> feed_types();

}  // namespace tillpost
