// SPDX-License-Identifier: Apache-2.0
// [durable-3] What was in quarantine of a journal that was set aside, and of the next one, too.
#include "agent/event/glance.hpp"
#include "agent/journal/offline/record_check.hpp"
#include "agent/journal/own_events.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

class SalvagedRecordsTest : public StoreSalvageTest {
protected:
    std::string hold(const std::string& bytes) { return held(bytes).quarantine_id; }
    Recorded held(const std::string& bytes) {
        const Rejection rejection{"total_mismatch", "/totals/gross", "the totals are not the lines'"};
        Draft draft;
        draft.device = "feed";
        draft.event = own::held_back("feed", rejection, bytes, glance_at(bytes));
        draft.quarantine = Draft::Quarantine{bytes, rejection.rule, rejection.field, true};
        return add(std::move(draft));
    }
    void discard(const std::string& id) {
        QuarantineDecision decision;
        decision.id = id;
        decision.user = 1000;
        decision.reason = "a test";
        const auto decided = store->decide(decision);
        ASSERT_TRUE(decided) << decided.error().message;
    }
    /// Faults, and what cannot be told.
    std::vector<std::string> found() {
        store.reset();
        std::vector<std::string> all;
        const auto file = JournalFile::open_copy(settings.path, dir.path());
        EXPECT_TRUE(file) << file.error().message;
        const auto epochs = (*file)->epochs();
        EXPECT_TRUE(epochs);
        RecordCheck records;
        for (const JournalFile::FileEpoch& epoch : *epochs) {
            const auto visit = [&](const JournalFile::Row& row) -> Result<void> {
                records.row(epoch.summary.epoch, row);
                return {};
            };
            const Range held{epoch.summary.first, epoch.summary.last};
            EXPECT_TRUE((*file)->each_readable(epoch.summary.ordinal, held, visit, [](Range) {}));
        }
        const RecordCheck::Visit visit{[&](Epoch, Sequence, std::string what) { all.push_back(std::move(what)); },
                                       [&](std::string what) { all.push_back("? " + what); }};
        EXPECT_TRUE(records.finish(**file, *epochs, visit));
        open();
        return all;
    }
};

TEST_F(SalvagedRecordsTest, AreComparedBehindSeveralSalvages) {
    add_many(3);
    const std::string open_one = hold("{\"held\":1}");
    const std::string decided = hold("{\"held\":2}");
    const std::string later = hold("{\"held\":3}");
    discard(decided);
    for (int round = 0; round < 3; ++round) {
        salvage();
        if (round == 0) discard(later);
        hold("{\"held\":1" + std::to_string(round) + "}");
        add_many(2);
        EXPECT_EQ(found(), std::vector<std::string>()) << round;
    }
    tamper("DELETE FROM quarantine WHERE decision IS NULL");
    open();
    const std::vector<std::string> missing = found();
    ASSERT_EQ(missing.size(), 4U);
    EXPECT_TRUE(missing[0].starts_with("? the record " + open_one)) << missing[0];
    for (const std::size_t at : {1U, 2U}) {
        EXPECT_TRUE(missing[at].starts_with("? ")) << "it may have been lost with a damaged journal: " << missing[at];
    }
    EXPECT_TRUE(missing[3].starts_with("the record Q4-")) << "that one was put into this journal: " << missing[3];
}

// [once-2] Nothing was lost: what the POS sends again is the same record, whatever became of the journal.
TEST_F(SalvagedRecordsTest, GetTheirFirstAnswerAgain) {
    const std::string keyed = R"({"type":"sale","till":"7","number":1,"business_date":"2026-11-23","x":[]})";
    const std::string plain = "no json";
    const std::string first = hold(keyed);
    const std::string second = hold(plain);
    const auto expect_same = [&](const char* when) {
        EXPECT_EQ(hold(keyed), first) << when;
        EXPECT_EQ(hold(plain), second) << when;
        EXPECT_EQ(store->quarantined(), 2) << when;
    };
    expect_same("at once");
    open();
    expect_same("after a start");
    const auto fork = [this] {
        EpochReceipt beyond = receipt(store->live().last);
        beyond.upto += 5;
        const auto outcome = store->confirm(beyond);
        ASSERT_TRUE(outcome && outcome->forked);
        reissue();
    };
    fork();
    expect_same("behind a fork");
    add_many(2);
    for (int round = 0; round < 2; ++round) {
        salvage();
        expect_same("behind a salvage");
    }
    fork();
    open();
    expect_same("behind a fork of a salvaged journal");
}

TEST_F(SalvagedRecordsTest, AreComparedWhereASalvageWasInterruptedByTheNext) {
    add_many(3);
    hold("{\"held\":1}");
    const std::string decided = hold("{\"held\":2}");
    discard(decided);
    std::vector<std::string> aside;
    const auto begin = [&](bool events) {
        store.reset();
        const auto file = set_aside(settings.path, clock.now().wall);
        ASSERT_TRUE(file);
        clock.advance(std::chrono::seconds(1));
        aside.push_back(*file);
        auto damaged = Salvage::open(*file, known_of(*file), settings.source);
        ASSERT_TRUE(damaged) << damaged.error().message;
        auto opened = Store::open(settings, clock, (*damaged)->epochs().back().ordinal + 1);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        store->set_salvaging(true);
        if (!events) return;
        auto rows = (*damaged)->rows(0);
        ASSERT_TRUE(rows && *rows);
        ASSERT_TRUE(store->adopt(**rows));
    };
    begin(true);
    hold("{\"held\":3}");
    add_many(1);
    begin(false);
    for (const std::string& file : aside) {
        auto damaged = Salvage::open(file, known_of(file), settings.source);
        ASSERT_TRUE(damaged) << damaged.error().message;
        take_over(**damaged, file);
    }
    store->set_salvaging(false);
    EXPECT_EQ(found(), std::vector<std::string>());
    EXPECT_EQ(store->quarantined(), 2);
}

}  // namespace
}  // namespace tillpost
