// SPDX-License-Identifier: Apache-2.0
// The local page: any bytes as a request, and as what is said of a day. Only requests of this machine lead anywhere,
// and no text of others becomes markup.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/status/day_html.hpp"
#include "agent/status/http_request.hpp"
#include "agent/status/page_routes.hpp"

namespace {

using namespace tillpost;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_request(std::string_view bytes) {
    const HttpHead head = parse_http_head(bytes);
    require(head.fault == 0 || head.fault == 400 || head.fault == 431);
    if (head.fault != 0) return;
    require(ends_http_head(bytes));
    require(head.request.target.size() + head.request.host.size() < longest_http_head);
    const PageRoute route = page_route(head.request);
    require((route.kind == PageRoute::Kind::refused) == !route.why.empty());
    if (route.kind == PageRoute::Kind::refused) {
        require(route.status >= 400 && route.status <= 405);
        return;
    }
    require(head.request.hosts == 1 && is_local_host(head.request.host) && !head.request.body);
    require(head.request.method == "GET" || head.request.method == "HEAD");
    require(route.date.empty() || route.date.size() == 10);
    require(route.till.size() <= 64);
}

constexpr std::array<std::string_view, 17> tags{"p",  "details", "summary", "span",  "dl",    "dt",
                                                "dd", "table",   "caption", "thead", "tbody", "tr",
                                                "th", "td",      "b",       "time",  "ul"};

void check_markup(std::string_view html) {
    for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
        const std::size_t end = html.find('>', at);
        require(end != std::string_view::npos);
        std::string_view tag = html.substr(at + 1, end - at - 1);
        require(std::count(tag.begin(), tag.end(), '"') % 2 == 0);
        if (tag.starts_with('/')) tag.remove_prefix(1);
        require(std::find(tags.begin(), tags.end(), tag.substr(0, tag.find(' '))) != tags.end());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_request(bytes);
    check_markup(day_view(bytes).html);
    return 0;
}
