// SPDX-License-Identifier: Apache-2.0
// What the local page takes and what it refuses, before a socket is there.
#include <gtest/gtest.h>

#include <string>

#include "agent/status/http_request.hpp"
#include "agent/status/page_address.hpp"
#include "agent/status/page_routes.hpp"

namespace tillpost::test {
namespace {

const std::string host_line = "Host: localhost:7480\r\n";

struct RawHead {
    const char* name;
    std::string bytes;
    int fault;
};

class HttpHeadTest : public ::testing::TestWithParam<RawHead> {};

TEST_P(HttpHeadTest, IsTakenOrRefusedWithAStatus) {
    const HttpHead head = parse_http_head(GetParam().bytes);
    EXPECT_EQ(head.fault, GetParam().fault) << head.request.method << " " << head.request.target;
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, HttpHeadTest,
    ::testing::Values(
        RawHead{"plain", "GET / HTTP/1.1\r\n" + host_line + "\r\n", 0},
        RawHead{"older_version", "GET / HTTP/1.0\r\n" + host_line + "\r\n", 0},
        RawHead{"bytes_behind_it", "GET / HTTP/1.1\r\n" + host_line + "\r\nGET / HTTP/1.1\r\n\r\n", 0},
        RawHead{"post_with_a_body", "POST / HTTP/1.1\r\n" + host_line + "Content-Length: 3\r\n\r\nabc", 0},
        RawHead{"post_with_a_huge_body", "POST / HTTP/1.1\r\n" + host_line + "Content-Length: 99999999999\r\n\r\n", 0},
        RawHead{"chunked", "GET / HTTP/1.1\r\n" + host_line + "Transfer-Encoding: chunked\r\n\r\n5\r\n", 0},
        RawHead{"nothing", "", 400}, RawHead{"no_end", "GET / HTTP/1.1\r\n", 400},
        RawHead{"bare_line_feeds", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
        RawHead{"no_version", "GET /\r\n\r\n", 400}, RawHead{"version_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        RawHead{"version_9", "GET / HTTP/9.9\r\n\r\n", 400}, RawHead{"no_target", "GET  HTTP/1.1\r\n\r\n", 400},
        RawHead{"blank_in_the_target", "GET /a b HTTP/1.1\r\n\r\n", 400},
        RawHead{"nul_in_the_target", std::string("GET /\0 HTTP/1.1\r\n\r\n", 19), 400},
        RawHead{"blank_before_the_colon", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400},
        RawHead{"field_without_a_name", "GET / HTTP/1.1\r\n: x\r\n\r\n", 400},
        RawHead{"control_in_a_value", "GET / HTTP/1.1\r\nHost: a\x01z\r\n\r\n", 400},
        RawHead{"two_lengths", "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
        RawHead{"length_is_no_number", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
        RawHead{"length_and_chunks", "GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        RawHead{"tls_hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n", 13), 400},
        RawHead{"long_line", "GET /" + std::string(longest_http_head, 'a') + " HTTP/1.1\r\n\r\n", 431},
        RawHead{"long_line_without_an_end", std::string(longest_http_head + 1, 'a'), 431},
        RawHead{"long_field", "GET / HTTP/1.1\r\nX: " + std::string(longest_http_head, 'a') + "\r\n\r\n", 431}),
    [](const auto& which) { return which.param.name; });

TEST(HttpHeadFieldsTest, AreWhatWasSent) {
    const HttpHead head =
        parse_http_head("HEAD /api/day?till=%C3%A4 HTTP/1.1\r\nhost: LOCALHOST\r\nContent-Length: 2\r\n\r\nab");
    EXPECT_EQ(head.fault, 0);
    EXPECT_EQ(head.request.method, "HEAD");
    EXPECT_EQ(head.request.target, "/api/day?till=%C3%A4");
    EXPECT_EQ(head.request.host, "LOCALHOST");
    EXPECT_EQ(head.request.hosts, 1u);
    EXPECT_TRUE(head.request.body);
    EXPECT_EQ(parse_http_head("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").request.hosts, 2u);
    EXPECT_EQ(parse_http_head("GET / HTTP/1.1\r\n\r\n").request.hosts, 0u);
}

// DNS rebinding: a name of somebody else's that leads to 127.0.0.1 must not be answered.
TEST(LocalHostTest, IsThisMachineUnderItsOwnNamesOnly) {
    for (const char* host :
         {"localhost", "LocalHost", "localhost:7480", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:65535"}) {
        EXPECT_TRUE(is_local_host(host)) << host;
    }
    for (const char* host : {"",
                             ":",
                             ":80",
                             "evil.example",
                             "evil.example:7480",
                             "localhost.evil.example",
                             "localhost:",
                             "localhost:x",
                             "localhost:80:80",
                             "localhost:123456",
                             "localhost.",
                             "127.0.0.1.evil.example",
                             "127.0.0.2",
                             "127.1",
                             "0.0.0.0",
                             "2130706433",
                             "::1",
                             "[::1",
                             "[::1]x",
                             "[::1]:",
                             "[::ffff:127.0.0.1]",
                             "[::1]evil:1",
                             "user@localhost",
                             "localhost, evil.example",
                             "localhost/",
                             "till-1",
                             "192.168.0.7"}) {
        EXPECT_FALSE(is_local_host(host)) << host;
    }
}

struct Routed {
    const char* name;
    HttpRequest request;
    PageRoute::Kind kind;
    int status;
    const char* date;
    const char* till;
};

class PageRouteTest : public ::testing::TestWithParam<Routed> {};

TEST_P(PageRouteTest, LeadsSomewhereOrSaysWhyNot) {
    const PageRoute route = page_route(GetParam().request);
    EXPECT_EQ(route.kind, GetParam().kind) << route.why;
    EXPECT_EQ(route.status, GetParam().status) << route.why;
    EXPECT_EQ(route.date, GetParam().date);
    EXPECT_EQ(route.till, GetParam().till);
    EXPECT_EQ(route.why.empty(), route.kind != PageRoute::Kind::refused);
}

using Kind = PageRoute::Kind;

HttpRequest get(std::string target) { return {"GET", std::move(target), "localhost", 1, false}; }
Routed refused(const char* name, HttpRequest request, int status) {
    return {name, std::move(request), Kind::refused, status, "", ""};
}

INSTANTIATE_TEST_SUITE_P(
    Taken, PageRouteTest,
    ::testing::Values(Routed{"page", get("/"), Kind::page, 200, "", ""},
                      Routed{"style", get("/page.css"), Kind::style, 200, "", ""},
                      Routed{"script", get("/page.js"), Kind::script, 200, "", ""},
                      Routed{"status", get("/api/status"), Kind::status, 200, "", ""},
                      Routed{"health", get("/healthz"), Kind::health, 200, "", ""},
                      Routed{"health_with_a_query", get("/healthz?x=1"), Kind::health, 200, "", ""},
                      Routed{"metrics", get("/metrics"), Kind::metrics, 200, "", ""},
                      Routed{"newest_day", get("/api/day"), Kind::day, 200, "", ""},
                      Routed{"empty_date_of_a_form", get("/?date="), Kind::page, 200, "", ""},
                      Routed{"day_of_the_page", get("/?date=2026-11-23"), Kind::page, 200, "2026-11-23", ""},
                      Routed{"leap_day", get("/api/day?date=2028-02-29"), Kind::day, 200, "2028-02-29", ""},
                      Routed{"till", get("/api/day?till=T+01%2f%C3%A4&date=2026-11-23"), Kind::day, 200, "2026-11-23",
                             "T 01/ä"}),
    [](const auto& which) { return which.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Refused, PageRouteTest,
    ::testing::Values(
        refused("foreign_host", {"GET", "/", "evil.example", 1, false}, 403),
        refused("foreign_host_of_what_is_not_there", {"GET", "/x", "evil.example", 1, false}, 403),
        refused("no_host", {"GET", "/", "", 0, false}, 403),
        refused("two_hosts", {"GET", "/", "localhost", 2, false}, 403),
        refused("post", {"POST", "/", "localhost", 1, true}, 405),
        refused("put", {"PUT", "/", "localhost", 1, false}, 405),
        refused("options", {"OPTIONS", "*", "localhost", 1, false}, 405),
        refused("connect", {"CONNECT", "localhost:22", "localhost", 1, false}, 405),
        refused("lower_case", {"get", "/", "localhost", 1, false}, 405),
        refused("body", {"GET", "/", "localhost", 1, true}, 400), refused("traversal", get("/../../etc/passwd"), 404),
        refused("encoded_traversal", get("/%2e%2e/etc/passwd"), 404), refused("double_slash", get("//"), 404),
        refused("absolute_form", get("http://localhost/"), 404), refused("nothing", get(""), 404),
        refused("slash_behind", get("/metrics/"), 404), refused("no_such_day", get("/?date=2026-02-30"), 400),
        refused("date_in_words", get("/api/day?date=today"), 400), refused("date_twice", get("/?date=&date="), 400),
        refused("long_till", get("/?till=" + std::string(65, 'x')), 400),
        refused("broken_percent", get("/?till=%4"), 400), refused("percent_of_no_digit", get("/?till=%zz"), 400),
        refused("unknown_member", get("/?d=1"), 400), refused("no_value", get("/?date"), 400),
        refused("script_as_date", get("/?date=%3Cscript%3E"), 400)),
    [](const auto& which) { return which.param.name; });

TEST(PageAddressTest, IsALoopbackAddressWithAPort) {
    const auto v4 = parse_page_address("127.0.0.1:7480");
    ASSERT_TRUE(v4);
    EXPECT_EQ(v4->port, 7480);
    EXPECT_EQ(v4->host(), "127.0.0.1");
    const auto v6 = parse_page_address("[::1]:65535");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->port, 65535);
    EXPECT_EQ(v6->host(), "[::1]");
    for (const char* text : {"",
                             ":",
                             "7480",
                             ":7480",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:0",
                             "127.0.0.1:65536",
                             "127.0.0.1:-1",
                             "127.0.0.1:80x",
                             "127.0.0.1: 80",
                             "0.0.0.0:7480",
                             "[::]:7480",
                             "::1:7480",
                             "192.168.0.7:7480",
                             "127.0.0.2:7480",
                             "localhost:7480",
                             "http://127.0.0.1:7480",
                             "[::1]",
                             "[::1]7480"}) {
        const auto got = parse_page_address(text);
        ASSERT_FALSE(got) << text;
        EXPECT_EQ(got.error().code, Errc::invalid);
        EXPECT_NE(got.error().message.find("127.0.0.1:<port>"), std::string::npos);
    }
}

}  // namespace
}  // namespace tillpost::test
