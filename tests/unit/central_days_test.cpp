// SPDX-License-Identifier: Apache-2.0
// [complete-1] Stores assembled from their tills' certificates.
#include <gtest/gtest.h>

#include "agent/central/day_stores.hpp"

namespace tillpost {
namespace {

constexpr const char* first_store = "urn:tillpost:acme:s1:till-1";
constexpr const char* other_store = "urn:tillpost:acme:s2:box";

std::string certificate(const std::string& till, const std::string& date, int revision, bool complete) {
    return R"({"till":")" + till + R"(","business_date":")" + date + R"(","revision":)" + std::to_string(revision) +
           (complete ? R"(,"complete":true,"reasons":[]})"
                     : R"(,"complete":false,"reasons":["differs"],"numbers":{"missing":2},"differences":[)"
                       R"({"of":"tender/cash","currency":"EUR","difference":"-2.50"}]})");
}

TEST(StoreDaysTest, TakesTheNewestRevisionWhateverTheOrder) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 2, true));
    days.take(first_store, certificate("T01", "2026-11-23", 1, false));
    ASSERT_EQ(days.tills().size(), 1U);
    EXPECT_EQ(days.tills()[0].revision, 2U);
    EXPECT_TRUE(all_complete(days.tills()));
    days.take(first_store, certificate("T01", "2026-11-23", 3, false));
    EXPECT_FALSE(all_complete(days.tills()));
    EXPECT_EQ(table_of(days),
              "acme/s1: NOT complete, 0 of 1 till are; 2 numbers missing; closing - captured: tender/cash -2.50 EUR\n"
              "  acme/s1 T01: NOT complete: differs, revision 3, 2 numbers missing; closing - captured: tender/cash "
              "-2.50 EUR\n2026-11-23: 1 tills, 0 complete, 0 never reported\n");
}

TEST(StoreDaysTest, MissesTheTillsThatReportedBeforeAndThoseExpected) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    days.take(first_store, certificate("T02", "2026-11-22", 1, true));
    days.take(other_store, certificate("T01", "2026-11-24", 1, true));
    days.expect("acme/s3", "K1");
    EXPECT_EQ(table_of(days),
              "acme/s1: NOT complete, 1 of 2 tills is; never reported: T02\n"
              "  acme/s1 T01: complete, revision 1\n  acme/s1 T02: never reported\n"
              "acme/s3: never reported, 1 till known: K1\n  acme/s3 K1: never reported\n"
              "2026-11-23: 3 tills, 1 complete, 2 never reported\n");
    EXPECT_FALSE(all_complete(days.tills()));
}

// From a spreadsheet, or another system's list of stores.
TEST(StoreDaysTest, TakesTheTillsThatMustReportAsListsWriteThem) {
    StoreDays days("2026-11-23");
    for (const char* line : {"acme/s1 T01\r", "\r", "# all\r", "", "acme/007 K1", "acme/7 K2\r", "other/07 K1"}) {
        EXPECT_TRUE(days.expect_line(line)) << line;
    }
    for (const char* line : {"acme/s1", "acme/s1 \r", "acme T01", " acme/s1 T01"}) {
        EXPECT_FALSE(days.expect_line(line)) << line;
    }
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    days.take("urn:tillpost:acme:0007:till-1", certificate("K1", "2026-11-23", 1, true));
    days.take("urn:tillpost:acme:0007:till-1", certificate("K2", "2026-11-22", 1, true));
    EXPECT_EQ(table_of(days),
              "acme/0007: NOT complete, 1 of 2 tills is; never reported: K2\n"
              "  acme/0007 K1: complete, revision 1\n  acme/0007 K2: never reported\n"
              "acme/s1: complete, 1 till\n  acme/s1 T01: complete, revision 1\n"
              "other/07: never reported, 1 till known: K1\n  other/07 K1: never reported\n"
              "2026-11-23: 4 tills, 2 complete, 2 never reported\n");
}

TEST(StoreDaysTest, StoresOfWhichAgentsWriteTwoAreTwo) {
    StoreDays days("2026-11-23");
    days.expect("acme/07", "K1");
    days.take("urn:tillpost:acme:7:till-1", certificate("K1", "2026-11-23", 1, true));
    days.take("urn:tillpost:acme:07:till-1", certificate("K2", "2026-11-23", 1, true));
    EXPECT_NE(table_of(days).find("acme/07 K1: never reported"), std::string::npos) << table_of(days);
}

