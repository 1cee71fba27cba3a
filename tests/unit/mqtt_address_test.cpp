// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/address.hpp"

#include <gtest/gtest.h>

#include "agent/mqtt/proxy.hpp"

namespace tillpost {
namespace {

struct Case {
    const char* name;
    std::string text;
    bool good;
    bool tls = false;
    const char* host = "";
    std::uint16_t port = 0;
    bool websocket = false;
};

TEST(BrokerAddressTextTest, SaysWhenItIsThePortThatIsWrong) {
    const auto said = [](const char* text) { return parse_broker_address(text).error().message; };
    for (const char* text :
         {"ssl://broker:99999", "ssl://broker:0", "ssl://[2001:db8::1]:65536", "wss://b:70000/x", "tcp://127.0.0.1:0",
          "tcp://127.0.0.1:70000", "tcp://localhost:0", "tcp://[::1]:70000", "ws://127.0.0.1:70000/mqtt"}) {
        EXPECT_NE(said(text).find(": ports are from 1 to 65535"), std::string::npos) << said(text);
        EXPECT_EQ(said(text).find("is encrypted"), std::string::npos) << said(text);
    }
    EXPECT_NE(said("ssl://broker:99999").find("there is no port 99999"), std::string::npos);
    EXPECT_NE(said("ssl://broker:mqtt").find("write it as ssl://<host>:<port>"), std::string::npos);
    EXPECT_NE(parse_proxy_address("http://proxy:99999").error().message.find("there is no port 99999"),
              std::string::npos);
}

class BrokerAddressTest : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Texts, BrokerAddressTest,
    ::testing::Values(Case{"tls_name", "ssl://broker.example:8883", true, true, "broker.example", 8883},
                      Case{"tls_ipv4", "ssl://192.0.2.7:8883", true, true, "192.0.2.7", 8883},
                      Case{"tls_ipv6", "ssl://[2001:db8::1]:8883", true, true, "2001:db8::1", 8883},
                      Case{"plain_loopback", "tcp://127.0.0.1:1883", true, false, "127.0.0.1", 1883},
                      Case{"plain_whole_loopback_net", "tcp://127.255.0.9:1", true, false, "127.255.0.9", 1},
                      Case{"plain_localhost", "tcp://localhost:65535", true, false, "127.0.0.1", 65535},
                      Case{"plain_ipv6_loopback", "tcp://[::1]:1883", true, false, "::1", 1883},
                      Case{"plain_elsewhere", "tcp://192.168.1.5:1883", false},
                      Case{"plain_any_address", "tcp://0.0.0.0:1883", false},
                      Case{"plain_name_like_loopback", "tcp://127.0.0.1.example.com:1883", false},
                      Case{"plain_localhost_prefix", "tcp://localhost.example.com:1883", false},
                      Case{"plain_short_ipv4", "tcp://127.1:1883", false},
                      Case{"plain_mapped_ipv6", "tcp://[::ffff:192.0.2.1]:1883", false},
                      Case{"plain_user_part", "tcp://127.0.0.1@192.0.2.1:1883", false},
                      Case{"path", "ssl://broker.example:8883/mqtt", false},
                      Case{"path_before_port", "tcp://127.0.0.1/x:1883", false},
                      Case{"query", "ssl://broker?x:8883", false}, Case{"space", "ssl://bro ker:8883", false},
                      Case{"nul", std::string("ssl://bro\0ker:8883", 18), false},
                      Case{"no_port", "ssl://broker.example", false}, Case{"port_zero", "ssl://broker:0", false},
                      Case{"port_too_large", "ssl://broker:65536", false},
                      Case{"port_sign", "ssl://broker:+883", false}, Case{"port_text", "ssl://broker:mqtt", false},
                      Case{"port_tail", "ssl://broker:8883x", false}, Case{"no_host", "ssl://:8883", false},
                      Case{"ipv6_without_brackets", "ssl://2001:db8::1:8883", false},
                      Case{"ipv6_open_bracket", "ssl://[2001:db8::1:8883", false},
                      Case{"brackets_around_name", "ssl://[broker]:8883", false},
                      Case{"long_host", "ssl://" + std::string(254, 'a') + ":8883", false},
                      Case{"websocket", "wss://broker.example:443", true, true, "broker.example", 443, true},
                      Case{"websocket_path", "wss://b.example:443/mqtt/x-1", true, true, "b.example", 443, true},
                      Case{"websocket_ipv6", "wss://[2001:db8::1]:443/mqtt", true, true, "2001:db8::1", 443, true},
                      Case{"websocket_query", "wss://broker.example:443/mqtt?x=1", false},
                      Case{"websocket_line_break", "wss://broker.example:443/mq\r\ntt", false},
                      Case{"websocket_long_path", "wss://b:443/" + std::string(300, 'a'), false},
                      Case{"websocket_path_before_port", "wss://b.example/mqtt:443", false},
                      Case{"plain_websocket", "ws://127.0.0.1:8080/mqtt", true, false, "127.0.0.1", 8080, true},
                      Case{"plain_websocket_elsewhere", "ws://broker.example:80/mqtt", false},
                      Case{"plain_websocket_trick", "ws://127.0.0.1.example:80/", false},
                      Case{"other_scheme", "mqtts://broker:8883", false}, Case{"capitals", "SSL://broker:8883", false},
                      Case{"no_scheme", "broker:8883", false}, Case{"empty", "", false}),
    [](const auto& which) { return std::string(which.param.name); });

TEST_P(BrokerAddressTest, IsTakenOrRefusedWithAdvice) {
    const Result<BrokerAddress> address = parse_broker_address(GetParam().text);
    ASSERT_EQ(address.has_value(), GetParam().good);
    if (!address) {
        EXPECT_EQ(address.error().code, Errc::invalid);
        EXPECT_NE(address.error().message.find("ssl://"), std::string::npos) << address.error().message;
        return;
    }
    EXPECT_EQ(address->tls, GetParam().tls);
    EXPECT_EQ(address->host, GetParam().host);
    EXPECT_EQ(address->port, GetParam().port);
    EXPECT_EQ(address->websocket, GetParam().websocket);
}

TEST(BrokerAddressTest, SaysWhatIsProbablyMeant) {
    const std::pair<const char*, const char*> table[] = {
        {"mqtts://broker.example:8883", "write ssl://broker.example:8883"},
        {"mqtts://broker.example", "write ssl://broker.example:8883"},
        {"mqtt://127.0.0.1", "write tcp://127.0.0.1:1883"},
        {"mqtt://localhost:1884", "write tcp://localhost:1884"},
        {"TCP://127.0.0.1:1883", "write tcp://127.0.0.1:1883"},
        {"SSL://Broker:8884", "write ssl://Broker:8884"},
        {"tls://[2001:db8::1]", "write ssl://[2001:db8::1]:8883"},
        {"https://b.example/mqtt", "write wss://b.example:443/mqtt"},
        {"wss://b.example/mqtt", "write wss://b.example:443/mqtt"},
        {"tcp://127.0.0.1", "write tcp://127.0.0.1:1883"},
        {"broker.example:8883", "write ssl://broker.example:8883"},
        {"broker.example", "write ssl://broker.example:8883"},
        {"mqtt://broker.example:1883",
         "what leaves this machine is encrypted: write ssl://broker.example:8883, if that is the broker's TLS port"},
        {"mqtt://broker.example",
         "what leaves this machine is encrypted: write ssl://broker.example:8883, if that is the broker's TLS port"},
        {"ws://broker.example:8080/mqtt",
         "what leaves this machine is encrypted: write wss://broker.example:443/mqtt, if that is the broker's TLS "
         "port"},
        {"", ""},
        {"://", ""},
        {"mqtts://", ""},
        {"ftp://broker:21", ""},
        {"ssl://bro ker", ""},
        {"ssl://broker:0", ""},
        {"ssl://broker:8883:8883", ""},
        {"tcp://127.0.0.1@192.0.2.1:1883", ""},
        {"ssl://broker:8883/mqtt", ""}};
    for (const auto& [text, advice] : table) {
        EXPECT_EQ(broker_address_advice(text), advice) << text;
        const auto refused = parse_broker_address(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_TRUE(refused.error().message.ends_with(advice)) << refused.error().message;
    }
}

// A resolver may say what it likes of the name.
TEST(BrokerAddressTest, LocalhostInPlainTextIsLookedUpNowhere) {
    EXPECT_EQ(without_look_up("tcp://localhost:1883"), "tcp://127.0.0.1:1883");
    EXPECT_EQ(without_look_up("ws://localhost:80/localhost"), "ws://127.0.0.1:80/localhost");
    for (const char* same : {"tcp://127.0.0.1:1883", "tcp://[::1]:1883", "ssl://localhost:8883", "ssl://b:1",
                             "tcp://localhost.example:1", "wss://localhost:443/mqtt", "rubbish"}) {
        EXPECT_EQ(without_look_up(same), same);
    }
}

TEST(ProxyAddressTest, IsAnHttpUrlWithHostAndPort) {
    const auto proxy = parse_proxy_address("http://proxy.example:3128");
    ASSERT_TRUE(proxy);
    EXPECT_EQ(proxy->host, "proxy.example");
    EXPECT_EQ(proxy->port, 3128);
    for (const char* wrong : {"", "proxy:3128", "https://proxy:3128", "http://proxy", "http://me:pw@proxy:3128",
                              "http://proxy:3128/", "http://proxy:0"}) {
        EXPECT_FALSE(parse_proxy_address(wrong)) << wrong;
    }
}

TEST(ProxyTest, AsksForHostAndPort) {
    EXPECT_EQ(proxy::connect_request({true, false, "broker.example", 8883}),
              "CONNECT broker.example:8883 HTTP/1.1\r\nHost: broker.example:8883\r\n\r\n");
    EXPECT_EQ(proxy::connect_request({true, true, "::1", 443}),
              "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n");
}

TEST(ProxyTest, UnderstandsTheAnswer) {
    EXPECT_EQ(proxy::answer("HTTP/1.1 200 Connection established\r\n\r\n"), "");
    EXPECT_EQ(proxy::answer("HTTP/1.0 200\r\nVia: x\r\n\r\n"), "");
    for (const char* part : {"", "HT", "HTTP/1.", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 407 no\r\nX: y\r\n"}) {
        EXPECT_EQ(proxy::answer(part), std::nullopt) << part;
    }
    EXPECT_EQ(proxy::answer("HTTP/1.1 407 Proxy Authentication Required\r\nX: y\r\n\r\n"),
              "the proxy refuses: \"HTTP/1.1 407 Proxy Authentication Required\"; name and password for it go into a "
              "file that "
              "/broker/proxy_credentials_file names");
    EXPECT_EQ(proxy::answer("SSH-2.0-x\x1b\r\n"), "the proxy speaks no HTTP: \"SSH-2.0-x?\"");
    EXPECT_EQ(proxy::answer("HTTP/1.1 200 " + std::string(proxy::longest_answer, 'x')),
              "the proxy's answer does not end");
}

}  // namespace
}  // namespace tillpost
