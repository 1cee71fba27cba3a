// SPDX-License-Identifier: Apache-2.0
// [end-1] What no packet of the broker is large enough for: its content goes to central on a stick, and is closed by
// central's receipt.
#include <algorithm>

#include "agent/central/import.hpp"
#include "agent/wire/tombstones.hpp"
#include "tests/unit/journal_offline_fixture.hpp"

namespace tillpost {
namespace {

class ExportWithheldTest : public JournalOfflineTest {
protected:
    void sell(int count) {
        for (const int last = sold + count; sold < last;) {
            const std::string number = std::to_string(++sold);
            add(draft("pos/T1/" + number, "{\"n\":" + number + "}"));
        }
    }
    /// Its whole line is kept.
    void withhold(Sequence sequence) {
        whole[sequence] = line_at(sequence) + "\n";
        ASSERT_TRUE(store->withhold(sequence, too_large_reason));
    }
    void confirm(Sequence upto) {
        ASSERT_TRUE(store->confirm(receipt(upto), receiver));
        ASSERT_TRUE(store->settle());
    }
    Digest digest_of(Sequence sequence) {
        const std::string line = whole[sequence].substr(0, whole[sequence].size() - 1);
        return parse_line(sha, line)->digest;
    }
    struct Chunk {
        ExportHead head;
        std::string lines;
    };
    ExportReport export_now(bool all = false) {
        ExportSettings out = to_stick();
        out.all = all;
        const auto written = export_events(*copy(), out, no_progress);
        EXPECT_TRUE(written) << written.error().message;
        chunks.clear();
        for (const std::string& file : written->files) {
            Chunk& chunk = chunks.emplace_back();
            chunk.lines = open_chunk(file, chunk.head);
        }
        open();
        return *written;
    }
    /// A chunk's lines follow from its head's hash, to the byte.
    void expect_chained(const Chunk& chunk) {
        ASSERT_TRUE(chunk.head.before);
        Digest chain = *chunk.head.before;
        for (std::size_t begin = 0; begin < chunk.lines.size();) {
            const std::size_t end = chunk.lines.find('\n', begin);
            const auto line = parse_line(sha, std::string_view(chunk.lines).substr(begin, end - begin));
            ASSERT_TRUE(line) << line.error().message;
            EXPECT_EQ(line->chain, chain_next(sha, chain, line->epoch, line->sequence, line->digest));
            chain = line->chain;
            begin = end + 1;
        }
    }
    ImportReport bring(const std::string& letter) {
        store.reset();
        const auto taken = import_receipt(settings, clock, letter, party("central").certificate_file, 1000);
        EXPECT_TRUE(taken) << taken.error().message;
        open();
        return taken ? *taken : ImportReport();
    }
    EpochReceipt of_the_confirmed() { return receipt(store->live().confirmed); }

