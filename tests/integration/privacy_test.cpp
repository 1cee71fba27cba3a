// SPDX-License-Identifier: Apache-2.0
// [privacy-1] Card data are planted wherever an input can carry text, and then looked for in everything that the agent
// writes, says or sends.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/integration/mqtt_fixture.hpp"
#include "tests/integration/scanner_pty.hpp"
#include "tests/support/agent_rig.hpp"
#include "tests/support/packed_text.hpp"
#include "tests/unit/redaction_corpus.hpp"

namespace tillpost::test {
namespace {

std::string replaced(std::string text, std::string_view sign, std::string_view by) {
    for (auto at = text.find(sign); at != std::string::npos; at = text.find(sign, at + by.size())) {
        text.replace(at, sign.size(), by);
    }
    return text;
}

/// Where a feed's line can carry text: "#" is the planted one, "@" a number of its own.
const std::vector<std::string>& lines() {
    static const std::vector<std::string> all{
        R"({"type":"sale","till":"T1","number":"@","business_date":"2026-11-23","note":"#","lines":[{"text":"#"}]})",
        R"({"type":"sale","till":"#","number":"@","business_date":"2026-11-23"})",
        R"({"type":"sale","till":"T1","number":"#","business_date":"2026-11-23","n":@})",
        R"({"type":"sale","till":"T1","number":"@","business_date":"#"})",
        R"({"type":"receiving","document":"#","business_date":"2026-11-23","supplier":"#","ssccs":["#"],"n":@})",
        R"({"type":"scan","code":"#","gtin":"#","aim":"#","n":@})",
        R"({"type":"#","n":@})",
        R"({"type":"other","time":"#","mode":"#","n":@})",
        R"({"type":"other","#":1,"deep":{"#":[0,{"er":"x # y"}]},"n":@})",
        R"({"type":"other","a":{"#":1,"#":2},"n":@})",
        R"({"type":"other","a":"#","a":"#","n":@})",
        R"({"#":"#","n":@})",
        R"({"type":"other","a":"#" "b":"#","n":@)",
        R"({"type":"other","a":@ b, "c":"#"})",
        R"({"type":"other","a":"b"c","pan":"#","n":@})",
        R"(@ <sale><note>#</note></sale>)",
        R"(sale @ '#')",
        R"("#" @)",
        R"({"type":"other","n":@,"cut":"#)",
    };
    return all;
}

class PrivacyTest : public MqttFixture {
protected:
    PrivacyTest() : rig(options()) {}

    AgentRig::Options options() const {
        Process made(
            {"openssl",
             {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "10", "-subj",
              "/CN=central", "-keyout", office.file("central.key"), "-out", office.file("central.pem")}});
        EXPECT_EQ(made.wait(), 0) << made.errors();
        AgentRig::Options options;
        options.more_keys = R"(,"export":{"central_certificate":")" + office.file("central.pem") +
                            R"("},"log":{"level":"debug"},"scanners":[{"name":"scanner-1","device":")" + pty.path +
                            R"(","aim":false}])";
        return options;
    }

    void start() {
        rig.broker().start();
        listener = std::make_unique<Client>(loop.get_executor(), settings_for(rig.broker().address(), "listener"));
        ASSERT_TRUE(connect(*listener));
        ASSERT_TRUE(subscribe(*listener, {"#"}));
        rig.start_central();
        rig.start_agent();
        tail = std::make_unique<Process>(
            Process::Command{program_path("tillpost"), {"--socket", rig.path("control.sock"), "tail", "--json"}});
        feed = std::make_unique<FeedClient>(rig.path("feed.sock"));
    }

    void plant(const std::string& text) {
        for (const std::string& form : lines()) {
            const std::string line = replaced(replaced(form, "@", std::to_string(++number)), "#", text);
            const std::string answer = feed->ask(line + "\n");
            ASSERT_NE(answer, "") << line;
            said += answer + "\n";
        }
        loop.poll();  // for the listener
        planted.insert(text);
        if (text.find('\n') == std::string::npos) {
            pty.send(text + "\r");
            ++scans;
        }
    }

    /// All that left the agent in one way or another, by name.
    std::vector<std::pair<std::string, std::string>> traces() {
        std::vector<std::pair<std::string, std::string>> all{{"answers", said},
                                                             {"log", rig.agent().errors() + rig.agent().output()},
                                                             {"tail", tail->output() + tail->errors()},
                                                             {"status", rig.status()}};
        std::string messages;
        for (const MqttMessage& message : listener->messages) messages += message.topic + "\n" + message.payload + "\n";
        all.emplace_back("network", messages);
        for (const auto& file : std::filesystem::directory_iterator(directory_of(rig.journal()))) {
            if (!file.is_regular_file()) continue;
            all.emplace_back(file.path(), revealed(content_of(file.path())));
        }
        return all;
    }

    void expect_clean(const std::vector<std::pair<std::string, std::string>>& all) {
        for (const auto& [name, text] : all) {
            for (const std::string& each : planted) {
                const auto at = text.find(each);
                EXPECT_EQ(at, std::string::npos)
                    << each << " in " << name << ": …" << text.substr(std::max<std::size_t>(at, 60) - 60, 160);
            }
            const std::string file = office.write("trace", text);
            Process scan({program_path("tillpost"), {"pan-scan", file}});
            EXPECT_EQ(scan.wait(), 0) << name << "\n" << scan.output() << scan.errors();
        }
    }

    TempDir office;
    Pty pty;
    AgentRig rig;
    std::unique_ptr<Client> listener;
    std::unique_ptr<Process> tail;
    std::unique_ptr<FeedClient> feed;
    std::set<std::string> planted;
    std::string said;
    int number = 0;
    int scans = 0;
};

