// SPDX-License-Identifier: Apache-2.0
// `tillpost journal`: a journal, read from a copy of it; events on a stick and central's answer.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "platform/database_copy.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/journal_offline_fixture.hpp"

namespace tillpost {
namespace {

namespace fs = std::filesystem;

TEST_F(JournalOfflineTest, VerifiesAJournalAndLeavesItAsItIs) {
    add_many(500);
    store.reset();
    const std::string before = test::content_of(settings.path);
    const VerifyReport found = report();
    EXPECT_EQ(found.rows, 500U);
    EXPECT_EQ(found.fault_count, 0U);
    EXPECT_EQ(test::content_of(settings.path), before);
    for (const auto& entry : fs::directory_iterator(dir.path())) {
        EXPECT_EQ(entry.path().string().find("tillpost-copy"), std::string::npos) << "the copy is gone";
    }
}

struct Tampering {
    const char* name;
    const char* sql;
    const char* fault;
};
class VerifyTest : public JournalOfflineTest, public ::testing::WithParamInterface<Tampering> {};

TEST_P(VerifyTest, FindsTheFault) {
    add_many(20);
    tamper(GetParam().sql);
    const VerifyReport found = report();
    ASSERT_FALSE(found.faults.empty());
    EXPECT_NE(found.faults[0].find(GetParam().fault), std::string::npos) << found.faults[0];
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, VerifyTest,
    ::testing::Values(
        Tampering{"changed", "UPDATE event SET body = CAST('x' AS BLOB) WHERE position & 0xff = 7", "digest"},
        Tampering{"removed", "DELETE FROM event WHERE position & 0xff = 7", "missing"},
        Tampering{"digest_and_body",
                  "UPDATE event SET (digest, body) = (SELECT digest, body FROM event WHERE position "
                  "& 0xff = 3) WHERE position & 0xff = 7",
                  "does not follow"},
        Tampering{"chain", "UPDATE event SET chain = zeroblob(32) WHERE position & 0xff = 7", "does not follow"},
        Tampering{"state", "UPDATE event SET state = 4 WHERE position & 0xff = 7", "says of its content"},
        Tampering{"its_end", "DELETE FROM event WHERE position & 0xff > 15", "it ends at event 15"},
        Tampering{"another_agents", "UPDATE epoch SET pruned_chain = zeroblob(32)", "does not begin"}),
    [](const auto& which) { return std::string(which.param.name); });

TEST_F(JournalOfflineTest, DoesNotExportLessThanWasCommitted) {
    add_many(20);
    tamper("DELETE FROM event WHERE position & 0xff > 15");
    const auto exported = export_events(*copy(), to_stick(), no_progress);
    ASSERT_FALSE(exported);
    EXPECT_EQ(exported.error().code, Errc::corrupt);
    EXPECT_NE(exported.error().message.find("it ends at event 15"), std::string::npos) << exported.error().message;
}

TEST_F(JournalOfflineTest, ReadsWhatADaemonHasCommittedThatHasItOpen) {
    add_many(20);
    // A lock counts only between processes.
    const auto other = [this] {
        const auto file = JournalFile::open_copy(settings.path, dir.path());
        const auto report = file ? verify(**file, settings.source, no_progress) : file.error();
        std::_Exit(report && report->rows == 20 && report->fault_count == 0 ? 0 : 1);
    };
    EXPECT_EXIT(other(), ::testing::ExitedWithCode(0), "");
}

// Nothing but the name and the numbers of such an epoch is known.
TEST_F(JournalOfflineTest, AnEpochOfWhichOnlyItsWitnessTellsIsNoFault) {
    settings.path = dir.file("begun_anew.db");
    auto opened = Store::open(settings, clock, 3);
    ASSERT_TRUE(opened);
    store = std::move(*opened);
    SalvagedRows told;
    told.former.epoch = 77;
    told.former.ordinal = 2;
    told.former.last = 356;
    told.lost = {{1, 356}};
    ASSERT_TRUE(store->adopt(told));
    EXPECT_EQ(report().fault_count, 0U) << report().faults.front();
}

TEST_F(JournalOfflineTest, EventsOfAFormerNameAreNoFault) {
    add_many(5);
    ASSERT_TRUE(store->confirm(receipt(5)));
    ASSERT_TRUE(store->settle());
    settings.source = "urn:tillpost:acme:0042:till-09";
    open();
    store.reset();
    const auto found = verify(*copy(), settings.source, no_progress);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->fault_count, 0U) << found->faults.front();
    EXPECT_GT(verify(*copy(), source, no_progress)->fault_count, 0U) << "the live epoch is the new name's";
}

TEST_F(JournalOfflineTest, CountsByTypeAndEpoch) {
    add_many(5);
    Draft scan = draft("", "{}");
    scan.event.type = "scan";
    add(std::move(scan));
    ASSERT_TRUE(store->confirm(receipt(2)));
    maintain();
    ASSERT_TRUE(store->settle());
    const auto found = stats(*copy(), no_progress);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->waiting, 4U);
    ASSERT_EQ(found->types.size(), 2U);
    EXPECT_EQ(found->types[0].name, "sale");
    EXPECT_EQ(found->types[0].events, 5U);
    EXPECT_EQ(found->types[1].name, "scan");
    ASSERT_EQ(found->epochs.size(), 1U);
}

