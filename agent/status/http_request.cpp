// SPDX-License-Identifier: Apache-2.0
#include "agent/status/http_request.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

namespace tillpost {

namespace http = boost::beast::http;

bool ends_http_head(std::string_view bytes) {
    return bytes.find("\n\r\n") != std::string_view::npos || bytes.find("\n\n") != std::string_view::npos;
}

HttpHead parse_http_head(std::string_view bytes) {
    if (!ends_http_head(bytes)) return {{}, bytes.size() > longest_http_head ? 431 : 400};
    http::request_parser<http::empty_body> parser;
    parser.header_limit(longest_http_head);
    parser.body_limit(boost::none);  // a body is never read
    boost::system::error_code failed;
    parser.put(boost::asio::buffer(bytes.data(), bytes.size()), failed);
    if (failed == http::error::header_limit) return {{}, 431};
    // Of an empty body more than nothing is "unexpected": the head is whole.
    if (!parser.is_header_done()) return {{}, 400};
    const auto& message = parser.get();
    HttpHead head;
    head.request.method = std::string(message.method_string());
    head.request.target = std::string(message.target());
    head.request.host = std::string(message[http::field::host]);
    head.request.hosts = message.count(http::field::host);
    head.request.body = parser.chunked() || parser.content_length().value_or(0) > 0;
    return head;
}

}  // namespace tillpost
