// SPDX-License-Identifier: Apache-2.0
// The way out for a store whose line is dead for weeks, with the real programs: out on a stick, in at central, and the
// answer back. The commands are those of agent/central/README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "agent/wire/stick.hpp"
#include "platform/files.hpp"
#include "platform/sealed_file.hpp"
#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

class StickTest : public ::testing::Test {
protected:
    /// `broker`: more lines of its configuration.
    explicit StickTest(const std::string& broker = {}) : rig(options(broker)) {}

    AgentRig::Options options(const std::string& broker) const {
        Process made(
            {"openssl",
             {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "10", "-subj",
              "/CN=central", "-keyout", office.file("central.key"), "-out", office.file("central.pem")}});
        EXPECT_EQ(made.wait(), 0) << made.errors();
        std::filesystem::create_directory(stick());
        AgentRig::Options options;
        options.broker.extra = broker;
        options.more_keys = R"(,"export":{"central_certificate":")" + office.file("central.pem") + "\"}";
        return options;
    }
    std::string stick() const { return office.file("stick"); }
    std::string receipt() const { return stick() + "/acme.0042.till-01.receipt"; }

    void sell(int events, const std::string& seed) {
        auto store =
            rig.start_store({"--seed", seed, "--rate", "0", "--events", std::to_string(events), "--tills", seed});
        ASSERT_EQ(store->wait(), 0) << store->errors();
    }
    /// `tillpost journal COMMAND`
    void on_the_box(std::vector<std::string> words, int code = 0) {
        words.insert(words.begin(), "journal");
        words.insert(words.end(), {"--config", rig.path("tillpost.json")});
        Process command({program_path("tillpost"), std::move(words)});
        ASSERT_EQ(command.wait(), code) << command.output() << command.errors();
        said = command.output() + command.errors();
    }
    void sell_and_export(int events) {
        rig.start_agent();
        ASSERT_NO_FATAL_FAILURE(sell(events, "1"));
        ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
        on_the_box({"export", "--to", stick()});
    }
    std::vector<std::string> import_words() const {
        std::vector<std::string> words{"import",
                                       "--db",
                                       rig.path("central.db"),
                                       "--cert",
                                       office.file("central.pem"),
                                       "--key",
                                       office.file("central.key"),
                                       "--receipts",
                                       stick(),
                                       "--accept-new"};
        for (const auto& file : std::filesystem::directory_iterator(stick())) {
            if (file.path().extension() == ".tillpost") words.push_back(file.path());
        }
        return words;
    }
    void at_central(int code = 0) {
        Process command({program_path("tillpost-central"), import_words()});
        ASSERT_EQ(command.wait(), code) << command.errors();
    }
    void the_line_comes_back() {
        rig.broker().start();
        rig.start_central();
        rig.start_agent();
        rig.expect_all_delivered(nullptr);
    }
    /// A database: imports never make one.
    void open_central() {
        rig.broker().start();
        rig.start_central();
        rig.stop_central();
        rig.broker().stop();
    }

    TempDir office;
    AgentRig rig;
    std::string said;  ///< By the last command on the box
};

TEST_F(StickTest, BringsEverythingToCentralAndTheAnswerBack) {  // [end-1] [once-1]
    open_central();
    ASSERT_NO_FATAL_FAILURE(sell_and_export(500));
    ASSERT_NO_FATAL_FAILURE(at_central());
    ASSERT_NO_FATAL_FAILURE(at_central());  // twice has no effect twice
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", receipt()}));
    rig.start_agent();
    EXPECT_LE(rig.number("waiting"), 10) << "only that it was started, and what it then certifies, is new\n"
                                         << rig.status();
    // The line comes back: what went by the stick is at central once.
    rig.broker().start();
    rig.start_central();
    ASSERT_NO_FATAL_FAILURE(sell(100, "2"));
    rig.expect_all_delivered(nullptr);
}

TEST_F(StickTest, AnotherBoxsReceiptAmongOthersIsSaidAndPassed) {
    open_central();
    ASSERT_NO_FATAL_FAILURE(sell_and_export(50));
    ASSERT_NO_FATAL_FAILURE(at_central());
    const std::string other = office.file("acme.0042.till-02.receipt");
    const ExportReceipt of_other{"urn:tillpost:acme:0042:till-02",
                                 {std::string(16, '0'), std::string(32, 'a'), {}, {}}};
    const auto letter = sign(encode(of_other), {office.file("central.key"), office.file("central.pem")});
    ASSERT_TRUE(letter) << letter.error().message;
    ASSERT_TRUE(write_file(other, *letter));
    const std::string rubbish = office.write("rubbish.receipt", "no receipt");
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", other, rubbish, receipt()}, 1));
    EXPECT_NE(said.find(other + ": the receipt is for urn:tillpost:acme:0042:till-02, and this is "), std::string::npos)
        << said;
    EXPECT_NE(said.find(rubbish + ": "), std::string::npos) << said;
    EXPECT_NE(said.find(receipt() + ": confirmed up to "), std::string::npos) << said;
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", other}, 2));
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", receipt()}));
}

