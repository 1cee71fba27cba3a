// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/status/status.hpp"

namespace tillpost {

/// The part "banner" of the local page: is everything safe, and what is to be done. Pure; harmless for a browser.
std::string banner_html(const Status& status);

/// The part "status": the figures. Pure; harmless for a browser.
std::string status_html(const Status& status);

/// "till-1, store 0042, acme" of the source. Text, no HTML.
std::string place_name(const Status& status);

/// For the page's title, which a browser shows when the page is not looked at: "All safe", "2 things to look at".
std::string status_title(const Status& status);

}  // namespace tillpost
