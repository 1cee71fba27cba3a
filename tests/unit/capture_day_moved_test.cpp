// SPDX-License-Identifier: Apache-2.0
// [complete-1] Every event counts once in its day, at once and after each start, whatever becomes of its number or its
// content: moved by forks, brought back by a salvage, erased, withheld.
#include "agent/event/redaction/card_number.hpp"
#include "agent/journal/offline/erase.hpp"
#include "tests/support/packed_text.hpp"
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class MovedDayTest : public CaptureDayTest {
protected:
    void sell_many(int from, int to) {
        for (int number = from; number <= to; ++number) sell(number);
    }
    void sell_as(const std::string& of_till, const std::string& number) {
        send(R"({"type":"sale","till":")" + of_till + R"(","number":")" + number +
             R"(","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR","lines":[],)"
             R"("tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1}})");
    }
    std::vector<Sequence> that_have(const std::string& text) {
        std::vector<Sequence> found;
        for (Sequence at = journal->live().first; at <= journal->live().last; ++at) {
            const auto lines = await(journal->read({at, at}, 1 << 20));
            if (lines && lines->line(0).find(text) != std::string_view::npos) found.push_back(at);
        }
        return found;
    }
    std::string on_disk() const {
        const std::string path = journal_settings().path;
        return test::revealed(test::content_of(path)) + test::revealed(test::content_of(path + "-wal"));
    }
    void expect_counted_so_far(int events) { EXPECT_EQ(till()["counts"]["events"], events) << till(); }
    void expect_counted(int events, const char* when) {
        const json day = till();
        EXPECT_EQ(day["counts"]["events"], events) << when << ": " << day;
        EXPECT_EQ(day["numbers"]["seen"], events) << when;
        EXPECT_EQ(day["numbers"]["missing"], 0) << when;
        EXPECT_EQ(day["numbers"]["repeated"], 0) << when;
        EXPECT_EQ(day["sums"][0]["tenders"][0]["amount"], std::to_string(events)) << when;
    }
    void correct(const char* kind, const std::string& id, int number, const std::string& amount) {
        send(R"({"type":"sale","till":"T01","number":)" + std::to_string(number) +
             R"(,"business_date":"2026-11-23","time":"2026-11-23T10:15:30Z","currency":"EUR","corrects":")" + id +
             R"(","corrects_kind":")" + kind + R"(","reason":"wrong","actor":"p-1",)" +
             R"("lines":[{"line":1,"kind":"service","direction":"sale","amount":")" + amount + R"("}],)" +
             R"("tenders":[{"type":"cash","amount":")" + amount + R"("}],"totals":{"net":")" + amount +
             R"(","tax":"0","gross":")" + amount + R"("}})");
    }
    std::string corrected_cash() {
        const json day = till();
        return day.value("corrected_sums", day["sums"])[0]["tenders"][0].value("amount", "");
    }
    void erase(const std::vector<Sequence>& sequences, std::vector<std::string> names = {}) {
        for (const Sequence sequence : sequences) names.push_back(event_id(journal->live().epoch, sequence));
        kill();
        const auto keep = [this](Store& store, const LeavingContents& leaving) {
            return keep_days_of(store, DaySettings(), {}, clock, leaving, may_hold_card_number);
        };
        const auto done = erase_contents(journal_settings(), clock, names, {}, keep);
        ASSERT_TRUE(done) << done.error().message;
        open();
    }
};

TEST_F(MovedDayTest, AForkCountsNothingTwiceAndForgetsNothing) {
    sell_many(1, 5);
    fork();
    expect_counted(5, "at once");
    sell(6);
    crash();
    expect_counted(6, "after a start, with nothing kept before");
    fork();
    sell(7);
    crash();
    expect_counted(7, "copies of copies");
    days->keep();
    ASSERT_TRUE(run_until([this] { return journal->live().last > 0; }));
    sell(8);
    fork();
    crash();
    expect_counted(8, "some kept, some not");
}

// More than one run each: those of the second epoch are among what moves on to the third.
TEST_F(MovedDayTest, AForkOfAForkOfManyCountsNothingTwice) {
    for (const int forks : {2, 3}) {
        const int begin = forks == 2 ? 1 : 401;
        sell_many(begin, begin + 298);
        days->keep();
        ASSERT_TRUE(run_until([this] { return journal->live().last > 0; }));
        sell(begin + 299);
        for (int i = 0; i < forks; ++i) {
            fork();
            sell(begin + 300 + i);
        }
        for (int more = begin + 300 + forks; more < begin + 400; ++more) sell(more);
        crash();
        expect_counted(begin + 399, "after a start");
        crash();
        expect_counted(begin + 399, "after another one");
    }
}

