// SPDX-License-Identifier: Apache-2.0
// [complete-1] `tillpost day`: what people read of a day's certificate and of when its feed was heard.
#include <gtest/gtest.h>

#include "agent/cli/day_table.hpp"

namespace tillpost::cli {
namespace {

TEST(DayTableTest, SaysWhenNothingWasHeard) {
    const auto table = day_table(
        R"({"day":{"business_date":"2026-11-23","left_out":0,"tills":[{"till":"T01","business_date":"2026-11-23",)"
        R"("revision":1,"cause":"till_close","complete":true,"reasons":[],"first_number":"1","last_number":"9",)"
        R"("numbers":{"seen":9,"missing":0},"counts":{"events":10},"closings":1,"differences":[],"down":[],)"
        R"("not_heard":[{"from":"2026-11-23T09:00:00.000Z","to":"2026-11-23T10:28:00.000Z","state":"down"}]}],)"
        R"("coverage":[{"device":"feed","business_date":"2026-11-23","upto":"2026-11-23T19:00:00.000Z","spans":[)"
        R"({"from":"2026-11-23T07:00:00.000Z","to":"2026-11-23T09:00:00.000Z","state":"heard"},)"
        R"({"from":"2026-11-23T09:00:00.000Z","to":"2026-11-23T10:28:00.000Z","state":"down"},)"
        R"({"from":"2026-11-23T10:28:00.000Z","to":"2026-11-23T10:28:59.999Z","state":"silent"},)"
        R"({"from":"2026-11-23T10:29:00.000Z","to":"2026-11-23T10:30:00.000Z","state":"later\u001bword"}],)"
        R"("left_out":2,"seconds":{"heard":7200,"silent":45,"unconnected":0,"down":5280,"unknown":0}}]}})");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_TRUE(table->complete);
    EXPECT_NE(table->text.find("  Not heard     2026-11-23T09:00:00.000Z to 2026-11-23T10:28:00.000Z: down\n"),
              std::string::npos)
        << table->text;
    const auto feed = table->text.find(
        "\nFeed feed, trading hours of 2026-11-23 until 2026-11-23T19:00:00.000Z: heard 2 h 0 min, silent 45 s, "
        "down 1 h 28 min\n                2026-11-23T09:00:00.000Z to 2026-11-23T10:28:00.000Z: down\n"
        "                2026-11-23T10:29:00.000Z to 2026-11-23T10:30:00.000Z: later\\x1bword\n");
    EXPECT_NE(feed, std::string::npos) << table->text << "\na span of less than a minute says nothing";
    EXPECT_NE(table->text.find("2 more spans"), std::string::npos);
    EXPECT_EQ(table->text.find('\x1b'), std::string::npos) << "nothing commands a terminal";
}

TEST(DayTableTest, NamesTheTillAndTheDateOfWhichNothingIsKnown) {
    const char* const none = R"({"day":{"business_date":"2026-11-23","left_out":0,"tills":[],"coverage":[]}})";
    EXPECT_EQ(day_table(none)->text, "Nothing is known of 2026-11-23.\n");
    EXPECT_EQ(day_table(none, "NO\x1bSUCH")->text, "Nothing is known of till NO\\x1bSUCH on 2026-11-23.\n");
    EXPECT_FALSE(day_table(none, "NOSUCH")->complete);
    const char* const never = R"({"day":{"business_date":"","left_out":0,"tills":[],"coverage":[]}})";
    EXPECT_EQ(day_table(never)->text, "Nothing is known of any business day yet.\n");
}

TEST(DayTableTest, NamesTillsThatNeverReported) {
    const auto table = day_table(
        R"({"day":{"business_date":"2026-11-23","left_out":0,"tills":[{"till":"T01","business_date":"2026-11-23",)"
        R"("complete":true}],"unreported":["T02\u001b",7],"coverage":[]}})");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_NE(table->text.find("\nTill T02\\x1b, 2026-11-23: NOT complete: never reported"), std::string::npos)
        << table->text;
    EXPECT_FALSE(table->complete);
    const auto alone = day_table(
        R"({"day":{"business_date":"2026-11-23","left_out":0,"tills":[],"unreported":["T02"],"coverage":[]}})");
    EXPECT_EQ(alone->text.find("Nothing is known"), std::string::npos) << alone->text;
}

TEST(DayTableTest, NamesStoresAndWhatIsInNoDay) {
    const auto table =
        day_table(R"({"day":{"business_date":"2026-11-23","left_out":0,"tills":[{"till":"T01","store":"99",)"
                  R"("business_date":"2026-11-23","complete":true}],"coverage":[],"beyond_events":14,"beyond":[)"
                  R"({"till":"Z\u001b","business_date":"2062-01-01","events":11,"why":"unbelievable_date"},)"
                  R"({"till":"u1","store":"7","business_date":"2026-11-23","events":1,"why":"too_many"}]}})");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(table->text.substr(0, 42), "Till T01 of store 99, 2026-11-23: complete");
    const char* const beyond =
        "\nIn no business day:\n"
        "                Till Z\\x1b, 2062-01-01: 11 events, nobody can believe the date\n"
        "                Till u1 of store 7, 2026-11-23: 1 event, there are more days than fit\n"
        "                2 more events\n";
    EXPECT_TRUE(table->text.ends_with(beyond)) << table->text;
}

TEST(DayTableTest, ADateThatIsNoneIsNamed) {
    for (const char* text :
         {"2026-13-01", "2026-02-30", "23.11.2026", "2026-11-2", "yesterday", "2026-11-23T10:00:00Z"}) {
        const auto checked = check_business_date(text);
        ASSERT_FALSE(checked) << text;
        EXPECT_EQ(checked.error().message,
                  "\"" + std::string(text) + "\" is no business date: expected YYYY-MM-DD, such as 2026-11-23");
    }
    EXPECT_TRUE(check_business_date("2028-02-29"));
    EXPECT_TRUE(check_business_date("")) << "the newest";
}

std::string table_of_till(const std::string& members) {
    const auto table = day_table(R"({"day":{"business_date":"2026-11-23","left_out":0,"tills":[{"till":"T01",)"
                                 R"("business_date":"2026-11-23","revision":3,"cause":"late",)" +
                                 members + "}]}}");
    return table ? table->text : table.error().message;
}

TEST(DayTableTest, WhatAPersonHasDecidedIsNotThePosDoing) {
    const std::string text = table_of_till(
        R"("complete":true,"first_number":"1","last_number":"4","numbers":{"seen":2,"missing":0,"named_missing":1,)"
        R"("discarded":1},"missing":[{"from":"2","to":"2","count":1,"named":true},{"from":"3","to":"3","count":1,)"
        R"("discarded":true}],"counts":{"events":3,"released":2,"discarded":1})");
    for (const char* expected :
         {"2 seen, 0 missing, 1 named by the POS, 1 discarded by a person\n", "  POS misses    2\n",
          "  Discarded     3\n", "  Events        3; 2 released by a person; 1 discarded by a person\n"}) {
        EXPECT_NE(text.find(expected), std::string::npos) << expected << " in\n" << text;
    }
}

TEST(DayTableTest, GivesEachSeriesOfNumbers) {
    const std::string turned =
        R"({"first":"9998","last":"3","turns_after":"9999","goes_on_at":"1","seen":5,"missing":0})";
    const struct {
        std::string members;
        const char* lines;
    } cases[] = {{R"("numbers":{"series":0,"seen":0,"missing":0},"series":[])",
                  "  Numbers       none, 0 seen, 0 missing\n  Closing"},
                 {R"("numbers":{"series":1,"seen":5,"missing":0},"series":[)" + turned + "]",
                  "  Numbers       9998 to 9999, 1 to 3, 5 seen, 0 missing\n  Closing"},
                 {R"("numbers":{"series":2,"seen":9,"missing":1},"series":[)" + turned +
                      R"(,{"first":"S-10","last":"S-14","seen":4,"missing":1}])",
                  "  Numbers       2 series, 9 seen, 1 missing\n                9998 to 9999, 1 to 3: 5 seen\n"
                  "                S-10 to S-14: 4 seen, 1 missing\n"}};
    for (const auto& each : cases) {
        const std::string text = table_of_till(each.members);
        EXPECT_NE(text.find(each.lines), std::string::npos) << each.lines << " in\n" << text;
    }
}

constexpr const char* corrected_till =
    R"("sums":[{"currency":"EUR","totals":{"gross":"6.99"},"tenders":[{"type":"card","amount":"5.00","count":1},)"
    R"({"type":"cash","amount":"1.99","count":1}],"taxes":[{"rate":"19","base":"5.87","amount":"1.12"}],)"
    R"("voided":{"amount":"1.99","count":2}}],"corrected_sums":[{"currency":"EUR","totals":{"gross":"7.49"},"tenders":[)"
    R"({"type":"card","amount":"5.00","count":1},{"type":"cash","amount":"0.00","count":0},)"
    R"({"type":"voucher","amount":"2.49","count":1}],"taxes":[{"rate":"19","base":"6.29","amount":"1.20"}]},)"
    R"({"currency":"CHF","totals":{"gross":"3"}}],"unapplied":[{"event":"a-1","corrects":"pos/T01/x/9","why":"not_held"}],)"
    R"("counts":{"events":3,"corrected":2,"unapplied":1},"closings":1,"closings_fit":")";

TEST(DayTableTest, KeepsWhatWasCapturedAndWhatWasCorrected) {
    const std::string text = table_of_till(std::string(corrected_till) + "corrected\"");
    for (const char* expected :
         {"  Gross         6.99 EUR, corrected to 7.49 EUR\n  card          5.00 EUR (1)\n"
          "  cash          1.99 EUR (1), corrected to 0.00 EUR (0)\n  voucher       corrected to 2.49 EUR (1)\n"
          "  Tax 19 %      1.12 of 5.87 EUR, corrected to 1.20 of 6.29 EUR\n  Voided        1.99 EUR (2)\n"
          "  Gross         none, corrected to 3 CHF\n"
          "  Not applied   a-1 of pos/T01/x/9: the journal does not hold what it corrects\n"
          "  Closing       agrees with what was captured and corrected\n",
          "3, 2 corrected, 1 unapplied\n"}) {
        EXPECT_NE(text.find(expected), std::string::npos) << expected << " in\n" << text;
    }
    const std::string before = table_of_till(std::string(corrected_till) + "captured\"");
    EXPECT_NE(before.find("  Closing       agrees with what was captured, before it was corrected\n"),
              std::string::npos);
    const std::string between = table_of_till(std::string(corrected_till) + "as_closed\"");
    EXPECT_NE(between.find("  Closing       agrees with what was captured and corrected until it came\n"),
              std::string::npos);
}

TEST(DayTableTest, SaysWhyItIsNotCompleteAndWhyThereIsARevision) {
    const std::string text = table_of_till(
        R"("complete":false,"reasons":["began_within","differs","brand_new"],"certified":{"cause":"late",)"
        R"("time":"2026-11-23T20:00:00.000Z"},"closings":1,"differences":[{"of":"count/sales","closing":"3",)"
        R"("captured":"2","difference":"1"},{"of":"tender/cash","currency":"EUR","closing":"3","captured":"2",)"
        R"("difference":"1"}],"since":"2026-11-23T10:00:00.000Z")");
    for (const char* expected :
         {"NOT complete: Tillpost was started that day, or later, the closing says other sums, brand_new\n",
          "  Certificate   revision 3, after late events or decisions, 2026-11-23T20:00:00.000Z\n",
          "count/sales: closing 3, captured 2, difference 1\n",
          "tender/cash: closing 3, captured 2, difference 1 EUR\n"}) {
        EXPECT_NE(text.find(expected), std::string::npos) << expected << " in\n" << text;
    }
}

TEST(DayTableTest, OfADayWithoutTillsTheFeedIsShownAllTheSame) {
    const auto table = day_table(
        R"({"day":{"business_date":"2026-11-23","left_out":0,"tills":[],"coverage":[{"device":"feed","till":"T01",)"
        R"("business_date":"2026-11-23","upto":"x","spans":[],"left_out":0,"seconds":{"down":30}}]}})");
    ASSERT_TRUE(table);
    EXPECT_FALSE(table->complete);
    EXPECT_EQ(table->text,
              "Nothing is known of 2026-11-23.\nFeed feed, till T01, trading hours of 2026-11-23 until x: down 30 s\n");
    EXPECT_FALSE(day_table("{}"));
    EXPECT_TRUE(day_table(R"({"day":{"tills":[],"coverage":7}})")) << "what is no list is none";
}

}  // namespace
}  // namespace tillpost::cli
