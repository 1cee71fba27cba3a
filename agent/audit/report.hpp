// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/wire/line.hpp"

namespace tillpost {

/// What an audit found, for people and for programs.
struct AuditReport {
    struct Stretch {
        std::string source;
        Epoch epoch = 0;
        Sequence first = 0, last = 0;  ///< What is here
        Sequence sealed = 0;           ///< Proven up to here by a seal that counts
        std::uint64_t events = 0;

        Sequence tail() const { return last - (sealed < first ? first - 1 : sealed); }
    };
    struct Fault {
        std::size_t epoch = 0;  ///< Which one in the order of `epochs`
        Sequence sequence = 0;
        std::string what;
    };
    /// Events one behind the other whose content is not here, as the agent says in its chain.
    struct Absent {
        std::string names;   ///< "<id>", or "<id> to <id>"
        std::string reason;  ///< shed, erased, damaged_on_disk …
        bool lost = false;   ///< Their digests are gone, too.
        bool damaged = false;
    };
    std::vector<Stretch> epochs;
    std::uint64_t events = 0;
    std::uint64_t tombstones = 0;
    std::uint64_t tombstones_unproven = 0;  ///< Of them: those that no sealed event tells of, for a reason
    std::uint64_t lost = 0;
    std::uint64_t damaged = 0;          ///< Of both: those that the disk had changed, or somebody on it
    std::uint64_t erased_here = 0;      ///< Of the tombstones: those that the medium itself says to have erased
    std::vector<std::string> erasures;  ///< Of these, at most most_absent: which, by whom, when, why
    std::vector<Absent> absent;         ///< At most most_absent
    std::uint64_t absent_runs = 0;
    std::uint64_t gone = 0;     ///< Numbers that the agent had pruned, and says so in its chain
    std::uint64_t deleted = 0;  ///< Numbers before the first one here, which the journal says to have pruned
    std::uint64_t moved = 0;    ///< Numbers of events that are here under later numbers alone
    bool open_end = false;      ///< Whether more was behind the last seals, nothing beside the lines says for sure.
    std::uint64_t seals_good = 0;
    std::uint64_t seals_bad = 0;            ///< Form, signature, place or content
    std::uint64_t seals_other = 0;          ///< Signed by a certificate that does not count for this agent
    std::uint64_t seals_unknown = 0;        ///< Good, but nobody has said whose certificate counts
    std::uint64_t seals_elsewhere = 0;      ///< Of events that are not here, or here with another history
    std::set<std::string> signers;          ///< Certificates of the good ones, at most most_signers
    std::set<std::string> unknown_signers;  ///< Of good ones that nobody vouches for
    std::set<std::string> unknown_sources;  ///< Whose they are, at most most_signers
    std::uint64_t certificates = 0;         ///< Of business days, recomputed from their events
    std::map<std::string, std::uint64_t> certificates_open;  ///< … that could not be, by the reason
    std::uint64_t corrections_open = 0;  ///< … that were, but for what corrections have made of their sums
    std::vector<Fault> faults;           ///< The lowest first, at most most_faults
    std::uint64_t fault_count = 0;
    std::vector<std::string> notes;   ///< What is no fault and should be known
    std::vector<std::string> unread;  ///< What belongs to it and was not looked at, with what to do

    enum class Verdict { proven = 0, broken = 1, not_checked = 2, incomplete = 3 };
    /// not_checked: the chains hold, and no seal says that they are the agent's, or why content is not here; or
    /// something was not looked at. incomplete: all is proven, and the content of some events is destroyed (`damaged`).
    Verdict verdict() const;
    std::uint64_t tail() const;

    static constexpr std::size_t most_faults = 100;
    static constexpr std::size_t most_notes = 100;
    static constexpr std::size_t most_absent = 100;
    static constexpr std::size_t most_signers = 16;
};

std::string audit_table(const AuditReport& report);
std::string audit_json(const AuditReport& report);

}  // namespace tillpost