TEST_F(MovedDayTest, AForkOfWhatACertificateSpeaksOfChangesNothing) {
    sell_many(1, 3);
    end_the_day();
    days->look_now();
    ASSERT_TRUE(reaches(1));
    const json before = till();
    fork();
    EXPECT_EQ(till()["sums"], before["sums"]);
    crash();
    EXPECT_EQ(till()["sums"], before["sums"]);
    EXPECT_EQ(till()["revision"], 1);
}

TEST_F(MovedDayTest, WhatSalvageBringsCountsAtOnceAndOnce) {
    sell_many(1, 40);
    kill();
    {
        auto database = Database::open({journal_settings().path, 0x54494c4c});
        ASSERT_TRUE(database);
        ASSERT_TRUE((*database)->execute("DELETE FROM event WHERE position & 0xffff = 38"));
    }
    open();
    sell(41);
    EXPECT_EQ(till()["numbers"]["seen"], 1);
    spawn("salvage", journal->run_salvage());
    ASSERT_TRUE(run_until([this] { return till()["numbers"]["seen"] == 40; })) << till();
    EXPECT_EQ(till()["missing"], json::parse(R"([{"from":"38","to":"38","count":1}])"));
    EXPECT_EQ(till()["sums"][0]["tenders"][0]["amount"], "40");
    ASSERT_TRUE(run_until([this] { return files_set_aside(journal_settings().path).empty(); }));
    const json before = till();
    crash();
    EXPECT_EQ(till()["sums"], before["sums"]) << "and once after the next start";
    EXPECT_EQ(till()["numbers"], before["numbers"]);
    fork();
    crash();
    EXPECT_EQ(till()["sums"], before["sums"]) << "moved on by a fork";
}

class SalvagedTwiceTest : public MovedDayTest {
protected:
    /// At once, after a kill, behind a fork, and when the days are kept.
    void expect_counted_for_good(int events) {
        expect_counted(events, "at once");
        crash();
        expect_counted(events, "read again");
        fork();
        expect_counted(events, "moved by a fork");
        crash();
        expect_counted(events, "moved by a fork, and read again");
        days->keep();
        ASSERT_TRUE(run_until([this] { return journal->live().last > 0; }));
        crash();
        expect_counted(events, "kept");
    }
};

TEST_F(SalvagedTwiceTest, WhatIsSentAgainBeforeItIsSalvagedCountsOnce) {
    sell_many(1, 300);
    damage();
    for (const int number : {300, 1, 299, 150, 301}) sell(number);
    expect_counted_so_far(5);
    salvage_all();
    for (const int number : {300, 7, 301}) sell(number);
    expect_counted_for_good(301);
}

// A till that sends on meanwhile meets each state of the salvage.
TEST_F(SalvagedTwiceTest, WhatIsSentAgainWhileItIsSalvagedCountsOnce) {
    sell_many(1, 300);
    damage();
    spawn("salvage", journal->run_salvage());
    for (int number = 300; number > 0; number -= 3) sell(number);
    ASSERT_TRUE(run_until([this] { return damaged() == 0; }));
    expect_counted_for_good(300);
}

TEST_F(SalvagedTwiceTest, AnotherRecordOfThatNumberCountsBesideIt) {
    sell_many(1, 3);
    damage();
    send(R"({"type":"sale","till":"T01","number":3,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
         R"("currency":"EUR","lines":[],"tenders":[{"type":"cash","amount":"5"}],)"
         R"("totals":{"net":5,"tax":0,"gross":5}})");
    salvage_all();
    for (const bool again : {false, true}) {
        if (again) crash();
        EXPECT_EQ(till()["sums"][0]["tenders"][0]["amount"], "8") << till();
        EXPECT_EQ(till()["numbers"]["repeated"], 1);
    }
}

TEST_F(SalvagedTwiceTest, ACorrectionThatIsSentAgainTakesBackWhatComesLater) {
    sell_many(1, 3);
    const std::string second = event_id(journal->live().epoch, 2);
    correct("reverse", second, 2, "1");
    damage();
    correct("reverse", second, 2, "1");
    salvage_all();
    EXPECT_EQ(corrected_cash(), "2") << till();
    crash();
    EXPECT_EQ(corrected_cash(), "2") << "read again: " << till();
}