    const std::string receiver = std::string(32, 'a');
    int sold = 0;
    std::map<Sequence, std::string> whole;
    std::vector<Chunk> chunks;
};

TEST_F(ExportWithheldTest, TheWholeLineStandsInThePlaceOfItsTombstone) {
    sell(5);
    withhold(3);
    std::string expected;
    for (Sequence n = 1; n <= 6; ++n) expected += n == 3 ? whole[3] : line_at(n) + "\n";
    const ExportReport report = export_now();
    EXPECT_EQ(report.events, 6U);
    EXPECT_EQ(report.contents, 1U);
    EXPECT_EQ(report.left, 0U);
    ASSERT_EQ(chunks.size(), 1U);
    EXPECT_EQ(chunks[0].lines, expected);
    EXPECT_FALSE(chunks[0].head.apart);
    EXPECT_EQ(chunks[0].head.withheld, (std::vector<EventNumber>{{store->live().epoch, 3}}));
    EXPECT_NE(line_at(3).find("\"withheld\":"), std::string::npos) << "the journal stays as it is";
}

TEST_F(ExportWithheldTest, WhatIsConfirmedAsATombstoneHasChunksOfItsOwn) {
    sell(9);
    for (const Sequence n : {2U, 3U, 6U}) withhold(n);
    confirm(store->live().last);
    sell(2);
    const ExportReport report = export_now();
    EXPECT_EQ(report.contents, 3U);
    EXPECT_EQ(report.events, 5U);
    ASSERT_EQ(chunks.size(), 3U);
    EXPECT_EQ(chunks[0].lines, whole[2] + whole[3]);
    EXPECT_EQ(chunks[1].lines, whole[6]);
    EXPECT_EQ(chunks[2].lines, line_at(13) + "\n" + line_at(14) + "\n");
    for (const Chunk& chunk : chunks) expect_chained(chunk);
    EXPECT_TRUE(chunks[0].head.apart && chunks[1].head.apart && !chunks[2].head.apart);
    EXPECT_EQ(chunks[1].head.withheld, (std::vector<EventNumber>{{store->live().epoch, 6}}));
    EXPECT_TRUE(chunks[2].head.withheld.empty());
    const ExportReport all = export_now(true);
    EXPECT_EQ(all.contents, 3U);
    ASSERT_EQ(chunks.size(), 1U) << "all that is confirmed travels, and the contents among it";
    EXPECT_FALSE(chunks[0].head.apart);
    expect_chained(chunks[0]);
    EXPECT_NE(chunks[0].lines.find(whole[6]), std::string::npos);
}

// What a person threw away, a rule or central holds back, or the disk has changed is never filled in.
TEST_F(ExportWithheldTest, NothingElseIsFilledIn) {
    sell(8);
    for (const Sequence n : {1U, 2U, 3U, 4U}) withhold(n);
    add(rejected("no JSON"));
    EpochReceipt rejecting = receipt(0);
    rejecting.rejected.push_back({5, "schema"});
    ASSERT_TRUE(store->confirm(rejecting));
    ASSERT_TRUE(store->erase(1, 1, {}));
    QuarantineDecision discard;
    discard.id = "Q1-10";
    discard.reason = "a test";
    ASSERT_TRUE(store->decide(std::move(discard)));
    tamper("UPDATE quarantine SET bytes = CAST(replace(CAST(unpacked(bytes) AS TEXT), '\"n\":3', '\"n\":9') AS BLOB)");
    tamper(
        "UPDATE event SET body = CAST(replace(CAST(unpacked(body) AS TEXT), '\"n\":6', '\"n\":9') AS BLOB) "
        "WHERE position & 255 = 6");
    open();
    (void)line_at(6);  // taken out: its bytes differ from its digest
    const ExportReport report = export_now();
    EXPECT_EQ(report.contents, 1U);
    EXPECT_EQ(report.left, 1U) << "the changed one";
    ASSERT_EQ(chunks.size(), 1U);
    EXPECT_EQ(chunks[0].head.withheld, (std::vector<EventNumber>{{store->live().epoch, 4}}));
    for (const Sequence n : {1U, 2U, 3U, 6U}) {
        EXPECT_NE(chunks[0].lines.find(line_at(n) + "\n"), std::string::npos) << n;
        EXPECT_NE(line_at(n).find("\"withheld\":"), std::string::npos) << n;
    }
}

TEST_F(ExportWithheldTest, WhatRetentionHasTakenThePlaceOfIsCounted) {
    settings.keep = std::chrono::seconds(0);
    open();
    sell(4);
    withhold(2);
    confirm(store->live().last);
    clock.advance(std::chrono::hours(1));
    maintain();
    ASSERT_GT(store->live().first, 2U);
    const ExportReport report = export_now();
    EXPECT_EQ(report.contents, 0U);
    EXPECT_EQ(report.left, 1U);
    EXPECT_EQ(store->quarantined(), 1) << "it stays";
}

TEST_F(ExportWithheldTest, AReceiptClosesWhatCentralHasWithTheSameDigest) {
    sell(6);
    for (const Sequence n : {2U, 4U}) withhold(n);
    confirm(store->live().last);
    const ImportReport report = bring(answer(of_the_confirmed(), "central", {digest_of(4)}));
    EXPECT_EQ(report.alarm, "");
    EXPECT_EQ(report.contents, 1U);
    EXPECT_EQ(store->quarantined(), 1);
    const auto closed = store->quarantine_record("Q1-8");
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->decision.word, "released");
    EXPECT_EQ(closed->decision.became, event_id(store->live().epoch, 4)) << "as the event that it was";
    EXPECT_EQ(closed->decision.user, 1000);
    const std::string said = line_at(9);
    EXPECT_NE(said.find("\"type\":\"tillpost.released.v1\""), std::string::npos) << said;
    EXPECT_NE(said.find("\"event\":\"" + event_id(store->live().epoch, 4)), std::string::npos) << said;
    EXPECT_EQ(bring(answer(of_the_confirmed(), "central", {digest_of(4)})).contents, 0U) << "once";
    EXPECT_EQ(store->live().last, 9U);
    EXPECT_EQ(export_now().contents, 1U) << "what is closed is not exported again";
    EXPECT_EQ(chunks.at(0).lines, whole[2]);
    EXPECT_EQ(export_now(true).contents, 2U) << "but with all that is held";
    EXPECT_EQ(this->report().fault_count, 0U);
}

TEST_F(ExportWithheldTest, NothingElseClosesIt) {
    sell(4);
    withhold(2);
    confirm(store->live().last);
    const EpochReceipt part = of_the_confirmed();
    Digest other = digest_of(2);
    other[0] ^= 1;
    const Digest ours = digest_of(2);
    EXPECT_EQ(bring(answer(part)).contents, 0U) << "a receipt of an earlier central says nothing of contents";
    EXPECT_EQ(bring(answer(part, "central", {other, digest_of(2)})).contents, 1U) << "(the right one among others)";
    open();
    sell(3);
    withhold(7);
    confirm(store->live().last);
    EXPECT_EQ(bring(answer(of_the_confirmed(), "central", {other, ours})).contents, 0U) << "another event's";
    settings.receiver = std::string(32, 'b');
    const ImportReport foreign = bring(answer(of_the_confirmed(), "central", {digest_of(7)}));
    EXPECT_NE(foreign.alarm, "");
    EXPECT_EQ(foreign.contents, 0U) << "another receiver's";
    settings.receiver.clear();
    EpochReceipt ahead = of_the_confirmed();
    ahead.upto = store->live().last + 5;
    EXPECT_EQ(bring(answer(ahead, "central", {digest_of(7)})).contents, 0U) << "central knows of another history";
    JournalSettings elsewhere = settings;
    elsewhere.source = "urn:tillpost:acme:0042:till-02";
    const std::string letter = answer(of_the_confirmed(), "central", {digest_of(7)});
    const std::string stranger = answer(of_the_confirmed(), "stranger", {digest_of(7)});
    store.reset();
    EXPECT_FALSE(import_receipt(elsewhere, clock, letter, party("central").certificate_file)) << "another agent's";
    EXPECT_FALSE(import_receipt(settings, clock, stranger, party("central").certificate_file));
    open();
    EXPECT_EQ(store->quarantined(), 1);
    tamper("UPDATE quarantine SET bytes = CAST('{}' AS BLOB) WHERE decision IS NULL");
    open();
    EXPECT_EQ(bring(answer(of_the_confirmed(), "central", {digest_of(7), sha("{}")})).contents, 0U) << "changed bytes";
    EXPECT_EQ(store->quarantined(), 1);
}

// [fork-1] The event has another number by now; its digest is the same.
TEST_F(ExportWithheldTest, AForkTakesTheContentAlong) {
    sell(4);
    withhold(2);
    const Digest digest = digest_of(2);
    const std::string body = whole[2].substr(line_prefix_size);
    EpochReceipt other = receipt(3);
    other.fork = 3;
    ASSERT_TRUE(store->confirm(other)->forked);
    reissue();
    const ExportReport report = export_now();
    EXPECT_EQ(report.contents, 1U);
    EXPECT_EQ(report.left, 0U);
    const auto filled =
        std::find_if(chunks.begin(), chunks.end(), [](const Chunk& each) { return !each.head.withheld.empty(); });
    ASSERT_NE(filled, chunks.end());
    EXPECT_EQ(filled->head.withheld.at(0).first, store->live().epoch);
    EXPECT_NE(filled->lines.find(body), std::string::npos);
    EXPECT_EQ(bring(answer(receipt(0), "central", {digest})).contents, 1U);
    EXPECT_EQ(store->quarantined(), 0);
}

class ToCentralAndBackTest : public ExportWithheldTest {
protected:
    ToCentralAndBackTest() {
        auto opened = CentralStore::open(dir.file("central.db"), CentralStore::Missing::create, clock);
        EXPECT_TRUE(opened) << opened.error().message;
        central = std::move(*opened);
    }
    void by_the_line() {
        std::string payload;
        for (const std::string& line : all_lines()) payload += line + "\n";
        ASSERT_TRUE(central->commit({{agent, payload}}, false));
        ASSERT_TRUE(store->confirm(receipt(store->live().last), central->receiver()));
        ASSERT_TRUE(store->settle());
    }
    std::string by_stick(const std::vector<std::string>& files) {
        SignerPolicy policy;
        policy.accept_new = true;
        StickImport import(*central, policy);
        fresh = 0;
        for (const std::string& file : files) {
            const auto chunk = ::tillpost::open_chunk(file, party("central"));
            EXPECT_TRUE(chunk) << chunk.error().message;
            EXPECT_EQ(import.admit(*chunk)->refused, "");
            const auto taken = import.take(*chunk, [](std::size_t, std::size_t) {});
            EXPECT_TRUE(taken) << taken.error().message;
            EXPECT_EQ(taken->counters.divergent + taken->counters.broken + taken->counters.malformed, 0U);
            fresh += taken->counters.taken;
        }
        const auto receipt = import.receipt(agent);
        EXPECT_TRUE(receipt) << receipt.error().message;
        contents = receipt->contents.size();
        return *sign(encode(*receipt), party("central"));
    }
    /// How often each sale counts, by its number.
    std::map<std::string, int> counted() {
        std::map<std::string, int> found;
        (void)central->each(std::nullopt, [&found](const CentralStore::Row& row) -> Result<void> {
            if (row.effect && !row.subject.empty()) ++found[std::string(row.subject)];
            return {};
        });
        return found;
    }

