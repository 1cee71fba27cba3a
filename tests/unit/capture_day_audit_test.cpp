// SPDX-License-Identifier: Apache-2.0
// [audit-1] What a day's certificate is made of lies beside the events: the audit makes it again from them.
#include "agent/central/audit.hpp"
#include "agent/central/schema.hpp"
#include "agent/journal/schema.hpp"
#include "drivers/simulator/store.hpp"
#include "platform/sqlite.hpp"
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class AuditedDayTest : public CaptureDayTest {
protected:
    /// The agent is stopped, its file changed, and it starts again.
    void forge(const std::string& sql) {
        is_honest = false;
        kill();
        change("journal.db", journal_application_id, sql);
        open();
    }
    void change(const std::string& file, std::int32_t application_id, const std::string& sql) {
        const auto database = Database::open({dir.file(file), application_id});
        ASSERT_TRUE(database) << database.error().message;
        const auto done = (*database)->execute(sql);
        ASSERT_TRUE(done) << done.error().message;
    }
    void forge_state(const std::string& from, const std::string& to) {
        forge("UPDATE day SET state = replace(state, '" + from + "', '" + to + "') WHERE till = 'T01'");
    }
    std::string state_of_t01() {
        const auto database = Database::open({dir.file("journal.db"), journal_application_id});
        auto row = (*database)->prepare("SELECT state FROM day WHERE till = 'T01'");
        EXPECT_TRUE(row) << row.error().message;
        row->begin();
        return row->step().value() ? std::string(row->bytes(0)) : std::string();
    }
    /// As many revisions as that, in the journal too.
    bool are_recorded(int certificates) {
        return reaches(certificates) && run_until([&] {
                   const auto lines = await(journal->read({1, journal->live().last}, 64 << 20));
                   int found = 0;
                   for (std::size_t i = 0; lines && i < lines->size(); ++i) {
                       const bool is_one = lines->line(i).find("tillpost.day_certificate.v1") != std::string_view::npos;
                       found += is_one ? 1 : 0;
                   }
                   return found == certificates;
               });
    }
    /// Central takes all that the journal has, and knows that the epoch is its first.
    void deliver() {
        const auto lines = await(journal->read({1, journal->live().last}, 64 << 20));
        ASSERT_TRUE(lines) << lines.error().message;
        std::string payload;
        for (std::size_t i = 0; i < lines->size(); ++i) payload += std::string(lines->line(i)) + "\n";
        {
            const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::create, clock);
            ASSERT_TRUE(central) << central.error().message;
            const auto taken = (*central)->commit({{AgentName{"acme", "0042", "till-01"}, payload}}, false);
            ASSERT_TRUE(taken) << taken.error().message;
        }
        change("central.db", central_application_id, "UPDATE epoch SET ordinal = 1");
    }
    AuditReport audit_central() {
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        EXPECT_TRUE(central) << central.error().message;
        auto report = audit(**central, std::nullopt, {}, {});
        EXPECT_TRUE(report) << report.error().message;
        return std::move(*report);
    }
    /// The first fault; "" if there is none.
    static std::string first_of(const AuditReport& report) {
        return report.faults.empty() ? std::string() : report.faults.front().what;
    }
    void expect_found(const std::string& words) {
        deliver();
        kill();
        for (const AuditReport& report : {audit_here(), audit_central()}) {
            EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken);
            EXPECT_NE(first_of(report).find("the certificate of till T01 on 2026-11-23"), std::string::npos)
                << first_of(report);
            EXPECT_NE(first_of(report).find(words), std::string::npos) << first_of(report);
        }
    }
    /// A sale that stands in the place of the event with that number.
    std::string replacement(int number, const std::string& cash, const std::string& date, Sequence of) {
        return R"({"type":"sale","till":"T01","number":)" + std::to_string(number) + R"(,"business_date":")" + date +
               R"(","time":"2026-11-23T10:00:00Z","currency":"EUR","lines":[],"tenders":[{"type":"cash","amount":")" +
               cash + R"("}],"totals":{"net":)" + cash + R"(,"tax":0,"gross":)" + cash + R"(},"corrects":")" +
               event_id(journal->live().epoch, of) + R"(","corrects_kind":"replace","reason":"r","actor":"a"})";
    }
    /// The number 2 is missing in it.
    void sell_and_close() {
        sell(1);
        sell(3);
        close_till(1, 1, 3);
        ASSERT_TRUE(are_recorded(1));
    }
};

