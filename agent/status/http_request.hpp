// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tillpost {

/// The head of an HTTP/1.x request, as far as the local page cares.
struct HttpRequest {
    std::string method;
    std::string target;     ///< As it was sent.
    std::string host;       ///< The Host field; "" without one.
    std::size_t hosts = 0;  ///< How many Host fields there are.
    bool body = false;      ///< A body is announced.
};

/// Either a request or, in `fault`, the status code to refuse it with (400, 431); 0 is none.
struct HttpHead {
    HttpRequest request;
    int fault = 0;
};

constexpr std::size_t longest_http_head = 8 << 10;  ///< Bytes, the blank line included. Browsers send one or two KiB.

/// Whether the blank line that ends a head has come; also one of bare line feeds, which parse_http_head() refuses.
bool ends_http_head(std::string_view bytes);

/// Parses a head, by Boost.Beast: RFC 9112, strictly. What stands behind it is not looked at. Pure.
HttpHead parse_http_head(std::string_view bytes);

}  // namespace tillpost
