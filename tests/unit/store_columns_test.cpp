// SPDX-License-Identifier: Apache-2.0
// [intact-1] Damage to what stands beside an event's body: found where it is read, and nothing is lost by it.
#include <limits>

#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

struct ColumnDamage {
    const char* name;
    const char* sql;
};

class ColumnDamageTest : public StoreSalvageTest, public ::testing::WithParamInterface<ColumnDamage> {
protected:
    /// The first error of reading all.
    std::optional<Error> read_all() {
        for (Sequence from = store->live().first; from <= store->live().last;) {
            const auto lines = store->read({from, store->live().last}, 4'096);
            if (!lines) return lines.error();
            from = lines->last() + 1;
        }
        return std::nullopt;
    }
    std::optional<Error> scrub_all() {
        for (;;) {
            const auto more = store->scrub();
            if (!more) return more.error();
            if (!*more) return std::nullopt;
        }
    }
};

TEST_P(ColumnDamageTest, StopsReadingAndASalvageSavesAll) {
    add_many(300);
    ASSERT_TRUE(store->withhold(60, "larger_than_packet"));
    ASSERT_FALSE(read_all());
    tamper(GetParam().sql);
    open();  // looks at the newest only
    const auto scrubbed = scrub_all();
    ASSERT_TRUE(scrubbed);
    EXPECT_EQ(scrubbed->code, Errc::corrupt) << scrubbed->message;
    const auto read = read_all();
    ASSERT_TRUE(read);
    EXPECT_EQ(read->code, Errc::corrupt) << read->message;
    EXPECT_TRUE(damage_noted(settings.path)) << "the next start sets it aside";
    salvage();
    EXPECT_EQ(numbers().size(), 299U);
    EXPECT_EQ(said_lost(), 0);
    EXPECT_FALSE(read_all());
}

constexpr ColumnDamage column_damages[] = {
    {"digest_of_a_tombstone", "UPDATE event SET digest = zeroblob(32) WHERE position & 0xffff = 60"},
    {"chain_before_the_first", "UPDATE epoch SET pruned_chain = zeroblob(32)"},
    {"no_such_state", "UPDATE event SET state = 4 WHERE position & 0xffff = 50"},
    {"withheld_with_its_body", "UPDATE event SET state = 1 WHERE position & 0xffff = 50"},
    {"lost_with_its_body", "UPDATE event SET state = 2 WHERE position & 0xffff = 50"},
    {"whole_without_body", "UPDATE event SET state = 0 WHERE position & 0xffff = 60"},
    {"no_such_state_without_body", "UPDATE event SET state = 5 WHERE position & 0xffff = 60"},
};

INSTANTIATE_TEST_SUITE_P(Columns, ColumnDamageTest, ::testing::ValuesIn(column_damages),
                         [](const auto& which) { return std::string(which.param.name); });

struct ProvenColumn {
    const char* name;
    const char* sql;
};

/// What the other columns prove is put right, and nothing is withheld.
class ProvenColumnTest : public StoreSalvageTest, public ::testing::WithParamInterface<ProvenColumn> {};

TEST_P(ProvenColumnTest, IsMendedAndTheEventTravels) {
    add_many(300);
    ASSERT_TRUE(store->withhold(60, "larger_than_packet"));
    const std::vector<std::string> before = all_lines();
    tamper(GetParam().sql);
    open();
    EXPECT_EQ(all_lines(), before);
    EXPECT_EQ(store->lost(), 0);
    open();
    EXPECT_EQ(all_lines(), before) << "for good";
    EXPECT_FALSE(damage_noted(settings.path));
}

constexpr ProvenColumn proven_columns[] = {
    {"digest", "UPDATE event SET digest = zeroblob(32) WHERE position & 0xffff = 50"},
    {"digest_of_the_first", "UPDATE event SET digest = zeroblob(32) WHERE position & 0xffff = 1"},
    {"digest_of_the_last", "UPDATE event SET digest = zeroblob(32) WHERE position = (SELECT max(position) FROM event)"},
    {"digests_in_a_row", "UPDATE event SET digest = zeroblob(32) WHERE position & 0xffff IN (50, 51, 52)"},
    {"chain", "UPDATE event SET chain = zeroblob(32) WHERE position & 0xffff = 50"},
    {"chain_of_the_first", "UPDATE event SET chain = zeroblob(32) WHERE position & 0xffff = 1"},
    {"chain_near_the_end", "UPDATE event SET chain = zeroblob(32) WHERE position & 0xffff = 299"},
    {"chain_of_a_tombstone", "UPDATE event SET chain = zeroblob(32) WHERE position & 0xffff = 60"},
    {"both_of_two_events",
     "UPDATE event SET digest = CASE position & 0xffff WHEN 50 THEN zeroblob(32) ELSE digest END, "
     "chain = CASE position & 0xffff WHEN 150 THEN zeroblob(32) ELSE chain END"},
};

INSTANTIATE_TEST_SUITE_P(Columns, ProvenColumnTest, ::testing::ValuesIn(proven_columns),
                         [](const auto& which) { return std::string(which.param.name); });

// Behind an event whose digest is gone nothing can be proven, and nothing is held against the next one.
TEST_F(ColumnDamageTest, ALostEventDoesNotAccuseTheNext) {
    add_many(300);
    tamper("UPDATE event SET digest = zeroblob(32), body = CAST('x' AS BLOB) WHERE position & 0xffff = 50");
    open();
    EXPECT_FALSE(read_all());
    EXPECT_FALSE(read_all()) << "nor when it is taken out already";
    EXPECT_EQ(numbers().size(), 299U);
}

// What a fork owes is not moved without its content.
TEST_F(ColumnDamageTest, AStateThatIsNoneIsNotMovedAsIfItsContentWereGone) {
    add_many(300);
    tamper("UPDATE event SET state = 4 WHERE position & 0xffff = 50");
    open();
    EpochReceipt other;
    other.epoch = store->live().epoch;
    other.upto = store->live().last + 7;
    ASSERT_TRUE(store->confirm(other)->forked);
    const auto moved = store->reissue();
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().code, Errc::corrupt);
    salvage();
    EXPECT_EQ(numbers().size(), 300U);
}

}  // namespace
}  // namespace tillpost
