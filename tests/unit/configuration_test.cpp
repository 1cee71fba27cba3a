// SPDX-License-Identifier: Apache-2.0
#include "agent/control/configuration.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "agent/control/json_document.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/configuration_texts.hpp"

namespace tillpost::test {
namespace {

TEST(ConfigurationTest, TakesTheDefaultsForEverythingThatIsNotRequired) {
    const auto got = parse_configuration(minimal, "test.json");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->name, (AgentName{"demo", "0042", "till-1"}));
    EXPECT_EQ(got->journal.path, "/var/lib/tillpost/journal.db");
    EXPECT_EQ(got->journal.keep, JournalSettings().keep);
    EXPECT_EQ(got->journal.clock_step, Millis(2'000));
    EXPECT_EQ(got->broker.address, "tcp://127.0.0.1:1883");
    EXPECT_EQ(got->broker.protocol, 5);
    EXPECT_EQ(got->delivery.confirm, DeliverySettings::Confirm::central);
    EXPECT_FALSE(got->feed);
    EXPECT_FALSE(got->page);
    EXPECT_TRUE(got->scanners.empty());
    EXPECT_TRUE(got->in_store_numbers.empty());
    EXPECT_EQ(got->control_socket, "/run/tillpost/control.sock");
    EXPECT_EQ(got->log_level, log::Level::info);
}

TEST(ConfigurationTest, ReadsHowManyConnectionsMayBeSilentForHowLong) {
    const auto got = parse_configuration(
        with("feed", R"({"socket": "/f", "idle_s": 77, "connections": 97, "line_kb": 1024})"), "test.json");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->feed->idle, std::chrono::seconds(77));
    EXPECT_EQ(got->feed->most_connections, 97u) << "the most that lines of this length allow";
}

TEST(ConfigurationTest, ReadsTemplatesOfInStoreNumbers) {
    const auto got = parse_configuration(
        with("scans", R"({"in_store_numbers": ["28IIIIIWW.WWWC KGM", "22IIIIIKPP.PPC EUR"]})"), "test.json");
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_EQ(got->in_store_numbers.size(), 2u);
    EXPECT_EQ(got->in_store_numbers[0].text(), "28IIIIIWW.WWWC KGM");
    EXPECT_EQ(got->in_store_numbers[1].text(), "22IIIIIKPP.PPC EUR");
}

TEST(ConfigurationTest, ReadsEveryKeyInItsUnit) {
    const auto got = parse_configuration(R"({
        "agent": {"tenant": "T_1", "store": "s", "node": "n"},
        "journal": {"path": "/j", "keep_days": 2, "keep_mb": 20, "remember_keys": 5, "remember_keys_days": 3},
        "broker": {"address": "ssl://broker.example:8883", "return_s": 7, "proxy": "http://p:3128", "protocol": "5", "keep_alive_s": 30,
                   "connect_timeout_s": 4, "max_packet_kb": 120, "username": "user", "password_file": "/p", "ca_file": "/ca",
                   "certificate_file": "/crt", "key_file": "/key"},
        "delivery": {"confirm": "broker", "compress": "none", "batch_kb": 8, "window": 3, "order": "strict", "live_s": 7, "window_kb": 64, "first_retry_ms": 500, "hello_minutes": 5, "receiver": "0123456789abcdef0123456789abcdef"},
        "feed": {"socket": "/f", "socket_group": "pos", "users": ["a", "b"], "groups": ["c"], "tcp_port": 7455,
                 "line_kb": 2, "window": 7, "connections": 9},
        "scanners": [{"name": "x", "device": "/dev/ttyACM0", "speed": 115200, "framing": "7E2", "prefix": "\u0002",
                      "suffix": "\r\n", "aim": false, "longest_code": 99}],
        "control": {"socket": "/c"},
        "log": {"level": "debug"}})",
                                         "test.json");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->name, (AgentName{"T_1", "s", "n"}));
    EXPECT_EQ(std::pair(got->journal.keep / std::chrono::hours(1), got->journal.keep_bytes), std::pair(48L, 20L << 20));
    EXPECT_EQ(got->journal.remembered_keys, 5);
    EXPECT_EQ(got->journal.remember_keys, std::chrono::hours(72));
    EXPECT_EQ(got->broker.address, "ssl://broker.example:8883");
    EXPECT_EQ(got->brokers, std::vector<std::string>{"ssl://broker.example:8883"});
    EXPECT_EQ(got->return_to_preferred, Millis(7'000));
    EXPECT_EQ(got->broker.proxy, "http://p:3128");
    EXPECT_EQ(got->broker.protocol, 5);
    EXPECT_EQ(got->broker.keep_alive, Millis(30'000));
    EXPECT_EQ(std::pair(got->broker.connect_timeout, got->delivery.largest_packet), std::pair(Millis(4'000), 122'880U));
    EXPECT_EQ(got->broker.username, "user");
    EXPECT_EQ(got->password_file, "/p");
    EXPECT_EQ(got->broker.ca_file, "/ca");
    EXPECT_EQ(got->broker.certificate_file, "/crt");
    EXPECT_EQ(got->broker.key_file, "/key");
    EXPECT_EQ(got->delivery.confirm, DeliverySettings::Confirm::broker);
    EXPECT_EQ(std::pair(got->delivery.batch_bytes, got->delivery.window), std::pair(std::size_t{8192}, 3U));
    EXPECT_EQ(got->delivery.order, DeliverySettings::Order::strict);
    EXPECT_EQ(got->delivery.live_for, Millis(7'000));
    EXPECT_EQ(got->delivery.window_bytes, 65'536u);
    EXPECT_EQ(std::pair(got->delivery.spread_retry, got->delivery.idle_hello), std::pair(Millis(500), Millis(300'000)));
    EXPECT_EQ(got->journal.receiver, "0123456789abcdef0123456789abcdef");
    ASSERT_TRUE(got->feed);
    EXPECT_EQ(got->feed->socket_path, "/f");
    EXPECT_EQ(got->feed->socket_group, "pos");
    EXPECT_EQ(got->feed->users, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(got->feed->groups, (std::vector<std::string>{"c"}));
    EXPECT_EQ(got->feed->tcp_port, 7455);
    EXPECT_EQ(got->feed->longest_line, 2048u);
    EXPECT_EQ(std::pair(got->feed->window, got->feed->most_connections), std::pair(std::size_t{7}, std::size_t{9}));
    ASSERT_EQ(got->scanners.size(), 1u);
    EXPECT_EQ(got->scanners[0].name, "x");
    EXPECT_EQ(got->scanners[0].device, "/dev/ttyACM0");
    EXPECT_EQ(got->scanners[0].speed, 115200u);
    EXPECT_EQ(got->scanners[0].framing, "7E2");
    EXPECT_EQ(got->scanners[0].prefix, "\x02");
    EXPECT_EQ(got->scanners[0].suffix, "\r\n");
    EXPECT_FALSE(got->scanners[0].aim);
    EXPECT_EQ(got->scanners[0].longest_code, 99u);
    EXPECT_EQ(got->control_socket, "/c");
    EXPECT_EQ(got->log_level, log::Level::debug);
}

TEST(ConfigurationTest, ReadsTheOlderProtocolWhereCentralConfirms) {
    for (const char* delivery : {R"({"confirm": "central"})", "{}"}) {
        const std::string broker = R"({"address": "tcp://127.0.0.1:1883", "protocol": "3.1.1"}, "delivery": )";
        const auto got = parse_configuration(with("broker", broker + delivery), "test.json");
        ASSERT_TRUE(got) << got.error().message;
        EXPECT_EQ(got->broker.protocol, 3);
        EXPECT_EQ(got->delivery.confirm, DeliverySettings::Confirm::central);
    }
}

TEST(ConfigurationTest, ReadsWhereThePageListens) {
    const auto got = parse_configuration(with("page", R"({"address": "[::1]:7480"})"), "test.json");
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_TRUE(got->page);
    EXPECT_TRUE(got->page->ipv6);
    EXPECT_EQ(got->page->port, 7480);
}

TEST(ConfigurationTest, ReadsWhenToSeal) {
    const auto got = parse_configuration(with("audit", R"({"seal_every": 50, "clock_step_s": 9})"), "test.json");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->journal.seal_every, 50u);
    EXPECT_EQ(got->journal.clock_step, Millis(9'000));
}

TEST(ConfigurationTest, ReadsRatesByTheTimeOfDay) {
    const auto got = parse_configuration(
        with("delivery",
             R"({"rates": [{"from": "22:30", "to": "06:05", "bytes_s": 16000}, {"bytes_s": 1000, "messages_s": 3}]})"),
        "test.json");
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_EQ(got->delivery.rates.size(), 2U);
    EXPECT_EQ(got->delivery.rates[0].from, std::chrono::minutes(22 * 60 + 30));
    EXPECT_EQ(got->delivery.rates[0].to, std::chrono::minutes(6 * 60 + 5));
    EXPECT_EQ(got->delivery.rates[0].rate, (Rate{16'000, std::nullopt}));
    EXPECT_EQ(got->delivery.rates[1].from, got->delivery.rates[1].to);
    EXPECT_EQ(got->delivery.rates[1].rate, (Rate{1'000, 3}));
}

TEST(ConfigurationTest, TakesAReceiversIdAloneForOne) {
    for (const char* id : {"", "0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF",
                           "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef0"}) {
        const std::string problems = problems_of(with("delivery", R"({"receiver": ")" + std::string(id) + "\"}"));
        EXPECT_NE(problems.find("/delivery/receiver is \"" + std::string(id)), std::string::npos) << problems;
        EXPECT_NE(problems.find("expected the 32 hex digits, in lower case"), std::string::npos) << problems;
    }
}

TEST(ConfigurationTest, ReadsSeveritiesOfRules) {
    const auto got =
        parse_configuration(with("rules", R"([{"rule": "totals", "types": ["sale", "return"], "severity": "quarantine"},
                          {"rule": "time", "severity": "note"},
                          {"rule": "incomplete", "severity": "off"}])"),
                            "test.json");
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_EQ(got->rules.size(), 3U);
    EXPECT_EQ(got->rules[2].severity, Severity::off);
    EXPECT_EQ(got->rules[0].rule, "totals");
    EXPECT_EQ(got->rules[0].types, (std::vector<std::string>{"sale", "return"}));
    EXPECT_EQ(got->rules[0].severity, Severity::quarantine);
    EXPECT_TRUE(got->rules[1].types.empty());
    EXPECT_EQ(got->rules[1].severity, Severity::note);
}

TEST(ConfigurationTest, ReadsBusinessKeys) {
    const auto got = parse_configuration(
        with("keys", R"([{"types": "sale", "key": ["/store", "/number"], "changing": ["/printed_at"]},
                         {"types": ["return", "void"], "changing": "/lines/*/scanned_at"}])"),
        "test.json");
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_EQ(got->keys.size(), 2U);
    EXPECT_EQ(got->keys[0].types, (std::vector<std::string>{"sale"}));
    EXPECT_EQ(got->keys[0].key, (std::vector<std::string>{"/store", "/number"}));
    EXPECT_EQ(got->keys[0].changing, (std::vector<std::string>{"/printed_at"}));
    EXPECT_EQ(got->keys[1].types, (std::vector<std::string>{"return", "void"}));
    EXPECT_TRUE(got->keys[1].key.empty());
    EXPECT_EQ(got->keys[1].changing, (std::vector<std::string>{"/lines/*/scanned_at"}));
}

TEST(ConfigurationTest, ReadsWhenADayEndsAndWhenAFeedShouldSpeak) {
    const auto got = parse_configuration(with("feed", R"({"socket": "/f", "tills": ["T01"], "silence_min": 45,
        "trading_hours": [{"days": ["sat", "sun"], "from": "18:00", "to": "02:00"}, {"from": "08:00", "to": "20:00"}]})"),
                                         "test.json");
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_EQ(got->day.hours.size(), 2U);
    EXPECT_EQ(got->day.hours[0].days, (std::array<bool, 7>{true, false, false, false, false, false, true}));
    EXPECT_EQ(got->day.hours[0].from, std::chrono::minutes(18 * 60));
    EXPECT_EQ(got->day.hours[0].to, std::chrono::minutes(2 * 60));
    EXPECT_EQ(got->day.hours[1].days, TradingHours().days);
    EXPECT_EQ(got->day.tills, std::vector<std::string>{"T01"});
    EXPECT_EQ(got->day.silence, std::chrono::minutes(45));
    const auto early = parse_configuration(with("day", R"({"ends_at": "03:30"})"), "test.json");
    ASSERT_TRUE(early) << early.error().message;
    EXPECT_EQ(early->day.ends_at, std::chrono::minutes(3 * 60 + 30));
    EXPECT_EQ(early->time_zone, "") << "the machine's";
    const auto zone =
        parse_configuration(with("day", R"({"time_zone": "America/Argentina/Buenos_Aires"})"), "test.json");
    ASSERT_TRUE(zone) << zone.error().message;
    EXPECT_EQ(zone->time_zone, "America/Argentina/Buenos_Aires");
    const std::string too_long(65, 'a');
    for (const std::string& wrong : {std::string(), std::string("../passwd"), std::string("/etc/localtime"),
                                     std::string("CET-1CEST,M3.5.0"), std::string("Europe//Berlin"), too_long}) {
        const auto refused = parse_configuration(with("day", R"({"time_zone": ")" + wrong + "\"}"), "test.json");
        ASSERT_FALSE(refused) << wrong;
        EXPECT_NE(refused.error().message.find("/day/time_zone is \"" + wrong), std::string::npos)
            << refused.error().message;
        EXPECT_NE(refused.error().message.find("Europe/Berlin"), std::string::npos) << refused.error().message;
    }
    for (const char* wrong : {R"([{"from": "08:00"}])", R"([{"from": "8", "to": "20:00"}])",
                              R"([{"days": ["monday"], "from": "08:00", "to": "20:00"}])"}) {
        const auto refused =
            parse_configuration(with("feed", std::string(R"({"socket": "/f", "trading_hours": )") + wrong + "}"), "t");
        ASSERT_FALSE(refused) << wrong;
        EXPECT_NE(refused.error().message.find("/feed/trading_hours/0"), std::string::npos) << refused.error().message;
    }
}

TEST(ConfigurationTest, TheExampleHasEveryOptionalKeyAtItsDefault) {
    const std::string text = content_of(TILLPOST_EXAMPLE);
    ASSERT_FALSE(text.empty()) << TILLPOST_EXAMPLE;
    const auto got = parse_configuration(text, "config/tillpost.json");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->day.ends_at, DaySettings().ends_at);
    EXPECT_EQ(got->day.silence, DaySettings().silence);
    EXPECT_TRUE(got->day.hours.empty());
    EXPECT_EQ(got->journal.keep, JournalSettings().keep);
    EXPECT_EQ(got->journal.keep_bytes, JournalSettings().keep_bytes);
    EXPECT_EQ(got->journal.remembered_keys, JournalSettings().remembered_keys);
    EXPECT_EQ(got->journal.remember_keys, JournalSettings().remember_keys);
    EXPECT_EQ(got->journal.seal_every, JournalSettings().seal_every);
    EXPECT_EQ(got->journal.clock_step, Millis(2'000));
    EXPECT_EQ(got->day.ends_at, DaySettings().ends_at);
    EXPECT_EQ(got->broker.protocol, MqttSettings().protocol);
    EXPECT_EQ(got->broker.keep_alive, MqttSettings().keep_alive);
    EXPECT_EQ(got->broker.connect_timeout, MqttSettings().connect_timeout);
    EXPECT_EQ(got->delivery.confirm, DeliverySettings().confirm);
    EXPECT_EQ(got->delivery.batch_bytes, DeliverySettings().batch_bytes);
    EXPECT_EQ(got->delivery.window, DeliverySettings().window);
    EXPECT_EQ(got->delivery.order, DeliverySettings().order);
    EXPECT_EQ(got->delivery.live_for, DeliverySettings().live_for);
    EXPECT_EQ(got->delivery.window_bytes, DeliverySettings().window_bytes);
    EXPECT_EQ(got->delivery.spread_retry, DeliverySettings().spread_retry);
    EXPECT_EQ(got->delivery.idle_hello, DeliverySettings().idle_hello);
    EXPECT_EQ(got->journal.receiver, "");
    EXPECT_EQ(got->return_to_preferred, Configuration().return_to_preferred);
    EXPECT_TRUE(got->privacy.fields.empty());
    EXPECT_TRUE(got->privacy.card_numbers.empty());
    EXPECT_EQ(got->privacy.free_text, PrivacySettings().free_text);
    EXPECT_EQ(got->privacy.keep_bin, PrivacySettings().keep_bin);
    ASSERT_TRUE(got->feed);
    EXPECT_EQ(got->feed->longest_line, FeedSettings().longest_line);
    EXPECT_EQ(got->feed->window, FeedSettings().window);
    EXPECT_EQ(got->feed->most_connections, FeedSettings().most_connections);
    ASSERT_EQ(got->scanners.size(), 1u);
    EXPECT_EQ(got->scanners[0].speed, SerialScannerSettings().speed);
    EXPECT_EQ(got->scanners[0].framing, SerialScannerSettings().framing);
    EXPECT_EQ(got->scanners[0].prefix, SerialScannerSettings().prefix);
    EXPECT_EQ(got->scanners[0].suffix, SerialScannerSettings().suffix);
    EXPECT_EQ(got->scanners[0].aim, SerialScannerSettings().aim);
    EXPECT_EQ(got->scanners[0].longest_code, SerialScannerSettings().longest_code);
    EXPECT_EQ(got->control_socket, Configuration().control_socket);
    EXPECT_EQ(got->log_level, Configuration().log_level);
}

/// The optional keys without a default stand in the example as comments; they must be right when taken out of them.
TEST(ConfigurationTest, TheExampleStaysValidWithItsCommentedKeysTakenIn) {
    std::string text = content_of(TILLPOST_EXAMPLE);
    std::size_t taken = 0;
    for (auto at = text.find("// \""); at != std::string::npos; at = text.find("// \"", at)) {
        const std::string line = text.substr(at, text.find('\n', at) - at);
        if (line.ends_with(',')) {
            text.erase(at, 3);
            ++taken;
        } else {
            ++at;
        }
    }
    EXPECT_EQ(taken, 10u);
    EXPECT_EQ(problems_of(text), "");
}

TEST(ConfigurationTest, ReportsAllProblemsTogetherEachOnALine) {
    const std::string problems = problems_of(R"({
        "agent": {"tenant": "no blanks", "store": 42},
        "journal": {"path": "relative.db", "keep_dyas": 7},
        "broker": {"address": "mqtt.example"}})");
    EXPECT_EQ(problems,
              "test.json: /agent/tenant is \"no blanks\": expected 1 to 62 of the characters A-Z a-z 0-9 _ -\n"
              "test.json: /agent/store is 42: expected 1 to 62 of the characters A-Z a-z 0-9 _ -\n"
              "test.json: /agent/node is missing: expected 1 to 62 of the characters A-Z a-z 0-9 _ -\n"
              "test.json: /journal/path is \"relative.db\": expected an absolute path such as "
              "\"/var/lib/tillpost/journal.db\"\n"
              "test.json: /journal/keep_dyas is unknown: did you mean \"keep_days\"?\n"
              "test.json: /broker/address is \"mqtt.example\": expected ssl://host:port, wss://host:port/path, or "
              "tcp://127.0.0.1:port for a broker on this machine; write ssl://mqtt.example:8883");
}

TEST(ConfigurationTest, SaysWhatThisKeyWantsAndWhatWasWritten) {
    EXPECT_EQ(problems_of(with("journal", R"({"path": "/j", "limit_mb": 64, "ballast_mb": 65})")),
              "test.json: /journal/ballast_mb is 65: expected at most limit_mb, which is 64");
    EXPECT_EQ(problems_of(with("journal", R"({"path": "/j", "keep_days": 1000000000000000000000})")),
              "test.json: /journal/keep_days is 1000000000000000000000: expected a whole number from 0 to 3650");
    EXPECT_EQ(problems_of(with("device", R"({"key_file": "d.key"})")),
              "test.json: /device/key_file is \"d.key\": expected an absolute path such as "
              "\"/var/lib/tillpost/device.key\"");
}

TEST(ConfigurationTest, TakesEveryFormOfAddressThatIsEncryptedOrStaysOnTheMachine) {
    for (const char* address : {"tcp://127.0.0.1:1883", "tcp://localhost:1883", "tcp://[::1]:1883"}) {
        EXPECT_EQ(problems_of(with("broker", R"({"address": ")" + std::string(address) + "\"}")), "") << address;
    }
    for (const char* address :
         {"wss://a.example:443/mqtt", "ssl://a.b-c.example:1", "ssl://10.0.0.1:65535", "ssl://[fd00::1]:8883"}) {
        const std::string broker = R"({"ca_file": "/ca", "address": ")" + std::string(address) + "\"}";
        EXPECT_EQ(problems_of(with("broker", broker)), "") << address;
    }
}

TEST(ConfigurationTest, TakesAListOfBrokersInOrderOfPreference) {
    const auto got = parse_configuration(
        with("broker", R"({"address": ["wss://b:443/mqtt", "ssl://a:8883", "tcp://127.0.0.1:1"], "ca_file": "/ca"})"),
        "test.json");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->brokers, (std::vector<std::string>{"wss://b:443/mqtt", "ssl://a:8883", "tcp://127.0.0.1:1"}));
    EXPECT_EQ(got->broker.address, "wss://b:443/mqtt");
}

TEST(ConfigurationTest, ReadsWhatIsDoneWithPersonalData) {
    const auto got = parse_configuration(
        with("privacy",
             R"({"fields": [{"name": "operator", "policy": "pseudonym"}, {"path": "/number", "policy": "identifier"},
                                       {"path": "/lines/*/seller", "policy": "drop"}, {"name": "till", "policy": "keep"}],
                            "card_numbers": [{"prefix": "1", "digits": 15}],
                            "free_text": "drop", "key_file": "/k", "keep_bin": true})"),
        "test.json");
    ASSERT_TRUE(got) << got.error().message;
    using Policy = PrivacySettings::Policy;
    ASSERT_EQ(got->privacy.fields.size(), 4u);
    EXPECT_EQ(got->privacy.fields[0].name, "operator");
    EXPECT_EQ(got->privacy.fields[0].policy, Policy::pseudonym);
    EXPECT_EQ(got->privacy.fields[1].path, "/number");
    EXPECT_EQ(got->privacy.fields[1].policy, Policy::identifier);
    EXPECT_EQ(got->privacy.fields[2].policy, Policy::drop);
    ASSERT_EQ(got->privacy.card_numbers.size(), 1u);
    EXPECT_EQ(got->privacy.card_numbers[0].prefix, "1");
    EXPECT_EQ(got->privacy.card_numbers[0].digits, 15u);
    EXPECT_EQ(got->privacy.free_text, Policy::drop);
    EXPECT_EQ(got->privacy.key_file, "/k");
    EXPECT_TRUE(got->privacy.keep_bin);
}

TEST(ConfigurationTest, TheControlSocketCanBeTurnedOff) {
    const auto got = parse_configuration(with("control", R"({"socket": ""})"), "test.json");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->control_socket, "");
}

TEST(ConfigurationTest, BoundsItsMessageHoweverWrongTheFileIs) {
    std::string text = "{\"" + std::string(100'000, 'k') + "\": 1";
    for (int i = 0; i < 5000; ++i) text += ", \"key" + std::to_string(i) + "\": \"" + std::string(10, 'v') + "\"";
    const std::string problems = problems_of(text + "}");
    EXPECT_EQ(lines_of(problems), Problems::most + 1);
    EXPECT_NE(problems.find("and 4954 more"), std::string::npos) << problems.substr(problems.size() - 100);
    EXPECT_LT(problems.size(), 20'000u);
}

TEST(ConfigurationTest, NeverFailsOtherwiseThanByAMessageOnEveryPrefixOfAGoodFile) {
    const std::string text = content_of(TILLPOST_EXAMPLE);
    const auto end = text.rfind('}');
    for (std::size_t length = 0; length <= end; length += 31) {
        EXPECT_NE(problems_of(text.substr(0, length)), "") << length;
    }
}

}  // namespace
}  // namespace tillpost::test
