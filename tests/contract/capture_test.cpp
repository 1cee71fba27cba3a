// SPDX-License-Identifier: Apache-2.0
// What the agent and central really send, in a file for check.mjs: tillpostd, tillpost-central and a broker, fed with
// every right example, with lines that nobody can accept and decisions on them, and by the simulated store.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/mqtt_fixture.hpp"
#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class CaptureTest : public MqttFixture {
protected:
    void TearDown() override {
        if (watcher) await(watcher->connection->disconnect());
        LoopTest::TearDown();
        watcher.reset();
    }
    void watch() {
        rig.broker().start();
        watcher = std::make_unique<Client>(loop.get_executor(), settings_for(rig.broker().address(), "watcher"));
        ASSERT_TRUE(connect(*watcher));
        ASSERT_TRUE(subscribe(*watcher, {"tillpost/v1/#"}));
    }
    /// The leaves of the topics on which something has come.
    std::set<std::string> leaves() const {
        std::set<std::string> all;
        for (const MqttMessage& message : watcher->messages) {
            all.insert(message.topic.substr(message.topic.rfind('/') + 1));
        }
        return all;
    }
    std::string last_online() const {
        std::string payload;
        for (const MqttMessage& message : watcher->messages) {
            if (message.topic.ends_with("/online")) payload = message.payload;
        }
        return payload;
    }
    /// Every right example that a feed can send, and what it cannot.
    void feed_examples() {
        FeedClient feed(rig.path("feed.sock"));
        for (const auto& entry : fs::recursive_directory_iterator(TILLPOST_EXAMPLES)) {
            if (entry.path().extension() != ".json" || entry.path().filename() == "bad.json") continue;
            const json example = json::parse(content_of(entry.path()), nullptr, false);
            if (!example.is_object() || !example.contains("type") || example.contains("specversion")) continue;
            EXPECT_EQ(feed.ask(example.dump()).find("{\"accepted\""), 0U) << entry.path();
        }
        for (const char* broken : {"no json", "{}", R"({"type":"sale"})", "[1]"}) {
            const std::string answer = feed.ask(broken);
            EXPECT_EQ(answer.find("{\"quarantined\""), 0U) << broken;
            held.push_back(json::parse(answer)["quarantined"]["id"]);
        }
    }
    /// A decision of each kind.
    void decide() {
        std::ofstream(rig.path("corrected.json")) << R"({"type":"scan","code":"4006381333931"})";
        const std::vector<std::vector<std::string>> decisions{
            {"release", held.at(0)},
            {"correct", held.at(1), rig.path("corrected.json"), "--actor", "p-1"},
            {"discard", held.at(2), "--reason", "a test"}};
        for (std::vector<std::string> arguments : decisions) {
            arguments.insert(arguments.begin(), {"--socket", rig.path("control.sock"), "quarantine"});
            Process command({program_path("tillpost"), std::move(arguments)});
            EXPECT_EQ(command.wait().value_or(-1), 0) << command.errors();
        }
    }
    void write_down() const {
        fs::create_directories(fs::path(TILLPOST_CAPTURE).parent_path());
        std::ofstream file(TILLPOST_CAPTURE);
        for (const MqttMessage& message : watcher->messages) {
            file << json{{"topic", message.topic}, {"payload", message.payload}}.dump() << "\n";
        }
        EXPECT_TRUE(file.flush());
    }

    AgentRig rig;
    std::vector<std::string> held;  ///< Ids of records in quarantine.
    std::unique_ptr<Client> watcher;
};

TEST_F(CaptureTest, WritesDownWhatTravels) {
    watch();
    rig.start_central();
    rig.start_agent();
    feed_examples();
    decide();
    const auto store = rig.start_store({"--rate", "0", "--events", "300", "--wrong-totals", "200", "--conflicts", "200",
                                        "--unknown", "200", "--seed", "7"});
    EXPECT_EQ(store->wait().value_or(-1), 0) << store->errors();
    EXPECT_TRUE(wait_until([this] { return rig.everything_confirmed(); }));
    ASSERT_EQ(rig.stop_agent().value_or(-1), 0);
    EXPECT_TRUE(run_until([this] { return last_online().find("\"online\":false") != std::string::npos; }));
    const std::set<std::string> wanted{"events", "hello", "online", "receipt", "state"};
    const std::set<std::string> came = leaves();
    EXPECT_TRUE(std::includes(came.begin(), came.end(), wanted.begin(), wanted.end()));
    write_down();
}

}  // namespace
}  // namespace tillpost::test
