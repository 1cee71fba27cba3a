// SPDX-License-Identifier: Apache-2.0
// [complete-1] The day's certificate through the real programs: what `tillpost day` and `tillpost-central day` say is
// what was sent, whatever kills the agent meanwhile.
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

using nlohmann::json;

/// The business date that it is now, where days end at 04:00.
std::string today() {
    const std::time_t now = std::time(nullptr) - 4 * 3600;
    std::tm parts{};
    ::localtime_r(&now, &parts);
    std::array<char, 16> text{};
    (void)std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
    return text.data();
}

class AgentDayTest : public ::testing::Test {
protected:
    void start() {
        rig.start_agent();
        feed = std::make_unique<FeedClient>(rig.path("feed.sock"));
    }
    std::string record(const std::string& type, const std::string& more) const {
        return R"({"type":")" + type + R"(","till":"T01","business_date":")" + date + R"(","time":")" + date +
               R"(T12:00:00Z","currency":"EUR")" + more + "}";
    }
    std::string sale(int number, const std::string& amount) const {
        return record("sale", R"(,"number":)" + std::to_string(number) +
                                  R"(,"lines":[{"line":1,"kind":"goods","direction":"sale","item":"1","quantity":1,)"
                                  R"("unit":"EA","amount":")" +
                                  amount + R"("}],"tenders":[{"type":"cash","amount":")" + amount +
                                  R"("}],"totals":{"net":")" + amount + R"(","tax":"0","gross":")" + amount + "\"}");
    }
    std::string close(int session, int first, int last, const std::string& cash) const {
        return record("till_close", R"(,"session":)" + std::to_string(session) + R"(,"first_number":)" +
                                        std::to_string(first) + R"(,"last_number":)" + std::to_string(last) +
                                        R"(,"tenders":[{"type":"cash","amount":")" + cash +
                                        R"(","expected":"0","counted":"0"}])");
    }
    void send(const std::string& line) {
        const std::string answer = feed->ask(line);
        ASSERT_NE(answer.find("accepted"), std::string::npos) << line << ": " << answer;
    }
    /// The certificate as `tillpost day` gives it; its exit code in `code`.
    json day(const std::string& of = "") {
        Process command({program_path("tillpost"), {"--socket", rig.path("control.sock"), "day", "--json", of}});
        code = command.wait().value_or(-1);
        const json answer = json::parse(command.output(), nullptr, false);
        if (!answer.is_object() || answer["day"]["tills"].size() != 1) return {};
        return answer["day"]["tills"][0];
    }
    bool certified(std::uint64_t revision) {
        const json till = day(date);
        return till.is_object() && till["revision"] == revision && till["more_since"] == false;
    }

    static AgentRig::Options trading_all_day() {
        AgentRig::Options options;
        options.feed_keys = R"(,"trading_hours":[{"from":"00:00","to":"00:00"}],"tills":["T01"])";
        return options;
    }

    AgentRig rig{trading_all_day()};
    std::unique_ptr<FeedClient> feed;
    std::string date = today();
    int code = -1;
};

TEST_F(AgentDayTest, EqualsWhatWasSentAtTheTillAndAtCentral) {
    rig.broker().start();
    rig.start_central();
    start();
    send(sale(1, "1.99"));
    send(sale(3, "10.01"));
    send(close(1, 1, 3, "14.00"));
    ASSERT_TRUE(wait_until([this] { return certified(1); })) << day();
    json till = day(date);
    EXPECT_EQ(code, 1);
    EXPECT_EQ(till["reasons"], json::array({"missing_numbers", "differs", "began_within", "possible_repeats"}));
    EXPECT_EQ(till["missing"], json::parse(R"([{"from":"2","to":"2","count":1}])"));
    EXPECT_EQ(till["sums"][0]["tenders"], json::parse(R"([{"type":"cash","amount":"12.00","count":2}])"));
    EXPECT_EQ(till["differences"][0]["difference"], "2.00");
    send(sale(2, "2.00"));  // late: the certificate has named its number as missing
    till = day(date);
    EXPECT_EQ(till["counts"]["late"], 1);
    EXPECT_EQ(till["reasons"], json::array({"began_within", "possible_repeats"}));
    Process table({program_path("tillpost"), {"--socket", rig.path("control.sock"), "day", date}});
    EXPECT_EQ(table.wait().value_or(-1), 1);
    EXPECT_NE(table.output().find("revision 1, at the till's closing, "), std::string::npos) << table.output();
    EXPECT_NE(table.output().find("; more has come since"), std::string::npos) << table.output();
    std::string unclosed = sale(1, "5.00");
    send(unclosed.replace(unclosed.find("T01"), 3, "T02"));
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
    rig.stop_central();
    Process central({program_path("tillpost-central"), {"day", "--db", rig.path("central.db"), date}});
    EXPECT_EQ(central.wait().value_or(-1), 1) << central.errors();
    EXPECT_NE(central.output().find("acme/0042 T01: NOT complete: missing_numbers, differs, began_within, "
                                    "possible_repeats, revision 1, "
                                    "1 numbers missing (2), 3 marked; closing - captured: tender/cash 2.00 EUR\n"),
              std::string::npos)
        << central.output();
    EXPECT_NE(central.output().find("acme/0042 T02: no certificate, 1 event is here\n"), std::string::npos)
        << central.output();
    EXPECT_NE(central.output().find("acme/0042 feed feed till T01: heard "), std::string::npos) << central.output();
}

