// SPDX-License-Identifier: Apache-2.0
// [audit-1] A day at a till, with a kill in the middle, proven on the box and at central.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "platform/clock.hpp"
#include "platform/sqlite.hpp"
#include "tests/support/agent_rig.hpp"
#include "tests/support/packed_text.hpp"

namespace tillpost::test {
namespace {

class AuditDayTest : public ::testing::Test {
protected:
    static AgentRig::Options options() {
        AgentRig::Options options;
        options.more_keys = R"(,"audit":{"seal_every":20})";
        return options;
    }
    void sell(const std::string& seed) {
        auto store = rig.start_store({"--seed", seed, "--rate", "0", "--events", "50", "--tills", seed});
        ASSERT_EQ(store->wait(), 0) << store->errors();
    }
    void close_till() {
        FeedClient feed(rig.path("feed.sock"));
        const std::string answer =
            feed.ask(R"({"type":"till_close","till":"T01","business_date":"2026-11-23","session":17,"currency":"EUR",)"
                     R"("time":"2026-11-23T20:15:00+01:00","first_number":"1","last_number":"50","tenders":[]})"
                     "\n");
        ASSERT_NE(answer.find("\"sequence\""), std::string::npos) << answer;
    }
    /// The command's exit code; what it said is in `said`.
    int run(const std::string& program, std::vector<std::string> words) {
        Process command({program_path(program), std::move(words)});
        const int code = command.wait().value_or(-1);
        said = command.output() + command.errors();
        return code;
    }
    int on_the_box(std::vector<std::string> more = {}) {
        std::vector<std::string> words{"audit", "verify", "--config", rig.path("tillpost.json")};
        words.insert(words.end(), more.begin(), more.end());
        return run("tillpost", words);
    }
    int at_central(std::vector<std::string> more = {}) {
        std::vector<std::string> words{"audit", "--db", rig.path("central.db")};
        words.insert(words.end(), more.begin(), more.end());
        return run("tillpost-central", words);
    }
    static void remove_event(const std::string& path, std::int32_t application_id) {
        const auto database = Database::open({path, application_id});
        ASSERT_TRUE(database) << database.error().message;
        ASSERT_TRUE((*database)->execute("DELETE FROM event WHERE position & 17592186044415 = 30"));
    }
    void expect_said(const std::string& words) { EXPECT_NE(said.find(words), std::string::npos) << said; }

    AgentRig rig{options()};
    std::string said;
};

TEST_F(AuditDayTest, ADayWithAKillIsProvenOnTheBoxAndAtCentral) {
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell("1"));
    rig.kill_agent();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell("2"));
    ASSERT_NO_FATAL_FAILURE(close_till());
    EXPECT_EQ(on_the_box(), 0) << "tillpostd goes on running: " << said;
    expect_said("PROVEN");
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    rig.stop_central();

    EXPECT_EQ(on_the_box(), 0) << said;
    expect_said("PROVEN");
    expect_said("0 events behind the last seals");
    EXPECT_EQ(at_central(), 2) << said;
    expect_said("--certificate");
    EXPECT_EQ(at_central({"--certificate", rig.path("device.pem")}), 0) << said;
    expect_said("0 events behind the last seals");
    EXPECT_EQ(run("tillpost-central", {"times", "--db", rig.path("central.db"), "--json"}), 0) << said;
    EXPECT_TRUE(said.starts_with("[")) << said;

    Process exported({program_path("tillpost-central"), {"export", "--db", rig.path("central.db")}});
    ASSERT_EQ(exported.wait(), 0);
    std::ofstream(rig.path("lines")) << exported.output();
    EXPECT_EQ(on_the_box({"--export", rig.path("lines")}), 2) << "where they end nobody has said: " << said;
    const std::string last = exported.output().substr(exported.output().rfind("{\"id\":\"") + 7, 33);
    EXPECT_EQ(on_the_box({"--export", rig.path("lines"), "--at-least", last, "--json"}), 0) << said;
    expect_said("\"verdict\":\"proven\"");

    remove_event(rig.path("central.db"), 0x54494c43);
    EXPECT_EQ(at_central({"--certificate", rig.path("device.pem")}), 1) << said;
    expect_said("-0000000000000030 is missing");
}

