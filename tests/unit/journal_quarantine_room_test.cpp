// SPDX-License-Identifier: Apache-2.0
// What waits in quarantine has a part of the journal, and keeps no sale out.
#include "agent/event/intake.hpp"
#include "tests/unit/journal_storage_fixture.hpp"

namespace tillpost {
namespace {

// What nobody can read has a quarter; sales are recorded all the same, and what is thrown away makes room.
TEST_F(JournalStorageTest, QuarantineDoesNotKeepSalesOut) {
    settings.most_bytes = 4 << 20;
    open();
    Draft bad = scan_of(0);
    std::string first;
    for (char each = 'a'; each <= 'c'; ++each) {
        bad.quarantine = Draft::Quarantine{each + test::filler(400'000), "not_json", "", true};
        const Result<Recorded> held = record(bad);
        ASSERT_TRUE(held) << each;
        if (each == 'a') first = held->quarantine_id;
    }
    bad.quarantine->bytes[0] = 'd';
    const Result<Recorded> refused = record(bad);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message.starts_with("quarantine_full: "));
    EXPECT_TRUE(journal->condition().starts_with("quarantine full: ")) << journal->condition();
    Draft sale;
    sale.event.type = "sale";
    sale.event.data = "{}";
    EXPECT_TRUE(record(sale));
    QuarantineDecision decision;
    decision.kind = QuarantineDecision::Kind::discard;
    decision.id = first;
    decision.reason = "test";
    ASSERT_TRUE(await(journal->decide(std::move(decision))));
    EXPECT_TRUE(record(sale));
    EXPECT_EQ(journal->condition(), "ok");
    EXPECT_TRUE(record(bad)) << "there is room again";
}

// [end-2] Only the journal can tell that a return gives back too much: it has no more room than the others.
TEST_F(JournalStorageTest, QuarantineIsBoundedForReturnsToo) {
    settings.most_bytes = 4 << 20;
    open();
    const auto ask = [&](const std::string& line) {
        auto parsed = Intake().parse(line);
        Draft draft;
        draft.device = "feed";
        draft.event = std::move(std::get<Event>(parsed));
        draft.holds_over_return = true;
        return record(std::move(draft));
    };
    const auto transaction = [](const char* type, int number, int quantity, const std::string& more) {
        return R"({"type":")" + std::string(type) + R"(","till":"T1","business_date":"2026-11-23","number":)" +
               std::to_string(number) + R"(,"lines":[{"line":1,"direction":")" + type + R"(","item":"7","quantity":)" +
               std::to_string(quantity) + more + "}]}";
    };
    const auto give_back = [&](int number, int quantity) {
        return ask(
            transaction("return", number, quantity,
                        R"(,"original":{"till":"T1","business_date":"2026-11-23","number":1,"line":1},"text":")" +
                            test::filler(200'000) + "\""));
    };
    ASSERT_TRUE(ask(transaction("sale", 1, 3, "")));
    const auto first = give_back(2, 4);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->rule, "return_quantity");
    int held = 1;
    Result<Recorded> last = *first;
    while (held < 100 && (last = give_back(held + 2, 4))) ++held;
    ASSERT_FALSE(last) << held;
    EXPECT_TRUE(last.error().message.starts_with("quarantine_full: ")) << last.error().message;
    EXPECT_LE(held * 200'000, 2 << 20);
    const auto again = give_back(2, 4);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->quarantine_id, first->quarantine_id) << "whoever lost the answer sends it again";
    const auto right = give_back(500, 1);
    ASSERT_TRUE(right) << right.error().message;
    EXPECT_EQ(right->quarantine_id, "") << "nothing holds this one back";
}

// [end-2] Nor what is too large for the broker: at the bound it is refused itself.
class TooLargeAtIntakeTest : public JournalStorageTest {
protected:
    TooLargeAtIntakeTest() {
        settings.most_bytes = 4 << 20;
        settings.keep = std::chrono::hours(24);
        open();
    }
    void know(std::uint64_t limit) {
        journal->note_largest_line(limit);
        ASSERT_TRUE(run_until([&] { return journal->largest_line() == limit; }));
    }
    /// A sale of so many bytes; "": it is recorded, else why not.
    std::string sell(std::size_t bytes) {
        Draft sale = scan_of(bytes);
        sale.event.type = "sale";
        sale.event.data.insert(1, "\"n\":" + std::to_string(++sold) + ",");
        const Result<Recorded> told = record(std::move(sale));
        return told ? std::string() : told.error().message;
    }
    /// Gives how many were taken.
    Sequence fill() {
        Sequence taken = 0;
        while (taken < 100 && sell(100'000).empty()) ++taken;
        return taken;
    }
    void expect_bounded(const char* when) {
        SCOPED_TRACE(when);
        const std::string refused = sell(100'000);
        EXPECT_TRUE(refused.starts_with("too_large: ")) << refused;
        EXPECT_NE(refused.find("tillpost journal export"), std::string::npos);
        EXPECT_LT(refused.size(), 512U) << "as much as an answer may have";
        EXPECT_TRUE(journal->condition().starts_with("quarantine full: ")) << journal->condition();
        EXPECT_EQ(sell(50'000), "");
    }
    int sold = 0;
};

TEST_F(TooLargeAtIntakeTest, IsRefusedBeforeItKeepsOthersOut) {
    know(60'000);
    const Sequence taken = fill();
    EXPECT_GT(taken, 5U);
    EXPECT_LT(taken, 16U) << "a quarter of the limit";
    expect_bounded("while they wait");
    journal->close();
    ASSERT_TRUE(run_until([this] { return tasks.idle(); }));
    journal.reset();
    open();
    expect_bounded("after a restart, without a connection");
    for (Sequence n = 1; n <= taken; ++n) ASSERT_TRUE(await(journal->withhold(n, "larger_than_packet")));
    expect_bounded("when they are in quarantine");
    know(0);
    for (int n = 0; n < 15; ++n) EXPECT_EQ(sell(100'000), "") << "nobody knows a limit: what is captured is kept";
}

// [once-2] Whoever lost the answer sends it again.
TEST_F(TooLargeAtIntakeTest, WhatIsKnownGetsItsFirstAnswerThoughThereIsNoRoomForMore) {
    const auto ask = [&](Draft draft) { return record(std::move(draft)); };
    const auto keyed = [](int number, bool held) {
        Draft draft = scan_of(100'000);
        draft.event.type = "sale";
        draft.event.subject = "pos/T1/2026-11-23/" + std::to_string(number);
        draft.event.data.insert(1, "\"number\":" + std::to_string(number) + ",");
        if (held) draft.held_for = Rejection{"totals", "/totals", ""};
        return draft;
    };
    know(60'000);
    const auto first = ask(keyed(1, false));
    const auto held = ask(keyed(2, true));
    ASSERT_TRUE(first && held);
    EXPECT_NE(held->quarantine_id, "");
    fill();
    const Sequence last = journal->live().last;
    for (const bool is_held : {false, true}) {
        const auto again = ask(keyed(is_held ? 2 : 1, is_held));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->sequence, is_held ? held->sequence : first->sequence);
        EXPECT_EQ(again->quarantine_id, is_held ? held->quarantine_id : "");
        const auto another = ask(keyed(3, is_held));
        ASSERT_FALSE(another);
        EXPECT_TRUE(another.error().message.starts_with(is_held ? "quarantine_full: " : "too_large: "))
            << another.error().message;
    }
    EXPECT_EQ(journal->live().last, last) << "nothing new";
}

TEST_F(TooLargeAtIntakeTest, IsTakenAgainWhenPeopleHaveDecided) {
    know(60'000);
    const Sequence taken = fill();
    for (Sequence n = 1; n <= taken; ++n) ASSERT_TRUE(await(journal->withhold(n, "larger_than_packet")));
    const auto page = await(journal->quarantine_page({QuarantineQuery::Sort::age, 0, 3}));
    ASSERT_TRUE(page);
    QuarantineDecision again;
    again.kind = QuarantineDecision::Kind::release;
    again.id = page->records[0].id;
    again.draft = scan_of(100'000);
    again.draft->event.type = "sale";
    const auto released = await(journal->decide(again));
    ASSERT_FALSE(released) << "it would be there once more";
    EXPECT_NE(released.error().message.find("maximum raised first"), std::string::npos) << released.error().message;
    know(0);
    ASSERT_TRUE(await(journal->decide(again)));
    know(60'000);
    EXPECT_EQ(sell(100'000), "") << "what is decided on goes by itself, and nobody waits for it";
    for (std::size_t i = 1; i < page->records.size(); ++i) {
        QuarantineDecision decision;
        decision.id = page->records[i].id;
        decision.reason = "test";
        ASSERT_TRUE(await(journal->decide(std::move(decision))));
    }
    EXPECT_EQ(sell(100'000), "") << "there is room again";
    EXPECT_EQ(journal->condition(), "ok");
}

TEST_F(JournalStorageTest, SaysWhenItIsQuarantineThatFillsIt) {
    settings.most_bytes = 8 << 20;
    open();
    Draft bad = scan_of(0);
    for (char each = 'a'; each <= 'd'; ++each) {
        bad.quarantine = Draft::Quarantine{each + test::filler(400'000), "not_json", "", true};
        ASSERT_TRUE(record(bad)) << each;
    }
    journal->close();
    ASSERT_TRUE(run_until([this] { return tasks.idle(); }));
    journal.reset();
    settings.most_bytes = 1 << 20;
    open();
    Draft sale;
    sale.event.type = "sale";
    sale.event.data = "{}";
    Result<Recorded> told = record(sale);
    for (int tries = 0; told && tries < 100; ++tries) told = record(sale);  // what is cheap makes room first
    ASSERT_FALSE(told);
    EXPECT_NE(told.error().message.find("tillpost quarantine"), std::string::npos) << told.error().message;
    EXPECT_NE(journal->condition().find("most of it with what waits in quarantine"), std::string::npos)
        << journal->condition();
}

}  // namespace
}  // namespace tillpost
