// SPDX-License-Identifier: Apache-2.0
// `tillpost-central import` as a command: whom --trust names, what stands in the way of an answer, exit codes.
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/central/import.hpp"
#include "platform/device_key.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/central_chunk_maker.hpp"

namespace tillpost {
namespace {

namespace fs = std::filesystem;

class CentralImportCommandTest : public ::testing::Test {
protected:
    CentralImportCommandTest() {
        EXPECT_TRUE(CentralStore::open(folder.file("central.db"), CentralStore::Missing::create, clock));
        fs::create_directory(receipts());
        central = test::party(folder, "central");
        till = test::party(folder, "acme.s1.till3");
        chunk = test::write_chunk(folder, "chunk", maker, maker.next(3), till, central);
    }
    std::string receipts() const { return folder.file("receipts"); }
    std::string receipt() const { return receipts() + "/acme.s1.till3.receipt"; }
    /// The exit code; standard error is kept.
    int run(const std::vector<std::string>& more, const std::vector<std::string>& files) {
        std::vector<std::string> words{"import",
                                       "--db",
                                       folder.file("central.db"),
                                       "--cert",
                                       central.certificate_file,
                                       "--key",
                                       central.key_file,
                                       "--receipts",
                                       receipts()};
        words.insert(words.end(), more.begin(), more.end());
        words.insert(words.end(), files.begin(), files.end());
        test::Process command({test::program_path("tillpost-central"), words});
        const auto code = command.wait();
        errors = command.errors();
        return code.value_or(-1);
    }
    bool said(const std::string& words) const { return errors.find(words) != std::string::npos; }