TEST_F(AuditDayTest, AnErasedSaleIsErasedAtCentralAndProven) {  // [privacy-1]
    const std::string secret = "SECRET-PHRASE-77";
    const auto sale = [](const std::string& note) {
        return R"({"type":"sale","till":"T01","number":7,"business_date":"2026-11-23","currency":"EUR","lines":[],)"
               R"("note":")" +
               note + "\"}";
    };
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    const auto answer = nlohmann::json::parse(FeedClient(rig.path("feed.sock")).ask(sale(secret)), nullptr, false);
    ASSERT_TRUE(answer.is_object() && answer.contains("accepted")) << answer;
    std::string sequence = std::to_string(answer["accepted"]["sequence"].get<int>());
    sequence.insert(0, 16 - sequence.size(), '0');
    const std::string id = answer["accepted"]["epoch"].get<std::string>() + "-" + sequence;
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    ASSERT_EQ(
        run("tillpost", {"journal", "erase", "--config", rig.path("tillpost.json"), "--reason", "card in memo", id}), 0)
        << said;
    expect_said("central has copies of its own, and erases them when tillpostd runs again");
    EXPECT_EQ(on_the_box(), 0) << "a seal covers it at once: " << said;
    rig.start_agent();
    EXPECT_NE(FeedClient(rig.path("feed.sock")).ask(sale("cleaned")).find("accepted"), std::string::npos);
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    rig.stop_central();

    EXPECT_EQ(content_of(rig.path("central.db")).find(secret), std::string::npos);
    EXPECT_EQ(content_of(rig.path("central.db-wal")).find(secret), std::string::npos);
    EXPECT_EQ(on_the_box(), 0) << said;
    EXPECT_EQ(at_central({"--certificate", rig.path("device.pem")}), 0) << said;
    expect_said("PROVEN");
    EXPECT_EQ(run("tillpost-central", {"export", "--db", rig.path("central.db")}), 0);
    expect_said(R"("withheld":"erased")");
    expect_said("possible_repeat");
}

TEST_F(AuditDayTest, AnEventThatIsRemovedFromTheBoxIsNamed) {
    rig.broker().start();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell("1"));
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    EXPECT_EQ(on_the_box(), 0) << said;
    remove_event(rig.journal(), 0x54494c4c);
    EXPECT_EQ(on_the_box(), 1) << said;
    expect_said("-0000000000000030 is missing");
}

TEST_F(AuditDayTest, IsProvenBesideADaemonThatCaptures) {
    rig.broker().start();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "3", "--rate", "0", "--in-flight", "64", "--seconds", "60"});
    for (std::size_t round = 1; round <= 3; ++round) {
        ASSERT_TRUE(wait_until([&] { return rig.told() >= round * 200; })) << store->errors();
        const std::size_t before = rig.told();
        EXPECT_EQ(on_the_box(), 0) << said;
        expect_said("PROVEN");
        EXPECT_TRUE(wait_until([&] { return rig.told() > before; })) << "capture goes on";
    }
    store->kill(SIGTERM);
    ASSERT_EQ(store->wait(), 0) << store->errors();
    EXPECT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
}

TEST_F(AuditDayTest, DamageIsSaidInPlainWords) {
    rig.broker().start();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell("1"));
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    const std::string aside = rig.journal() + ".damaged-20261126T101530123Z";
    std::ofstream(aside) << "damaged";
    EXPECT_EQ(on_the_box(), 2) << said;
    expect_said("NOT CHECKED: " + aside + " (7 bytes), set aside because it is damaged, may hold events");
    expect_said("tillpost journal recover --journal " + aside);
    std::filesystem::remove(aside);
    const std::string copy = rig.path("copy.db");
    const std::string whole = content_of(rig.journal());
    std::string broken = whole;
    constexpr std::size_t page = 4096;
    const std::size_t of_events = place_of(whole, "\"type\":\"tillpost.sale.v1\"") / page * page;
    ASSERT_LT(of_events, whole.size());
    broken.replace(of_events, page, page, '\x5a');
    std::ofstream(copy, std::ios::binary) << broken;
    EXPECT_EQ(on_the_box({"--journal", copy}), 1) << said;
    expect_said("cannot be read: the file is damaged there");
    expect_said("tillpost journal recover");
    std::ofstream(copy, std::ios::binary | std::ios::trunc) << std::string(8192, 'x');
    EXPECT_EQ(on_the_box({"--journal", copy}), 2) << said;
    expect_said(copy + " is damaged (");
    EXPECT_EQ(run("tillpost", {"audit", "--help"}), 0);
    expect_said("tillpostd may go on running");
    EXPECT_EQ(said.find("tillpost send"), std::string::npos) << said;
}