TEST_F(AuditedDayTest, AForgedSumIsFoundOnTheBoxAndAtCentral) {
    sell_and_close();
    forge_state(R"("tender/cash":["2")", R"("tender/cash":["92")");
    ASSERT_EQ(till()["sums"][0]["tenders"][0]["amount"], "92") << state_of_t01();
    sell(2);  // late
    ASSERT_TRUE(are_recorded(2));
    expect_found(
        "revision 2, does not follow from the events before it: cash of the tenders in EUR, amount: it says "
        "93, recomputed 3");
}

TEST_F(AuditedDayTest, AForgedNumberOfEventsIsFound) {
    sell_and_close();
    forge_state(R"("events":3)", R"("events":13)");
    sell(2);
    ASSERT_TRUE(are_recorded(2));
    expect_found("counts/events: it says 14, recomputed 4");
}

TEST_F(AuditedDayTest, AMissingNumberThatIsForgedAwayIsFound) {
    sell_and_close();
    forge_state("[1,1],[3,3]", "[1,3]");
    ASSERT_EQ(till()["numbers"]["missing"], 0) << state_of_t01();
    sell(4);
    end_the_day();
    days->look_now();
    ASSERT_TRUE(are_recorded(2));
    expect_found("numbers/missing: it says 0, recomputed 1");
}

TEST_F(AuditedDayTest, ANumberThatIsForgedIntoADayWithAPostVoidIsFound) {
    sell_and_close();
    send(R"({"type":"void","till":"T01","number":5,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
         R"("currency":"EUR","scope":"post","reason":"r","amount":"1","original":{"number":"1"}})");
    ASSERT_TRUE(are_recorded(2));
    forge_state("[1,1],[3,3]", "[1,3]");
    sell(6);
    end_the_day();
    days->look_now();
    ASSERT_TRUE(are_recorded(3));
    expect_found("numbers/seen: it says 5, recomputed 4");
}

TEST_F(AuditedDayTest, ANumberThatIsForgedIntoACorrectedDayIsFound) {
    sell_and_close();
    send(R"({"type":"sale","till":"T01","number":1,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
         R"("currency":"EUR","lines":[],"tenders":[{"type":"cash","amount":"2"}],"totals":{"net":2,"tax":0,"gross":2},)"
         R"("corrects":")" +
         event_id(journal->live().epoch, 1) + R"(","corrects_kind":"replace","reason":"r","actor":"a"})");
    ASSERT_TRUE(are_recorded(2));
    ASSERT_TRUE(till().contains("corrected_sums"));
    forge_state("[1,1],[3,3]", "[1,3]");
    sell(6);
    end_the_day();
    days->look_now();
    ASSERT_TRUE(are_recorded(3));
    expect_found("numbers/seen: it says ");
}

TEST_F(AuditedDayTest, AForgedSumAfterCorrectionsIsFound) {
    sell_and_close();
    send(replacement(1, "7", "2026-11-23", 1));
    ASSERT_TRUE(are_recorded(2));
    forge_state(R"("tender/cash":["7")", R"("tender/cash":["77")");
    ASSERT_EQ(till()["corrected_sums"][0]["tenders"][0]["amount"], "78") << state_of_t01();
    sell(6);
    end_the_day();
    days->look_now();
    ASSERT_TRUE(are_recorded(3));
    expect_found("cash of the tenders in EUR after corrections, amount: it says 79, recomputed 9");
}

TEST_F(AuditedDayTest, AForgedNumberOfCorrectionsWithoutEffectIsFound) {
    sell_and_close();
    forge_state(R"("not_applied":0)", R"("not_applied":1)");
    sell(2);
    ASSERT_TRUE(are_recorded(2));
    expect_found("counts/unapplied: it says 1, recomputed 0");
}

TEST_F(AuditedDayTest, ACorrectionIsCountedAgainWhereItsDayHasWhatItCorrects) {
    sell_and_close();
    send(R"({"type":"void","till":"T01","number":5,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
         R"("currency":"EUR","scope":"post","reason":"r","amount":"1","original":{"number":"3"}})");
    send(replacement(1, "7", "2026-11-23", 1));
    send(replacement(1, "9", "2026-11-23", 1));
    send(replacement(1, "8", "2026-11-23", journal->live().last + 99));  // of nothing that is here
    end_the_day();
    days->look_now();
    ASSERT_TRUE(run_until([&] { return till()["counts"]["unapplied"] == 1 && till()["more_since"] == false; }));
    run_for(50ms);
    deliver();
    kill();
    for (const AuditReport& report : {audit_here(), audit_central()}) {
        expect_honest(report);
        EXPECT_GE(report.certificates, 2U);
        EXPECT_EQ(report.corrections_open, 0U) << audit_table(report);
    }
}

