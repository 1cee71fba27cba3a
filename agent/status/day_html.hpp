// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace tillpost {

/// The part "day" of the local page.
struct DayView {
    std::string date;  ///< "" if nothing is known of any day.
    std::string html;  ///< Harmless for a browser.
};

/// From what ControlServer::Day answers: a certificate a till. An answer of another form gives a sentence that says
/// so. Pure.
DayView day_view(std::string_view answer);

/// "2026-11-23" and -1: "2026-11-22"; "" if it is no date.
std::string day_beside(std::string_view date, int days);

}  // namespace tillpost
