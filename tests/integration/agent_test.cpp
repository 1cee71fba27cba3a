// SPDX-License-Identifier: Apache-2.0
// The whole agent as a process, with a real broker and the reference receiver. What devices were told is compared with
// what central has by the history checker (`tillpost-central check`).
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/support/agent_rig.hpp"
#include "tests/support/packed_text.hpp"

namespace tillpost::test {
namespace {

TEST(AgentTest, EverythingAcknowledgedArrivesThroughRandomKills) {  // [durable-1] [durable-2] [once-1] [once-2]
    const int rounds = long_run() ? 200 : 50;
    const unsigned seed = seed_of_run();
    std::mt19937 random(seed);
    AgentRig rig;
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "42", "--rate", "800", "--in-flight", "32", "--seconds", "600"});
    for (int round = 0; round < rounds; ++round) {
        const std::size_t next = rig.told() + 1 + random() % 120;
        ASSERT_TRUE(wait_until([&] { return rig.told() >= next; })) << "seed " << seed << " round " << round;
        rig.kill_agent();
        rig.start_agent();
    }
    store->kill(SIGTERM);
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0) << "seed " << seed;
}

TEST(AgentTest, NothingIsLostWhenTheBrokerIsKilledAndComesBackEmpty) {
    AgentRig rig;
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "7", "--rate", "2000", "--in-flight", "64", "--seconds", "600"});
    for (int round = 0; round < 3; ++round) {
        const std::size_t next = rig.told() + 1'000;
        ASSERT_TRUE(wait_until([&] { return rig.told() >= next; }));
        rig.broker().stop(SIGKILL);
        const std::size_t offline = rig.told() + 1'000;
        ASSERT_TRUE(wait_until([&] { return rig.told() >= offline; })) << "capture goes on";
        rig.broker().start();
    }
    store->kill(SIGTERM);
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    (void)rig.stop_agent();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0);
}

TEST(AgentTest, CentralMayBeKilledAndComeBack) {
    AgentRig rig;
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "9", "--rate", "0", "--in-flight", "64", "--events", "3000"});
    rig.stop_central();
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    EXPECT_GT(rig.number("waiting"), 0);
    rig.start_central();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    (void)rig.stop_agent();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0);
}

TEST(AgentTest, ARefusalByTheBrokerLeadsToRetryNotToLoss) {
    AgentRig::Options options;
    options.broker.acl =
        "topic readwrite tillpost/v1/acme/0042/till-01/hello\n"
        "topic readwrite tillpost/v1/acme/0042/till-01/receipt\n"
        "topic readwrite tillpost/v1/acme/0042/till-01/online\n"
        "topic read tillpost/v1/+/+/+/events\n";
    AgentRig rig(options);
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "3", "--rate", "0", "--events", "200"});
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    ASSERT_TRUE(wait_until([&] { return rig.agent().errors().find("refuses events") != std::string::npos; }))
        << rig.agent().errors();
    EXPECT_EQ(rig.number("confirmed"), 0);
    EXPECT_NE(rig.status().find("the broker refuses events"), std::string::npos) << rig.status();
    EXPECT_NE(rig.status().find(R"("delivery":"refused by the broker","refusal":"0x87)"), std::string::npos)
        << rig.status();
    rig.broker().stop();
    rig.broker().allow_everything();
    rig.broker().start();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    EXPECT_EQ(rig.status().find("the broker refuses"), std::string::npos) << rig.status();
    EXPECT_NE(rig.agent().errors().find("the broker takes events again"), std::string::npos) << rig.agent().errors();
    (void)rig.stop_agent();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0);
}

TEST(AgentTest, DeliversCompressedLines) {
    AgentRig::Options options;
    options.delivery = R"("compress":"zstd")";
    AgentRig rig(options);
    rig.start_agent();
    auto store = rig.start_store({"--seed", "5", "--rate", "0", "--events", "2000"});
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    rig.broker().start();
    rig.start_central();
    rig.kill_agent();
    rig.start_agent();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    (void)rig.stop_agent();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0);
}

