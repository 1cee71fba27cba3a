// SPDX-License-Identifier: Apache-2.0
// [durable-2] Another journal's WAL beside ours: what we lost by it is named, and nothing of the other's is taken.
#include <algorithm>
#include <set>

#include "agent/journal/witness.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

struct Mixed {
    const char* name;
    int settled;        ///< Of our events: in the database …
    int logged;         ///< … and so many behind them in the WAL
    int other_settled;  ///< The same of the other journal, whose WAL is put over ours
    int other_logged;
    const char* other_source;
    int at_least;  ///< Of ours are saved.
};

constexpr const char* elsewhere = "urn:tillpost:acme:0042:till-02";
constexpr Mixed mixtures[] = {
    {"all_in_the_log", 0, 400, 0, 150, elsewhere, 0},
    {"a_larger_one_over_all_in_the_log", 0, 150, 0, 2'500, elsewhere, 0},
    {"some_in_the_database", 200, 200, 0, 150, elsewhere, 100},
    {"late_pages_of_the_other", 200, 200, 200, 150, elsewhere, 100},
    {"late_pages_of_a_larger_one", 200, 200, 1'500, 150, elsewhere, 100},
    {"a_larger_one_over_some_in_the_database", 200, 20, 0, 1'500, elsewhere, 0},
    {"ours_of_another_life", 0, 400, 0, 150, source, 0},
};

class MixedTest : public StoreSalvageTest, public ::testing::WithParamInterface<Mixed> {
protected:
    static void add_to(Store& to, const char* member, int from, int upto) {
        std::vector<Draft> drafts;
        for (int n = from; n < upto; ++n) {
            const std::string number = std::to_string(n);
            drafts.push_back(draft("k" + number, "{\"" + std::string(member) + "\":" + number + "}"));
            if (drafts.size() < 10 && n + 1 < upto) continue;
            ASSERT_TRUE(to.append(drafts));
            drafts.clear();
        }
    }
    /// A journal of another machine; what a kill leaves of its WAL. Half of it is confirmed, some is in quarantine.
    std::string others_log(const Mixed& mixed) {
        JournalSettings theirs = settings;
        theirs.path = dir.file("other.db");
        theirs.source = mixed.other_source;
        auto other = Store::open(theirs, clock);
        EXPECT_TRUE(other);
        add_to(**other, "m", 0, mixed.other_settled);
        if (mixed.other_settled > 0) {
            other->reset();
            EXPECT_TRUE((*Database::open({theirs.path, 0x54494c4c}))->checkpoint(true));
            other = Store::open(theirs, clock);
        }
        add_to(**other, "m", mixed.other_settled, mixed.other_settled + mixed.other_logged);
        std::vector<Draft> drafts;
        drafts.push_back(rejected("theirs"));
        EXPECT_TRUE((*other)->append(drafts));
        EpochReceipt half;
        half.epoch = (*other)->live().epoch;
        half.upto = static_cast<Sequence>(mixed.other_settled + mixed.other_logged) / 2;
        const auto lines = (*other)->read({half.upto, half.upto}, 1 << 20);
        half.hash = parse_line(sha, lines->line(0))->chain;
        EXPECT_TRUE((*other)->confirm(half));
        EXPECT_TRUE((*other)->settle());
        return test::content_of(theirs.path + "-wal");
    }
};

TEST_P(MixedTest, OursIsSavedOrNamedAndTheOthersStays) {
    const Mixed& mixed = GetParam();
    add_to(*store, "n", 0, mixed.settled);
    if (mixed.settled > 0) {
        settle();
        open();
    }
    add_to(*store, "n", mixed.settled, mixed.settled + mixed.logged);
    const EpochSummary before = store->live();
    const std::string database = test::content_of(settings.path);
    const std::string witness = test::content_of(Witness::beside(settings.path));
    const std::string log = others_log(mixed);
    store.reset();
    std::ofstream(settings.path, std::ios::binary) << database;
    std::ofstream(settings.path + "-wal", std::ios::binary) << log;
    std::ofstream(Witness::beside(settings.path), std::ios::binary) << witness;
    const auto opened = Store::open(settings, clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt) << opened.error().message;
    salvage();
    const std::vector<int> found = numbers();
    EXPECT_EQ(std::set<int>(found.begin(), found.end()).size(), found.size());
    EXPECT_EQ(found.size() + static_cast<std::size_t>(said_lost()), before.last);
    EXPECT_GE(found.size(), static_cast<std::size_t>(mixed.at_least));
    const bool anothers = std::string_view(mixed.other_source) != source;
    std::size_t theirs = 0;
    for (const std::string& line : all_lines()) {
        if (number_in(line, "m") >= 0) ++theirs;
        if (line.find("tillpost.loss.v1") == std::string::npos) continue;
        EXPECT_NE(line.find(to_hex(before.epoch)), std::string::npos) << line;
    }
    EXPECT_EQ(theirs == 0, anothers) << theirs;
    EXPECT_EQ(store->quarantined(), anothers ? 0 : 1);
    EXPECT_GT(store->live().ordinal, before.ordinal);
    // A sale of ours is none of theirs, though till and number are the same.
    const Recorded sale = add(draft("k5", R"({"m":5})"));
    EXPECT_EQ(sale.repeat, !anothers);
}

INSTANTIATE_TEST_SUITE_P(Journals, MixedTest, ::testing::ValuesIn(mixtures),
                         [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace tillpost