TEST_F(JournalOfflineTest, CountsTheLogOfARunningAgentAsPartOfTheSize) {
    add_many(5);
    const auto size_of = [](const std::string& path) { return static_cast<std::int64_t>(fs::file_size(path)); };
    const std::int64_t log = size_of(settings.path + "-wal");
    ASSERT_GT(log, 0);
    const std::int64_t all = size_of(settings.path) + log;
    const auto file = JournalFile::open_copy(settings.path, dir.path());
    ASSERT_TRUE(file) << file.error().message;
    const auto found = stats(**file, no_progress);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->log_bytes, log);
    EXPECT_EQ(found->bytes, all);
}

TEST_F(JournalOfflineTest, CountsWhatItCanOfADamagedFile) {
    std::vector<Draft> drafts;
    for (int n = 0; n < 500; ++n) drafts.push_back(draft("", "{\"x\":\"" + test::filler(1'000) + "\"}"));
    ASSERT_TRUE(store->append(drafts));
    store.reset();
    {
        std::fstream file(settings.path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(fs::file_size(settings.path) / 2 / 4096 * 4096));
        file << std::string(4096, 'Z');
    }
    const auto found = stats(*copy(), no_progress);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->unread.size(), 1U);
    ASSERT_FALSE(found->types.empty());
    EXPECT_GT(found->types[0].events, 480U);
    EXPECT_LT(found->types[0].events, 500U);
}

TEST_F(JournalOfflineTest, ExportsWhatIsNotConfirmedInChunksForCentralAlone) {
    add_many(300);
    std::string lines;
    for (Sequence n = 101; n <= 300; ++n) lines += line_at(n) + "\n";
    ASSERT_TRUE(store->confirm(receipt(100)));
    maintain();
    ASSERT_TRUE(store->settle());
    ExportSettings out = to_stick();
    out.chunk_bytes = 40'000;
    const auto report = export_events(*copy(), out, no_progress);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->events, 200U);
    EXPECT_EQ(report->files.size(), 3U);
    std::string all;
    for (const std::string& file : report->files) {
        EXPECT_LT(fs::file_size(file), 45'000U);
        ExportHead head;
        all += open_chunk(file, head);
        EXPECT_EQ(head.source, source);
        EXPECT_EQ(head.hello.epochs.at(0).last, 300U);
    }
    EXPECT_EQ(all, lines);
}

TEST_F(JournalOfflineTest, CentralsSignedReceiptFreesWhatItCovers) {
    add_many(50);
    const EpochReceipt upto_40 = receipt(40);
    store.reset();
    const auto taken = import_receipt(settings, clock, answer(upto_40), party("central").certificate_file);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->confirmed, 40U);
    open();
    EXPECT_EQ(store->live().confirmed, 40U);
}

TEST_F(JournalOfflineTest, AReceiptDeletesNothingThatTheDaysHaveNotTakenIn) {
    settings.keep = std::chrono::seconds(0);
    open();
    add_many(50);
    const EpochReceipt upto_40 = receipt(40);
    store.reset();
    ASSERT_TRUE(import_receipt(settings, clock, answer(upto_40), party("central").certificate_file));
    open();
    EXPECT_EQ(store->live().first, 1U);
}

TEST_F(JournalOfflineTest, RemovesCopiesOfCommandsThatWereKilled) {
    add_many(10);
    store.reset();
    test::Process killed([this] {
        const auto left = JournalFile::open_copy(settings.path, dir.path());
        ::_exit(left ? 0 : 1);
    });
    ASSERT_EQ(killed.wait(), 0);
    const std::string copies = dir.file("tillpost-copy-");
    EXPECT_EQ(files_beginning_with(copies).size(), 1U);
    const auto open = copy();
    EXPECT_EQ(files_beginning_with(copies).size(), 1U) << "its own one";
    EXPECT_EQ(remove_left_copies(dir.path()), 0) << "somebody still needs that";
    EXPECT_TRUE(open->epochs());
}

TEST_F(JournalOfflineTest, AReceiptOfAnotherReceiverThanTheJournalKnowsFreesNothing) {  // [end-1]
    add_many(50);
    const std::string ours = std::string(32, 'c');
    ASSERT_TRUE(store->confirm(receipt(10), ours));
    ASSERT_TRUE(store->settle());
    const EpochReceipt upto_40 = receipt(40);
    store.reset();
    const std::string central = party("central").certificate_file;
    const auto refused = import_receipt(settings, clock, answer(upto_40), central);
    ASSERT_TRUE(refused) << refused.error().message;
    EXPECT_EQ(refused->confirmed, 10U);
    EXPECT_NE(
        refused->alarm.find("another receiver, " + std::string(32, 'a') + ": it frees nothing. Central is " + ours),
        std::string::npos)
        << refused->alarm;
    settings.receiver = std::string(32, 'a');
    const auto taken = import_receipt(settings, clock, answer(upto_40), central);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->confirmed, 40U);
    EXPECT_EQ(taken->alarm, "");
}

