// SPDX-License-Identifier: Apache-2.0
// `tillpost reprocess` with the real programs: what central gets of it, and that a kill at any moment does no harm.
#include <gtest/gtest.h>

#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

using nlohmann::json;

const char* const dropping = R"(,"privacy":{"fields":[{"name":"operator","policy":"drop"}]})";
const char* const holding = R"(,"rules":[{"rule":"mode","severity":"quarantine"}])";

std::string sale(int number, const std::string& more = "") {
    return R"({"type":"sale","till":"T01","number":)" + std::to_string(number) +
           R"(,"business_date":"2026-11-23","time":"2026-11-23T10:15:30Z","operator":"Ms Fink","currency":"EUR")" +
           more +
           R"(,"lines":[{"line":1,"kind":"service","direction":"sale","amount":"1"}],)"
           R"("tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1}})";
}

class ReprocessTest : public ::testing::Test {
protected:
    std::vector<std::string> command(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--socket", rig.path("control.sock"), "reprocess"});
        return arguments;
    }
    struct Answer {
        int code = -1;
        std::string output, errors;
    };
    Answer run(std::vector<std::string> arguments) const {
        Process process({program_path("tillpost"), command(std::move(arguments))});
        const int code = process.wait().value_or(-1);
        return {code, process.output(), process.errors()};
    }
    void start() {
        rig.broker().start();
        rig.start_central();
        rig.start_agent();
    }
    void restart_with(const std::string& keys) {
        EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
        rig.configure(keys);
        rig.start_agent();
    }
    /// All at once, and then the answers.
    void feed(const std::vector<std::string>& lines) {
        FeedClient client(rig.path("feed.sock"));
        std::size_t answered = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            ASSERT_TRUE(client.send(lines[i] + "\n"));
            for (; answered + 100 < i; ++answered) ASSERT_NE(client.receive(), "");
        }
        for (; answered < lines.size(); ++answered) ASSERT_NE(client.receive(), "");
    }
    std::vector<json> at_central() {
        EXPECT_TRUE(wait_until([this] { return rig.everything_confirmed(); })) << rig.status();
        (void)rig.stop_agent();
        rig.stop_central();
        Process exported({program_path("tillpost-central"), {"export", "--db", rig.path("central.db")}});
        EXPECT_EQ(exported.wait().value_or(-1), 0) << exported.errors();
        std::vector<json> events;
        std::istringstream lines(exported.output());
        for (std::string line; std::getline(lines, line);) {
            json event = json::parse(line, nullptr, false);
            if (event.is_object() && event.contains("type")) events.push_back(std::move(event));
        }
        return events;
    }

    AgentRig rig;
};

TEST_F(ReprocessTest, CentralGetsCorrectionsThatSayWhyAndWho) {
    rig.configure(holding);
    start();
    feed({sale(1), sale(2, R"(,"mode":"tests")"), "no json"});
    restart_with(dropping);
    const Answer unreasoned = run({});
    EXPECT_EQ(unreasoned.code, 64);
    EXPECT_NE(unreasoned.errors.find("/reason"), std::string::npos) << unreasoned.errors;
    for (const char* wrong : {"--rule=nope", "--type=nope", "--from-date=2026-02-30", "--to-date=today"}) {
        const Answer refused = run({"--dry-run", wrong});
        EXPECT_EQ(refused.code, 64) << wrong;
        EXPECT_TRUE(refused.output.empty()) << refused.output;
    }
    EXPECT_EQ(run({"--dry-run", "--rule=not_json"}).code, 0);
    const Answer would = run({"--dry-run"});
    EXPECT_EQ(would.code, 0) << would.errors;
    EXPECT_NE(would.output.find("1 event would be corrected\n1 record would be released\n"), std::string::npos)
        << would.output;
    EXPECT_EQ(rig.number("quarantined"), 2);
    const Answer did = run({"--reason", "names are not to be kept", "--actor", "p-1"});
    EXPECT_EQ(did.code, 0) << did.errors;
    EXPECT_NE(did.output.find("sale  pos/T01/2026-11-23/1  corrected by "), std::string::npos) << did.output;
    EXPECT_NE(did.output.find("1 event corrected\n1 record released\n"), std::string::npos) << did.output;
    const Answer again = run({"--reason", "names are not to be kept", "--json"});
    EXPECT_EQ(again.code, 0) << again.errors;
    EXPECT_EQ(json::parse(again.output)["corrected"], 0) << again.output;
    EXPECT_EQ(rig.number("quarantined"), 1) << "what nobody can read waits for a person";

    std::map<std::string, std::vector<json>> by_type;
    for (json& event : at_central()) by_type[event["type"]].push_back(std::move(event));
    const std::vector<json>& sales = by_type["tillpost.sale.v1"];
    ASSERT_EQ(sales.size(), 3U);
    EXPECT_EQ(sales[0]["data"]["operator"], "Ms Fink");
    EXPECT_EQ(sales[1]["corrects"], sales[0]["id"]);
    EXPECT_EQ(sales[1]["correctskind"], "replace");
    EXPECT_TRUE(sales[1]["data"]["operator"].is_null()) << sales[1];
    const json why{{"reason", "names are not to be kept"}, {"actor", "p-1"}, {"user", ::geteuid()}};
    EXPECT_EQ(sales[1]["data"]["reprocessed"], why);
    EXPECT_EQ(by_type["tillpost.released.v1"].size(), 1U);
    EXPECT_EQ(by_type["tillpost.released.v1"][0]["data"]["event"], sales[2]["id"]);
}

