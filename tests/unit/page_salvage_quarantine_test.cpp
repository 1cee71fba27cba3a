// SPDX-License-Identifier: Apache-2.0
// [durable-3] Records in quarantine of a journal that SQLite cannot read any more.
#include <map>
#include <random>
#include <set>

#include "agent/event/glance.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/page_records.hpp"
#include "agent/journal/page_rows.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

class QuarantineSalvageTest : public StoreSalvageTest {
protected:
    /// Its id.
    std::string hold(const std::string& bytes) {
        const Rejection rejection{"total_mismatch", "/totals/gross", "the totals are not the lines'"};
        Draft held;
        held.device = "feed";
        held.event = own::held_back("feed", rejection, bytes, glance_at(bytes));
        held.quarantine = Draft::Quarantine{bytes, rejection.rule, rejection.field};
        return add(std::move(held)).quarantine_id;
    }
    static std::string record(int n, std::size_t size = 20) {
        return "{\"held\":" + std::to_string(n) + ",\"till\":\"7\",\"x\":\"" + test::filler(size) + "\"}";
    }
    void discard(const std::string& id) {
        QuarantineDecision decision;
        decision.id = id;
        decision.user = 1000;
        decision.reason = "a test";
        const auto decided = store->decide(decision);
        ASSERT_TRUE(decided) << decided.error().message;
    }
    /// Pages of the file that have this in their bytes, or packed.
    std::vector<std::size_t> pages_with(const std::string& text) const {
        const std::string file = test::content_of(settings.path);
        std::vector<std::size_t> found;
        for (std::size_t at = 0; at < file.size() / page; ++at) {
            if (test::place_of(std::string_view(file).substr(at * page, page), text) != std::string::npos)
                found.push_back(at);
        }
        return found;
    }
    /// What the log says meanwhile.
    std::string said_by_salvage() {
        ::testing::internal::CaptureStderr();
        salvage();
        return ::testing::internal::GetCapturedStderr();
    }
};

TEST_F(QuarantineSalvageTest, RecordsThatAreGoneAreCountedInTheLog) {
    add_many(10);
    std::string last;
    for (int n = 0; n < 4; ++n) last = hold(record(n));
    discard(last);
    settle();
    const auto theirs = pages_with("\"held\":");
    ASSERT_FALSE(theirs.empty());
    destroy_page(0);
    for (const std::size_t each : theirs) destroy_page(each);
    const std::string said = said_by_salvage();
    EXPECT_NE(said.find("SQLite cannot read the records in quarantine of the damaged journal"), std::string::npos)
        << said;
    EXPECT_NE(said.find("no event says what was decided on them"), std::string::npos) << said;
    EXPECT_NE(said.find(" records=3 "), std::string::npos) << "one was decided on: " << said;
    EXPECT_EQ(store->quarantined(), 0);
    EXPECT_EQ(numbers().size(), 10U);
}

// [once-2] Keys of records that became no event stand in no body: they are made again of what was held.
TEST_F(QuarantineSalvageTest, WhatIsSentAgainBehindASalvageOfPagesIsTheSameRecord) {
    const auto again = [this](const std::string& bytes) {
        Draft held = rejected(bytes);
        held.quarantine->once = true;
        return add(std::move(held));
    };
    const std::string sale = R"({"type":"sale","till":"7","number":1,"business_date":"2026-11-26","x":[]})";
    const std::string scan = R"({"type":"scan","code":"4012345000009","x":[]})";
    const std::string first = again(sale).quarantine_id;
    const std::string thrown_away = again("thrown away").quarantine_id;
    add(rejected(scan));
    discard(thrown_away);
    settle();
    destroy_page(0);
    salvage();
    const Recorded repeat = again(sale);
    EXPECT_TRUE(repeat.repeat);
    EXPECT_EQ(repeat.quarantine_id, first);
    EXPECT_FALSE(again("thrown away").repeat) << "held once more, as without a salvage";
    EXPECT_FALSE(again(scan).repeat) << "what is there twice was made twice";
    EXPECT_FALSE(again(sale + " ").repeat);
    EXPECT_EQ(store->quarantined(), 5);
}

