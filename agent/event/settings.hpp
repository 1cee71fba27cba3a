// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tillpost {

enum class Severity : std::uint8_t {
    off,        ///< Nobody looks, and nothing is marked: of `incomplete` alone.
    note,       ///< The event travels, marked in its quality.
    quarantine  ///< The record is held back until a person decides.
};

/// What the retailer's configuration says of one rule.
struct RuleSetting {
    std::string rule;                ///< A configurable one of known_rules().
    std::vector<std::string> types;  ///< Of feed_types(); none: all of them.
    Severity severity = Severity::note;
};

/// What the retailer's configuration says of the business keys of some types.
struct KeySetting {
    std::vector<std::string> types;     ///< Of keyed_types()
    std::vector<std::string> key;       ///< JSON pointers, in order; none: the type's own.
    std::vector<std::string> changing;  ///< JSON pointers ("*": any item of a list) that no content is compared by.

    static constexpr std::size_t most_pointers = 32;  ///< Of each of the two
};

/// A rule that marks events, for people: `tillpost rules`.
struct KnownRule {
    std::string_view name;
    std::string_view compared;                  ///< One sentence.
    std::string_view always_a_note{};           ///< Why it can hold nothing back; "": as configured.
    std::span<const std::string_view> types{};  ///< That have what it compares; none: all of them.
    bool may_be_off = false;  ///< It says nothing against a record: who does not want it may do without.

    bool configurable() const { return always_a_note.empty(); }
};

/// nullptr for a name that no rule has.
const KnownRule* find_rule(std::string_view name);

/// In the order of their names.
std::span<const KnownRule> known_rules();
/// Rules besides by which a line is rejected: it cannot be read, or does not say what it is (event/README.md).
std::span<const std::string_view> rejecting_rules();
/// The types that a feed may send, in the order of their names.
std::vector<std::string_view> feed_types();
/// Those of them that may have a business key.
std::vector<std::string_view> keyed_types();

/// Whether a member may differ between a record and the same one sent again: what says how and when it was sent, and
/// members that the format does not know. Whatever the format knows is a fact. A JSON pointer, "*" for any item.
bool may_change(std::string_view pointer);
/// Whether such a key tells two records of the type apart. One of known members alone needs the type's own number.
bool tells_apart(std::string_view type, std::span<const std::string> key);
/// The members of which such a key has one: "/number".
std::vector<std::string> telling_members(std::string_view type);

}  // namespace tillpost
