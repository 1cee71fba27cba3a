// SPDX-License-Identifier: Apache-2.0
#include "agent/status/page_routes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace tillpost {
namespace {

using Kind = PageRoute::Kind;

constexpr std::size_t longest_till = 64;
constexpr std::array<std::pair<std::string_view, Kind>, 7> paths{{{"/", Kind::page},
                                                                  {"/page.css", Kind::style},
                                                                  {"/page.js", Kind::script},
                                                                  {"/api/status", Kind::status},
                                                                  {"/api/day", Kind::day},
                                                                  {"/healthz", Kind::health},
                                                                  {"/metrics", Kind::metrics}}};

PageRoute refuse_with(int status, std::string why) {
    PageRoute route;
    route.status = status;
    route.why = std::move(why);
    return route;
}

bool is_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// A value of a query as HTML forms write it; nullopt if it is none.
std::optional<std::string> form_value(std::string_view text) {
    std::string value;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+') {
            value += ' ';
        } else if (text[at] != '%') {
            value += text[at];
        } else {
            const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
            const int low = high >= 0 ? hex_value(text[at + 2]) : -1;
            if (low < 0) return std::nullopt;
            value += static_cast<char>(high * 16 + low);
            at += 2;
        }
    }
    return value;
}

bool is_date(std::string_view text) {
    const bool form = text.size() == 10 && text[4] == '-' && text[7] == '-' && is_digits(text.substr(0, 4)) &&
                      is_digits(text.substr(5, 2)) && is_digits(text.substr(8));
    if (!form) return false;
    const auto number = [text](std::size_t at, std::size_t size) {
        int value = 0;
        for (const char c : text.substr(at, size)) value = value * 10 + (c - '0');
        return value;
    };
    const std::chrono::year_month_day date{std::chrono::year(number(0, 4)),
                                           std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                           std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    return date.ok();
}

/// Takes "date=…&till=…" into the route; each at most once. False if it is anything else.
bool take_query(std::string_view query, PageRoute& route) {
    bool dated = false;
    bool named = false;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view part = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) return false;
        const std::string_view name = part.substr(0, equals);
        std::optional<std::string> value = form_value(part.substr(equals + 1));
        if (!value) return false;
        if (name == "date" && !std::exchange(dated, true) && (value->empty() || is_date(*value))) {
            route.date = std::move(*value);
        } else if (name == "till" && !std::exchange(named, true) && value->size() <= longest_till) {
            route.till = std::move(*value);
        } else {
            return false;
        }
    }
    return true;
}

}  // namespace

bool is_local_host(std::string_view host) {
    const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
    if (bracket == std::string_view::npos) return false;
    const std::size_t colon = host.find(':', bracket);
    std::string name(host.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (colon != std::string_view::npos) {
        const std::string_view port = host.substr(colon + 1);
        if (port.empty() || port.size() > 5 || !is_digits(port)) return false;
    }
    return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

PageRoute page_route(const HttpRequest& request) {
    if (request.hosts != 1 || !is_local_host(request.host)) {
        return refuse_with(403, "this page is for this machine alone: ask for http://localhost or http://127.0.0.1");
    }
    if (request.method != "GET" && request.method != "HEAD") {
        return refuse_with(405, "only GET and HEAD: this page changes nothing");
    }
    if (request.body) return refuse_with(400, "a GET or HEAD has no body here");
    const std::string_view target = request.target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, mark);
    const auto* const found =
        std::find_if(paths.begin(), paths.end(), [path](const auto& each) { return each.first == path; });
    if (found == paths.end()) {
        return refuse_with(404, "there are /, /api/status, /api/day, /healthz and /metrics");
    }
    PageRoute route;
    route.kind = found->second;
    route.head = request.method == "HEAD";
    const bool takes_query = route.kind == Kind::page || route.kind == Kind::day;
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));
    if (takes_query && !take_query(query, route)) {
        return refuse_with(400, "expected ?date=YYYY-MM-DD and &till=NAME, both of which may be left out");
    }
    return route;
}

}  // namespace tillpost