/// How a journal is damaged that SQLite can read no more, at least not there.
enum class Damage { first_page, a_word_of_the_schema, root_of_quarantine };

class QuarantineDamageTest : public QuarantineSalvageTest, public ::testing::WithParamInterface<Damage> {
protected:
    void damage() {
        if (GetParam() == Damage::first_page) destroy_page(0);
        if (GetParam() == Damage::root_of_quarantine) {
            auto database = Database::open_damaged(settings.path);
            const auto root = (*database)->integer("SELECT rootpage FROM sqlite_schema WHERE name = 'quarantine'");
            ASSERT_TRUE(root);
            destroy_page(static_cast<std::size_t>(*root) - 1);
        }
        if (GetParam() != Damage::a_word_of_the_schema) return;
        std::string file = test::content_of(settings.path);
        const std::size_t at = file.find("CREATE TABLE");
        ASSERT_NE(at, std::string::npos);
        std::ofstream(settings.path, std::ios::binary) << file.replace(at, 6, 6, '\xff');
    }
};

TEST_P(QuarantineDamageTest, RecordsAreTakenOverWithTheirContentAndOnce) {
    add_many(30);
    std::map<std::string, std::string> open_ones;
    for (int n = 0; n < 40; ++n) {
        const std::string bytes = record(n, n % 10 == 3 ? 9'000U + static_cast<std::size_t>(n) * 500 : 700U);
        open_ones[hold(bytes)] = bytes;
    }
    const std::string decided = open_ones.begin()->first;
    discard(decided);
    open_ones.erase(decided);
    const std::int64_t bytes = store->quarantine_bytes();
    settle();
    damage();
    store.reset();
    const auto file = set_aside(settings.path, clock.now().wall);
    ASSERT_TRUE(file);
    for (const int round : {1, 2}) {  // what is taken over a second time was there
        SCOPED_TRACE(round);
        auto damaged = Salvage::open(*file, known_of(*file), settings.source);
        ASSERT_TRUE(damaged) << damaged.error().message;
        auto opened = Store::open(settings, clock, 2);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        ::testing::internal::CaptureStderr();
        take_over(**damaged, *file);
        const std::string said = ::testing::internal::GetCapturedStderr();
        EXPECT_EQ(said.find("error records in quarantine"), std::string::npos) << said;
        EXPECT_NE(said.find("its pages are searched for them"), std::string::npos) << said;
        EXPECT_EQ(store->quarantined(), 39);
        EXPECT_EQ(store->quarantine_bytes(), bytes);
        for (const auto& [id, content] : open_ones) {
            const auto found = store->quarantine_record(id);
            ASSERT_TRUE(found) << id << ": " << found.error().message;
            EXPECT_EQ(found->bytes, content) << id;
            EXPECT_EQ(found->decision.word, "") << id;
            EXPECT_EQ(found->till, "7");
            EXPECT_EQ(found->rule, "total_mismatch");
            EXPECT_FALSE(found->altered);
        }
        const auto thrown = store->quarantine_record(decided);
        ASSERT_TRUE(thrown);
        EXPECT_EQ(thrown->decision.word, "discarded");
        EXPECT_EQ(thrown->decision.user, 1000);
        EXPECT_EQ(thrown->bytes, "");
        store.reset();
    }
    open();
    discard(open_ones.begin()->first);
}

constexpr const char* names_of_damage[] = {"first_page", "a_word_of_the_schema", "root_of_quarantine"};
INSTANTIATE_TEST_SUITE_P(Pages, QuarantineDamageTest,
                         ::testing::Values(Damage::first_page, Damage::a_word_of_the_schema,
                                           Damage::root_of_quarantine),
                         [](const auto& which) {
                             return std::string(names_of_damage[static_cast<std::size_t>(which.param)]);
                         });

// Behind a page of the table that cannot be read are others that can.
TEST_F(QuarantineSalvageTest, OneDamagedPageCostsItsOwnRecordsAlone) {
    for (int n = 0; n < 60; ++n) hold(record(n, 1'200));
    settle();
    const auto theirs = pages_with("\"held\":20,");
    ASSERT_EQ(theirs.size(), 1U);
    const std::string lost =
        test::revealed(test::content_of(settings.path).substr(theirs[0] * page, page)).substr(page);
    std::int64_t gone = 0;
    for (std::size_t at = lost.find("\"held\":"); at != std::string::npos; at = lost.find("\"held\":", at + 1)) ++gone;
    destroy_page(theirs[0]);
    const std::string said = said_by_salvage();
    EXPECT_NE(said.find(" records=" + std::to_string(gone) + " "), std::string::npos) << said;
    EXPECT_EQ(store->quarantined(), 60 - gone);
}

TEST_F(QuarantineSalvageTest, RecordsOfTheWalAreTakenOver) {
    const std::string in_file = hold(record(1));
    settle();
    open();
    const std::string in_wal = hold(record(2, 9'000));
    discard(in_file);
    const std::string file = test::content_of(settings.path);
    const std::string wal = test::content_of(settings.path + "-wal");  // a killed process leaves it
    ASSERT_GT(wal.size(), 32U);
    store.reset();
    std::ofstream(settings.path, std::ios::binary) << std::string(page, '\0') << file.substr(page);
    std::ofstream(settings.path + "-wal", std::ios::binary) << std::string(32, '\0') << wal.substr(32);
    salvage();
    EXPECT_EQ(store->quarantined(), 1) << "in the file it is open still";
    const auto found = store->quarantine_record(in_wal);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->bytes, record(2, 9'000));
    const auto thrown = store->quarantine_record(in_file);
    ASSERT_TRUE(thrown) << thrown.error().message;
    EXPECT_EQ(thrown->decision.word, "discarded");
}

TEST_F(QuarantineSalvageTest, AFormerVersionOfARecordDoesNotOpenItAgain) {
    const std::string id = hold(record(1));
    settle();
    const auto at = pages_with("\"held\":1,");
    ASSERT_EQ(at.size(), 1U);
    const std::string former = test::content_of(settings.path).substr(at[0] * page, page);
    open();
    discard(id);
    add_many(3);
    settle();
    const std::string whole = test::content_of(settings.path);
    const EpochSummary live = Store::open(settings, clock).value()->live();
    for (const bool only : {false, true}) {
        SCOPED_TRACE(only ? "an event alone says that it was decided" : "the row says so, too");
        store.reset();
        for (const auto& each : fs::directory_iterator(fs::path(settings.path).parent_path())) fs::remove(each);
        std::string file = whole;
        file = only ? file.replace(at[0] * page, page, former) : file + former;
        std::ofstream(settings.path, std::ios::binary) << std::string(page, '\0') << file.substr(page);
        note_damage(settings.path, live, "test");
        const std::string said = said_by_salvage();
        EXPECT_EQ(store->quarantined(), 0);
        EXPECT_EQ(numbers().size(), 3U);
        EXPECT_EQ(said.find("error records in quarantine"), std::string::npos) << said;
        const auto found = store->quarantine_record(id);
        EXPECT_EQ(found.has_value(), !only);
        if (found) {
            EXPECT_EQ(found->bytes, "") << "what was thrown away stays so";
        }
    }
}

// A row that was written before columns were added ends before them.
TEST_F(QuarantineSalvageTest, RecordsOfFormerFormatsAreTakenOver) {
    for (int n = 0; n < 4; ++n) hold(record(n));
    const std::string of_first_format =
        "DROP TABLE quarantine; CREATE TABLE quarantine (position INTEGER PRIMARY KEY, recorded INTEGER NOT NULL, "
        "device TEXT NOT NULL, rule TEXT NOT NULL, field TEXT NOT NULL, bytes BLOB NOT NULL, about INTEGER) STRICT;"
        "INSERT INTO quarantine VALUES ((1 << 44) + 1, 5, 'feed', 'not_json', '', x'7b', NULL);"
        "INSERT INTO quarantine VALUES ((1 << 44) + 2, 0, 'agent', 'rejected_by_central', '', x'', (1 << 44) + 9);";
    const std::string of_third_format =
        "ALTER TABLE quarantine ADD COLUMN type TEXT; ALTER TABLE quarantine ADD COLUMN amount TEXT;"
        "ALTER TABLE quarantine ADD COLUMN decision TEXT; ALTER TABLE quarantine ADD COLUMN decided INTEGER;"
        "ALTER TABLE quarantine ADD COLUMN user INTEGER; ALTER TABLE quarantine ADD COLUMN actor TEXT;"
        "ALTER TABLE quarantine ADD COLUMN became INTEGER;"
        "INSERT INTO quarantine VALUES ((1 << 44) + 3, -7, 'feed', 'not_json', '', x'7b7b', NULL, 'sale', '1.50', "
        "'corrected', 11, 1000, 'anna', (1 << 44) + 8);";
    const std::string of_sixth_format =
        "ALTER TABLE quarantine ADD COLUMN told INTEGER;"
        "INSERT INTO quarantine VALUES ((1 << 44) + 4, 1, 'feed', 'not_json', '', x'7b7b7b', NULL, 'sale', '', "
        "NULL, NULL, NULL, NULL, NULL, NULL); ALTER TABLE quarantine ADD COLUMN digest BLOB;";
    tamper(of_first_format + of_third_format + of_sixth_format);
    settle();
    destroy_page(0);
    const auto file = set_aside(settings.path, clock.now().wall);
    ASSERT_TRUE(file);
    auto damaged = Salvage::open(*file, known_of(*file), settings.source);
    ASSERT_TRUE(damaged) << damaged.error().message;
    const auto found = (*damaged)->quarantine(0);
    ASSERT_TRUE(found && *found);
    const auto& rows = (*found)->rows;
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].bytes + rows[1].bytes + "|" + rows[2].bytes + "|" + rows[3].bytes, "{|{{|{{{");
    EXPECT_EQ(rows[0].recorded + 10 * rows[1].recorded + 100 * rows[2].recorded, 5 - 700);
    EXPECT_EQ(rows[1].about, (std::int64_t{1} << 44) + 9);
    EXPECT_EQ(rows[2].decision + rows[2].type + rows[2].amount + rows[2].actor, "correctedsale1.50anna");
    EXPECT_EQ(rows[2].decided + rows[2].user, 1011);
    EXPECT_EQ(rows[2].became, (std::int64_t{1} << 44) + 8);
    EXPECT_FALSE(rows[0].about || rows[2].about || rows[3].about || rows[3].became || rows[3].digest);
    EXPECT_EQ(rows[0].decision + rows[1].decision + rows[3].decision, "");
}

TEST_F(QuarantineSalvageTest, WhatDiffersFromItsDigestOrHasANumberOfNoEpochIsNone) {
    for (int n = 0; n < 3; ++n) hold(record(n));
    tamper("UPDATE quarantine SET position = (9 << 44) + 3 WHERE position = (1 << 44) + 3");
    settle();
    std::string file = test::content_of(settings.path);
    const std::size_t at = file.find("{\"held\":1,");
    ASSERT_NE(at, std::string::npos);
    file[at + 8] = '7';
    std::ofstream(settings.path, std::ios::binary) << file;
    destroy_page(0);
    const std::string said = said_by_salvage();
    EXPECT_EQ(store->quarantined(), 1);
    EXPECT_TRUE(store->quarantine_record("Q1-1"));
    EXPECT_NE(said.find(" records=2 "), std::string::npos) << said;
}

// Whatever stands in a page: what has its digest is a record, all else is none.
TEST_F(QuarantineSalvageTest, DamagedRowsGiveNothingElse) {
    std::set<std::string> contents;
    for (int n = 0; n < 5; ++n) {
        contents.insert(record(n, n == 2 ? 9'000U : 100U));
        hold(record(n, n == 2 ? 9'000U : 100U));
    }
    settle();
    const std::string whole = test::content_of(settings.path);
    const auto theirs = pages_with("\"held\":");
    std::mt19937 random(1);
    std::size_t found = 0;
    for (int round = 0; round < 5'000; ++round) {
        std::string file = whole;
        const std::size_t begin = theirs[random() % theirs.size()] * page;
        for (std::size_t i = 0; i < random() % 8; ++i) {
            const std::size_t at = random() % 2 == 0 ? random() % 48 : random() % page;
            file[begin + at] = static_cast<char>(random());
        }
        const std::string text = file.substr(begin, page);
        const ReadPage read = [&file](std::uint32_t number) {
            const std::size_t from = (std::size_t{number} - 1) * page;
            return number == 0 || from >= file.size() ? std::string() : file.substr(from, page);
        };
        for (const PageCell& cell : cells_of(text)) {
            const auto row = quarantine_in(text, cell, read);
            if (!row || !row->digest || !PageRecords::is_whole(*row, sha) || row->bytes.empty()) continue;
            EXPECT_TRUE(contents.contains(row->bytes)) << row->bytes;
            ++found;
        }
    }
    EXPECT_GT(found, 1'000U);
}

StoredRow event_of(const std::string& type, const std::string& data, std::uint8_t digest) {
    Event event;
    event.type = type;
    event.data = data;
    StoredRow row;
    row.body = encode_body(source, event, Stamp{{}, std::string(36, '0'), {}});
    row.digest.fill(digest);
    return row;
}

TEST(PageRecordsTest, AnEventWithoutItsRecordIsCountedOnce) {
    Digest content{};
    content.fill(7);
    const std::string with_digest = ",\"digest\":\"" + to_hex(content) + "\"";
    const std::string data = "{\"rule\":\"r\"" + with_digest + "}";
    const PageRecords::Known same{1, first_bytes_of(content)};
    const auto all = [](std::int64_t) { return true; };
    const std::int64_t first = std::int64_t{1} << 44;
    PageRecords records;
    records.note_event(first + 1, event_of("quarantined", data, 1));
    records.note_event(first + 1, event_of("quarantined", data, 1));      // a page that is free has it, too
    records.note_event(2 * first + 5, event_of("quarantined", data, 1));  // and another epoch
    records.note_event(first + 2, event_of("quarantined", "{\"rule\":\"r\"}", 2));
    records.note_event(first + 3, event_of("sale", data, 3));
    records.settle();
    EXPECT_EQ(records.missing({}, all), 2U);
    EXPECT_EQ(records.missing({}, [&](std::int64_t position) { return position > 2 * first; }), 1U);
    EXPECT_EQ(records.missing({same}, all), 1U) << "under another number";
    EXPECT_EQ(records.missing({{first + 2, 0}}, all), 1U);
    EXPECT_EQ(records.missing({{first + 2, 0}, same}, all), 0U);
    EXPECT_EQ(records.missing({{first + 2, first_bytes_of(content)}}, all), 1U) << "it stands for one of them";
    records.note_event(first + 4, event_of("released", "{\"record\":\"Q1-2\"}", 4));
    records.note_event(first + 6, event_of("discarded", "{\"record\":\"Q1-1\"" + with_digest + "}", 5));
    records.note_event(first + 7, event_of("discarded", "{\"record\":\"nonsense\"" + with_digest + "}", 6));
    records.settle();
    EXPECT_EQ(records.missing({}, all), 0U);
}

}  // namespace
}  // namespace tillpost