TEST_F(JournalOfflineTest, OnlyCentralsOwnReceiptsForThisAgentCount) {
    add_many(50);
    EpochReceipt part = receipt(40);
    EpochReceipt other = part;
    other.hash[0] ^= 1;
    EpochReceipt less = receipt(10);
    const Epoch epoch = store->live().epoch;
    store.reset();
    const std::string central = party("central").certificate_file;
    EXPECT_FALSE(import_receipt(settings, clock, answer(part, "stranger"), central));
    JournalSettings elsewhere = settings;
    elsewhere.source = "urn:tillpost:acme:0042:till-02";
    EXPECT_FALSE(import_receipt(elsewhere, clock, answer(part), central));
    ASSERT_TRUE(import_receipt(settings, clock, answer(part), central));
    const auto old = import_receipt(settings, clock, answer(less), central);
    ASSERT_TRUE(old);
    EXPECT_EQ(old->confirmed, 40U) << "an old stick takes nothing back";
    open();
    EXPECT_EQ(store->live().epoch, epoch) << "a receipt of this history closes no epoch";
}

struct OtherHistory {
    const char* name;
    void (*says)(EpochReceipt& receipt);
};
class OtherHistoryTest : public JournalOfflineTest, public ::testing::WithParamInterface<OtherHistory> {};