TEST_F(SalvagedTwiceTest, AClosingFitsWhatItDidBefore) {
    sell_many(1, 3);
    correct("replace", event_id(journal->live().epoch, 1), 1, "2");
    send(R"({"type":"till_close","till":"T01","business_date":"2026-11-23","time":"2026-11-23T10:15:30Z","session":1,)"
         R"("first_number":1,"last_number":3,"currency":"EUR",)"
         R"("tenders":[{"type":"cash","amount":"4","expected":"0","counted":"0"}]})");
    ASSERT_TRUE(reaches(1));
    correct("replace", event_id(journal->live().epoch, 2), 2, "5");
    ASSERT_TRUE(reaches(2));
    const json before = till();
    EXPECT_EQ(before["closings_fit"], "as_closed") << before;
    damage();
    salvage_all();
    for (const bool again : {false, true}) {
        if (again) crash();
        for (const char* const name : {"closings_fit", "differences", "sums", "corrected_sums", "numbers", "missing"}) {
            EXPECT_EQ(till()[name], before[name]) << name << (again ? " read again: " : ": ") << till();
        }
    }
}

TEST_F(SalvagedTwiceTest, APostVoidTakesBackWhatItDidBefore) {
    sell_many(1, 3);
    const auto take_back = [this](int number, int original) {
        send(R"({"type":"void","till":"T01","number":)" + std::to_string(number) +
             R"(,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR","scope":"post",)"
             R"("reason":"r","amount":"1","original":{"number":")" +
             std::to_string(original) + R"("}})");
    };
    take_back(4, 2);
    take_back(5, 77);
    const json before = till();
    ASSERT_EQ(corrected_cash(), "2") << before;
    damage();
    salvage_all();
    for (const bool again : {false, true}) {
        if (again) crash();
        for (const char* const name : {"sums", "corrected_sums", "counts"}) {
            EXPECT_EQ(till()[name], before[name]) << name << (again ? " read again: " : ": ") << till();
        }
    }
}

// What the first salvage had taken over is in both files, and its progress in none that can be read.
TEST_F(SalvagedTwiceTest, ADamageWithinASalvageCountsNothingTwice) {
    sell_many(1, 400);
    damage();
    sell(400);
    sell(401);
    spawn("salvage", journal->run_salvage());
    ASSERT_TRUE(run_until([this] { return till()["numbers"]["seen"] >= 130; })) << till();
    sell(402);
    ASSERT_EQ(damaged(), 1U) << "it is not done";
    damage();
    ASSERT_EQ(damaged(), 2U);
    sell(402);
    sell(1);
    salvage_all();
    expect_counted_for_good(402);
    damage();
    salvage_all();
    expect_counted_for_good(402);
}

// The till knows the id that it was told first.
TEST_F(MovedDayTest, ACorrectionByAFormerIdIsOfTheEvent) {
    sell_many(1, 4);
    const std::string first = event_id(journal->live().epoch, 1);
    const std::string second = event_id(journal->live().epoch, 2);
    const std::string third = event_id(journal->live().epoch, 3);
    correct("replace", first, 1, "5");
    fork();
    correct("replace", second, 2, "7");
    EXPECT_EQ(corrected_cash(), "14") << till();
    correct("reverse", first, 1, "1");  // what was replaced before the fork
    EXPECT_EQ(corrected_cash(), "9") << till();
    crash();
    EXPECT_EQ(corrected_cash(), "9") << "read again";
    fork();
    correct("reverse", third, 3, "1");
    EXPECT_EQ(corrected_cash(), "8") << "twice moved: " << till();
    EXPECT_EQ(till()["counts"]["unapplied"], 0) << till();
}

TEST_F(MovedDayTest, ASalvageBringsCorrectionsToWhatTheyCorrect) {
    sell_many(1, 40);
    const std::string first = event_id(journal->live().epoch, 1);
    const std::string second = event_id(journal->live().epoch, 2);
    correct("replace", first, 1, "5");
    fork();
    kill();
    {
        auto database = Database::open({journal_settings().path, 0x54494c4c});
        ASSERT_TRUE(database);
        ASSERT_TRUE((*database)->execute("DELETE FROM event WHERE position & 0xffff = 38"));
    }
    open();
    spawn("salvage", journal->run_salvage());
    ASSERT_TRUE(run_until([this] { return files_set_aside(journal_settings().path).empty(); }));
    EXPECT_EQ(till()["counts"]["unapplied"], 0) << till();
    EXPECT_EQ(corrected_cash(), "43") << till();
    correct("reverse", second, 2, "1");
    EXPECT_EQ(corrected_cash(), "42") << "moved by a fork and by a salvage: " << till();
    crash();
    EXPECT_EQ(corrected_cash(), "42") << "read again: " << till();
}