TEST(StoreDaysTest, ATillThatSoldBeforeAndHasNoCertificateYetHasNotReported) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    days.take_known(first_store, "", "T01", "2026-11-20");
    days.take_known(first_store, "", "T02", "2026-11-22");
    days.take_known(first_store, "7", "T02", "2026-11-22");
    days.take_known(first_store, "", "T03", "2026-11-24");
    EXPECT_EQ(table_of(days),
              "acme/7: never reported, 1 till known: T02\n  acme/7 T02: never reported\n"
              "acme/s1: NOT complete, 1 of 2 tills is; never reported: T02\n"
              "  acme/s1 T01: complete, revision 1\n  acme/s1 T02: never reported\n"
              "2026-11-23: 3 tills, 1 complete, 2 never reported\n");
}

TEST(StoreDaysTest, TheNewestDateIsTheDefaultAndNothingIsNotComplete) {
    StoreDays days("");
    EXPECT_FALSE(all_complete(days.tills()));
    EXPECT_EQ(table_of(days), "no certificates\n");
    days.take(first_store, certificate("T01", "2026-11-22", 1, true));
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    EXPECT_EQ(days.date(), "2026-11-23");
    EXPECT_TRUE(all_complete(days.tills()));
}

TEST(StoreDaysTest, CountsWhatIsNoCertificateAndPrintsNothingHarmful) {
    StoreDays days("2026-11-23");
    for (const char* text : {"", "{}", "7", R"({"till":"T","business_date":1,"revision":1})",
                             R"({"till":"T","business_date":"2026-11-23","revision":-1})"}) {
        days.take(first_store, text);
    }
    EXPECT_EQ(days.unreadable(), 5U);
    days.take(first_store, certificate("T\\u001b[2J", "2026-11-23", 1, true));
    days.take_events(first_store, "", "N\xc2\x9b", 3, 39);
    days.expect("acme/s1",
                "\xe2\x80\xae"
                "1T");
    const std::string table = table_of(days);
    EXPECT_NE(table.find(R"(T\x1b[2J: complete)"), std::string::npos) << table;
    EXPECT_NE(table.find(R"(N\u{9b}: no certificate, 3 events are here)"), std::string::npos) << table;
    EXPECT_NE(table.find(R"(\u{202e}1T: never reported)"), std::string::npos) << table;
    for (const char* raw : {"\x1b", "\xc2\x9b", "\xe2\x80\xae"}) EXPECT_EQ(table.find(raw), std::string::npos) << table;
    EXPECT_EQ(store_of("urn:tillpost:acme:s1:till-1"), "acme/s1");
    EXPECT_EQ(store_of("urn:other"), "urn:other");
}

TEST(StoreDaysTest, ATillThatSentEventsAndNeverClosedKeepsItsStoreFromBeingComplete) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("R", "2026-11-23", 1, true), 40);
    days.take_events(first_store, "", "R", 3, 39);
    EXPECT_TRUE(all_complete(days.tills()));
    days.take_events(first_store, "", "Q", 5, 45);
    days.expect("acme/s1", "Z");
    days.expect("acme/s1", "Q");
    EXPECT_EQ(table_of(days),
              "acme/s1: NOT complete, 1 of 3 tills is; never reported: Z; no certificate: Q\n"
              "  acme/s1 Q: no certificate, 5 events are here\n  acme/s1 R: complete, revision 1\n"
              "  acme/s1 Z: never reported\n"
              "2026-11-23: 3 tills, 1 complete, 1 never reported, 1 without a certificate\n");
    EXPECT_FALSE(all_complete(days.tills()));
    EXPECT_NE(json_of(days).find(R"("differences":[],"without_certificate":["Q"]})"), std::string::npos)
        << json_of(days);
    EXPECT_NE(json_of(days).find(R"({"store":"acme/s1","till":"Q","reported":false,"source":")"), std::string::npos);
}

