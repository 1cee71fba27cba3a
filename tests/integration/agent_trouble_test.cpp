// SPDX-License-Identifier: Apache-2.0
// What goes wrong on a box and what the programs say of it: where, why and what to do, in words for whoever is there.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "platform/device_key.hpp"
#include "platform/files.hpp"
#include "tests/support/agent_rig.hpp"

namespace tillpost::test {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

class AgentTroubleTest : public ::testing::Test {
protected:
    static std::string sale(int number) {
        return R"({"type":"other","till":"T1","number":)" + std::to_string(number) + "}";
    }
    void sell(int events) {
        FeedClient feed(rig.path("feed.sock"));
        for (int i = 0; i < events; ++i) {
            const std::string answer = feed.ask(sale(++number_));
            ASSERT_TRUE(answer.starts_with("{\"accepted\"")) << answer;
        }
    }
    void sell_and_stop(int events) {
        rig.start_agent();
        ASSERT_NO_FATAL_FAILURE(sell(events));
        ASSERT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
    }
    /// `tillpost journal WORDS`: its exit code; everything it wrote is in `said`.
    int journal(std::vector<std::string> words) {
        words.insert(words.begin(), "journal");
        words.insert(words.end(), {"--config", rig.path("tillpost.json")});
        Process command({program_path("tillpost"), std::move(words)});
        const int code = command.wait().value_or(-1);
        said = command.output() + command.errors();
        return code;
    }
    std::string table() const {
        Process tillpost({program_path("tillpost"), {"--socket", rig.path("control.sock"), "status"}});
        EXPECT_EQ(tillpost.wait(), 0) << tillpost.errors();
        return tillpost.output();
    }

    AgentRig rig;
    std::string said;

private:
    int number_ = 0;
};

struct Damage {
    const char* name;
    const char* file;
    const char* content;
    const char* said;
};

void PrintTo(const Damage& which, std::ostream* out) { *out << which.name; }

class DamagedKeyTest : public AgentTroubleTest, public ::testing::WithParamInterface<Damage> {};

INSTANTIATE_TEST_SUITE_P(Files, DamagedKeyTest,
                         ::testing::Values(Damage{"empty_key", "device.key", "", "device.key is empty"},
                                           Damage{"garbled_key", "device.key", "\1\2rubbish", "holds no private key"},
                                           Damage{"empty_certificate", "device.pem", "", "device.pem is empty"},
                                           Damage{"garbled_certificate", "device.pem", "-----BEGIN CERT",
                                                  "holds no certificate"}),
                         [](const auto& which) { return std::string(which.param.name); });

TEST_F(AgentTroubleTest, ACertificateThatIsMadeAnewIsSaid) {
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    EXPECT_EQ(rig.agent().errors().find("had no certificate"), std::string::npos) << "it is the first start";
    ASSERT_TRUE(std::filesystem::remove(rig.path("device.pem")));
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    EXPECT_NE(rig.agent().errors().find("the device key had no certificate: another one is made"), std::string::npos);
    EXPECT_NE(rig.agent().errors().find("fingerprint=" + certificate_fingerprint(rig.path("device.pem")).value()),
              std::string::npos);
}

TEST_F(AgentTroubleTest, AKeyThatIsGoneBesideAJournalIsSaid) {  // [audit-1]
    const char* const said = "its device key is gone with its certificate: a new pair is made";
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    EXPECT_FALSE(has(rig.agent().errors(), said)) << "it is the first start";
    ASSERT_TRUE(std::filesystem::remove(rig.path("device.key")));
    ASSERT_TRUE(std::filesystem::remove(rig.path("device.pem")));
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    EXPECT_TRUE(has(rig.agent().errors(), said) && has(rig.agent().errors(), "tillpost-central trust --replace"))
        << rig.agent().errors();
    EXPECT_TRUE(has(rig.agent().errors(), "fingerprint=" + certificate_fingerprint(rig.path("device.pem")).value()));
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    EXPECT_FALSE(has(rig.agent().errors(), said)) << "once";
}

TEST_F(AgentTroubleTest, AJournalThatIsGoneBesideTheKeyIsSaid) {
    const char* const said = "there is a key of this machine, but no journal";
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    EXPECT_FALSE(has(rig.agent().errors(), said)) << "it is the first start";
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    EXPECT_FALSE(has(rig.agent().errors(), said));
    for (const std::string& file : files_beginning_with(rig.journal())) std::filesystem::remove(file);
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    EXPECT_TRUE(has(rig.agent().errors(), said)) << rig.agent().errors();
}

// [durable-1] It kept the daemon from starting, and the tills from selling.
TEST_P(DamagedKeyTest, KeepsNoEventOut) {
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    const std::string whole = content_of(rig.path(GetParam().file));
    std::ofstream(rig.path(GetParam().file), std::ios::trunc) << GetParam().content;
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(3));
    EXPECT_TRUE(has(rig.agent().errors(), GetParam().said)) << rig.agent().errors();
    rig.start_agent();
    EXPECT_TRUE(has(table(), "Keys         LOOK: ") && has(table(), GetParam().said) && has(table(), "from a copy"))
        << table();
    EXPECT_EQ(content_of(rig.path(GetParam().file)), GetParam().content) << "nothing of it is changed";
    ASSERT_EQ(rig.stop_agent(), 0);
    std::ofstream(rig.path(GetParam().file), std::ios::trunc) << whole;
    rig.start_agent();
    EXPECT_FALSE(has(table(), "Keys")) << table();
    EXPECT_EQ(rig.stop_agent(), 0);
    Process audit({program_path("tillpost"), {"audit", "verify", "--config", rig.path("tillpost.json")}});
    EXPECT_EQ(audit.wait(), 0) << "the next seal covers what was not: " << audit.output() << audit.errors();
}