TEST_F(MovedDayTest, WhatSalvageBringsMakesANewRevision) {
    sell_many(1, 3);
    kill();
    ASSERT_TRUE(set_aside(journal_settings().path, clock.now().wall));
    open();
    sell(4);
    end_the_day();
    days->look_now();
    ASSERT_TRUE(reaches(1));
    EXPECT_EQ(till()["numbers"]["seen"], 1);
    spawn("salvage", journal->run_salvage());
    ASSERT_TRUE(reaches(2)) << till();
    EXPECT_EQ(till()["numbers"]["seen"], 4);
    run_for(60ms);
    EXPECT_EQ(till()["revision"], 2) << "one for all";
}

TEST_F(MovedDayTest, WhatWaitsInQuarantineWaitsBehindASalvageToo) {
    sell_many(1, 3);
    send("{broken");
    const std::string id = "Q1-" + std::to_string(journal->live().last);
    kill();
    ASSERT_TRUE(set_aside(journal_settings().path, clock.now().wall));
    open();
    sell(4);
    EXPECT_EQ(till()["counts"]["quarantined"], 0) << "nobody knows yet";
    spawn("salvage", journal->run_salvage());
    ASSERT_TRUE(run_until([this] { return files_set_aside(journal_settings().path).empty(); }));
    EXPECT_EQ(till()["counts"]["quarantined"], 1);
    crash();
    EXPECT_EQ(till()["counts"]["quarantined"], 1) << "once";
    EXPECT_EQ(decide({{"quarantine.discard", {{"id", id}, {"reason", "a test"}}}})["error"], json());
    EXPECT_EQ(till()["counts"]["quarantined"], 0);
    EXPECT_EQ(till()["counts"]["discarded"], 1);
}

TEST_F(MovedDayTest, WhatIsErasedOrWithheldHappenedAllTheSame) {
    sell_many(1, 6);
    ASSERT_TRUE(await(journal->withhold(5, "larger_than_packet")));
    expect_counted(6, "withheld, at once");
    crash();
    expect_counted(6, "withheld, after a start");
    erase({2, 3});
    expect_counted(6, "erased, not kept before");
    sell(7);
    crash();
    expect_counted(7, "and after the next start");
    fork();
    crash();
    expect_counted(7, "tombstones moved on by a fork");
}

TEST_F(MovedDayTest, WhatAnErasedEventSaidOfItsNumberIsNotKept) {  // [privacy-1]
    const std::string secret = "4111222233334444";
    sell_many(1, 3);
    sell_as("T01", secret);
    sell_as(secret, "7");
    end_the_day();
    days->look_now();
    ASSERT_TRUE(reaches(1));
    ASSERT_TRUE(
        run_until([&] { return days->answer("2026-11-23", secret).find("\"revision\":1") != std::string::npos; }));
    days->keep();
    const std::vector<Sequence> all_of_it = that_have(secret);
    EXPECT_EQ(all_of_it.size(), 4U) << "two sales, and a certificate for each till";
    erase(all_of_it);
    EXPECT_EQ(on_disk().find(secret), std::string::npos) << "neither in the table of the days nor in the WAL";
    const std::string all = days->answer("2026-11-23", "");
    EXPECT_EQ(all.find(secret), std::string::npos) << all;
    EXPECT_NE(all.find("\"till\":\"************4444\""), std::string::npos) << all;
    const json day = till();
    EXPECT_EQ(day["counts"]["events"], 4) << day;
    EXPECT_EQ(day["numbers"]["seen"], 3) << day;
    EXPECT_EQ(day["numbers"]["unplaced"], 1) << day;
    EXPECT_EQ(day["sums"][0]["tenders"][0]["amount"], "4") << day;
    days->look_now();
    ASSERT_TRUE(reaches(2)) << "central is told anew: " << till();
    EXPECT_EQ(on_disk().find(secret), std::string::npos) << "and the certificates have it no more";
    sell(4);
    crash();
    EXPECT_EQ(till()["numbers"]["seen"], 4);
    EXPECT_EQ(on_disk().find(secret), std::string::npos);
}

TEST_F(MovedDayTest, WhatIsKeptOfADayIsErasedByItsDate) {  // [privacy-1]
    const std::string secret = "4111222233334444";
    sell_many(1, 3);
    sell_as("T01", secret);
    sell_as(secret, "7");
    sell_as(secret, "8");
    days->keep();
    erase({4, 5});
    EXPECT_NE(on_disk().find(secret), std::string::npos) << "another event of that till is there";
    erase({6}, {"day:2026-11-23"});
    EXPECT_EQ(on_disk().find(secret), std::string::npos);
    EXPECT_EQ(till()["numbers"]["seen"], 3) << till();
}

}  // namespace
}  // namespace tillpost