TEST(StoreDaysTest, WhatCameBehindACompleteCertificateIsSaidUntilTheNextOne) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("R", "2026-11-23", 1, true), 40);
    days.take_events(first_store, "", "R", 4, 41);
    EXPECT_EQ(table_of(days),
              "acme/s1: NOT complete, 0 of 1 till are\n  acme/s1 R: NOT complete: events_behind, revision 1\n"
              "2026-11-23: 1 tills, 0 complete, 0 never reported\n");
    days.take(first_store, certificate("R", "2026-11-23", 2, true), 42);
    EXPECT_TRUE(all_complete(days.tills()));
    days.take_events(first_store, "", "R", 5, 47);
    EXPECT_FALSE(all_complete(days.tills()));
    days.take(first_store, certificate("R", "2026-11-23", 2, true), 48);
    EXPECT_TRUE(all_complete(days.tills())) << "the certificate's copy is behind the event's copy";
    days.take(first_store, certificate("R", "2026-11-23", 3, false), 46);
    EXPECT_EQ(days.tills()[0].reasons, std::vector<std::string>{"differs"}) << "it says so itself";
}

TEST(StoreDaysTest, ADateThatCannotBeYetIsNamedAndNotTheNewest) {
    StoreDays days("", "2026-11-24");
    days.take(other_store, certificate("T01", "2027-11-26", 1, true));
    EXPECT_EQ(days.date(), "2027-11-26") << "if there is no other one, the clock here is wrong";
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    days.take(other_store, certificate("T01", "2028-01-01", 1, true));
    days.take(first_store, certificate("T02", "2026-11-24", 1, true));
    days.take(first_store, certificate("T01", "2026-11-24", 1, true));
    EXPECT_EQ(days.date(), "2026-11-24") << "somewhere it is tomorrow";
    EXPECT_EQ(
        table_of(days),
        "acme/s1: complete, 2 tills\n  acme/s1 T01: complete, revision 1\n  acme/s1 T02: complete, revision 1\n"
        "urn:tillpost:acme:s2:box has certified 2028-01-01, which is later than tomorrow by the clock here: is the "
        "clock of that box right?\n"
        "2026-11-24: 2 tills, 2 complete, 0 never reported\n");
    EXPECT_NE(
        json_of(days).find(R"("implausible":[{"source":"urn:tillpost:acme:s2:box","business_date":"2028-01-01"}])"),
        std::string::npos);
    for (const char* date : {"2028-01-01", "2026-11-23"}) {
        StoreDays asked(date, "2026-11-24");
        asked.take(other_store, certificate("T01", "2028-01-01", 1, true));
        EXPECT_TRUE(asked.implausible().empty()) << "it decides nothing where " << date << " was asked for";
    }
}

struct NodeCase {
    const char* name;
    std::vector<std::string> nodes;  ///< What each one's certificate says of its numbers
    const char* missing;             ///< Between them
    const char* twice;               ///< On more than one
};
void PrintTo(const NodeCase& each, std::ostream* out) { *out << each.name; }

class SharedTillTest : public ::testing::TestWithParam<NodeCase> {};

TEST_P(SharedTillTest, JudgesTheCertificatesOfOneTillTogether) {
    StoreDays days("2026-11-23");
    int node = 0;
    for (const std::string& numbers : GetParam().nodes) {
        days.take(
            "urn:tillpost:acme:s1:n" + std::to_string(++node),
            R"({"till":"X","business_date":"2026-11-23","revision":1,"complete":true,"reasons":[])" + numbers + "}");
    }
    const auto tills = days.tills();
    const auto shared = shared_of(tills);
    ASSERT_EQ(shared.size(), 1U);
    const BetweenNodes& found = shared[0].numbers;
    EXPECT_EQ(text_of(found.missing, found.missing_count), GetParam().missing);
    EXPECT_EQ(text_of(found.twice, found.twice_count), GetParam().twice);
    EXPECT_EQ(all_complete(tills), found.fits()) << table_of(days);
    EXPECT_EQ(stores_of(tills)[0].tills, 1U) << "one till, over several nodes";
    EXPECT_EQ(stores_of(tills)[0].missing, found.missing_count);
}

std::string run(const std::string& first, const std::string& last) {
    return R"({"first":")" + first + R"(","last":")" + last + R"(","seen":1,"missing":0})";
}
std::string numbers(const std::string& runs, const std::string& gaps = "") {
    return R"(,"series":[)" + runs + R"(],"missing":[)" + gaps + "]";
}
std::string gap(const std::string& from, const std::string& to) {
    return R"({"from":")" + from + R"(","to":")" + to + R"(","count":1,"named":true})";
}