TEST_F(AgentTroubleTest, APipeInThePlaceOfTheKeyKeepsNoEventOut) {  // [durable-1]
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    std::filesystem::remove(rig.path("device.key"));
    ASSERT_EQ(::mkfifo(rig.path("device.key").c_str(), 0600), 0);
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(3));
    EXPECT_TRUE(has(rig.agent().errors(), rig.path("device.key") + " is no file, but a pipe")) << rig.agent().errors();
}

TEST_F(AgentTroubleTest, AKeyThatOthersCanReadIsClosedAndSaid) {
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    ASSERT_EQ(::chmod(rig.path("device.key").c_str(), 0644), 0);
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(1));
    struct stat facts {};
    ASSERT_EQ(::stat(rig.path("device.key").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U);
    EXPECT_TRUE(has(rig.agent().errors(), "could read a private key: it is 0600 now")) << rig.agent().errors();
}

TEST_F(AgentTroubleTest, ASecondDaemonIsToldOfTheFirst) {
    rig.start_agent();
    Process second({program_path("tillpostd"), {"--config", rig.path("tillpost.json")}});
    EXPECT_EQ(second.wait(), 1);
    EXPECT_TRUE(has(second.errors(), "another process has it open, most likely a running tillpostd: stop that first"))
        << second.errors();
    EXPECT_FALSE(has(second.errors(), "SQLite")) << second.errors();
    EXPECT_EQ(journal({"erase", "--reason", "card in memo", "00c0ffee00c0ffee-0000000000000042"}), 2);
    EXPECT_TRUE(has(said, "stop that first (systemctl stop tillpostd)")) << said;
    EXPECT_FALSE(rig.status().empty()) << "the first one goes on";
    ASSERT_NO_FATAL_FAILURE(sell(1));
}

TEST_F(AgentTroubleTest, OfADamagedFileItIsSaidWhatSavesIt) {
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(200));
    {
        std::fstream file(rig.journal(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096);
        const std::string rubbish(16 * 4096, '\x5a');
        file.write(rubbish.data(), static_cast<std::streamsize>(rubbish.size()));
    }
    EXPECT_EQ(journal({"stats"}), 2);
    EXPECT_TRUE(has(said, rig.journal() + " is damaged (") &&
                has(said, "Restart tillpostd (systemctl restart tillpostd)") &&
                has(said, "tillpost journal recover --journal"))
        << said;
    EXPECT_FALSE(has(said, "SELECT")) << said;
}