TEST(AgentTest, SaysInItsStatusThatTheBrokerRefusesItsHello) {
    AgentRig::Options options;
    options.broker.acl =
        "topic readwrite tillpost/v1/acme/0042/till-01/receipt\n"
        "topic readwrite tillpost/v1/acme/0042/till-01/online\n";
    AgentRig rig(options);
    rig.broker().start();
    rig.start_agent();
    const auto said = [&] { return rig.status().find("the broker refuses `hello`") != std::string::npos; };
    EXPECT_TRUE(wait_until(said)) << rig.status();
}

TEST(AgentTest, CountsWhatTheFeedItselfRefuses) {
    AgentRig rig;
    rig.start_agent();
    FeedClient client(rig.path("feed.sock"));
    EXPECT_NE(client.ask(std::string(600'000, 'x')).find("line_too_long"), std::string::npos);
    EXPECT_EQ(rig.number("refused"), 1);
}

TEST(AgentTest, StopsOnSigtermAfterDeliveringWhatWaits) {
    AgentRig rig;
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    ASSERT_TRUE(wait_until([&] { return rig.number("confirmed") > 0; })) << rig.status();
    auto store = rig.start_store({"--seed", "5", "--rate", "0", "--events", "500"});
    ASSERT_EQ(store->wait().value_or(-1), 0);
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
    EXPECT_NE(rig.agent().errors().find("tillpostd stopped waiting=0"), std::string::npos) << rig.agent().errors();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0);
}

TEST(AgentTest, DeliversByMqtt311Too) {
    AgentRig::Options options;
    options.broker_keys = R"(,"protocol":"3.1.1")";
    AgentRig rig(options);
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "6", "--rate", "0", "--events", "500"});
    ASSERT_EQ(store->wait().value_or(-1), 0);
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    (void)rig.stop_agent();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0);
}

TEST(AgentTest, TheBrokersWordIsEnoughWhereTheConfigurationSaysSo) {
    AgentRig::Options options;
    options.delivery = R"("confirm":"broker")";
    AgentRig rig(options);
    rig.broker().start();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "6", "--rate", "0", "--events", "500"});
    ASSERT_EQ(store->wait().value_or(-1), 0);
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
}

TEST(AgentTest, StartsAgainAtOnceAfterKillMinusNine) {
    AgentRig rig;
    rig.start_agent();
    rig.kill_agent();
    rig.start_agent();
    FeedClient client(rig.path("feed.sock"));
    EXPECT_NE(client.ask(R"({"type":"scan","code":"1"})").find("accepted"), std::string::npos);
}

TEST(AgentTest, TheSameRecordGetsTheSameReceiptAlsoAfterARestart) {  // [once-2]
    const std::string sale =
        R"({"type":"sale","till":"T1","number":"1","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR","lines":[],"tenders":[],"totals":{"gross":"0.00"}})";
    AgentRig rig;
    rig.start_agent();
    std::string first;
    {
        FeedClient client(rig.path("feed.sock"));
        first = client.ask(sale);
        EXPECT_NE(first.find("accepted"), std::string::npos) << first;
        EXPECT_EQ(client.ask(sale), first);
    }
    rig.kill_agent();
    rig.start_agent();
    FeedClient client(rig.path("feed.sock"));
    EXPECT_EQ(client.ask(sale), first);
}

/// Sells on a November day, whose numbers no other day has, and waits until central has everything.
void sell(AgentRig& rig, const std::string& day, const char* events) {
    auto store = rig.start_store(
        {"--seed", day, "--start-date", "2026-11-" + day, "--rate", "0", "--in-flight", "64", "--events", events});
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
}

TEST(AgentTest, AJournalRestoredFromAnOldImageForksByItselfAndLosesNothing) {  // [fork-1]
    namespace fs = std::filesystem;
    AgentRig rig;
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    sell(rig, "21", "300");
    ASSERT_EQ(rig.stop_agent().value_or(-1), 0);
    fs::copy_file(rig.journal(), rig.path("image.db"));
    fs::copy_file(rig.journal() + ".witness", rig.path("image.witness"));
    rig.start_agent();
    sell(rig, "22", "400");
    ASSERT_EQ(rig.stop_agent().value_or(-1), 0);
    fs::copy_file(rig.path("image.db"), rig.journal(), fs::copy_options::overwrite_existing);
    fs::copy_file(rig.path("image.witness"), rig.journal() + ".witness", fs::copy_options::overwrite_existing);
    fs::remove(rig.journal() + "-wal");
    rig.start_agent();
    sell(rig, "23", "500");
    EXPECT_NE(rig.status().find("\"epoch\""), std::string::npos);
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
    EXPECT_NE(rig.agent().errors().find("restored from an old image"), std::string::npos) << rig.agent().errors();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0);
}

