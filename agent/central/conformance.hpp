// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "agent/central/conformance_peer.hpp"

namespace tillpost {

/// What came of one case.
struct CaseResult {
    enum class Verdict { passed, failed, not_run };
    std::string name;
    Verdict verdict = Verdict::passed;
    std::string expected;
    std::string came;
};

struct ConformanceSettings {
    std::vector<std::string> cases;  ///< These only; empty: all
    std::string restore_command;     ///< Called with "backup" and later with "restore"; "" for none
};

/// Plays the cases, one after the other, each with an epoch of its own. `report` is called after each.
void run_conformance(ConformancePeer& peer, const ConformanceSettings& settings,
                     const std::function<void(const CaseResult&)>& report);
std::vector<std::string> conformance_case_names();

}  // namespace tillpost
