// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <vector>

#include "agent/event/event.hpp"
#include "agent/event/settings.hpp"

namespace tillpost {

/// Which broken rules hold a record back, by the retailer's configuration alone. Pure.
class Severities {
public:
    Severities() = default;
    explicit Severities(std::vector<RuleSetting> rules) : rules_(std::move(rules)) {}

    /// The first rule that holds it back, with the first place where it is broken; nullopt: it travels.
    std::optional<Rejection> held_back(const Event& event) const;

private:
    std::vector<RuleSetting> rules_;
};

}  // namespace tillpost