TEST(AgentTest, ADamagedJournalIsSetAsideAndWhatIsReadableArrives) {  // [durable-2] [end-2]
    AgentRig rig;
    rig.broker().start();
    rig.start_agent();  // central is away: everything waits
    auto store = rig.start_store({"--seed", "31", "--rate", "0", "--in-flight", "64", "--events", "3000"});
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->errors();
    ASSERT_EQ(rig.stop_agent().value_or(-1), 0);
    {
        std::fstream file(rig.journal(), std::ios::in | std::ios::out | std::ios::binary);
        const auto middle = std::filesystem::file_size(rig.journal()) / 4096 / 2;
        for (const auto each : {middle - 7, middle, middle + 5}) {  // one of them may have keys alone
            file.seekp(static_cast<std::streamoff>(each * 4096));
            file << std::string(4096, 'Z');
        }
    }
    rig.start_agent();
    rig.start_central();
    // It meets the damage at the start and sets the file aside at once, or when it reads there: then it stops on
    // purpose, and the service manager starts it again.
    const auto aside = [&] { return rig.agent().errors().find("set aside") != std::string::npos; };
    ASSERT_TRUE(wait_until([&] { return aside() || !rig.agent().running(); })) << rig.agent().errors();
    if (!rig.agent().running()) {
        EXPECT_EQ(rig.agent().wait().value_or(-1), 1);
        rig.start_agent();
    }
    ASSERT_TRUE(wait_until([&] { return rig.number("lost") > 0 && rig.everything_confirmed(); })) << rig.status();
    const long long lost = rig.number("lost");
    EXPECT_LT(lost, 60);
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0) << "no other is missing";
    EXPECT_EQ(rig.counted_by_check("named"), lost) << "each lost event is named";
}

/// A small file system of its own, which a test can fill. Needs root.
class SmallDisk {
public:
    SmallDisk() { mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=8m") == 0; }
    ~SmallDisk() {
        if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }
    const std::string& path() const { return folder_.path(); }
    void fill(std::size_t bytes) const { (void)folder_.write("ballast", std::string(bytes, 'x')); }
    void make_room() const { std::filesystem::remove(folder_.file("ballast")); }

private:
    TempDir folder_;
    bool mounted_;
};

TEST(AgentTest, AFullDiskRefusesWithTheReasonAndRecoversByItself) {  // [durable-2]
    const SmallDisk disk;
    if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
    AgentRig::Options options;
    options.journal_folder = disk.path();
    AgentRig rig(options);
    rig.broker().start();
    rig.start_central();
    disk.fill(5 << 20);  // what is left is less than the WAL may take before its checkpoint
    rig.start_agent();
    auto store = rig.start_store({"--seed", "8", "--rate", "0", "--in-flight", "64", "--events", "4000"});
    ASSERT_TRUE(wait_until([&] { return rig.status().find("\"storage\":\"full\"") != std::string::npos; }))
        << rig.status();
    {
        // Small ones may still fit; large ones soon do not.
        FeedClient client(rig.path("feed.sock"));
        const std::string large = R"({"type":"scan","code":")" + filler(30'000) + "\"}";
        std::string answer;
        for (int i = 0; i < 100 && answer.find("refused") == std::string::npos; ++i) answer = client.ask(large);
        EXPECT_NE(answer.find(R"({"refused":{"reason":"disk_full:)"), std::string::npos) << answer;
    }
    disk.make_room();
    ASSERT_EQ(store->wait().value_or(-1), 0) << store->output() << store->errors();
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0) << rig.agent().errors();
    rig.stop_central();
    EXPECT_EQ(rig.check(), 0);
}

