// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace tillpost {

/// Whether a line is one of those with which an HTTP request begins: "POST / HTTP/1.1", "Host: 127.0.0.1:7455". Such
/// comes from a browser, on whose page somebody else has written what follows. No record looks like it: records begin
/// with "{". The Host field is looked for, too, because the line before it may have been too long to be looked at.
bool is_http(std::string_view line);

}  // namespace tillpost