TEST_F(AuditedDayTest, ACorrectionOfAnotherDayIsSaidNotToBeChecked) {
    sell_and_close();
    send(replacement(8, "7", "2026-11-24", 1));
    end_the_day();
    days->look_now();
    ASSERT_TRUE(are_recorded(2));
    run_for(50ms);
    kill();
    const AuditReport report = audit_here();
    expect_honest(report);
    EXPECT_GT(report.corrections_open, 0U);
    EXPECT_NE(audit_table(report).find("not checked in "), std::string::npos) << audit_table(report);
}

TEST_F(AuditedDayTest, AClosingThatIsForgedToDifferIsFound) {
    sell_and_close();
    forge_state(R"("tender/cash":["3")", R"("tender/cash":["30")");
    sell(2);
    ASSERT_TRUE(are_recorded(2));
    ASSERT_EQ(till()["closings_fit"], "none") << state_of_t01();
    expect_found("closings_fit: it says none, recomputed ");
}

/// It fits the events that there were then.
TEST_F(AuditedDayTest, TheStateOfAnEarlierHourIsFound) {
    sell_and_close();
    kill();
    const std::string before = state_of_t01();
    open();
    sell(2);
    ASSERT_TRUE(are_recorded(2));
    forge("UPDATE day SET state = replace(replace('" + before +
          R"(', '"dirty":false', '"dirty":true'), '"revision":1', '"revision":2') WHERE till = 'T01')");
    end_the_day();
    days->look_now();
    ASSERT_TRUE(are_recorded(3));
    ASSERT_EQ(till()["counts"]["events"], 3);
    expect_found("counts/events: it says 3, recomputed 4");
}

TEST_F(AuditedDayTest, WhatTheSimulatorPlaysIsRecomputedAndRight) {
    simulator::PlaySettings settings;
    settings.whole_days = true;
    settings.rates.conflict = settings.rates.mixed = settings.rates.broken = settings.rates.control = 200;
    simulator::StorePlay play(settings);
    std::size_t answered = 0, sent = 0;
    const auto submit = [&](const std::string& line) {
        Observation observation;
        observation.device = "feed";
        observation.bytes = line;
        capture->submit(std::move(observation), [&answered](const Outcome&) { ++answered; });
        ++sent;
    };
    for (int part = 0; part < 12; ++part) {  // some days of four tills
        for (int i = 0; i < 500; ++i) submit(play.next().line);
        ASSERT_TRUE(run_until([&] { return answered == sent; }));
        submit("of no day, behind the certificates that wait: " + std::to_string(part));
        ASSERT_TRUE(run_until([&] { return answered == sent; }));
        clock.advance(std::chrono::hours(5));
        if (part % 4 == 2) crash();
    }
    for (const auto& played : play.close()) submit(played.line);
    ASSERT_TRUE(run_until([&] { return answered == sent; }));
    run_for(50ms);
    deliver();
    kill();
    const AuditReport here = audit_here();
    EXPECT_EQ(here.fault_count, 0U) << first_of(here);
    EXPECT_GE(here.certificates, 4U) << audit_table(here);
    EXPECT_LT(here.corrections_open, here.certificates) << audit_table(here);
    const AuditReport central = audit_central();
    EXPECT_EQ(central.fault_count, 0U) << first_of(central);
    EXPECT_EQ(central.certificates, here.certificates);
}

TEST_F(AuditedDayTest, WhatIsNotThereMakesNoFault) {
    sell_and_close();
    sell(2);
    ASSERT_TRUE(are_recorded(2));
    deliver();
    kill();
    EXPECT_EQ(audit_here().certificates, 2U);
    EXPECT_EQ(audit_central().certificates, 2U);
    change("central.db", central_application_id, "UPDATE epoch SET ordinal = NULL");
    const AuditReport report = audit_central();
    EXPECT_EQ(report.certificates, 0U) << "what was before its first event nobody says";
    EXPECT_NE(audit_table(report).find("2 certificates could not be recomputed: events that they may count"),
              std::string::npos)
        << audit_table(report);
    expect_honest(report);
}

}  // namespace
}  // namespace tillpost