TEST_F(ReprocessTest, EachIsCorrectedOnceThroughKillsAtRandomMoments) {
    start();
    const int count = long_run() ? 3'000 : 700;
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) lines.push_back(sale(i));
    ASSERT_NO_FATAL_FAILURE(feed(lines));
    restart_with(dropping);
    const unsigned seed = seed_of_run();
    std::mt19937 random(seed);
    int kills = 0;
    int midway = 0;
    for (;;) {
        Process process({program_path("tillpost"), command({"--reason", "test"})});
        if (kills == 6) {
            EXPECT_EQ(process.wait().value_or(-1), 0) << process.errors();
            break;
        }
        // At a random moment, or when the first slice is done and others are not.
        if (kills % 2 == 0) (void)process.wait(Millis(1 + static_cast<int>(random() % 40)));
        if (kills % 2 == 1) (void)wait_until([&] { return !process.output().empty() || !process.running(); });
        rig.kill_agent();
        ++kills;
        rig.start_agent();
        const int code = process.wait().value_or(-1);
        EXPECT_TRUE(code == 0 || code == 2) << code << process.errors();
        if (code == 2 && !process.output().empty()) ++midway;
    }
    EXPECT_GT(midway, 0) << "no kill came between two slices";
    std::map<std::string, int> times;
    int sales = 0;
    for (const json& event : at_central()) {
        if (event["type"] == "tillpost.sale.v1") ++sales;
        if (event.contains("corrects")) ++times[event["corrects"]];
    }
    EXPECT_EQ(sales, 2 * count) << "seed " << seed << ", kills " << kills;
    EXPECT_EQ(times.size(), static_cast<std::size_t>(count));
    for (const auto& [id, corrections] : times) EXPECT_EQ(corrections, 1) << id;
}

TEST_F(ReprocessTest, ListsAFewAndSumsUpMany) {
    start();
    std::vector<std::string> lines;
    for (int i = 1; i <= 25; ++i) lines.push_back(sale(i, R"(,"shift":"early")"));
    ASSERT_NO_FATAL_FAILURE(feed(lines));
    restart_with(dropping);
    const auto times = [](const std::string& text, const std::string& what) {
        int count = 0;
        for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
        return count;
    };
    const Answer would = run({"--dry-run"});
    EXPECT_EQ(times(would.output, "would be corrected: data"), 20) << would.output;
    EXPECT_NE(would.output.find("More of them (--verbose lists each):\n  5  sale: data\n"), std::string::npos)
        << would.output;
    const Answer all = run({"--dry-run", "--verbose"});
    EXPECT_EQ(times(all.output, "would be corrected: data"), 25) << all.output;
    EXPECT_EQ(all.output.find("More of them"), std::string::npos);
    const Answer as_json = run({"--dry-run", "--json"});
    EXPECT_EQ(times(as_json.output, "\n"), 26) << "a line for each, and the sum";
}

TEST_F(ReprocessTest, WithoutADaemonItSaysSo) {
    const Answer answer = run({"--dry-run"});
    EXPECT_EQ(answer.code, 2);
    EXPECT_NE(answer.errors.find("control.sock"), std::string::npos) << answer.errors;
}

}  // namespace
}  // namespace tillpost::test
