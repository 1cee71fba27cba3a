// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/control/json_document.hpp"
#include "tests/unit/configuration_texts.hpp"

namespace tillpost::test {
namespace {

struct Broken {
    const char* name;
    std::string text;
    std::vector<std::string> words;  ///< Each must be in the message, which must be of one line.
};

class BrokenConfigurationTest : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenConfigurationTest, IsRefusedWithPlaceValueAndWhatIsAllowed) {
    const std::string problems = problems_of(GetParam().text);
    EXPECT_EQ(lines_of(problems), 1u) << problems;
    EXPECT_TRUE(problems.starts_with("test.json: ")) << problems;
    for (const std::string& word : GetParam().words) {
        EXPECT_NE(problems.find(word), std::string::npos) << "no \"" << word << "\" in: " << problems;
    }
}

std::string name_of(const ::testing::TestParamInfo<Broken>& which) { return which.param.name; }

const std::string ssl = R"("address": "ssl://h:8883", "ca_file": "/ca")";

INSTANTIATE_TEST_SUITE_P(
    Agent, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"no_agent",
               R"({"journal": {"path": "/j"}, "broker": {"address": "tcp://localhost:1"}})",
               {"/agent is missing", "an object"}},
        Broken{"agent_is_a_list", with("agent", "[1]"), {"/agent is a list", "an object"}},
        Broken{"no_tenant", with("agent", R"({"store": "s", "node": "n"})"), {"/agent/tenant is missing", "A-Z"}},
        Broken{"store_with_a_slash",
               with("agent", R"({"tenant": "t", "store": "a/b", "node": "n"})"),
               {"/agent/store is \"a/b\"", "A-Z a-z 0-9 _ -"}},
        Broken{"node_is_empty",
               with("agent", R"({"tenant": "t", "store": "s", "node": ""})"),
               {"/agent/node is \"\"", "1 to 62"}},
        Broken{"names_too_long_together",
               with("agent", R"({"tenant": ")" + std::string(32, 'a') + R"(", "store": ")" + std::string(32, 'b') +
                                 R"(", "node": "n"})"),
               {"/agent has 65 characters", "at most 64 together"}},
        Broken{"node_has_a_line_break",
               with("agent", R"({"tenant": "t", "store": "s", "node": "a\nb"})"),
               {R"(/agent/node is "a\nb")"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Journal, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"no_path", with("journal", "{}"), {"/journal/path is missing", "absolute path"}},
        Broken{"path_with_nul", with("journal", R"({"path": "/a\u0000b"})"), {R"(/journal/path is "/a\u0000b")"}},
        Broken{"keep_days_negative",
               with("journal", R"({"path": "/j", "keep_days": -1})"),
               {"/journal/keep_days is -1", "from 0 to 3650"}},
        Broken{"keep_days_with_a_fraction",
               with("journal", R"({"path": "/j", "keep_days": 1.5})"),
               {"/journal/keep_days is 1.5", "whole number"}},
        Broken{"keep_mb_too_small",
               with("journal", R"({"path": "/j", "keep_mb": 1})"),
               {"/journal/keep_mb is 1:", "from 16 to 1048576"}},
        Broken{"remember_keys_too_many",
               with("journal", R"({"path": "/j", "remember_keys": 18446744073709551615})"),
               {"/journal/remember_keys is 18446744073709551615", "from 0 to 10000000"}},
        Broken{"remember_keys_days_as_text",
               with("journal", R"({"path": "/j", "remember_keys_days": "30"})"),
               {R"(/journal/remember_keys_days is "30")", "whole number from 1 to 3650"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Audit, BrokenConfigurationTest,
    ::testing::Values(Broken{"seal_every_event",
                             with("audit", R"({"seal_every": 1})"),
                             {"/audit/seal_every is 1", "whole number from 10 to 100000"}},
                      Broken{"clock_step_of_none",
                             with("audit", R"({"clock_step_s": 0})"),
                             {"/audit/clock_step_s is 0", "whole number from 1 to 3600"}},
                      Broken{"seals_misspelt", with("audit", R"({"seal_evry": 10})"), {"seal_evry", "seal_every"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Broker, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"no_broker_in_the_list",
               with("broker", R"({"address": []})"),
               {"/broker/address is a list", "ssl://host:port", "a list of at most 8"}},
        Broken{"nine_brokers",
               with("broker", R"({"address": ["tcp://[::1]:1", "tcp://[::1]:2", "tcp://[::1]:3", "tcp://[::1]:4",
                                 "tcp://[::1]:5", "tcp://[::1]:6", "tcp://[::1]:7", "tcp://[::1]:8", "tcp://[::1]:9"]})"),
               {"/broker/address is a list", "a list of at most 8"}},
        Broken{"a_broker_twice",
               with("broker", R"({"address": ["tcp://[::1]:1", "tcp://[::1]:2", "tcp://[::1]:1"]})"),
               {R"(/broker/address/2 is "tcp://[::1]:1")", "in the list already"}},
        Broken{"second_broker_elsewhere",
               with("broker", R"({"address": ["tcp://[::1]:1", "tcp://10.0.0.1:1"]})"),
               {R"(/broker/address/1 is "tcp://10.0.0.1:1")", "on this machine"}},
        Broken{"second_broker_needs_authorities",
               with("broker", R"({"address": ["tcp://[::1]:1", "wss://b:443"]})"),
               {"/broker/ca_file is missing", "PEM file"}},
        Broken{"plain_web_socket_elsewhere",
               with("broker", R"({"address": "ws://broker:80/mqtt"})"),
               {"/broker/address is \"ws://broker:80/mqtt\"", "on this machine"}},
        Broken{"proxy_by_https",
               with("broker", "{" + ssl + R"(, "proxy": "https://p:1"})"),
               {R"(/broker/proxy is "https://p:1")", "http://host:port"}},
        Broken{"proxy_with_a_password",
               with("broker", "{" + ssl + R"(, "proxy": "http://me:secret@p:1"})"),
               {"/broker/proxy", "http://host:port"}},
        Broken{"proxy_for_plain_text",
               with("broker", R"({"address": "tcp://[::1]:1", "proxy": "http://p:1"})"),
               {R"(/broker/proxy is "http://p:1")", "only what is encrypted"}},
        Broken{"return_at_once",
               with("broker", R"({"address": "tcp://[::1]:1", "return_s": 0})"),
               {"/broker/return_s is 0", "from 1 to 86400"}},
        Broken{"no_address", with("broker", "{}"), {"/broker/address is missing", "ssl://host:port"}},
        Broken{"plain_tcp_to_another_machine",
               with("broker", R"({"address": "tcp://10.0.0.1:1883"})"),
               {R"(/broker/address is "tcp://10.0.0.1:1883")", "tcp://127.0.0.1:port for a broker on this machine"}},
        Broken{"plain_tcp_to_a_look_alike",
               with("broker", R"({"address": "tcp://127.0.0.1.example:1883"})"),
               {"/broker/address", "on this machine"}},
        Broken{"no_port",
               with("broker", R"({"address": "ssl://host", "ca_file": "/ca"})"),
               {"/broker/address", "host:port"}},
        Broken{"port_zero", with("broker", R"({"address": "ssl://host:0", "ca_file": "/ca"})"), {"/broker/address"}},
        Broken{"port_too_high",
               with("broker", R"({"address": "ssl://host:65536", "ca_file": "/ca"})"),
               {"/broker/address"}},
        Broken{"user_in_the_address",
               with("broker", R"({"address": "ssl://me@host:1", "ca_file": "/ca"})"),
               {"/broker/address"}},
        Broken{"another_scheme", with("broker", R"({"address": "http://host:80"})"), {"/broker/address"}},
        Broken{"ssl_without_ca_file",
               with("broker", R"({"address": "ssl://host:8883"})"),
               {"/broker/ca_file is missing", "PEM file"}},
        Broken{"ca_file_is_relative",
               with("broker", R"({"address": "ssl://host:8883", "ca_file": "ca.pem"})"),
               {R"(/broker/ca_file is "ca.pem")", "absolute path"}},
        Broken{"protocol_as_number",
               with("broker", R"({"address": "tcp://127.0.0.1:1", "protocol": 5})"),
               {"/broker/protocol is 5", R"("5" or "3.1.1")"}},
        Broken{"keep_alive_zero",
               with("broker", R"({"address": "tcp://127.0.0.1:1", "keep_alive_s": 0})"),
               {"/broker/keep_alive_s is 0", "from 5 to 3600"}},
        Broken{"connect_timeout_too_long",
               with("broker", R"({"address": "tcp://127.0.0.1:1", "connect_timeout_s": 999})"),
               {"/broker/connect_timeout_s is 999", "from 1 to 120"}},
        Broken{"max_packet_zero",
               with("broker", R"({"address": "tcp://127.0.0.1:1", "max_packet_kb": 0})"),
               {"/broker/max_packet_kb is 0", "from 1 to 262143"}},
        Broken{"username_empty",
               with("broker", R"({"address": "tcp://127.0.0.1:1", "username": ""})"),
               {R"(/broker/username is "")", "256 bytes"}},
        Broken{"password_in_place",
               with("broker", R"({"address": "tcp://127.0.0.1:1", "password": "secret"})"),
               {"/broker/password is unknown", "password_file"}},
        Broken{"password_file_without_username",
               with("broker", R"({"address": "tcp://127.0.0.1:1", "password_file": "/p"})"),
               {"/broker/username is missing", "password_file"}},
        Broken{"certificate_without_key",
               with("broker", "{" + ssl + R"(, "certificate_file": "/c"})"),
               {"/broker/key_file is missing", "certificate_file"}},
        Broken{"key_without_certificate",
               with("broker", "{" + ssl + R"(, "key_file": "/k"})"),
               {"/broker/certificate_file is missing", "key_file"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Delivery, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"confirm_unknown",
               with("delivery", R"({"confirm": "nobody"})"),
               {R"(/delivery/confirm is "nobody")", R"("central" or "broker")"}},
        Broken{"first_retry_after_an_hour",
               with("delivery", R"({"first_retry_ms": 3600000})"),
               {"/delivery/first_retry_ms is 3600000", "from 0 to 300000"}},
        Broken{"batch_too_large",
               with("delivery", R"({"batch_kb": 4096})"),
               {"/delivery/batch_kb is 4096", "from 1 to 1024"}},
        Broken{"compress_unknown",
               with("delivery", R"({"compress": "gzip"})"),
               {R"(/delivery/compress is "gzip")", R"("none" or "zstd")"}},
        Broken{"compress_with_an_old_mqtt",
               with("broker",
                    R"({"address": "tcp://127.0.0.1:1883", "protocol": "3.1.1"}, "delivery": {"compress": "zstd"})"),
               {R"(/delivery/compress is "zstd")", "broker/protocol"}},
        Broken{"order_unknown",
               with("delivery", R"({"order": "any"})"),
               {R"(/delivery/order is "any")", R"("lanes" or "strict")"}},
        Broken{"rate_without_an_amount",
               with("delivery", R"({"rates": [{"from": "08:00", "to": "20:00"}]})"),
               {"/delivery/rates/0/bytes_s is missing", "messages_s"}},
        Broken{"rate_without_an_end",
               with("delivery", R"({"rates": [{"from": "08:00", "bytes_s": 2000}]})"),
               {"/delivery/rates/0/to is missing", "all day"}},
        Broken{"rate_at_no_time",
               with("delivery", R"({"rates": [{"from": "24:00", "to": "20:00", "bytes_s": 2000}]})"),
               {R"(/delivery/rates/0/from is "24:00")", "23:59"}},
        Broken{"rate_for_no_time",
               with("delivery", R"({"rates": [{"from": "08:00", "to": "08:00", "bytes_s": 2000}]})"),
               {R"(/delivery/rates/0/to is "08:00")", "another time"}},
        Broken{"rate_of_nothing",
               with("delivery", R"({"rates": [{"bytes_s": 0}]})"),
               {"/delivery/rates/0/bytes_s is 0", "from 1000"}},
        Broken{"window_zero", with("delivery", R"({"window": 0})"), {"/delivery/window is 0", "from 1 to 1000"}},
        Broken{"window_null", with("delivery", R"({"window": null})"), {"/delivery/window is null"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Feed, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"no_socket", with("feed", "{}"), {"/feed/socket is missing", "Unix socket"}},
        Broken{"socket_path_too_long",
               with("feed", R"({"socket": "/)" + std::string(107, 's') + "\"}"),
               {"/feed/socket is \"/sss", "…", "at most 107 bytes"}},
        Broken{"socket_group_with_a_blank",
               with("feed", R"({"socket": "/f", "socket_group": "my group"})"),
               {R"(/feed/socket_group is "my group")", "user or group"}},
        Broken{"users_as_text",
               with("feed", R"({"socket": "/f", "users": "pos"})"),
               {R"(/feed/users is "pos")", "a list"}},
        Broken{"users_with_a_number", with("feed", R"({"socket": "/f", "users": ["a", 7]})"), {"/feed/users/1 is 7"}},
        Broken{"groups_with_an_empty_name",
               with("feed", R"({"socket": "/f", "groups": [""]})"),
               {R"(/feed/groups/0 is "")"}},
        Broken{"tcp_port_too_high",
               with("feed", R"({"socket": "/f", "tcp_port": 70000})"),
               {"/feed/tcp_port is 70000", "from 1 to 65535"}},
        Broken{"line_kb_too_large",
               with("feed", R"({"socket": "/f", "line_kb": 99999})"),
               {"/feed/line_kb is 99999", "1024"}},
        Broken{"feed_window_as_flag",
               with("feed", R"({"socket": "/f", "window": true})"),
               {"/feed/window is true", "4096"}},
        Broken{"connections_zero",
               with("feed", R"({"socket": "/f", "connections": 0})"),
               {"/feed/connections is 0", "1024"}},
        Broken{"connections_that_may_take_too_much_memory",
               with("feed", R"({"socket": "/f", "connections": 1024, "line_kb": 1024})"),
               {"/feed/connections is 1024", "at most 97 with lines of 1024 KiB (line_kb)", "128 MiB"}},
        Broken{"idle_s_zero", with("feed", R"({"socket": "/f", "idle_s": 0})"), {"/feed/idle_s is 0", "86400"}},
        Broken{"connections_misspelt",
               with("feed", R"({"socket": "/f", "conections": 3})"),
               {"/feed/conections is unknown", R"(did you mean "connections"?)"}}),
    name_of);

std::string scanner(const std::string& more) {
    return with("scanners", R"([{"name": "a", "device": "/dev/a")" + more + "}]");
}

INSTANTIATE_TEST_SUITE_P(
    Scanners, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"rules_as_object", with("rules", "{}"), {"/rules is an object", "a list"}},
        Broken{"rule_without_a_name",
               with("rules", R"([{"severity": "note"}])"),
               {"/rules/0/rule is missing", "tillpost rules"}},
        Broken{"rule_that_nobody_knows",
               with("rules", R"([{"rule": "total", "severity": "note"}])"),
               {R"(/rules/0/rule is "total")", "such as \"totals\""}},
        Broken{"rule_that_is_always_a_note",
               with("rules", R"([{"rule": "conflict", "severity": "quarantine"}])"),
               {R"(/rules/0/rule is "conflict")", "not always a note"}},
        Broken{"rule_without_a_severity",
               with("rules", R"([{"rule": "totals"}])"),
               {"/rules/0/severity is missing", R"("note" or "quarantine")"}},
        Broken{"unknown_severity",
               with("rules", R"([{"rule": "totals", "severity": "refuse"}])"),
               {R"(/rules/0/severity is "refuse")", R"("note", "quarantine" or "off")"}},
        Broken{"rule_that_is_never_off",
               with("rules", R"([{"rule": "totals", "severity": "off"}])"),
               {"/rules/0/severity", "only incomplete can be off"}},
        Broken{"rule_for_an_unknown_type",
               with("rules", R"([{"rule": "totals", "types": ["sales"], "severity": "note"}])"),
               {R"(/rules/0/types/0 is "sales")", "such as \"sale\""}},
        Broken{"rule_that_never_fires_for_a_type",
               with("rules", R"([{"rule": "weight", "types": ["till_close"], "severity": "quarantine"}])"),
               {"/rules/0/types is", "that have what weight compares: return, sale, weight"}},
        Broken{"rule_that_fires_for_one_type_only",
               with("rules", R"([{"rule": "totals", "types": ["sale", "scan"], "severity": "quarantine"}])"),
               {"/rules/0/types is", "totals compares: return, sale"}},
        Broken{"rule_of_scanners",
               with("rules", R"([{"rule": "gs1", "severity": "quarantine"}])"),
               {R"(/rules/0/rule is "gs1")", "not always a note"}},
        Broken{"rule_for_the_agents_own_events",
               with("rules", R"([{"rule": "required", "types": ["seal"], "severity": "note"}])"),
               {R"(/rules/0/types/0 is "seal")", "a feed may send"}},
        Broken{"keys_as_object", with("keys", "{}"), {"/keys is an object", "a list"}},
        Broken{"key_without_types",
               with("keys", R"([{"key": ["/till"]}])"),
               {"/keys/0/types is missing", "such as \"sale\""}},
        Broken{"key_of_a_scan",
               with("keys", R"([{"types": ["sale", "scan"], "key": ["/till"]}])"),
               {R"(/keys/0/types/1 is "scan")", "scans and weights are never merged"}},
        Broken{"key_of_nothing",
               with("keys", R"([{"types": ["sale"], "key": []}])"),
               {"/keys/0/key is ", "a JSON pointer to one member"}},
        Broken{"key_of_any_line",
               with("keys", R"([{"types": "sale", "key": ["/till", "/lines/*/item"]}])"),
               {R"(/keys/0/key/1 is "/lines/*/item")", "without \"*\""}},
        Broken{"key_of_nine_members",
               with("keys", R"([{"types": "sale", "key": ["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i"]}])"),
               {"/keys/0/key is a list", "at most 8"}},
        Broken{"key_twice_the_same",
               with("keys", R"([{"types": "sale", "key": ["/till", "/till"]}])"),
               {R"(/keys/0/key/1 is "/till")", "in the list already"}},
        Broken{"key_that_says_nothing",
               with("keys", R"([{"types": "sale"}])"),
               {"/keys/0/key is missing", "\"changing\""}},
        Broken{
            "two_keys_of_a_type",
            with("keys", R"([{"types": ["sale", "void"], "key": "/a"}, {"types": ["return", "void"], "key": "/b"}])"),
            {"/keys/1/types is ", "\"void\" does"}},
        Broken{"money_that_changes",
               with("keys", R"([{"types": "sale", "changing": ["/printed", "/totals/gross"]}])"),
               {R"(/keys/0/changing/1 is "/totals/gross")", "never what was sold, counted or paid"}},
        Broken{"goods_that_change",
               with("keys", R"([{"types": "sale", "changing": ["/lines"]}])"),
               {R"(/keys/0/changing/0 is "/lines")", "such as \"/printed_at\""}},
        Broken{"quantities_that_change",
               with("keys", R"([{"types": "sale", "changing": "/lines/*/quantity"}])"),
               {R"(/keys/0/changing is "/lines/*/quantity")", "never what was sold"}},
        Broken{"scanners_as_object", with("scanners", "{}"), {"/scanners is an object", "a list"}},
        Broken{
            "scanner_as_text", with("scanners", R"(["/dev/ttyS0"])"), {R"(/scanners/0 is "/dev/ttyS0")", "an object"}},
        Broken{"no_name", with("scanners", R"([{"device": "/dev/a"}])"), {"/scanners/0/name is missing"}},
        Broken{"no_device", with("scanners", R"([{"name": "a"}])"), {"/scanners/0/device is missing", "serial device"}},
        Broken{"same_name_twice",
               with("scanners", R"([{"name": "a", "device": "/dev/a"}, {"name": "a", "device": "/dev/b"}])"),
               {R"(/scanners/1/name is "a")", "another name"}},
        Broken{"same_device_twice",
               with("scanners", R"([{"name": "a", "device": "/dev/a"}, {"name": "b", "device": "/dev/a"}])"),
               {R"(/scanners/1/device is "/dev/a")", "another device"}},
        Broken{"name_of_the_feed",
               R"({"agent": {"tenant": "t", "store": "s", "node": "n"}, "journal": {"path": "/j"},
                   "broker": {"address": "tcp://[::1]:1"}, "feed": {"socket": "/f"},
                   "scanners": [{"name": "feed", "device": "/dev/a"}]})",
               {R"(/scanners/0/name is "feed")", "the feed's"}},
        Broken{"speed_unknown", scanner(R"(, "speed": 9601)"), {"/scanners/0/speed is 9601", "57600 or 115200"}},
        Broken{"framing_unknown", scanner(R"(, "framing": "9N1")"), {R"(/scanners/0/framing is "9N1")", "\"8N1\""}},
        Broken{"prefix_too_long",
               scanner(R"(, "prefix": "0123456789abcdefg")"),
               {"/scanners/0/prefix", "at most 16 bytes"}},
        Broken{"suffix_empty", scanner(R"(, "suffix": "")"), {R"(/scanners/0/suffix is "")", "1 to 16 bytes"}},
        Broken{"aim_as_number", scanner(R"(, "aim": 1)"), {"/scanners/0/aim is 1", "true or false"}},
        Broken{
            "longest_code_too_small", scanner(R"(, "longest_code": 1)"), {"/scanners/0/longest_code is 1:", "from 16"}},
        Broken{"too_many",
               with(
                   "scanners", "[{}" +
                                   [] {
                                       std::string more;
                                       for (int i = 0; i < 32; ++i) more += ",{}";
                                       return more;
                                   }() +
                                   "]"),
               {"/scanners is a list", "at most 32"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Others, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"template_wrong",
               with("scans", R"({"in_store_numbers": ["28IIIIIWW.WWWC"]})"),
               {"/scans/in_store_numbers has a wrong one", "\"28IIIIIWW.WWWC\"", "needs a unit"}},
        Broken{"templates_with_one_prefix",
               with("scans", R"({"in_store_numbers": ["28IIIIIWW.WWWC KGM", "28IIIIIIPP.PPC EUR"]})"),
               {"/scans/in_store_numbers", "has the same prefix as \"28IIIIIWW.WWWC KGM\""}},
        Broken{"template_as_number",
               with("scans", R"({"in_store_numbers": [28]})"),
               {"/scans/in_store_numbers/0 is 28", "a template such as"}},
        Broken{"page_for_everybody",
               with("page", R"({"address": "0.0.0.0:7480"})"),
               {"/page/address is \"0.0.0.0:7480\"", "127.0.0.1:port or [::1]:port", "no password", "ssh -L"}},
        Broken{"page_on_a_name", with("page", R"({"address": "localhost:7480"})"), {"/page/address is", "127.0.0.1"}},
        Broken{
            "page_port_too_large", with("page", R"({"address": "[::1]:65536"})"), {"/page/address is", "[::1]:port"}},
        Broken{"page_on_the_feeds_port",
               with("page", R"({"address": "127.0.0.1:7455"}, "feed": {"socket": "/f", "tcp_port": 7455})"),
               {"/page/address is \"127.0.0.1:7455\"", "another port than /feed/tcp_port"}},
        Broken{"control_socket_relative",
               with("control", R"({"socket": "control.sock"})"),
               {R"(/control/socket is "control.sock")", "\"\" for none"}},
        Broken{"both_sockets_the_same",
               with("feed", R"({"socket": "/run/tillpost/control.sock"})"),
               {"/control/socket is \"/run/tillpost/control.sock\"", "another path than /feed/socket"}},
        Broken{"log_level_unknown",
               with("log", R"({"level": "verbose"})"),
               {R"(/log/level is "verbose")", R"("debug", "info", "warn" or "error")"}},
        Broken{"unknown_section", with("brokers", "{}"), {"/brokers is unknown", R"(did you mean "broker"?)"}},
        Broken{"unknown_far_from_all",
               with("log", R"({"colour": 1})"),
               {"/log/colour is unknown", "expected one of level"}},
        Broken{
            "unknown_with_control_characters", with("log", R"({"\u001b[2J": 1})"), {R"(/log/\u001b[2J is unknown)"}}),
    name_of);

std::string fields(const std::string& text) {
    return with("privacy", R"({"key_file": "/k", "fields": [)" + text + "]}");
}

INSTANTIATE_TEST_SUITE_P(
    Privacy, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"no_policy", fields(R"({"name": "a"})"), {"/privacy/fields/0/policy is missing", "\"pseudonym\""}},
        Broken{"other_policy",
               fields(R"({"name": "a", "policy": "hash"})"),
               {R"(/privacy/fields/0/policy is "hash")", R"("drop", "pseudonym" or "identifier")"}},
        Broken{"neither_name_nor_path", fields(R"({"policy": "drop"})"), {"/privacy/fields/0/name is missing", "path"}},
        Broken{"name_and_path",
               fields(R"({"name": "a", "path": "/a", "policy": "drop"})"),
               {R"(/privacy/fields/0/path is "/a")", "no path beside a name"}},
        Broken{"path_without_slash",
               fields(R"({"path": "a", "policy": "drop"})"),
               {R"(/privacy/fields/0/path is "a")", "/lines/*/seller"}},
        Broken{"drops_what_identifies",
               fields(R"({"name": "till", "policy": "drop"})"),
               {R"(/privacy/fields/0/name is "till")", "which event it is"}},
        Broken{"pseudonym_of_what_identifies",
               fields(R"({"path": "/number", "policy": "pseudonym"})"),
               {R"(/privacy/fields/0/path is "/number")", "which event it is"}},
        Broken{"pseudonym_without_key",
               with("privacy", R"({"fields": [{"name": "a", "policy": "pseudonym"}]})"),
               {"/privacy/key_file is missing", "pseudonyms' key"}},
        Broken{"fields_no_list", with("privacy", R"({"fields": {}})"), {"/privacy/fields is", "a list of at most 64"}},
        Broken{"free_text_pseudonym",
               with("privacy", R"({"free_text": "pseudonym"})"),
               {R"(/privacy/free_text is "pseudonym")", R"("keep" or "drop")"}},
        Broken{"keep_bin_as_text",
               with("privacy", R"({"keep_bin": "no"})"),
               {R"(/privacy/keep_bin is "no")", "true or false"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Json, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"empty", "", {"is not JSON"}}, Broken{"only_a_comment", "// nothing", {"is not JSON"}},
        Broken{"garbage", std::string("\xff\xfe\0\x01", 4), {"is not JSON", "line 1"}},
        Broken{"escape_in_garbage", "{\x1b[2J}", {"is not JSON"}},
        Broken{"a_list", "[]", {"the document is a list", "an object"}},
        Broken{"trailing_comma", "{\n\"agent\": {},\n}", {"is not JSON", "line 3"}},
        Broken{"text_behind", minimal + " x", {"is not JSON"}},
        Broken{"cut_short", minimal.substr(0, minimal.size() / 2), {"is not JSON"}},
        Broken{"number_too_large",
               with("journal", R"({"path": "/j", "keep_days": 1e999})"),
               {"/journal/keep_days is a number that is too large", "1e999"}},
        Broken{"huge", minimal + std::string(largest_document, ' '), {"larger than 256 KiB"}},
        Broken{"deep", std::string(100'000, '['), {"nested too deeply", "16 levels"}},
        Broken{"deep_inside",
               with("log", R"({"level": )" + std::string(15, '[') + std::string(15, ']') + "}"),
               {"/log/level/0/0", "nested too deeply"}},
        Broken{"unfinished_comment", "/* " + minimal, {"is not JSON"}},
        Broken{"duplicate_key", with("log", R"({"level": "info", "level": "info"})"), {"/log/level is given twice"}},
        Broken{"duplicate_key_by_escape",
               with("log", R"({"level": "info", "lev\u0065l": "info"})"),
               {"/log/level is given twice"}},
        Broken{"duplicate_key_in_a_list",
               with("scanners", R"([{"name": "a", "device": "/a"}, {"name": "b", "device": "/b", "name": "b"}])"),
               {"/scanners/1/name is given twice"}}),
    name_of);

}  // namespace
}  // namespace tillpost::test