struct BadInput {
    const char* name;
    std::string line;
    std::string expected;
};

class BadInputTest : public ::testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, IsAnsweredAndOthersAreServed) {  // [durable-3]
    AgentRig rig;
    rig.start_agent();
    FeedClient client(rig.path("feed.sock"));
    const std::string answer = client.ask(GetParam().line);
    EXPECT_NE(answer.find(GetParam().expected), std::string::npos) << answer;
    EXPECT_NE(client.ask(R"({"type":"scan","code":"1"})").find("accepted"), std::string::npos);
    FeedClient other(rig.path("feed.sock"));
    EXPECT_NE(other.ask(R"({"type":"scan","code":"2"})").find("accepted"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, BadInputTest,
    ::testing::Values(
        BadInput{"not_json", "hello", "not_json"}, BadInput{"cut_off", R"({"type":"sale","ti)", "not_json"},
        BadInput{"over_long", "{\"type\":\"scan\",\"code\":\"" + std::string(600'000, 'x') + "\"}", "line_too_long"},
        BadInput{"nested_over_long", std::string(600'000, '['), "line_too_long"},
        BadInput{"nested", "{\"type\":\"scan\",\"code\":" + std::string(60'000, '[') + "}", "too_deep"},
        BadInput{"invalid_utf8", "{\"type\":\"scan\",\"code\":\"\xff\xfe\"}", "invalid_utf8"},
        BadInput{"nul", std::string("{\"type\":\"scan\",\"code\":\"1\"}\0x", 29), "not_json"},
        BadInput{"infinite", R"({"type":"scan","code":"1","x":1e999})", "number_range"},
        BadInput{"duplicate_key", R"({"type":"scan","code":"1","code":"2"})", "duplicate_key"},
        BadInput{"no_type", R"({"code":"1"})", "quarantined"},
        BadInput{"no_number", R"({"type":"sale","till":"T1","business_date":"2026-11-23"})", "quarantined"}),
    [](const auto& which) { return std::string(which.param.name); });

TEST(AgentTest, AConfigurationForAnotherMachineCanBeChecked) {
    TempDir folder;
    const std::string path =
        folder.write("tillpost.json", R"({"agent":{"tenant":"a","store":"b","node":"c"},)"
                                      R"("journal":{"path":"/nowhere/journal.db"},)"
                                      R"("broker":{"address":"ssl://mqtt.example:8883","ca_file":"/nowhere/ca.pem"}})");
    const auto check = [&path](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--config", path});
        Process daemon({program_path("tillpostd"), arguments});
        const int code = daemon.wait().value_or(-1);
        return std::to_string(code) + " " + daemon.output() + daemon.errors();
    };
    const std::string valid = "0 " + path + " is valid; the files that it names were not looked at\n";
    EXPECT_TRUE(check({"--check-config", "--no-files"}).starts_with(valid)) << check({"--check-config", "--no-files"});
    EXPECT_NE(check({"--check-config"}).find("/nowhere"), std::string::npos);
    EXPECT_TRUE(check({"--no-files"}).starts_with("2 ")) << "it would start with it";
}

TEST(AgentTest, AFirstStartSaysWhereToBegin) {
    TempDir folder;
    Process daemon({program_path("tillpostd"), {"--config", folder.file("none.json")}});
    EXPECT_EQ(daemon.wait().value_or(-1), 2);
    for (const char* const word : {"none.json", "/usr/share/doc/tillpost/tillpost.json", "--config FILE"}) {
        EXPECT_NE(daemon.errors().find(word), std::string::npos) << daemon.errors();
    }
}

TEST(AgentTest, BrokenConfigurationsAreRefusedWithTheKey) {
    TempDir folder;
    const std::string path = folder.write("tillpost.json", R"({"agent":{"tenant":"a","store":"b","node":"c d"}})");
    Process daemon({program_path("tillpostd"), {"--check-config", "--config", path}});
    EXPECT_EQ(daemon.wait().value_or(-1), 2);
    for (const char* key : {"/agent/node", "/journal", "/broker"}) {
        EXPECT_NE(daemon.errors().find(key), std::string::npos) << daemon.errors();
    }
}

}  // namespace
}  // namespace tillpost::test