INSTANTIATE_TEST_SUITE_P(
    All, SharedTillTest,
    ::testing::Values(
        NodeCase{"one_goes_on_where_the_other_ended", {numbers(run("1", "3")), numbers(run("4", "5"))}, "", ""},
        NodeCase{"a_number_between_them", {numbers(run("4", "5")), numbers(run("1", "2"))}, "3", ""},
        NodeCase{"several_between_three",
                 {numbers(run("0001", "0002")), numbers(run("0005", "0006")), numbers(run("0008", "0009"))},
                 "0003 to 0004, 0007",
                 ""},
        NodeCase{"the_same_twice", {numbers(run("1", "4")), numbers(run("3", "9"))}, "", "3 to 4"},
        NodeCase{"inside_the_other", {numbers(run("1", "9")), numbers(run("4", "5"))}, "", "4 to 5"},
        NodeCase{"in_turns", {numbers(run("1", "3"), gap("2", "2")), numbers(run("2", "2"))}, "", ""},
        NodeCase{"one_misses_it_itself", {numbers(run("1", "5"), gap("4", "5")), numbers(run("6", "7"))}, "", ""},
        NodeCase{"another_series", {numbers(run("1", "2")), numbers(run("5000", "5002"))}, "", ""},
        NodeCase{"other_text_before_them", {numbers(run("A-1", "A-2")), numbers(run("B-5", "B-6"))}, "", ""},
        NodeCase{"of_several_series",
                 {numbers(run("A-1", "A-2") + "," + run("5", "6")), numbers(run("A-4", "A-5") + "," + run("6", "8"))},
                 "A-3",
                 "6"},
        NodeCase{
            "turned",
            {numbers(R"({"first":"9998","last":"2","turns_after":"9999","goes_on_at":"1"})"), numbers(run("4", "5"))},
            "3",
            ""},
        NodeCase{"of_a_former_release",
                 {R"(,"first_number":"1","last_number":"2")", R"(,"first_number":"4","last_number":"5")"},
                 "3",
                 ""},
        NodeCase{"one_has_none", {numbers(""), numbers(run("4", "5"))}, "", ""},
        NodeCase{
            "nonsense",
            {R"(,"series":[7,{"first":"9","last":"1"},{"first":"x","last":"y"}],"missing":{})", numbers(run("4", "5"))},
            "",
            ""}),
    [](const auto& which) { return which.param.name; });

TEST(StoreDaysTest, NamesTheNodesOfATillThatHasSeveral) {
    StoreDays days("2026-11-23");
    const std::string head = R"({"till":"X","business_date":"2026-11-23","revision":1,"complete":true,"reasons":[])";
    days.take("urn:tillpost:acme:s1:n1", head + numbers(run("1", "2")) + "}");
    days.take("urn:tillpost:acme:s1:n2", head + numbers(run("4", "5")) + "}");
    EXPECT_EQ(table_of(days),
              "acme/s1: NOT complete, 0 of 1 till are; 1 numbers missing\n"
              "  acme/s1 X (n1): NOT complete: missing_between_nodes, revision 1\n"
              "  acme/s1 X (n2): NOT complete: missing_between_nodes, revision 1\n"
              "  acme/s1 X: 2 nodes have it; missing between them: 3\n"
              "2026-11-23: 1 tills, 0 complete, 0 never reported\n");
    EXPECT_NE(
        json_of(days).find(R"("shared_tills":[{"store":"acme/s1","till":"X","nodes":2,"missing":1,)"
                           R"("missing_between_nodes":[{"from":"3","to":"3","count":1}],"on_several_nodes":[]}])"),
        std::string::npos)
        << json_of(days);
    days.take_events("urn:tillpost:acme:s1:n3", "", "X", 1, 9);
    EXPECT_NE(table_of(days).find("  acme/s1 X (n3): no certificate, 1 event is here\n"), std::string::npos);
}

struct StoreCase {
    const char* name;
    std::vector<StoreDays::Till> tills;
    const char* line;
};
void PrintTo(const StoreCase& each, std::ostream* out) { *out << each.name; }

StoreDays::Till reported(const std::string& name, bool complete, std::vector<StoreDays::Difference> differences = {},
                         std::uint64_t missing = 0) {
    return {"acme/s1", name, first_store, 1, complete, {}, missing, 0, 0, std::move(differences)};
}

