// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>

#include "agent/status/http_request.hpp"
#include "agent/status/status.hpp"

namespace tillpost {

/// Where the local page has its content from: the same as `tillpost status` and `tillpost day`.
struct PageSources {
    std::function<Status()> status;
    /// Date and till, "" for the newest and for all; one line of JSON.
    std::function<std::string(const std::string& date, const std::string& till)> day;
};

/// The whole answer to a request, head and body, and that the connection ends with it. No I/O.
std::string page_answer(const HttpHead& head, const PageSources& sources);

}  // namespace tillpost
