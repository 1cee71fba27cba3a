// SPDX-License-Identifier: Apache-2.0
// A damaged journal whose first pages, or the pages between them and the events, are gone: it is read page by page.
#include <algorithm>
#include <random>
#include <set>

#include "agent/journal/page_rows.hpp"
#include "agent/journal/position.hpp"
#include "platform/files.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

constexpr char interior = 0x05;

class PageSalvageTest : public StoreSalvageTest {
protected:
    std::vector<std::size_t> pages_of_type(char type) const {
        const std::string file = test::content_of(settings.path);
        std::vector<std::size_t> found;
        for (std::size_t at = 1; at < file.size() / page; ++at) {
            if (file[at * page] == type) found.push_back(at);
        }
        return found;
    }
    std::size_t root_of_events() {
        auto database = Database::open_damaged(settings.path);
        EXPECT_TRUE(database);
        const auto root = (*database)->integer("SELECT rootpage FROM sqlite_schema WHERE name = 'event'");
        EXPECT_TRUE(root);
        return static_cast<std::size_t>(*root) - 1;
    }
    /// Those n of 0 … count-1 whose bytes are in whole pages of the file still: a small event lies in one.
    std::vector<int> in_the_file(int count) const {
        std::string file = test::content_of(settings.path);
        file.resize(file.size() / page * page);
        file = test::revealed(std::move(file));
        std::vector<int> found;
        for (int n = 0; n < count; ++n) {
            if (file.find("\"data\":{\"n\":" + std::to_string(n) + "}") != std::string::npos) found.push_back(n);
        }
        return found;
    }
    /// The file's content as it was before the first damage, put back for the next one.
    void restore(const std::string& whole, const EpochSummary& live) {
        store.reset();
        for (const std::string& file : files_beginning_with(settings.path)) fs::remove(file);
        std::ofstream(settings.path, std::ios::binary) << whole;
        note_damage(settings.path, live, "test");
    }
};

