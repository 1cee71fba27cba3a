// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

#include "agent/event/event.hpp"
#include "agent/event/gs1/measure_template.hpp"
#include "agent/event/gs1/scan_data.hpp"

namespace tillpost {

/// What the bar code itself does not say.
struct ScanContext {
    /// For the century of its dates. A till's clock may be back in 1970: years before `least_year` count as that.
    int current_year = least_year;
    /// How the shop's own numbers with a price or weight are built; must outlive the call.
    std::span<const gs1::MeasureTemplate> templates;

    static constexpr int least_year = 2026;
};

/// A symbol of a number alone, and the number is none: another length, or another check digit.
bool is_wrong_number(const gs1::ScanData& scan);

/// The event of one bar code that a scanner of the agent's own read (agent/event/README.md, "scan").
///
/// `code`: the symbol's characters without AIM identifier, prefix and suffix; any bytes, their number is the driver's
/// to bound. `aim`: AIM identifier (ISO/IEC 15424) such as "]E0", "" if the scanner sends none.
///
/// What the code holds of GS1's data comes as members beside it; what breaks its rules is a mark, and the code travels
/// all the same.
Event make_scan_event(std::string_view device, std::string_view code, std::string_view aim,
                      const ScanContext& context = {});

}  // namespace tillpost