TEST_F(AgentDayTest, NoKillLosesACertificateOrCountsTwice) {
    start();
    const int rounds = long_run() ? 40 : 8;
    for (int round = 1; round <= rounds; ++round) {
        send(sale(round, "1.00"));
        send(close(round, round, round, "1.00"));
        rig.kill_agent();  // between the closing and its certificate, or behind it
        start();
        const auto once = [&] { return certified(static_cast<std::uint64_t>(round)); };
        ASSERT_TRUE(wait_until(once)) << "round " << round << ": " << day();
    }
    const json till = day(date);
    EXPECT_EQ(till["sums"][0]["tenders"][0]["amount"], std::to_string(rounds) + ".00");
    EXPECT_EQ(till["numbers"]["seen"], rounds);
    EXPECT_EQ(till["closings"], rounds);
    EXPECT_EQ(till["differences"], json::array());
}

TEST_F(AgentDayTest, AStopInGoodOrderKeepsTheDay) {
    start();
    send(sale(1, "1.00"));
    const json before = day(date);
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
    start();
    const json after = day(date);
    EXPECT_EQ(before["sums"], after["sums"]);
    EXPECT_EQ(before["numbers"], after["numbers"]);
    EXPECT_EQ(before["since"], after["since"]);
}

/// "XXX+10:15:30", in which it is midnight at that time.
std::string zone_with_midnight_at(std::time_t time) {
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 24> text{};
    (void)std::strftime(text.data(), text.size(), "XXX+%H:%M:%S", &parts);
    return text.data();
}

/// The types of what central has, in order; seals by their cause.
std::vector<std::string> types_at_central(AgentRig& rig) {
    Process command({program_path("tillpost-central"), {"export", "--db", rig.path("central.db")}});
    EXPECT_EQ(command.wait().value_or(-1), 0) << command.errors();
    std::vector<std::string> types;
    std::istringstream lines(command.output());
    for (std::string line; std::getline(lines, line);) {
        const json event = json::parse(line, nullptr, false);
        const bool seals = event["type"] == "tillpost.seal.v1";
        types.push_back(event[seals ? "/data/cause"_json_pointer : "/type"_json_pointer].get<std::string>());
    }
    return types;
}

// [audit-1] The box was off when the day ended: its certificate is made at the start, and the seal speaks of it.
TEST_F(AgentDayTest, ADayThatEndedMeanwhileIsSealedAtTheStart) {
    AgentRig::Options options;
    options.more_keys = R"(,"day":{"ends_at":"00:00"})";
    options.agent_environment = {"TZ=XXX+24"};  // where it is this time yesterday
    AgentRig night(options);
    night.start_agent();
    std::string unclosed = sale(1, "1.00");
    const std::time_t begun = std::time(nullptr) - 24 * 3600;
    std::array<char, 16> yesterday{};
    (void)std::strftime(yesterday.data(), yesterday.size(), "%Y-%m-%d", std::gmtime(&begun));
    for (std::size_t at = 0; (at = unclosed.find(date, at)) != std::string::npos; at += date.size())
        unclosed.replace(at, date.size(), yesterday.data());
    EXPECT_NE(FeedClient(night.path("feed.sock")).ask(unclosed).find("accepted"), std::string::npos);
    EXPECT_EQ(night.stop_agent().value_or(-1), 0);
    const std::time_t midnight = std::time(nullptr) + 1;
    ASSERT_TRUE(wait_until([&] { return std::time(nullptr) >= midnight; }));
    night.agent_in({"TZ=" + zone_with_midnight_at(midnight)});
    night.broker().start();
    night.start_central();
    night.start_agent();
    std::vector<std::string> types;
    const auto sealed = [&] {
        if (night.everything_confirmed()) types = types_at_central(night);
        return !types.empty() && types.back() == "day_end";
    };
    ASSERT_TRUE(wait_until(sealed)) << json(types) << night.agent().errors();
    ASSERT_GE(types.size(), 4U);
    EXPECT_EQ(
        std::vector(types.end() - 4, types.end()),
        (std::vector<std::string>{"stop", "tillpost.agent_started.v1", "tillpost.day_certificate.v1", "day_end"}));
}

// 04:00 on Kiritimati is 14:00 UTC of the day before.
TEST_F(AgentDayTest, GoesByTheStoresTimeZoneNotTheMachines) {
    AgentRig::Options options = trading_all_day();
    options.more_keys = R"(,"day":{"time_zone":"Pacific/Kiritimati"})";
    options.agent_environment = {"TZ=UTC"};
    AgentRig far(options);
    far.start_agent();
    EXPECT_NE(FeedClient(far.path("feed.sock")).ask(sale(1, "1.00")).find("accepted"), std::string::npos);
    Process asked({program_path("tillpost"), {"--socket", far.path("control.sock"), "day", "--json", "--date", date}});
    EXPECT_EQ(asked.wait().value_or(-1), 1) << asked.errors();
    const json answer = json::parse(asked.output(), nullptr, false);
    const std::string from = answer["/day/coverage/0/hours/0/from"_json_pointer].get<std::string>();
    EXPECT_TRUE(from.ends_with("T14:00:00.000Z")) << from;
    Process check({program_path("tillpostd"), {"--check-config", "--config", far.path("tillpost.json")}});
    EXPECT_EQ(check.wait().value_or(-1), 0) << check.errors();
    EXPECT_NE(check.output().find(" are of Pacific/Kiritimati, as day/time_zone says\n"), std::string::npos)
        << check.output();
}

TEST_F(AgentDayTest, SaysThatNothingIsKnownOfADay) {
    start();
    EXPECT_TRUE(day("2001-01-01").is_null());
    EXPECT_EQ(code, 1);
}

}  // namespace
}  // namespace tillpost::test