TEST_F(StickTest, TakesWhatIsThereWhileTheTillGoesOnSelling) {  // [durable-1]
    open_central();
    rig.start_agent();
    auto store = rig.start_store({"--seed", "1", "--rate", "0", "--in-flight", "64", "--seconds", "60"});
    ASSERT_TRUE(wait_until([&] { return rig.told() >= 500; })) << store->errors();
    ASSERT_NO_FATAL_FAILURE(on_the_box({"export", "--to", stick()}));
    const std::size_t told = rig.told();
    EXPECT_TRUE(wait_until([&] { return rig.told() > told; })) << "capture goes on";
    ASSERT_NO_FATAL_FAILURE(on_the_box({"verify"}));
    ASSERT_NO_FATAL_FAILURE(on_the_box({"stats"}));
    EXPECT_NE(said.find("The running agent knows better: tillpost status"), std::string::npos) << said;
    EXPECT_NE(said.find(" of that in its WAL)"), std::string::npos) << said;
    for (int round = 0; round < 5; ++round) {  // with exit code 1 if anything of a sound journal is called lost
        ASSERT_NO_FATAL_FAILURE(on_the_box({"recover", "--to", office.file("recovered" + std::to_string(round))}));
    }
    store->kill(SIGTERM);
    ASSERT_EQ(store->wait(), 0) << store->errors();
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    ASSERT_NO_FATAL_FAILURE(at_central());
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", receipt()}));
    rig.start_agent();
    EXPECT_GE(rig.number("confirmed"), 500);
    the_line_comes_back();
}

TEST_F(StickTest, MakesNoDatabaseOfWhatItCannotTake) {
    ASSERT_NO_FATAL_FAILURE(sell_and_export(50));
    std::vector<std::string> words = import_words();
    words.push_back("--create");
    std::vector<std::string> untrusted = words;
    untrusted.erase(std::find(untrusted.begin(), untrusted.end(), "--accept-new"));
    std::vector<std::string> other_key = words;
    Process made({"openssl",
                  {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "10",
                   "-subj", "/CN=other", "-keyout", office.file("other.key"), "-out", office.file("other.pem")}});
    ASSERT_EQ(made.wait(), 0) << made.errors();
    std::replace(other_key.begin(), other_key.end(), office.file("central.key"), office.file("other.key"));
    std::replace(other_key.begin(), other_key.end(), office.file("central.pem"), office.file("other.pem"));
    for (const auto& refused : {untrusted, other_key}) {
        Process command({program_path("tillpost-central"), refused});
        EXPECT_EQ(command.wait(), 1) << command.errors();
        EXPECT_NE(command.errors().find("nothing was taken, and so no database"), std::string::npos)
            << command.errors();
        for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(rig.path("")))) {
            EXPECT_EQ(file.path().string().find("central.db"), std::string::npos) << file.path();
        }
    }
    Process command({program_path("tillpost-central"), words});
    EXPECT_EQ(command.wait(), 0) << command.errors();
    EXPECT_TRUE(std::filesystem::exists(rig.path("central.db")));
}

TEST_F(StickTest, MeetsWhatHadArrivedByTheLine) {  // [once-1]
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(300, "1"));
    ASSERT_TRUE(wait_until([&] { return rig.number("confirmed") > 100; })) << rig.status();
    rig.stop_central();
    rig.broker().stop();
    ASSERT_NO_FATAL_FAILURE(sell(300, "2"));
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    ASSERT_NO_FATAL_FAILURE(on_the_box({"export", "--all", "--to", stick()}));
    ASSERT_NO_FATAL_FAILURE(at_central());
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", receipt()}));
    the_line_comes_back();
}

