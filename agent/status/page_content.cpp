// SPDX-License-Identifier: Apache-2.0
#include "agent/status/page_content.hpp"

#include <string_view>
#include <utility>

#include "agent/status/day_html.hpp"
#include "agent/status/findings.hpp"
#include "agent/status/html.hpp"
#include "agent/status/metrics.hpp"
#include "agent/status/page_files.hpp"
#include "agent/status/page_routes.hpp"
#include "agent/status/status_html.hpp"
#include "agent/status/status_json.hpp"

namespace tillpost {
namespace {

constexpr const char* html_type = "text/html; charset=utf-8";
constexpr const char* json_type = "application/json";
constexpr const char* text_type = "text/plain; charset=utf-8";

struct Content {
    int status;
    const char* type;
    std::string body;
};

/// The text with the value of each {{name}} in its place. Values are HTML.
std::string filled(std::string_view text, std::initializer_list<std::pair<std::string_view, std::string>> values) {
    std::string out;
    for (;;) {
        const std::size_t begin = text.find("{{");
        const std::size_t end = text.find("}}", begin);
        if (end == std::string_view::npos) return out.append(text);
        const std::string_view name = text.substr(begin + 2, end - begin - 2);
        out.append(text.substr(0, begin));
        for (const auto& [key, value] : values) {
            if (key == name) out.append(value);
        }
        text.remove_prefix(end + 2);
    }
}

std::string days_html(const std::string& date) {
    std::string text;
    for (const auto& [days, name] : {std::pair(-1, "Day before"), std::pair(1, "Day after")}) {
        const std::string beside = day_beside(date, days);
        if (!beside.empty()) text += "<a href=\"/?date=" + beside + "\">" + name + "</a> ";
    }
    return text + "<a href=\"/\">Newest day</a>";
}

std::string page_html(const PageRoute& route, const PageSources& sources) {
    const Status status = sources.status();
    const DayView day = day_view(sources.day(route.date, route.till));
    return filled(page_files.html, {{"title", html::escaped(status_title(status))},
                                    {"name", html::escaped(place_name(status))},
                                    {"now", html::local_time(status.now)},
                                    {"banner", banner_html(status)},
                                    {"status", status_html(status)},
                                    {"date", html::escaped(day.date)},
                                    {"days", days_html(day.date)},
                                    {"day", day.html},
                                    {"version", html::escaped(status.version)}});
}

Content health_of(const Status& status) {
    if (takes_events(status)) return {200, text_type, "ok\n"};
    return {503, text_type, "no events are taken: " + status.storage + "\n"};
}

Content content_of(const PageRoute& route, const PageSources& sources) {
    using Kind = PageRoute::Kind;
    switch (route.kind) {
        case Kind::page: return {200, html_type, page_html(route, sources)};
        case Kind::style: return {200, "text/css; charset=utf-8", std::string(page_files.style)};
        case Kind::script: return {200, "text/javascript; charset=utf-8", std::string(page_files.script)};
        case Kind::status: return {200, json_type, status_json(sources.status()) + "\n"};
        case Kind::day: return {200, json_type, sources.day(route.date, route.till) + "\n"};
        case Kind::health: return health_of(sources.status());
        case Kind::metrics: return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(sources.status())};
        case Kind::refused: break;
    }
    return {route.status, text_type, route.why + "\n"};
}

const char* phrase_of(int status) {
    switch (status) {
        case 200: return "OK";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 431: return "Request Header Fields Too Large";
        case 503: return "Service Unavailable";
        default: return "Bad Request";
    }
}

// Nothing from elsewhere, nothing inline, in nobody's frame; and nothing is kept on a till that many people use.
constexpr std::string_view fixed_fields =
    "Connection: close\r\n"
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n";

std::string bytes_of(const Content& content, bool head_only) {
    std::string bytes = "HTTP/1.1 " + std::to_string(content.status) + " " + phrase_of(content.status) + "\r\n";
    bytes += std::string("Content-Type: ") + content.type + "\r\n";
    bytes += "Content-Length: " + std::to_string(content.body.size()) + "\r\n";
    if (content.status == 405) bytes += "Allow: GET, HEAD\r\n";
    bytes.append(fixed_fields).append("\r\n");
    if (!head_only) bytes += content.body;
    return bytes;
}

}  // namespace

std::string page_answer(const HttpHead& head, const PageSources& sources) {
    if (head.fault == 431) {
        return bytes_of({431, text_type, "a request's head has at most 8 KiB here\n"}, false);
    }
    if (head.fault != 0) return bytes_of({head.fault, text_type, "this is no HTTP/1.1 request\n"}, false);
    const PageRoute route = page_route(head.request);
    return bytes_of(content_of(route, sources), route.head || head.request.method == "HEAD");
}

}  // namespace tillpost