// The newest business keys are read when the file is open and trusted: their damage costs no start.
TEST_F(AgentTroubleTest, DamageThatIsMetBehindTheOpeningSetsTheFileAsideAtOnce) {  // [durable-2]
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(20));
    Process damage({"python3",
                    {"-c",
                     "import sqlite3,sys\n"
                     "c=sqlite3.connect(sys.argv[1])\n"
                     "c.executemany('INSERT OR IGNORE INTO business_key VALUES (?,1,?,?,?)',"
                     "[((1<<44)+n,'key %d'%n,b'%016d'%n,(1<<44)+n) for n in range(1,400)])\n"
                     "c.commit()\n"
                     "c.execute('PRAGMA wal_checkpoint(TRUNCATE)')\n"
                     "q=\"SELECT pageno FROM dbstat WHERE name='business_key' AND pagetype='leaf' ORDER BY path\"\n"
                     "p=[r[0] for r in c.execute(q)][-1]\n"
                     "c.close()\n"
                     "f=open(sys.argv[1],'r+b');f.seek((p-1)*4096);f.write(b'Z'*4096)\n",
                     rig.journal()}});
    ASSERT_EQ(damage.wait(), 0) << damage.errors();
    rig.start_agent();
    ASSERT_NO_FATAL_FAILURE(sell(5));
    EXPECT_TRUE(has(rig.agent().errors(), "the journal is damaged, or cannot be read: it is set aside"))
        << rig.agent().errors();
    EXPECT_FALSE(has(rig.agent().errors(), "cannot start")) << rig.agent().errors();
    EXPECT_EQ(rig.stop_agent(), 0) << rig.agent().errors();
}

// A start sets it aside to keep events; a check changes nothing.
TEST(CheckConfigTest, AnotherProgramsFileIsNoJournal) {
    TempDir folder;
    const std::string journal = folder.file("journal.db");
    const std::string path = folder.write(
        "tillpost.json", R"({"agent":{"tenant":"a","store":"b","node":"c"},"broker":{"address":"tcp://127.0.0.1:1"},)"
                         R"("control":{"socket":")" +
                             folder.file("control.sock") + R"("},"journal":{"path":")" + journal + "\"}}");
    Process made({"python3",
                  {"-c", "import sqlite3,sys;c=sqlite3.connect(sys.argv[1]);c.execute('CREATE TABLE x(a)');c.commit()",
                   journal}});
    ASSERT_EQ(made.wait(), 0) << made.errors();
    const std::string database = content_of(journal);
    for (const auto& [content, why] : {std::pair(database, "it is another program's database"),
                                       std::pair(std::string("notes\n"), "it is no journal, and no database")}) {
        folder.write("journal.db", content);
        Process check({program_path("tillpostd"), {"--check-config", "--config", path}});
        EXPECT_EQ(check.wait(), 2) << check.output();
        EXPECT_TRUE(has(check.errors(), "/journal/path is \"" + journal) && has(check.errors(), why)) << check.errors();
        EXPECT_EQ(content_of(journal), content);
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
    }
}

TEST(CentralArgumentsTest, TheDatabaseMayStandOnEitherSideOfTheCommand) {
    TempDir folder;
    const auto central = [&folder](std::vector<std::string> words) {
        Process command({program_path("tillpost-central"), std::move(words), {}, folder.path()});
        const int code = command.wait().value_or(-1);
        return std::to_string(code) + " " + command.output() + command.errors();
    };
    const std::string none = folder.file("none.db");
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--db", none, "export"}, std::vector<std::string>{"export", "--db", none}})
        EXPECT_TRUE(has(central(words), "there is no file " + none)) << central(words);
    EXPECT_EQ(central({"export"}),
              "2 tillpost-central: export wants --db FILE, the receiver's database (see export --help)\n");
}

TEST_F(AgentTroubleTest, RecoverWritesOverNoFile) {
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(3));
    EXPECT_NE(journal({"recover", "--to", rig.journal()}), 0) << said;
    EXPECT_TRUE(has(said, rig.journal() + " is there already: name another file")) << said;
    EXPECT_EQ(journal({"verify"}), 0) << said;
    EXPECT_EQ(journal({"recover", "--to", rig.path("recovered")}), 0) << said;
}

TEST_F(AgentTroubleTest, RecoverSaysThatAFileWasCutShort) {
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(200));
    const std::string copy = rig.path("copy.db");
    std::filesystem::copy_file(rig.journal(), copy);
    std::filesystem::resize_file(copy, 40 * 4096);
    EXPECT_EQ(journal({"recover", "--journal", copy, "--to", rig.path("recovered")}), 1) << said;
    EXPECT_TRUE(has(said, "LOST: the file ends after page 40 of ") && has(said, ": what was on the others is gone"))
        << said;
}