class StoreLineTest : public ::testing::TestWithParam<StoreCase> {};

TEST_P(StoreLineTest, SaysWhatIsToBeSaidOfAllItsTills) {
    const auto stores = stores_of(GetParam().tills);
    ASSERT_EQ(stores.size(), 1U);
    EXPECT_EQ(line_of(stores[0]), GetParam().line);
}

const StoreDays::Till silent_till{"acme/s1", "T9", "", 0, false, {}, 0, 0, 0, {}};
using Differences = std::vector<StoreDays::Difference>;

INSTANTIATE_TEST_SUITE_P(
    All, StoreLineTest,
    ::testing::Values(
        StoreCase{"complete", {reported("T1", true), reported("T2", true)}, "acme/s1: complete, 2 tills"},
        StoreCase{"silent", {silent_till}, "acme/s1: never reported, 1 till known: T9"},
        StoreCase{"one_silent",
                  {reported("T1", true), silent_till},
                  "acme/s1: NOT complete, 1 of 2 tills is; never reported: T9"},
        StoreCase{"numbers",
                  {reported("T1", false, {}, 3), reported("T2", false, {}, 4)},
                  "acme/s1: NOT complete, 0 of 2 tills are; 7 numbers missing"},
        StoreCase{"differences_add_up",
                  {reported("T1", false, Differences{{"tender/cash", "EUR", "-2.50"}, {"count/sales", "", "1"}}),
                   reported("T2", false, Differences{{"tender/cash", "EUR", "-1.2"}, {"tender/cash", "CHF", "9"}})},
                  "acme/s1: NOT complete, 0 of 2 tills are; closing - captured: tender/cash -3.70 EUR, count/sales +1, "
                  "tender/cash +9 CHF"},
        StoreCase{"differences_never_outweigh_one_another",
                  {reported("T1", false, Differences{{"tender/cash", "EUR", "100.00"}}),
                   reported("T2", false, Differences{{"tender/cash", "EUR", "-100.00"}}),
                   reported("T3", false, Differences{{"tender/cash", "EUR", "-1.49"}})},
                  "acme/s1: NOT complete, 0 of 3 tills are; closing - captured: tender/cash +100.00 and -101.49 EUR"},
        StoreCase{"differences_that_are_none",
                  {reported("T1", false, Differences{{"tender/cash", "EUR", "x"}}),
                   reported("T2", false, Differences{{"tender/cash", "EUR", "2.50"}})},
                  "acme/s1: NOT complete, 0 of 2 tills are; closing - captured: tender/cash ? EUR"}),
    [](const auto& which) { return which.param.name; });

TEST(StoreDaysTest, NamesTheNumbersThatATillMissesAndCountsWhatIsMarkedAndLate) {
    StoreDays days("2026-11-23");
    days.take(
        first_store,
        R"({"till":"T01","business_date":"2026-11-23","revision":1,"complete":false,"reasons":["missing_numbers"],)"
        R"("numbers":{"missing":4},"counts":{"marked":0,"late":0},"missing":[{"from":"3","to":"3","count":1},)"
        R"({"from":"5","to":"6","count":2,"named":true},{"from":"8","to":"9","count":2,"discarded":true},)"
        R"({"from":"11","to":"13","count":3,"named":false},7,{"from":"\u001b"}]})");
    days.take(first_store, R"({"till":"T02","business_date":"2026-11-23","revision":2,"complete":true,"reasons":[],)"
                           R"("numbers":{"missing":0},"counts":{"marked":3,"late":1}})");
    EXPECT_EQ(table_of(days),
              "acme/s1: NOT complete, 1 of 2 tills is; 4 numbers missing\n"
              "  acme/s1 T01: NOT complete: missing_numbers, revision 1, 4 numbers missing (3, 11 to 13)\n"
              "  acme/s1 T02: complete, revision 2, 3 marked, 1 late\n"
              "2026-11-23: 2 tills, 1 complete, 0 never reported\n");
    const std::string json = json_of(days);
    EXPECT_NE(json.find(R"("missing":4,"missing_numbers":[{"from":"3","to":"3","count":1},)"
                        R"({"from":"11","to":"13","count":3}],"marked":0,"late":0,)"),
              std::string::npos)
        << json;
    EXPECT_NE(json.find(R"("missing":0,"missing_numbers":[],"marked":3,"late":1,)"), std::string::npos) << json;
}