// A box with an old image, and no line: what central has of its other life comes on the stick.
TEST_P(OtherHistoryTest, ClosesTheEpochAndAllThatIsHeldGoesOnInANewOne) {  // [fork-1]
    add_many(500);
    ASSERT_TRUE(store->confirm(receipt(20)));
    std::set<std::string> before;
    for (const std::string& line : all_lines()) before.insert(line.substr(174));
    const Epoch former = store->live().epoch;
    EpochReceipt part = receipt(40);
    GetParam().says(part);
    store.reset();
    const std::string central = party("central").certificate_file;
    const auto taken = import_receipt(settings, clock, answer(part), central);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_TRUE(taken->forked);
    EXPECT_NE(taken->alarm.find("restored from an old image"), std::string::npos) << taken->alarm;
    EXPECT_EQ(taken->confirmed, 0U) << "nothing is freed by it";
    EXPECT_GE(taken->waiting, 500U);
    const auto again = import_receipt(settings, clock, answer(part), central);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_FALSE(again->forked) << "once per cause";
    EXPECT_EQ(again->alarm, "");
    EXPECT_EQ(report().fault_count, 0U);
    const auto exported = export_events(*copy(), to_stick(), no_progress);
    ASSERT_TRUE(exported) << exported.error().message;
    EXPECT_EQ(exported->owed, 0U) << "the next export has all of it";
    EXPECT_EQ(exported->events, again->waiting);
    open();
    EXPECT_NE(store->live().epoch, former);
    for (const std::string& line : all_lines()) before.erase(line.substr(174));
    EXPECT_TRUE(before.empty()) << "each with the same bytes, " << before.size() << " are missing";
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, OtherHistoryTest,
    ::testing::Values(OtherHistory{"beyond_our_last_event", [](EpochReceipt& says) { says.upto = 599; }},
                      OtherHistory{"another_chain_hash", [](EpochReceipt& says) { says.hash[0] ^= 1; }},
                      OtherHistory{"a_fork_that_central_names", [](EpochReceipt& says) { says.fork = 41; }},
                      OtherHistory{"a_fork_below_our_mark",
                                   [](EpochReceipt& says) {
                                       says.upto = 10;
                                       says.fork = 11;
                                   }}),
    [](const auto& which) { return std::string(which.param.name); });