TEST_F(StickTest, LosesNothingWhenTheImportIsKilled) {  // [durable-2]
    open_central();
    ASSERT_NO_FATAL_FAILURE(sell_and_export(3'000));
    for (const int after_ms : {1, 5, 10, 20, 40}) {
        Process command({program_path("tillpost-central"), import_words()});
        (void)command.wait(Millis(after_ms));
        command.kill(SIGKILL);
        (void)command.wait();
    }
    ASSERT_NO_FATAL_FAILURE(at_central());
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", receipt()}));
    the_line_comes_back();
}

/// How many sales a box makes with the image of before another sale of 200.
class RestoredImageTest : public StickTest, public ::testing::WithParamInterface<int> {
protected:
    /// The journal's files, and the key as it was then.
    void copy_journal(const std::string& from, const std::string& to) {
        for (const auto& file : std::filesystem::directory_iterator(to)) {
            if (file.path().filename().string().starts_with("journal.db")) std::filesystem::remove(file.path());
        }
        for (const auto& file : std::filesystem::directory_iterator(from)) {
            const std::string name = file.path().filename().string();
            if (name.starts_with("journal.db")) std::filesystem::copy_file(file.path(), to + "/" + name);
        }
    }
    void clear_stick() {
        std::filesystem::remove_all(stick());
        std::filesystem::create_directory(stick());
    }
    void bring_all_to_central() {
        ASSERT_NO_FATAL_FAILURE(on_the_box({"export", "--to", stick()}));
        ASSERT_NO_FATAL_FAILURE(at_central());
        ASSERT_NO_FATAL_FAILURE(on_the_box({"import", receipt()}));
        clear_stick();
    }
};
INSTANTIATE_TEST_SUITE_P(Sales, RestoredImageTest, ::testing::Values(0, 20, 400));

TEST_P(RestoredImageTest, IsSettledByTheStickAlone) {  // [fork-1] [once-1]
    open_central();
    const std::string box = std::filesystem::path(rig.journal()).parent_path();
    const std::string image = office.file("image");
    std::filesystem::create_directory(image);
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(100, "1"));
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    ASSERT_NO_FATAL_FAILURE(bring_all_to_central());
    copy_journal(box, image);
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(200, "2"));
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    ASSERT_NO_FATAL_FAILURE(bring_all_to_central());

    copy_journal(image, box);
    rig.start_agent();
    if (GetParam() > 0) {
        ASSERT_NO_FATAL_FAILURE(sell(GetParam(), "3"));
    }
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    ASSERT_NO_FATAL_FAILURE(on_the_box({"export", "--to", stick()}));
    ASSERT_NO_FATAL_FAILURE(at_central(1));  // a second history
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", receipt()}, 1));
    EXPECT_NE(said.find("Probably this journal was restored from an old image"), std::string::npos) << said;
    EXPECT_NE(said.find("export again (tillpost journal export)"), std::string::npos) << said;
    ASSERT_NO_FATAL_FAILURE(on_the_box({"verify"}));
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", receipt()}));  // the old receipt once more
    clear_stick();
    ASSERT_NO_FATAL_FAILURE(bring_all_to_central());
    ASSERT_NO_FATAL_FAILURE(on_the_box({"stats"}));
    EXPECT_NE(said.find("0 events are not confirmed"), std::string::npos) << said;
    the_line_comes_back();
}

class SmallPacketsTest : public StickTest {
protected:
    SmallPacketsTest() : StickTest("max_packet_size 8000\n") {}

    /// How often central has that text.
    int at_central_is(const std::string& text) {
        Process command({program_path("tillpost-central"), {"export", "--db", rig.path("central.db")}});
        EXPECT_EQ(command.wait().value_or(-1), 0) << command.errors();
        const std::string all = command.output();
        int count = 0;
        for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
        return count;
    }
};

TEST_F(SmallPacketsTest, WhatNoPacketIsLargeEnoughForGoesByTheStick) {  // [end-1] [once-1]
    rig.broker().start();
    rig.start_central();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(60, "1"));
    const long long held = rig.number("quarantined");  // the simulated store sends such records
    const std::string note = "\"note\":\"" + std::string(20'000, 'n') + "\"";
    const std::string answer =
        FeedClient(rig.path("feed.sock")).ask(R"({"type":"other","till":"T9","number":1,)" + note + "}");
    ASSERT_TRUE(answer.starts_with("{\"accepted\"")) << answer;
    ASSERT_TRUE(wait_until([&] { return rig.number("quarantined") == held + 1 && rig.everything_confirmed(); }))
        << rig.status() << rig.agent().errors();
    rig.stop_central();
    EXPECT_EQ(at_central_is(note), 0);
    ASSERT_NO_FATAL_FAILURE(on_the_box({"export", "--to", stick()}));
    EXPECT_NE(said.find("; in it the content of 1 that waited in quarantine because"), std::string::npos) << said;
    ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    ASSERT_NO_FATAL_FAILURE(at_central());
    ASSERT_NO_FATAL_FAILURE(at_central());
    EXPECT_EQ(at_central_is(note), 1);
    ASSERT_NO_FATAL_FAILURE(on_the_box({"import", receipt()}));
    EXPECT_NE(said.find("; delivered: the content of 1 that waited in quarantine"), std::string::npos) << said;
    ASSERT_NO_FATAL_FAILURE(on_the_box({"verify"}));
    rig.start_central();
    rig.start_agent();
    EXPECT_EQ(rig.number("quarantined"), held) << rig.status();
    rig.expect_all_delivered(nullptr);
    EXPECT_EQ(at_central_is(note), 1);
    Process audit({program_path("tillpost-central"), {"audit", "--db", rig.path("central.db")}});
    EXPECT_EQ(audit.wait().value_or(-1), 0) << audit.output() << audit.errors();
}

}  // namespace
}  // namespace tillpost::test