    const AgentName agent{"acme", "0042", "till-01"};
    std::unique_ptr<CentralStore> central;
    std::uint64_t fresh = 0;
    std::size_t contents = 0;
};

TEST_F(ToCentralAndBackTest, TheContentCountsOnceAndQuarantineIsEmpty) {  // [once-1]
    sell(5);
    withhold(2);
    withhold(4);
    by_the_line();
    EXPECT_EQ(counted().size(), 3U);
    const auto files = export_now().files;
    ASSERT_EQ(files.size(), 2U);
    std::string letter = by_stick(files);
    EXPECT_EQ(fresh, 2U);
    EXPECT_EQ(contents, 2U);
    letter = by_stick(files);
    EXPECT_EQ(fresh, 0U) << "twice changes nothing";
    EXPECT_EQ(contents, 2U);
    for (int n = 1; n <= 5; ++n) EXPECT_EQ(counted()["pos/T1/" + std::to_string(n)], 1) << n;
    EXPECT_EQ(bring(letter).contents, 2U);
    EXPECT_EQ(store->quarantined(), 0);
    by_the_line();
    EXPECT_EQ(counted().size(), 5U);
    EXPECT_TRUE(export_now().files.empty());
}

TEST_F(ToCentralAndBackTest, AReceiptNamesNothingThatCentralDoesNotHold) {
    sell(5);
    withhold(2);
    withhold(4);
    by_the_line();
    const auto files = export_now().files;
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(bring(by_stick({files[0]})).contents, 1U);
    EXPECT_EQ(contents, 1U);
    EXPECT_EQ(store->quarantined(), 1);
    (void)by_stick({files[1]});
    CentralStore::ErasedBy by;
    by.reason = "a card number";
    ASSERT_TRUE(central->erase({event_id(store->live().epoch, 4)}, std::nullopt, by));
    const std::string letter = by_stick({files[1]});
    EXPECT_EQ(contents, 0U) << "central has erased it";
    EXPECT_EQ(bring(letter).contents, 0U);
    EXPECT_EQ(store->quarantined(), 1);
}

// [privacy-1] The stick was on its way when somebody found a card number in it.
TEST_F(ToCentralAndBackTest, WhatIsErasedBehindAnExportIsErasedAtCentral) {
    sell(4);
    withhold(2);
    withhold(3);
    by_the_line();
    const auto files = export_now().files;
    ASSERT_EQ(files.size(), 1U);
    ASSERT_TRUE(store->erase(1, 2, {}));
    by_the_line();
    (void)by_stick(files);
    EXPECT_EQ(contents, 1U);
    EXPECT_EQ(counted().count("pos/T1/2"), 0U) << "it comes too late";
    ASSERT_TRUE(store->erase(1, 3, {}));
    by_the_line();
    EXPECT_EQ(counted().count("pos/T1/3"), 0U) << "it had come before";
}

}  // namespace
}  // namespace tillpost
