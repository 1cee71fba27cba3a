// SPDX-License-Identifier: Apache-2.0
// Events that are mapped again: each is replaced once, whatever happened to the journal meanwhile.
#include <algorithm>
#include <limits>

#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();

class StoreCorrectionsTest : public StoreTest {
protected:
    HeldPage held(std::int64_t after = 0) {
        auto page = store->held_page(after, newest);
        EXPECT_TRUE(page) << page.error().message;
        return page ? std::move(*page) : HeldPage();
    }
    static Correction correction_of(const HeldPage::Copy& copy, const std::string& subject) {
        Correction correction;
        correction.position = copy.position;
        correction.source = std::string(body_data(copy.body));
        correction.draft = draft(subject, R"({"corrected":1})");
        correction.draft.event.corrects = copy.id;
        correction.draft.event.corrects_kind = "replace";
        return correction;
    }
    std::optional<Recorded> correct(const HeldPage::Copy& copy, const std::string& subject = "pos/1") {
        std::vector<Correction> one{correction_of(copy, subject)};
        const auto done = store->correct(one);
        EXPECT_TRUE(done) << done.error().message;
        return done && !done->empty() ? done->front() : std::nullopt;
    }
};

TEST_F(StoreCorrectionsTest, ReplaceAnEventOnce) {
    add(draft("pos/1", "{}"));
    const HeldPage::Copy sale = held().events.at(0);
    const auto first = correct(sale);
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->conflict);
    EXPECT_FALSE(correct(sale)) << "somebody did already";
    open();
    EXPECT_FALSE(correct(sale)) << "and after a crash it is known";
    ASSERT_EQ(held().events.size(), 1U);
    EXPECT_EQ(held().events[0].id, event_id(first->epoch, first->sequence)) << "the correction stands in its place";
    EXPECT_EQ(add(draft("pos/1", "{}")).sequence, 1U) << "sent again it gets the first receipt";
}

TEST_F(StoreCorrectionsTest, AreAllRecordedOrNone) {
    add_many(3);
    const HeldPage page = held();
    std::vector<Correction> all;
    for (const HeldPage::Copy& copy : page.events) all.push_back(correction_of(copy, ""));
    all.push_back(correction_of(page.events[0], ""));
    const auto done = store->correct(all);
    ASSERT_TRUE(done);
    ASSERT_EQ(done->size(), 4U);
    EXPECT_TRUE((*done)[2]);
    EXPECT_FALSE((*done)[3]) << "within one transaction, too";
    EXPECT_EQ(store->live().last, 6U);
}

TEST_F(StoreCorrectionsTest, LeaveAloneWhatIsNotHeld) {
    add_many(2);
    const HeldPage page = held();
    ASSERT_TRUE(store->withhold(1, "larger_than_packet"));
    EXPECT_FALSE(correct(page.events[0], ""));
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    EXPECT_FALSE(correct(page.events[1], ""));
}

TEST_F(StoreCorrectionsTest, DamagedEventsAreNotGiven) {
    add_many(2);
    tamper("UPDATE event SET body = CAST('x' AS BLOB) WHERE position & 255 = 1");
    auto opened = Store::open(settings, clock);
    ASSERT_TRUE(opened);
    store = std::move(*opened);
    for (const HeldPage::Copy& copy : held().events) EXPECT_NE(copy.body, "x");
}

TEST_F(StoreCorrectionsTest, AForkTakesAlongWhatIsCorrected) {  // [fork-1]
    add(draft("pos/1", R"({"n":1})"));
    add(draft("pos/2", R"({"n":2})"));
    ASSERT_TRUE(correct(held().events.at(0)));
    EpochReceipt ahead = receipt(3);
    ahead.upto = 9;
    ASSERT_TRUE(store->confirm(ahead));
    reissue();
    std::vector<std::string> left;
    for (const HeldPage::Copy& copy : held().events) left.emplace_back(body_data(copy.body));
    EXPECT_EQ(std::count(left.begin(), left.end(), R"({"n":1})"), 0) << "it is corrected under its new number, too";
    EXPECT_EQ(std::count(left.begin(), left.end(), R"({"n":2})"), 1);
    EXPECT_EQ(std::count(left.begin(), left.end(), R"({"corrected":1})"), 1);
}

TEST_F(StoreCorrectionsTest, PagesAreBoundedAndCoverEverythingOnce) {
    add_many(300);
    std::size_t events = 0;
    std::size_t pages = 0;
    for (std::int64_t after = 0;;) {
        const HeldPage page = held(after);
        events += page.events.size();
        ++pages;
        EXPECT_LE(page.events.size(), 128U);
        if (!page.more) break;
        ASSERT_GT(page.upto, after);
        after = page.upto;
    }
    EXPECT_EQ(events, 300U);
    EXPECT_EQ(pages, 3U);
    add(draft("", "{\"x\":\"" + test::filler(600 << 10) + "\"}"));
    add(draft("", "{\"x\":\"" + test::filler(600 << 10) + "\"}"));
    EXPECT_EQ(held(held(held(held().upto).upto).upto).events.size(), 1U) << "a large one is a page of its own";
}

}  // namespace
}  // namespace tillpost