TEST_F(JournalOfflineTest, RecoversWhatCanBeReadOfADamagedFile) {
    add_many(2'000);
    ASSERT_TRUE(store->confirm(receipt(1'000)));
    maintain();
    ASSERT_TRUE(store->settle());
    store.reset();
    {
        auto database = Database::open({settings.path, 0x54494c4c});
        ASSERT_TRUE((*database)->checkpoint());
    }
    std::fstream file(settings.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(settings.path) / 4096 / 2 * 4096));
    file << std::string(4096, 'Z');
    file.close();
    std::vector<std::string> lines;
    const auto write = [&](std::string_view line) -> Result<void> {
        lines.emplace_back(line);
        return {};
    };
    const auto found = recover(settings.path, dir.path(), write, no_progress);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_GT(found->lost_count, 0U);
    EXPECT_EQ(found->events, lines.size());
    EXPECT_EQ(found->events + found->lost_count, 2'000U) << "confirmed ones, too";
    EXPECT_TRUE(lines[0].starts_with("{\"epoch\":\"") && lines[0].ends_with("}")) << lines[0];
    EXPECT_FALSE(found->cut);
}

// [durable-2] The daemon saves them, too.
TEST_F(JournalOfflineTest, OfAnEmptyFileRecoverFindsWhatItsWalHas) {
    add_many(20);
    ASSERT_TRUE(store->settle());
    const std::string wal = test::content_of(settings.path + "-wal");  // the stop would take it along
    ASSERT_FALSE(wal.empty());
    store.reset();
    std::ofstream(settings.path + "-wal", std::ios::binary) << wal;
    fs::resize_file(settings.path, 0);
    std::size_t lines = 0;
    const auto count = [&](std::string_view) -> Result<void> {
        ++lines;
        return {};
    };
    const auto found = recover(settings.path, dir.path(), count, no_progress);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->events, 20U);
    EXPECT_EQ(lines, 20U);
    fs::remove(settings.path + "-wal");
    const auto nothing = recover(settings.path, dir.path(), count, no_progress);
    ASSERT_FALSE(nothing);
    EXPECT_NE(nothing.error().message.find("it is empty"), std::string::npos) << nothing.error().message;
}

class CutShortTest : public JournalOfflineTest {
protected:
    /// The file without its last pages, as a copy that broke off leaves it: alone.
    void cut(std::uintmax_t pages) {
        add_many(2'000);
        store.reset();
        {
            auto database = Database::open({settings.path, 0x54494c4c});
            ASSERT_TRUE((*database)->checkpoint(true));
            const auto all = (*database)->integer("PRAGMA page_count");
            ASSERT_TRUE(all);
            whole = static_cast<std::uint32_t>(*all);
        }
        fs::remove(settings.path + "-wal");
        fs::remove(settings.path + ".witness");
        fs::resize_file(settings.path, (whole - pages) * 4096);
    }
    RecoverReport recovered() {
        const auto found = recover(
            settings.path, dir.path(), [](std::string_view) { return Result<void>(); }, no_progress);
        EXPECT_TRUE(found) << found.error().message;
        return found ? *found : RecoverReport{};
    }
    std::uint32_t whole = 0;
};

TEST_F(CutShortTest, OfAFileThatEndsTooSoonItIsSaid) {
    ASSERT_NO_FATAL_FAILURE(cut(30));
    const RecoverReport found = recovered();
    EXPECT_GT(found.events, 0U);
    EXPECT_LT(found.events, 2'000U);
    ASSERT_TRUE(found.cut);
    EXPECT_EQ(found.cut->there, whole - 30);
    EXPECT_EQ(found.cut->named, whole);
    EXPECT_EQ(found.cut->gone, 30U);
    EXPECT_FALSE(found.knows_its_end);
}

TEST_F(CutShortTest, AWholeFileIsNotCut) {
    ASSERT_NO_FATAL_FAILURE(cut(0));
    EXPECT_FALSE(recovered().cut);
    EXPECT_EQ(recovered().events, 2'000U);
}

TEST_F(CutShortTest, AHeaderThatMayBeOutOfDateSaysNothing) {
    ASSERT_NO_FATAL_FAILURE(cut(30));
    {
        std::fstream file(settings.path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(92);
        file << "\x7f";
    }
    const RecoverReport found = recovered();
    EXPECT_FALSE(found.cut);
    EXPECT_EQ(found.lost_count, 0U) << "the rows that are left name none of those that are not";
}

// [durable-2] A checkpoint that a kill ended: what the database lacks is in its WAL.
TEST_F(CutShortTest, WhatItsWalHasIsNotGone) {
    add_many(50);
    store.reset();
    const auto size_of = [this] { return fs::file_size(settings.path) / 4096; };
    {
        auto database = Database::open({settings.path, 0x54494c4c});
        ASSERT_TRUE((*database)->checkpoint(true));
        ASSERT_TRUE((*database)->execute("CREATE TABLE more(x)"));
        ASSERT_TRUE((*database)->checkpoint(true));
    }
    const auto before = size_of();
    const std::string small = test::content_of(settings.path);
    open();
    add_many(500);
    fs::copy_file(settings.path + "-wal", dir.file("kept-wal"));
    store.reset();
    {
        auto database = Database::open({settings.path, 0x54494c4c});
        ASSERT_TRUE((*database)->checkpoint(true));
    }
    ASSERT_GT(size_of(), before);
    fs::resize_file(settings.path, before * 4096);
    fs::remove(settings.path + "-wal");
    EXPECT_TRUE(cut_pages_of(settings.path));
    fs::copy_file(dir.file("kept-wal"), settings.path + "-wal");
    EXPECT_FALSE(cut_pages_of(settings.path));
}

}  // namespace
}  // namespace tillpost