TEST_F(PrivacyTest, CardDataReachNoFileNoLogAndNoNetwork) {
    ASSERT_NO_FATAL_FAILURE(start());
    for (const Planted& each : planted_numbers()) ASSERT_NO_FATAL_FAILURE(plant(each.text)) << each.name;
    FeedClient other(rig.path("feed.sock"));
    (void)other.send(std::string(600'000, 'x') + visa + "\n");
    said += other.receive();
    (void)other.send("{\"half\":\"" + visa);  // and no line break
    const int events = number + scans;
    const auto is_delivered = [&] {
        loop.poll();
        return rig.number("captured") > events && rig.everything_confirmed();
    };
    ASSERT_TRUE(wait_until(is_delivered)) << rig.status();
    const bool arrived = run_until([&] {
        return std::any_of(listener->messages.begin(), listener->messages.end(), [&](const MqttMessage& message) {
            return message.payload.find("\"n\":" + std::to_string(number - 11)) != std::string::npos;
        });
    });
    EXPECT_TRUE(arrived) << "nothing was listened to";
    const auto all = traces();
    std::string everything;
    for (const auto& [name, text] : all) everything += text;
    EXPECT_NE(everything.find(mask_1111), std::string::npos) << "nothing was looked at";
    EXPECT_NE(everything.find("redacted:/note"), std::string::npos);
    EXPECT_NE(rig.status().find("\"card_numbers\":"), std::string::npos) << rig.status();
    EXPECT_EQ(rig.status().find("\"redacted\":0"), std::string::npos) << "of feed and scanner: " << rig.status();
    expect_clean(all);
    const std::string limits = content_of("/proc/" + std::to_string(rig.agent().pid()) + "/limits");
    EXPECT_NE(limits.find("Max core file size        0                    0"), std::string::npos) << limits;
    (void)rig.stop_agent();
    expect_clean({{"journal", revealed(content_of(rig.journal()))}, {"log", rig.agent().errors()}});
}

// What the redaction knows nothing of, or is told to leave, is found late: from there to the erasure by what is
// printed.
TEST(PanScanCommandTest, NamesWhatErasingTakesOut) {
    AgentRig::Options options;
    options.more_keys = R"(,"privacy":{"fields":[{"name":"loyalty","policy":"identifier"}]})";
    AgentRig rig(options);
    rig.start_agent();
    FeedClient feed(rig.path("feed.sock"));
    const std::string held = R"("business_date":"2026-11-23","loyalty":"4111111111111111"})";
    const std::string event =
        nlohmann::json::parse(feed.ask(R"({"type":"sale","till":"T1","number":1,)" + held)).at("accepted").at("epoch");
    EXPECT_NE(feed.ask(R"({"type":"sale","till":"T1",)" + held).find("quarantined"), std::string::npos);
    // So large that it goes on in other pages, where nobody can unpack it: its row has it.
    const std::string large = nlohmann::json::parse(feed.ask(R"({"type":"sale","till":"T1","number":2,"x":")" +
                                                             filler(20'000) + "\"," + held))
                                  .at("accepted")
                                  .at("sequence")
                                  .dump();
    const auto scan = [&rig] {
        Process command({program_path("tillpost"), {"pan-scan", "--config", rig.path("tillpost.json"), "--json"}});
        const int code = command.wait().value_or(-1);
        return std::pair(code, nlohmann::json::parse(command.output(), nullptr, false));
    };
    const auto [code, beside] = scan();
    EXPECT_EQ(code, 1);
    ASSERT_TRUE(beside.contains("rows")) << beside;
    ASSERT_FALSE(beside["list"].empty()) << beside;
    EXPECT_EQ(beside["list"][0]["file"], rig.journal() + "-wal") << "not in the database yet: " << beside;
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    std::vector<std::string> erase{"journal", "erase", "--config", rig.path("tillpost.json"), "--reason", "a test"};
    for (const auto& row : beside["rows"]) {
        EXPECT_EQ(row["file"], rig.journal());
        EXPECT_EQ(row["what"], "visa");
        EXPECT_EQ(row["last"], "1111");
        erase.push_back(row["id"]);
    }
    ASSERT_EQ(erase.size(), 9U) << beside;
    EXPECT_TRUE(erase[6].starts_with(event + "-")) << beside;
    EXPECT_TRUE(erase[7].starts_with(event + "-") && erase[7].ends_with("0" + large)) << beside;
    EXPECT_TRUE(erase[8].starts_with("Q1-")) << beside;
    const auto in_database = scan().second;
    EXPECT_EQ(in_database["list"][0]["file"], rig.journal()) << in_database;
    EXPECT_EQ(in_database["rows"].size(), 3U) << in_database;
    Process words({program_path("tillpost"), {"pan-scan", "--config", rig.path("tillpost.json")}});
    EXPECT_EQ(words.wait(), 1);
    EXPECT_NE(
        words.output().find("tillpost journal erase --reason WHY " + erase[6] + " " + erase[7] + " " + erase[8] + "\n"),
        std::string::npos)
        << words.output();
    Process command({program_path("tillpost"), erase});
    EXPECT_EQ(command.wait(), 0) << command.errors();
    EXPECT_EQ(scan().first, 0) << scan().second;
}

// The same at central, where events are kept that the box has deleted long ago.
TEST(PanScanCommandTest, NamesWhatErasingTakesOutOfCentralsFile) {
    AgentRig::Options options;
    options.more_keys = R"(,"privacy":{"fields":[{"name":"loyalty","policy":"identifier"}]})";
    AgentRig rig(options);
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    const auto answer = nlohmann::json::parse(
        FeedClient(rig.path("feed.sock"))
            .ask(
                R"({"type":"sale","till":"T1","number":1,"business_date":"2026-11-23","loyalty":"4111111111111111"})"));
    ASSERT_TRUE(wait_until([&] { return rig.everything_confirmed(); })) << rig.status();
    const auto run = [](const std::string& program, const std::vector<std::string>& words) {
        Process command({program_path(program), words});
        const int code = command.wait().value_or(-1);
        return std::pair(code, command.output() + command.errors());
    };
    const std::string file = rig.path("central.db");
    const std::vector<std::string> scan{"pan-scan", "--config", rig.path("tillpost.json"), file};
    const auto [code, beside] = run("tillpost", scan);
    EXPECT_EQ(code, 1) << "a receiver may go on running: " << beside;
    const std::string begin = "tillpost-central erase --db " + file + " --reason WHY ";
    const std::size_t at = beside.find(begin);
    ASSERT_NE(at, std::string::npos) << beside;
    const std::string id = beside.substr(at + begin.size(), beside.find('\n', at) - at - begin.size());
    EXPECT_TRUE(id.starts_with(answer["accepted"]["epoch"].get<std::string>() + "-")) << id;
    const std::vector<std::string> erase{"erase",   "--db", file, "--reason", "in a loyalty field, 4111 1111 1111 1111",
                                         "--actor", "p-7",  id};
    EXPECT_EQ(run("tillpost-central", erase).first, 2) << "while a receiver has it open";
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    rig.stop_central();
    const auto [erased, said] = run("tillpost-central", erase);
    EXPECT_EQ(erased, 0) << said;
    EXPECT_NE(said.find("erased: 1 content;"), std::string::npos) << said;
    EXPECT_EQ(run("tillpost", {"pan-scan", "--config", rig.path("tillpost.json"), file}).first, 0);
    const auto [proven, report] =
        run("tillpost-central", {"audit", "--db", file, "--certificate", rig.path("device.pem")});
    EXPECT_EQ(proven, 0) << report;
    EXPECT_NE(report.find("ERASED HERE: " + id + ", erased at central at "), std::string::npos) << report;
    EXPECT_NE(report.find(" (p-7), because: in a loyalty field, ************1111"), std::string::npos) << report;
}

TEST_F(PrivacyTest, CardDataLeaveOnNoStick) {
    ASSERT_NO_FATAL_FAILURE(start());
    for (const char* name : {"visa", "spaces", "track 2", "JSON escapes", "full width"}) {
        for (const Planted& each : planted_numbers()) {
            if (std::string(each.name) != name) continue;
            ASSERT_NO_FATAL_FAILURE(plant(each.text));
        }
    }
    (void)rig.stop_agent();
    std::filesystem::create_directory(office.file("stick"));
    Process out({program_path("tillpost"),
                 {"journal", "export", "--all", "--to", office.file("stick"), "--config", rig.path("tillpost.json")}});
    ASSERT_EQ(out.wait(), 0) << out.errors();
    std::size_t chunks = 0;
    for (const auto& file : std::filesystem::directory_iterator(office.file("stick"))) {
        Process opened({"openssl",
                        {"cms", "-decrypt", "-inform", "DER", "-in", file.path(), "-recip", office.file("central.pem"),
                         "-inkey", office.file("central.key"), "-out", office.file("opened")}});
        ASSERT_EQ(opened.wait(), 0) << opened.errors();
        const std::string text = content_of(office.file("opened"));
        EXPECT_NE(text.find("redacted:/note"), std::string::npos);
        expect_clean({{file.path(), text}});
        ++chunks;
    }
    EXPECT_GT(chunks, 0U);
}

}  // namespace
}  // namespace tillpost::test
