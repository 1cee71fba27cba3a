// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "agent/status/http_request.hpp"

namespace tillpost {

/// What is asked of the local page, or why it is refused.
struct PageRoute {
    enum class Kind { refused, page, style, script, status, day, health, metrics };
    Kind kind = Kind::refused;
    std::string date;      ///< page, day: YYYY-MM-DD, "" for the newest.
    std::string till;      ///< page, day: "" for all.
    bool head = false;     ///< HEAD: the answer's head alone.
    int status = 200;      ///< refused: 400, 403, 404, 405.
    std::string why = {};  ///< refused: a sentence that says what to do instead.
};

/// Decides on a request. Pure.
///
/// Only a Host of this machine is answered: a web page of others whose name leads here (DNS rebinding) has its own
/// name in Host. The port is not compared, so that a forwarded one (ssh -L) works.
PageRoute page_route(const HttpRequest& request);

/// "localhost", "127.0.0.1" or "[::1]", with or without a port.
bool is_local_host(std::string_view host);

}  // namespace tillpost