class PageDamageTest : public PageSalvageTest, public ::testing::WithParamInterface<int> {
protected:
    static constexpr int count = test::sanitized ? 600 : 2'000;
    void destroy(int kind, unsigned seed) {
        std::mt19937 random(seed);
        const std::size_t root = root_of_events();
        const std::vector<std::size_t> between = pages_of_type(interior);
        ASSERT_GT(between.size(), 0U);
        const std::size_t size = pages();
        if (kind == 1 || kind == 5) destroy_page(0);
        if (kind == 2) destroy_page(root);
        if (kind == 3 || kind == 5) std::for_each(between.begin(), between.end(), [&](auto n) { destroy_page(n); });
        if (kind == 4) fs::resize_file(settings.path, size / 2 * page + 1'000);
        if (kind == 6) {
            for (std::size_t i = 0; i < size / 5; ++i) destroy_page(random() % size);
        }
    }
};

TEST_P(PageDamageTest, EachEventWhoseOwnPageIsWholeIsTakenOverOnce) {
    add_many(count);
    const EpochSummary live = store->live();
    settle();
    const std::string whole = test::content_of(settings.path);
    for (unsigned seed = 0; seed < (GetParam() == 6 ? 5U : 1U); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        restore(whole, live);
        destroy(GetParam(), seed);
        const std::vector<int> there = in_the_file(count);
        salvage();
        const std::vector<int> found = numbers();
        EXPECT_EQ(found, there);
        EXPECT_EQ(static_cast<std::int64_t>(found.size()) + said_lost(), count) << "each is either there or named";
    }
}

constexpr const char* damages[] = {"nothing",   "first_page",         "root_of_events", "all_between",
                                   "cut_short", "all_but_the_leaves", "random_pages"};

INSTANTIATE_TEST_SUITE_P(Pages, PageDamageTest, ::testing::Range(0, 7),
                         [](const auto& which) { return std::string(damages[which.param]); });

TEST_F(PageSalvageTest, EventsLargerThanAPageAreReadToTheirEnd) {
    for (int n = 0; n < 40; ++n) {
        add(draft("k" + std::to_string(n), "{\"n\":" + std::to_string(n) + ",\"x\":\"" +
                                               test::filler(static_cast<std::size_t>(n) * 700) + "\"}"));
    }
    ASSERT_TRUE(store->confirm(receipt(3)));
    ASSERT_TRUE(store->settle());
    const Epoch former = store->live().epoch;
    settle();
    destroy_page(0);
    salvage();
    EXPECT_EQ(numbers().size(), 37U) << "what is confirmed is not owed: the table of epochs is read, too";
    EXPECT_EQ(store->lost(), 0);
    const Recorded again = add(draft("k7", "{\"n\":7,\"x\":\"" + test::filler(4'900) + "\"}"));
    EXPECT_TRUE(again.repeat) << "its key is in its body";
    EXPECT_EQ(again.epoch, former);
    EXPECT_EQ(again.sequence, 8U);
    EXPECT_EQ(add(draft("new", "{}")).quality, "possible_repeat") << "the table of keys is not to be had";
}

TEST_F(PageSalvageTest, TheWalIsReadWithoutItsHeader) {
    add_many(300);
    const std::string file = test::content_of(settings.path);
    const std::string wal = test::content_of(settings.path + "-wal");  // a killed process leaves it
    ASSERT_GT(wal.size(), 32U);
    store.reset();
    std::ofstream(settings.path, std::ios::binary)
        << std::string(page, '\0') << file.substr(std::min(page, file.size()));
    std::ofstream(settings.path + "-wal", std::ios::binary) << std::string(32, '\0') << wal.substr(32);
    salvage();
    EXPECT_EQ(numbers().size(), 300U);
}

// A page that is whole in its form, and not in what it says.
TEST_F(PageSalvageTest, AnEventThatDiffersFromItsDigestIsNone) {
    add_many(300);
    const EpochSummary live = store->live();
    settle();
    std::string file = test::content_of(settings.path);
    const std::size_t at = test::place_of(file, "\"data\":{\"n\":123}");
    ASSERT_NE(at, std::string::npos);
    // Another body that can be unpacked all the same.
    PackedFinder finder;
    const std::string body(finder.unpack(std::string_view(file).substr(at)).text);
    for (std::size_t i = at + 20; i < at + 200; ++i) {
        file[i] ^= 1;
        const PackedFinder::Found other = finder.unpack(std::string_view(file).substr(at));
        if (other.whole && other.text.size() == body.size() && other.text != body) break;
        file[i] ^= 1;
        ASSERT_LT(i + 1, at + 200) << "no bit makes another body";
    }
    restore(file, live);
    destroy_page(0);
    salvage();
    const std::vector<int> found = numbers();
    EXPECT_EQ(found.size(), 299U);
    EXPECT_EQ(std::count(found.begin(), found.end(), 123) + std::count(found.begin(), found.end(), 723), 0);
    EXPECT_EQ(said_lost(), 1);
}

// A bit of a row's number that flips in the file is seen by nothing but the row's place among the others.
TEST_F(PageSalvageTest, ARowWithAnotherNumberIsTakenOverOnceAndNoneForAnother) {
    constexpr int count = 300;
    add_many(count);
    settle();
    const std::string whole = test::content_of(settings.path);
    const EpochSummary live = Store::open(settings, clock).value()->live();
    int flipped = 0;
    for (const std::size_t at : pages_of_type(0x0d)) {
        const std::vector<PageCell> cells = cells_of(std::string_view(whole).substr(at * page, page));
        for (std::size_t i = 0; i < cells.size(); i += cells.size() / 3 + 1) {
            if (position_at(live.ordinal, 1) > cells[i].rowid || cells[i].rowid > position_at(live.ordinal, live.last))
                continue;
            for (const int bit : {0, 3, 12}) {
                SCOPED_TRACE(std::to_string(sequence_at(cells[i].rowid)) + ", bit " + std::to_string(bit));
                restore(whole, live);
                std::string damaged = whole;
                damaged[at * page + cells[i].at - 1 - static_cast<std::size_t>(bit / 7)] ^=
                    static_cast<char>(1 << bit % 7);
                std::ofstream(settings.path, std::ios::binary) << damaged;
                salvage();
                if (HasFatalFailure()) return;
                ++flipped;
                const std::vector<int> found = numbers();
                EXPECT_EQ(std::set<int>(found.begin(), found.end()).size(), found.size());
                EXPECT_GE(found.size() + static_cast<std::size_t>(said_lost()), count);
                EXPECT_GE(found.size(), count - 1);
            }
        }
    }
    EXPECT_GT(flipped, 30);
}

// Pages that are free still hold what was moved to another epoch.
TEST_F(PageSalvageTest, WhatWasMovedIsTakenOverOnce) {
    add_many(400);
    EpochReceipt other = receipt(400);
    other.upto += 7;
    ASSERT_TRUE(store->confirm(other));
    reissue();
    ASSERT_EQ(numbers().size(), 400U);
    settle();
    destroy_page(0);
    salvage();
    std::vector<int> found = numbers();
    ASSERT_EQ(found.size(), 400U);
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
    EXPECT_EQ(std::set<int>(found.begin(), found.end()).size(), 400U);
}

TEST_F(PageSalvageTest, AFileWithoutAnEventSaysWhyItCannotBeRead) {
    store.reset();
    for (const std::size_t size : {std::size_t{0}, std::size_t{100}, page, 40 * page}) {
        std::ofstream(settings.path, std::ios::binary) << std::string(size, '\x0d');
        const auto damaged = Salvage::open(settings.path, std::nullopt);
        ASSERT_FALSE(damaged) << size;
        EXPECT_FALSE(damaged.error().message.empty());
    }
}

}  // namespace
}  // namespace tillpost