TEST(StoreDaysTest, SaysWhichSumsAClosingFits) {
    for (const auto& [fit, words] :
         {std::pair<std::string, std::string>("captured", "captured, before it was corrected"),
          {"as_closed", "captured and corrected until it came"}}) {
        StoreDays days("2026-11-23");
        days.take(first_store,
                  R"({"till":"T01","business_date":"2026-11-23","revision":2,"complete":true,"reasons":[],)"
                  R"("closings_fit":")" +
                      fit + "\"}");
        EXPECT_NE(table_of(days).find("acme/s1 T01: complete, revision 2; closing fits what was " + words + "\n"),
                  std::string::npos)
            << table_of(days);
        EXPECT_NE(json_of(days).find(R"("closings_fit":")" + fit + "\""), std::string::npos);
    }
}

TEST(StoreDaysTest, WhatIsCountedHasNoCurrency) {
    StoreDays days("2026-11-23");
    days.take(first_store, R"({"till":"T01","business_date":"2026-11-23","revision":1,"complete":false,"differences":[)"
                           R"({"of":"count/sales","currency":"EUR","difference":"1"},)"
                           R"({"of":"tender/cash","currency":"EUR","difference":"-2.50"}]})");
    ASSERT_EQ(days.tills().size(), 1U);
    EXPECT_EQ(days.tills()[0].differences, (Differences{{"count/sales", "", "1"}, {"tender/cash", "EUR", "-2.50"}}));
    EXPECT_NE(json_of(days).find(R"("differences":[{"of":"count/sales","above":"1","below":"0"},)"
                                 R"({"of":"tender/cash","currency":"EUR","above":"0","below":"-2.50"}],)"),
              std::string::npos)
        << json_of(days);
}

TEST(StoreDaysTest, ProgramsGetTheStoresToo) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 1, false));
    days.take(other_store, certificate("T01", "2026-11-23", 1, true));
    days.expect("acme/s1", "T02");
    EXPECT_NE(json_of(days).find(R"("stores":[{"store":"acme/s1","complete":false,"tills":2,"complete_tills":0,)"
                                 R"("never_reported":["T02"],"missing":2,"differences":[{"of":"tender/cash",)"),
              std::string::npos)
        << json_of(days);
    EXPECT_NE(json_of(days).find(R"({"store":"acme/s2","complete":true,"tills":1,)"), std::string::npos);
}

std::string coverage(const std::string& till, const std::string& upto, int down) {
    return R"({"device":"feed",)" + (till.empty() ? "" : R"("till":")" + till + R"(",)") +
           R"("business_date":"2026-11-23","upto":")" + upto + R"(","seconds":{"heard":36000,"silent":0,)" +
           R"("unconnected":1800,"down":)" + std::to_string(down) + R"(,"unknown":0}})";
}

TEST(StoreDaysTest, SaysWhenAFeedWasNotHeard) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 1, true));
    days.take_coverage(first_store, coverage("", "2026-11-24T03:00:00.000Z", 5400));
    days.take_coverage(first_store, coverage("", "2026-11-23T19:00:00.000Z", 0));  // came later, says less
    days.take_coverage(first_store, coverage("T01\\u001b", "2026-11-24T03:00:00.000Z", 0));
    EXPECT_EQ(table_of(days),
              "acme/s1: complete, 1 till\n"
              "  acme/s1 T01: complete, revision 1\n"
              "acme/s1 feed feed: heard 10 h 0 min, unconnected 30 min, down 1 h 30 min of its trading hours until "
              "2026-11-24T03:00:00.000Z\n"
              "acme/s1 feed feed till T01\\x1b: heard 10 h 0 min, unconnected 30 min of its trading hours until "
              "2026-11-24T03:00:00.000Z\n"
              "2026-11-23: 1 tills, 1 complete, 0 never reported\n");
    EXPECT_NE(json_of(days).find(R"("seconds":{"heard":36000,"silent":0,"unconnected":1800,"down":5400,"unknown":0})"),
              std::string::npos)
        << json_of(days);
    EXPECT_TRUE(all_complete(days.tills())) << "an outage makes no day incomplete";
    for (const char* text : {"", "[]", "{}", R"({"device":"feed","business_date":"2026-11-23","upto":"x"})"}) {
        days.take_coverage(first_store, text);
    }
    EXPECT_EQ(days.unreadable(), 4U);
}

