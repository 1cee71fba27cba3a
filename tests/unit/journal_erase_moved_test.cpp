// SPDX-License-Identifier: Apache-2.0
// [privacy-1] What a fork or a salvage has given another number is erased by each id that it ever had.
#include <numeric>

#include "agent/journal/offline/erase.hpp"
#include "agent/journal/offline/journal_file.hpp"
#include "agent/journal/own_events.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

class EraseMovedTest : public StoreSalvageTest {
protected:
    static constexpr const char* secret = "4111222233334444";

    std::string on_disk() const {
        return test::revealed(test::content_of(settings.path)) +
               test::revealed(test::content_of(settings.path + "-wal"));
    }
    Result<ErasedContents> erase(const std::vector<std::string>& names) {
        store.reset();
        return erase_contents(settings, clock, names, {1000, "p-0b11", "a card number in the memo"});
    }
    std::string id_of(const Recorded& event) const { return event_id(event.epoch, event.sequence); }
    Recorded add_secret(int receipt) {
        return add(draft("pos/T1/2026-11-23/" + std::to_string(receipt),
                         "{\"x\":" + std::to_string(receipt) + ",\"memo\":\"" + secret + "\"}"));
    }
    void fork() {
        clock.advance(Millis(3'600'000));  // not more often than that
        EpochReceipt other = receipt(store->live().last);
        other.upto += 7;
        other.hash[0] ^= 1;
        const auto outcome = store->confirm(other);
        ASSERT_TRUE(outcome);
        ASSERT_TRUE(outcome->forked);
        reissue();
    }
    /// The number in the live epoch of the only tombstone of an erasure.
    Sequence tombstone() {
        Sequence found = 0;
        for (Sequence n = store->live().first; n <= store->live().last; ++n) {
            if (line_at(n).find("\"withheld\":\"erased\"") == std::string::npos) continue;
            EXPECT_EQ(found, 0U) << "one of them";
            found = n;
        }
        return found;
    }
    void expect_gone(const std::string& by_id) {
        const auto done = erase({by_id});
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_EQ(done->count, 1U);
        EXPECT_EQ(on_disk().find(secret), std::string::npos) << by_id;
        open();
        (void)all_lines();  // checks digests and chain
        const Sequence place = tombstone();
        ASSERT_NE(place, 0U);
        const std::string told = line_at(store->live().last);
        EXPECT_NE(told.find("{\"epoch\":\"" + to_hex(store->live().epoch) + "\",\"ranges\":[[" + std::to_string(place) +
                            "," + std::to_string(place) + "]]"),
                  std::string::npos)
            << "the present place: " << told;
        const Sequence last = store->live().last;
        const auto again = erase({by_id});
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->count, 0U) << "once";
        open();
        EXPECT_EQ(store->live().last, last) << "and nothing more is said";
    }
};

TEST_F(EraseMovedTest, AfterAForkByTheFirstId) {
    add_many(3);
    const Recorded event = add_secret(7);
    add_many(3);
    fork();
    expect_gone(id_of(event));
    const Recorded again = add(draft("pos/T1/2026-11-23/7", R"({"x":7,"memo":"************4444"})"));
    EXPECT_EQ(again.quality, "possible_repeat") << "its key, which has the first number, is known without its content";
}

TEST_F(EraseMovedTest, AfterTwoForksByEachOfItsIds) {
    for (const int forks_before_name : {0, 1, 2}) {
        SCOPED_TRACE(forks_before_name);
        store.reset();
        for (const std::string& file : files_beginning_with(settings.path)) fs::remove(file);
        open();
        add_many(2);
        std::string id = id_of(add_secret(7));
        for (int i = 1; i <= 2; ++i) {
            fork();
            if (i > forks_before_name) continue;
            for (Sequence n = 1; n <= store->live().last; ++n) {
                if (line_at(n).find(secret) != std::string::npos) id = event_id(store->live().epoch, n);
            }
        }
        expect_gone(id);
    }
}

// More than one run: the `reissued` events of the second epoch are among what moves on to the third.
TEST_F(EraseMovedTest, AfterForksAndASalvageOfManyEventsTheOneThatIsNamed) {
    constexpr int events = 400;
    std::vector<std::string> ids;
    for (int n = 0; n < events; ++n) {
        ids.push_back(id_of(add(draft("pos/T1/2026-11-23/" + std::to_string(n), "{\"n\":" + std::to_string(n) + "}"))));
    }
    fork();
    fork();
    salvage();
    fork();
    std::vector<int> left(events);
    std::iota(left.begin(), left.end(), 0);
    ASSERT_EQ(numbers(), left);
    for (const int n : {0, 126, 127, 128, 190, 254, 255, 256, 399}) {
        const auto done = erase({ids[static_cast<std::size_t>(n)]});
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_EQ(done->count, 1U);
        open();
        std::erase(left, n);
        ASSERT_EQ(numbers(), left) << "erased by the first id of " << n;
    }
}

TEST_F(EraseMovedTest, AfterASalvageByTheFirstId) {
    add_many(20);
    const Recorded event = add_secret(7);
    add_many(20);
    salvage();
    for (const std::string& file : files_beginning_with(settings.path)) {
        if (file.find(".salvaged-") != std::string::npos) fs::remove(file);  // as whoever cleans up does
    }
    expect_gone(id_of(event));
}

// What tells of content that is not here, and what put a record into quarantine, is known under the first numbers.
TEST_F(EraseMovedTest, AfterForksOfManyEventsNothingIsAFault) {
    add_many(150);
    const Recorded event = add_secret(7);
    Draft held;
    held.device = "feed";
    held.event = own::held_back("feed", {"not_json", "", "no JSON"}, "{broken", {});
    held.quarantine = Draft::Quarantine{"{broken", "not_json", ""};
    const std::string record = add(std::move(held)).quarantine_id;
    ASSERT_NE(record, "");
    add_many(150);
    ASSERT_TRUE(erase({id_of(event)}));
    open();
    for (int forks = 1; forks <= 3; ++forks) {
        fork();
        store.reset();
        auto file = JournalFile::open_copy(settings.path, dir.path());
        ASSERT_TRUE(file) << file.error().message;
        const auto found = verify(**file, settings.source, [](std::uint64_t, std::uint64_t) {});
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(found->fault_count, 0U) << "after " << forks << " forks: " << found->faults.front();
        open();
    }
}

TEST_F(EraseMovedTest, OfARecordInQuarantineByTheEventsNewIdToo) {
    add_many(2);
    const Recorded event = add_secret(7);
    ASSERT_TRUE(store->withhold(event.sequence, "larger_than_packet"));
    fork();
    Sequence moved = 0;
    for (Sequence n = 1; n <= store->live().last; ++n) {
        if (line_at(n).find("\"withheld\":\"larger_than_packet\"") != std::string::npos) moved = n;
    }
    ASSERT_NE(moved, 0U);
    const std::string id = event_id(store->live().epoch, moved);
    const auto done = erase({id});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->count, 1U);
    EXPECT_EQ(on_disk().find(secret), std::string::npos);
    open();
    EXPECT_EQ(store->quarantined(), 0);
}

}  // namespace
}  // namespace tillpost
