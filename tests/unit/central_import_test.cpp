// SPDX-License-Identifier: Apache-2.0
#include "agent/central/import.hpp"

#include <gtest/gtest.h>

#include "platform/device_key.hpp"
#include "platform/files.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/central_chunk_maker.hpp"

namespace tillpost {
namespace {

const AgentName agent{"acme", "s1", "till3"};

class CentralImportTest : public ::testing::Test {
protected:
    CentralImportTest() { open(); }
    void open() {
        store.reset();
        auto opened = CentralStore::open(folder.file("central.db"), CentralStore::Missing::create, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
    }
    Signer party(const std::string& name) { return test::party(folder, name); }
    std::string chunk(const std::vector<std::string>& lines, const std::string& signer = "till") {
        return test::write_chunk(folder, "chunk", maker, lines, party(signer), party("central"));
    }
    std::string refusal(const std::string& bytes) {
        const auto opened = open_chunk(folder.write("bad", bytes), party("central"));
        return opened ? "" : opened.error().message;
    }
    std::string refusal_of_content(const std::string& content) {
        return refusal(*seal(*sign(content, party("till")), party("central").certificate_file));
    }
    StickImport::Admission admit(StickImport& import, const std::string& path) {
        const auto opened = open_chunk(path, party("central"));
        EXPECT_TRUE(opened) << opened.error().message;
        const auto admission = import.admit(*opened);
        EXPECT_TRUE(admission) << admission.error().message;
        return *admission;
    }
    StickImport::Taken take(StickImport& import, const std::string& path) {
        EXPECT_EQ(admit(import, path).refused, "");
        const auto opened = open_chunk(path, party("central"));
        const auto taken = import.take(*opened, [this](std::size_t, std::size_t) { ++commits; });
        EXPECT_TRUE(taken) << taken.error().message;
        return taken ? *taken : StickImport::Taken();
    }
    static SignerPolicy accept_new() {
        SignerPolicy policy;
        policy.accept_new = true;
        return policy;
    }
    static std::vector<std::string> part(const std::vector<std::string>& lines, long from, long to) {
        return {lines.begin() + from - 1, lines.begin() + to};
    }

    test::Faults& faults = test::install_fault_vfs();
    test::TempDir folder;
    SystemClock clock;
    std::unique_ptr<CentralStore> store;
    test::LineMaker maker{agent.source()};
    int commits = 0;
};

TEST_F(CentralImportTest, OpensWhatABoxWrote) {
    const auto lines = maker.next(3);
    const auto opened = open_chunk(chunk(lines), party("central"));
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->agent, agent);
    EXPECT_EQ(opened->lines(), test::joined(lines));
    EXPECT_EQ(opened->fingerprint, *certificate_fingerprint(party("till").certificate_file));
}

TEST_F(CentralImportTest, SaysWhatIsWrongWithAFile) {
    const std::string good = test::content_of(chunk(maker.next(300)));
    EXPECT_NE(refusal("").find("empty"), std::string::npos);
    EXPECT_NE(refusal("some text").find("no file of"), std::string::npos);
    EXPECT_NE(refusal(std::string(100, '\x30')).find("no CMS file"), std::string::npos)
        << refusal(std::string(100, '\x30'));
    EXPECT_NE(refusal(std::string((16 << 20) + 1, '\x30')).find("larger than"), std::string::npos);
    for (const std::size_t size : {std::size_t{6}, std::size_t{100}, good.size() / 2, good.size() - 1}) {
        EXPECT_NE(refusal(good.substr(0, size)).find("cut short"), std::string::npos) << refusal(good.substr(0, size));
    }
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
        EXPECT_NE(refusal(good.substr(0, size)), "") << size;
    }
    EXPECT_FALSE(open_chunk(folder.file("none"), party("central")));
    EXPECT_FALSE(open_chunk(folder.path(), party("central"))) << "a folder";
    const auto other = open_chunk(folder.file("chunk"), party("other"));
    ASSERT_FALSE(other);
    EXPECT_NE(other.error().message.find("encrypted to another certificate"), std::string::npos)
        << other.error().message;
    const std::string letter = *sign("x", party("central"));
    EXPECT_NE(refusal(letter).find("not an encrypted one"), std::string::npos) << refusal(letter);
    EXPECT_NE(refusal(*seal("unsigned", party("central").certificate_file)).find("no CMS file"), std::string::npos);
}

TEST_F(CentralImportTest, EveryChangedByteIsFoundOrHarmless) {
    const auto lines = maker.next(3);
    const std::string good = test::content_of(chunk(lines));
    const std::string fingerprint = *certificate_fingerprint(party("till").certificate_file);
    for (std::size_t at = 0; at < good.size(); at += 5) {
        std::string changed = good;
        changed[at] = static_cast<char>(changed[at] ^ 0x21);
        const auto opened = open_chunk(folder.write("bad", changed), party("central"));
        if (!opened) continue;
        EXPECT_EQ(opened->lines(), test::joined(lines)) << "at " << at;
        EXPECT_EQ(opened->fingerprint, fingerprint) << "at " << at;
    }
}

// Whoever has central's certificate can seal: the signature inside has to hold on its own.
TEST_F(CentralImportTest, AChangedLetterInAFreshEnvelopeIsFound) {
    const auto lines = maker.next(3);
    const std::string letter = *unseal(test::content_of(chunk(lines)), party("central"));
    for (std::size_t at = 0; at < letter.size(); at += 7) {
        std::string changed = letter;
        changed[at] = static_cast<char>(changed[at] ^ 0x01);
        const std::string sealed = *seal(changed, party("central").certificate_file);
        const auto opened = open_chunk(folder.write("bad", sealed), party("central"));
        if (!opened) continue;
        EXPECT_EQ(opened->lines(), test::joined(lines)) << "at " << at;
    }
}

TEST_F(CentralImportTest, TheHeadHasToBeAnAgents) {
    const auto with = [](const std::string& source, const std::string& greeted) {
        Hello hello;
        hello.number = "00000000000000ab";
        hello.source = greeted;
        hello.version = "test";
        return encode(ExportHead{source, 1, hello}) + "\n";
    };
    const std::string ours = agent.source();
    EXPECT_EQ(refusal_of_content(with(ours, ours)), "");
    EXPECT_NE(refusal_of_content(with(ours, "urn:tillpost:a:b:c")), "");
    EXPECT_NE(refusal_of_content(with("urn:tillpost:a/b/c", "urn:tillpost:a/b/c")), "");
    EXPECT_NE(refusal_of_content(""), "");
    EXPECT_NE(refusal_of_content("\n\n"), "");
    EXPECT_NE(refusal_of_content(std::string(100'000, '[')), "");
}

TEST_F(CentralImportTest, KeepsTheFirstSignerOfAnAgentAcrossRuns) {
    const std::string by_till = chunk(maker.next(2));
    {
        StickImport strict(*store, {});
        EXPECT_NE(admit(strict, by_till).refused, "");
        StickImport import(*store, accept_new());
        EXPECT_TRUE(admit(import, by_till).recorded);
        EXPECT_FALSE(admit(import, by_till).recorded) << "once";
    }
    open();
    StickImport import(*store, accept_new());
    EXPECT_EQ(admit(import, by_till).refused, "");
    const std::string by_thief = chunk(maker.next(2), "thief");
    EXPECT_NE(admit(import, by_thief).refused, "");
    SignerPolicy policy;
    policy.named[agent.source()].insert(*certificate_fingerprint(party("thief").certificate_file));
    policy.replace = true;
    StickImport replacing(*store, policy);
    EXPECT_TRUE(admit(replacing, by_thief).recorded);
    StickImport after(*store, {});
    EXPECT_NE(admit(after, chunk(maker.next(1))).refused, "") << "the former one counts no longer";
    test::LineMaker till4{"urn:tillpost:acme:s1:till4"};
    const std::string foreign =
        test::write_chunk(folder, "foreign", till4, till4.next(1), party("thief"), party("central"));
    EXPECT_NE(admit(import, foreign).refused.find("known as that of"), std::string::npos);
}

TEST_F(CentralImportTest, TakesChunksInAnyOrderAndMoreThanOnce) {
    const auto lines = maker.next(90);
    StickImport import(*store, accept_new());
    for (const auto& [from, to] : {std::pair(61, 90), std::pair(1, 30), std::pair(61, 90), std::pair(31, 60)}) {
        (void)take(import, chunk(part(lines, from, to)));
    }
    EXPECT_TRUE(import.missing(agent)->empty());
    EXPECT_EQ(store->counters()->taken, 90U);
    EXPECT_EQ(store->counters()->repeats, 30U);
    const auto receipt = import.receipt(agent);
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->source, agent.source());
    EXPECT_EQ(receipt->receipt.epochs.at(0).upto, 90U);
    EXPECT_EQ(receipt->receipt.epochs.at(0).hash, maker.chain());
}

TEST_F(CentralImportTest, SaysWhatIsMissingBetweenChunksAndBehindThem) {
    const auto lines = maker.next(90);
    StickImport import(*store, accept_new());
    (void)take(import, chunk(part(lines, 1, 30)));
    (void)take(import, chunk(part(lines, 51, 80)));
    const auto missing = import.missing(agent);
    ASSERT_TRUE(missing);
    ASSERT_EQ(missing->size(), 1U);
    EXPECT_EQ(missing->at(0).epoch, maker.epoch());
    EXPECT_EQ(missing->at(0).ranges, (std::vector<Range>{{31, 50}, {81, 90}}));
    EXPECT_EQ(import.receipt(agent)->receipt.epochs.at(0).upto, 30U) << "no further than what is held without a gap";
}

TEST_F(CentralImportTest, AnOlderChunkBehindANewerOneTakesNothingBack) {
    auto lines = maker.next(10);
    const std::string older = chunk(lines);
    const std::string kept = folder.write("older", test::content_of(older));
    const auto more = maker.next(10);
    StickImport import(*store, accept_new());
    (void)take(import, chunk(more));
    (void)take(import, kept);
    EXPECT_TRUE(import.missing(agent)->empty());
    EXPECT_EQ(import.receipt(agent)->receipt.epochs.at(0).upto, 20U);
}

TEST_F(CentralImportTest, CommitsInBatchesOfBoundedSize) {
    const auto lines = maker.next(100);
    StickImport import(*store, accept_new(), 4'000);
    const auto taken = take(import, chunk(lines));
    EXPECT_EQ(taken.lines, 100U);
    EXPECT_EQ(taken.counters.taken, 100U);
    EXPECT_GT(commits, 10);
    StickImport narrow(*store, accept_new(), 10);
    commits = 0;
    EXPECT_EQ(take(narrow, chunk(lines)).counters.repeats, 100U) << "a line longer than a batch goes alone";
    EXPECT_EQ(commits, 100);
}

TEST_F(CentralImportTest, WhatDoesNotFitIsSetAsideAndCounted) {
    auto lines = maker.next(5);
    test::LineMaker clone = maker.clone();
    StickImport import(*store, accept_new());
    (void)take(import, chunk(lines));
    const auto next = maker.next();
    (void)take(import, chunk({next}));
    const auto taken = take(import, chunk({clone.sale("T1-99"), "rubbish"}));
    EXPECT_EQ(taken.counters.divergent, 1U);
    EXPECT_EQ(taken.counters.malformed, 1U);
    EXPECT_FALSE(taken.alarms.empty());
}

// [once-1]
TEST_F(CentralImportTest, AFullDiskAtAnyWriteLosesNothingAndCountsNothingTwice) {
    const auto lines = maker.next(60);
    const std::string path = chunk(lines);
    const auto opened = open_chunk(path, party("central"));
    int failed = 0;
    for (int nth = 0; nth < 60; ++nth) {
        std::filesystem::remove(folder.file("central.db"));
        std::filesystem::remove(folder.file("central.db-wal"));
        store.reset();
        open();
        faults.fail(test::Faults::Kind::full, nth, true, test::Faults::write | test::Faults::truncate);
        {
            StickImport import(*store, accept_new(), 4'000);
            const auto admission = import.admit(*opened);
            if (admission) (void)import.take(*opened, [](std::size_t, std::size_t) {});
        }
        faults.stop();
        failed += faults.injected > 0 ? 1 : 0;
        open();
        StickImport again(*store, accept_new(), 4'000);
        (void)take(again, path);
        EXPECT_EQ(store->counters()->taken, 60U) << "write " << nth;
        EXPECT_EQ(again.receipt(agent)->receipt.epochs.at(0).upto, 60U) << "write " << nth;
    }
    EXPECT_GT(failed, 10);
}

}  // namespace
}  // namespace tillpost