TEST(StoreDaysTest, ATillThatWasSilentTheWholeDayHasNotReported) {
    StoreDays days("2026-11-23");
    days.expect("acme/01", "T08");
    days.take("urn:tillpost:acme:s2:box", certificate("T01", "2026-11-23", 1, true));
    const auto silent = [](const std::string& till) {
        return R"({"device":"feed","till":")" + till +
               R"(","business_date":"2026-11-23","upto":"2026-11-24T03:00:00Z",)" +
               R"("seconds":{"heard":0,"silent":36000}})";
    };
    for (const char* till : {"T01", "T09"}) days.take_coverage(other_store, silent(till));
    days.take_coverage(other_store, coverage("T03", "2026-11-24T03:00:00Z", 0));
    days.take_coverage("urn:tillpost:acme:1:box", silent("T08"));
    const std::string table = table_of(days);
    EXPECT_NE(table.find("  acme/s2 T01: complete, revision 1\n  acme/s2 T09: never reported\nacme/"),
              std::string::npos)
        << table << "T03 was heard";
    EXPECT_NE(table.find("acme/1: never reported, 1 till known: T08\n"), std::string::npos) << table;
    EXPECT_EQ(table.find("acme/01"), std::string::npos) << "the list's spelling of that store";
    days.take_events(other_store, "7", "T09", 1, 9);
    EXPECT_EQ(table_of(days).find("acme/s2 T09: never"), std::string::npos) << "the node's other store has that till";
}

TEST(StoreDaysTest, PartsTheStoresOfOneAgent) {
    StoreDays days("2026-11-23");
    days.take(first_store, certificate("T01", "2026-11-23", 1, true), 10);
    std::string other = certificate("T01", "2026-11-23", 1, false);
    other.insert(1, R"("store":"99",)");
    days.take(first_store, other, 12);
    days.take_events(first_store, "", "T01", 4, 9);
    days.take_events(first_store, "99", "T01", 2, 11);
    const auto tills = days.tills();
    ASSERT_EQ(tills.size(), 2U);
    EXPECT_EQ(tills[0].store, "acme/99");
    EXPECT_FALSE(tills[0].complete);
    EXPECT_EQ(tills[1].store, store_of(first_store));
    EXPECT_TRUE(tills[1].complete) << "the event behind it is the other store's";
    days.take_events(first_store, "", "T01", 5, 11);
    EXPECT_FALSE(days.tills()[1].complete) << "and the certificate behind it is";
    EXPECT_FALSE(tills[0].is_one_of_several);
}

TEST(StoreDaysTest, OfEachStoreOfOneAgentATillWithoutACertificateIsNamed) {
    StoreDays days("2026-11-23");
    for (const int store : {7, 8}) {
        std::string closed = certificate("T9", "2026-11-23", 1, true);
        closed.insert(1, R"("store":")" + std::to_string(store) + "\",");
        days.take(first_store, closed, store + 10);
        days.take_events(first_store, std::to_string(store), "T9", 2, store);
    }
    EXPECT_TRUE(all_complete(days.tills()));
    days.take_events(first_store, "9", "T9", 1, 30);
    EXPECT_EQ(
        table_of(days),
        "acme/7: complete, 1 till\n  acme/7 T9: complete, revision 1\n"
        "acme/8: complete, 1 till\n  acme/8 T9: complete, revision 1\n"
        "acme/9: NOT complete, 0 of 1 till are; no certificate: T9\n  acme/9 T9: no certificate, 1 event is here\n"
        "2026-11-23: 3 tills, 2 complete, 0 never reported, 1 without a certificate\n");
}

TEST(StoreDaysTest, NamesAsManyAsPeopleRead) {
    StoreDays days("2026-11-23");
    for (int till = 100; till < 400; ++till) days.expect("acme/s1", "T" + std::to_string(till));
    const std::string text = table_of(days);
    const std::string line = text.substr(0, text.find('\n'));
    EXPECT_EQ(line,
              "acme/s1: never reported, 300 tills known: T100, T101, T102, T103, T104, T105, T106, T107, T108, T109, "
              "T110, T111 and 288 more");
    EXPECT_NE(json_of(days).find("T399"), std::string::npos) << "programs get all";
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 40) << text;
}

}  // namespace
}  // namespace tillpost