TEST_F(AgentTroubleTest, RecoverSaysOfWhatIsNoJournalThatNothingCanBeRead) {
    const std::string file = rig.path("copy.db");
    for (const auto& [content, why] :
         {std::pair(std::string(), "it is empty"), std::pair(std::string(100'000, 'x'), "file is not a database")}) {
        std::ofstream(file) << content;
        for (int times = 0; times < 2; ++times) {
            EXPECT_EQ(journal({"recover", "--journal", file, "--to", rig.path("recovered")}), 2) << said;
            EXPECT_TRUE(has(said, file + ": nothing of it can be read (" + why) && has(said, "tillpost-central agents"))
                << said;
        }
        EXPECT_FALSE(std::filesystem::exists(rig.path("recovered"))) << "nothing is in it";
    }
}

// A file that waits for its salvage is part of what a store has to hand over.
TEST_F(AgentTroubleTest, AFileThatIsSetAsideIsNamed) {
    Process made({"openssl",
                  {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "10",
                   "-subj", "/CN=central", "-keyout", rig.path("central.key"), "-out", rig.path("central.pem")}});
    ASSERT_EQ(made.wait(), 0) << made.errors();
    rig.configure(R"(,"export":{"central_certificate":")" + rig.path("central.pem") + "\"}");
    ASSERT_NO_FATAL_FAILURE(sell_and_stop(3));
    EXPECT_EQ(journal({"verify"}), 0) << said;
    EXPECT_TRUE(has(said, " events in 1 epoch: digests and chains hold")) << said;
    const std::string aside = rig.journal() + ".damaged-20261125T101530123Z";
    std::filesystem::copy_file(rig.journal(), aside);
    std::filesystem::create_directory(rig.path("stick"));
    const std::pair<std::vector<std::string>, int> commands[] = {
        {{"verify"}, 1}, {{"stats"}, 0}, {{"export", "--to", rig.path("stick")}, 1}};
    for (const auto& [words, code] : commands) {
        EXPECT_EQ(journal(words), code) << said;
        EXPECT_TRUE(has(said, ": " + aside + " (") && has(said, "start tillpostd and wait until it is renamed") &&
                    has(said, "recover --journal " + aside + " --to"))
            << words[0] << ": " << said;
    }
    EXPECT_TRUE(has(said, "NOT EXPORTED")) << said;
}

// [durable-1] A check refuses it; a start, perhaps by a power cut amid an exchange of files, goes on without a line.
TEST(AgentTlsTroubleTest, AuthoritiesThatAreNoneKeepNoEventOut) {
    TempDir folder;
    folder.write("ca.pem", "see the wiki\n");
    const std::string path = folder.write(
        "tillpost.json", R"({"agent":{"tenant":"a","store":"b","node":"c"},"journal":{"path":")" +
                             folder.file("journal.db") + R"("},"broker":{"address":"ssl://127.0.0.1:1","ca_file":")" +
                             folder.file("ca.pem") + R"("},"feed":{"socket":")" + folder.file("feed.sock") +
                             R"("},"control":{"socket":""}})");
    Process check({program_path("tillpostd"), {"--check-config", "--config", path}});
    EXPECT_EQ(check.wait(), 2);
    EXPECT_TRUE(has(check.errors(), "/broker/ca_file")) << check.errors();
    Process daemon({program_path("tillpostd"), {"--config", path}});
    ASSERT_TRUE(wait_until([&] { return accepts(folder.file("feed.sock")); })) << daemon.errors();
    EXPECT_TRUE(FeedClient(folder.file("feed.sock")).ask(R"({"type":"scan","code":"1"})").starts_with("{\"accepted\""));
    EXPECT_TRUE(has(daemon.errors(), "TLS files cannot be used")) << daemon.errors();
    EXPECT_TRUE(has(daemon.errors(), "/broker/ca_file")) << daemon.errors();
    EXPECT_EQ(daemon.stop(), 0) << daemon.errors();
}

}  // namespace
}  // namespace tillpost::test