// Live events overtake a backlog, and the journal is damaged before that has gone: what is salvaged goes under later
// numbers, and leaves a gap at central that nothing will fill.
TEST_F(AuditDayTest, ABacklogThatIsSalvagedBehindLiveEventsIsProven) {
    rig.deliver_by(R"("live_s":1,"rates":[{"bytes_s":2000}])");
    rig.start_agent();
    for (const char* till : {"1", "2", "3"}) ASSERT_NO_FATAL_FAILURE(sell(till));
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    const auto stopped = std::chrono::steady_clock::now();
    ASSERT_TRUE(wait_until([&] { return std::chrono::steady_clock::now() - stopped > std::chrono::seconds(2); }));
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    ASSERT_TRUE(wait_until([&] { return rig.number("confirmed") > 0; })) << rig.status();
    ASSERT_NO_FATAL_FAILURE(sell("4"));
    const auto gaps = [&] {
        EXPECT_EQ(run("tillpost-central", {"agents", "--db", rig.path("central.db"), "--json"}), 0) << said;
        return said.find("\"gaps\":0") == std::string::npos;
    };
    ASSERT_TRUE(wait_until(gaps)) << said;
    rig.kill_agent();
    std::fstream file(rig.journal(), std::ios::in | std::ios::out | std::ios::binary);
    constexpr std::size_t page = 4096;
    file.seekp(page).write(std::string(3 * page, '\0').data(), 3 * page);
    file.close();
    rig.deliver_by("");
    rig.start_agent();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    EXPECT_EQ(rig.number("lost"), 0) << rig.status();
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    rig.stop_central();
    EXPECT_EQ(at_central({"--certificate", rig.path("device.pem")}), 0) << said;
    expect_said("PROVEN");
    expect_said(" here under later numbers alone");
    EXPECT_FALSE(gaps()) << said;
}

// The box is imaged anew, its POS sends the week again, and a new sale: each counts once.  [once-2]
TEST_F(AuditDayTest, ABoxThatWasImagedAnewCountsNothingTwice) {
    const auto sale = [](int number, const std::string& time) {
        return R"({"type":"sale","till":"T01","currency":"EUR","lines":[],"number":)" + std::to_string(number) +
               R"(,"business_date":")" + time.substr(0, 10) + R"(","time":")" + time + "\"}";
    };
    const std::string week_old = sale(1, rfc3339(wall_now() - std::chrono::days(7)));
    const std::string of_today = sale(2, rfc3339(wall_now()));
    rig.broker().start();
    rig.start_central();
    for (int life = 0; life < 2; ++life) {
        rig.start_agent();
        FeedClient feed(rig.path("feed.sock"));
        for (const std::string& each : {week_old, of_today, sale(3 + life, rfc3339(wall_now()))}) {
            EXPECT_NE(feed.ask(each).find("accepted"), std::string::npos);
        }
        ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
        ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
        for (const char* each : {"", "-wal", "-shm", ".witness", ".ballast"}) {
            if (life == 0) std::filesystem::remove(rig.journal() + each);
        }
    }
    rig.stop_central();
    std::ofstream(rig.path("nothing.jsonl")).close();
    (void)run("tillpost-central", {"check", "--db", rig.path("central.db"), "--told", rig.path("nothing.jsonl")});
    EXPECT_EQ(said.find("doubled:"), std::string::npos) << said;
    const auto central = Database::open({rig.path("central.db"), 0x54494c43});
    ASSERT_TRUE(central) << central.error().message;
    const auto count = [&](const std::string& where) {
        return (*central)->integer("SELECT count(*) FROM event WHERE type LIKE '%.sale.%' AND " + where).value();
    };
    EXPECT_EQ(count("true"), 6);
    EXPECT_EQ(count("effect = 1"), 4);
    EXPECT_EQ(count("effect = 0 AND quality LIKE '%possible_repeat%'"), 2);
    EXPECT_EQ(count("subject LIKE '%/4' AND quality NOT LIKE '%possible_repeat%'"), 1) << "a new sale is not doubted";
}

}  // namespace
}  // namespace tillpost::test
