// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
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
    /// Whether that rule, broken, holds a record of that type back.
    bool holds_back(std::string_view rule, std::string_view type) const;

    Severity severity_of(std::string_view rule, std::string_view type) const;

    /// The types of which nobody wants to know whether that rule is broken.
    std::set<std::string, std::less<>> types_off(std::string_view rule) const;

private:
    const RuleSetting* setting_of(std::string_view rule, std::string_view type) const;
    std::vector<RuleSetting> rules_;
};

/// Why a record of that type is held back.
Rejection rejection_for(const Quality::First& broken, std::string_view type);

}  // namespace tillpost