    test::TempDir folder;
    SystemClock clock;
    test::LineMaker maker{"urn:tillpost:acme:s1:till3"};
    Signer central, till;
    std::string chunk, errors;
};

TEST_F(CentralImportCommandTest, TrustNamesAnAgentInThreeWays) {
    const std::string fingerprint = *certificate_fingerprint(till.certificate_file);
    const std::string source = maker.source();
    const Signer unnamed = test::party(folder, "some device");
    struct Case {
        const char* name;
        std::string trust;
        int code;
        std::string says;
    };
    const Case cases[] = {
        {"a file that is not there", folder.file("none.pem"), 2, "--trust"},
        {"an empty word", "", 2, "--trust"},
        {"a file without a certificate", folder.write("text.pem", "no certificate"), 2, "--trust"},
        {"a certificate that names no agent", unnamed.certificate_file, 2, "names no agent"},
        {"a source that is none", "urn:tillpost:acme=" + fingerprint, 2, "urn:tillpost:TENANT:STORE:NODE is wanted"},
        {"a source and nothing", source + "=", 2, "--trust"},
        {"a fingerprint cut short", source + "=" + fingerprint.substr(0, 40), 2, "--trust"},
        {"a fingerprint without a source", fingerprint, 2, "--trust"},
        {"another agent", "urn:tillpost:acme:s1:till4=" + fingerprint, 1, "refused"},
        {"another certificate", source + "=" + std::string(64, 'a'), 1, "refused"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(run({"--trust", each.trust}, {chunk}), each.code) << each.name << ": " << errors;
        EXPECT_TRUE(said(each.says)) << each.name << ": " << errors;
        EXPECT_FALSE(fs::exists(receipt())) << each.name;
    }
}

TEST_F(CentralImportCommandTest, EachWayToTrustIsEnough) {
    const std::string fingerprint = *certificate_fingerprint(till.certificate_file);
    for (const std::string& trust :
         {till.certificate_file, maker.source() + "=" + till.certificate_file, maker.source() + "=" + fingerprint}) {
        fs::remove(folder.file("central.db"));
        fs::remove(receipt());
        ASSERT_TRUE(CentralStore::open(folder.file("central.db"), CentralStore::Missing::create, clock));
        EXPECT_EQ(run({"--trust", trust}, {chunk}), 0) << trust << ": " << errors;
        EXPECT_TRUE(said("1 file imported, 0 refused; 3 events, 3 new")) << errors;
        EXPECT_TRUE(fs::exists(receipt()));
        EXPECT_EQ(run({"--trust", trust}, {chunk, chunk}), 0) << "files behind it are no certificates: " << errors;
        EXPECT_EQ(run({}, {chunk}), 0) << "it is recorded: " << errors;
        EXPECT_TRUE(said("3 events, 0 new")) << errors;
    }
}

TEST_F(CentralImportCommandTest, AFileThatIsRefusedSpoilsNoOther) {
    const std::string broken = folder.write("broken", "no export");
    EXPECT_EQ(run({"--accept-new"}, {broken, chunk}), 1);
    EXPECT_TRUE(said("1 file imported, 1 refused; 3 events, 3 new")) << errors;
    EXPECT_TRUE(fs::exists(receipt()));
}

TEST_F(CentralImportCommandTest, WhatIsMissingIsToldByTheExitCodeToo) {
    const std::string behind = test::write_chunk(folder, "behind", maker, maker.next(2), till, central);
    EXPECT_EQ(run({"--accept-new"}, {behind}), 1);
    EXPECT_TRUE(said("MISSING of epoch")) << errors;
    EXPECT_TRUE(said(": 1..3. Import the files that have them, or export again on the box\n")) << errors;
    EXPECT_TRUE(fs::exists(receipt()));
    EXPECT_EQ(run({}, {chunk}), 0) << "now everything is there: " << errors;
}

TEST_F(CentralImportCommandTest, WhatTheBoxTakesForConfirmedIsToBeExportedWithAll) {
    const std::string behind = test::write_chunk(folder, "behind", maker, maker.next(2), till, central, 2);
    EXPECT_EQ(run({"--accept-new"}, {behind}), 1);
    EXPECT_TRUE(said(": 1..3. ") && said("or export again on the box, with --all: it takes them for confirmed"))
        << errors;
}

TEST_F(CentralImportCommandTest, AReceiptThatCannotBeWrittenIsSaidAndWrittenByTheNextRun) {
    fs::create_directories(receipt() + "/in the way");
    EXPECT_EQ(run({"--accept-new"}, {chunk}), 1);
    EXPECT_TRUE(said("The events are committed: run the same command again")) << errors;
    fs::remove_all(receipt());
    EXPECT_EQ(run({"--accept-new"}, {chunk}), 0) << errors;
    EXPECT_TRUE(fs::is_regular_file(receipt()));
}

// Nothing is taken that could not be answered.
TEST_F(CentralImportCommandTest, WithoutAWayToAnswerNothingIsTaken) {
    fs::remove(receipts());
    EXPECT_EQ(run({"--accept-new"}, {chunk}), 2);
    EXPECT_TRUE(said("--receipts " + receipts())) << errors;
    fs::create_directory(receipts());
    const Signer good = central;
    central.key_file = till.key_file;
    EXPECT_EQ(run({"--accept-new"}, {chunk}), 2) << "another certificate's key: " << errors;
    central.key_file = folder.file("none.key");
    EXPECT_EQ(run({"--accept-new"}, {chunk}), 2) << errors;
    central = good;
    fs::rename(folder.file("central.db"), folder.file("elsewhere.db"));
    EXPECT_EQ(run({"--accept-new"}, {chunk}), 2) << "a mistyped database: " << errors;
    EXPECT_FALSE(fs::exists(folder.file("central.db"))) << "none is made";
    EXPECT_TRUE(said("if central has no database yet, --create makes one")) << errors;
    fs::rename(folder.file("elsewhere.db"), folder.file("central.db"));
    EXPECT_EQ(run({"--accept-new"}, {chunk}), 0) << errors;
    EXPECT_TRUE(said("3 new")) << "nothing was taken before: " << errors;
}

TEST_F(CentralImportCommandTest, MakesTheFirstDatabaseWhenAsked) {
    fs::remove(folder.file("central.db"));
    EXPECT_EQ(run({"--accept-new", "--create"}, {chunk}), 0) << errors;
    EXPECT_TRUE(said("3 new")) << errors;
    EXPECT_EQ(run({"--create"}, {chunk}), 0) << errors;
    EXPECT_TRUE(said("0 new")) << "one that is there is used: " << errors;
}

TEST_F(CentralImportCommandTest, TrustIsRecordedOnceForAuditAndImport) {
    const std::string source = maker.source();
    const std::string fingerprint = *certificate_fingerprint(till.certificate_file);
    const auto trust = [this](const std::vector<std::string>& names) {
        std::vector<std::string> words{"trust", "--db", folder.file("central.db")};
        words.insert(words.end(), names.begin(), names.end());
        test::Process command({test::program_path("tillpost-central"), words});
        const int code = command.wait().value_or(-1);
        errors = command.errors() + command.output();
        return code;
    };
    EXPECT_EQ(run({}, {chunk}), 1) << errors;
    EXPECT_TRUE(said("no certificate is known for this agent")) << errors;
    EXPECT_EQ(trust({source + "=" + fingerprint}), 0) << errors;
    EXPECT_TRUE(said(source + ": " + fingerprint + ", recorded")) << errors;
    EXPECT_EQ(trust({till.certificate_file}), 0) << errors;
    EXPECT_TRUE(said("known already")) << errors;
    EXPECT_EQ(run({}, {chunk}), 0) << errors;
    const std::string other(64, 'a');
    EXPECT_EQ(trust({source + "=" + other}), 1) << errors;
    EXPECT_TRUE(said("the one known for this agent is " + fingerprint)) << errors;
    EXPECT_EQ(trust({source + "=" + other, source + "=" + fingerprint}), 2) << errors;
    EXPECT_EQ(trust({"--replace", source + "=" + other}), 0) << errors;
    EXPECT_EQ(run({}, {chunk}), 1) << errors;
    EXPECT_EQ(trust({fingerprint}), 2) << errors;
}

}  // namespace
}  // namespace tillpost
