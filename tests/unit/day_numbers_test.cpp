// SPDX-License-Identifier: Apache-2.0
// [complete-1] Which POS numbers were seen, and what is missing.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <tuple>

#include "agent/day/pos_numbers.hpp"

namespace tillpost::day {
namespace {

using Gaps = std::vector<PosNumbers::Gap>;
using Named = PosNumbers::Named;

PosNumbers numbers(std::initializer_list<const char*> texts) {
    PosNumbers numbers;
    for (const char* text : texts) numbers.add(text);
    return numbers;
}

PosNumbers test_numbers(int first, int last) {
    PosNumbers numbers;
    for (int number = first; number <= last; ++number) numbers.add(std::to_string(number));
    return numbers;
}

TEST(PosNumberTest, ReadsWhatPosSoftwareWrites) {
    const struct {
        const char* text;
        const char* prefix;
        std::uint64_t value;
        std::size_t width;
    } cases[] = {{"4711", "", 4711, 0},
                 {"0", "", 0, 0},
                 {"004711", "", 4711, 6},
                 {"T1-0042", "T1-", 42, 4},
                 {"A9B7", "A9B", 7, 0},
                 {"2026/11/5", "2026/11/", 5, 0},
                 {"999999999999999999", "", 999'999'999'999'999'999U, 0}};
    for (const auto& each : cases) {
        const auto number = PosNumber::parse(each.text);
        ASSERT_TRUE(number) << each.text;
        EXPECT_EQ(number->prefix, each.prefix) << each.text;
        EXPECT_EQ(number->value, each.value) << each.text;
        EXPECT_EQ(number->width, each.width) << each.text;
    }
    for (const char* text : {"", "abc", "12a", "1234567890123456789", "************3748", "T-411111******3748", "***"})
        EXPECT_FALSE(PosNumber::parse(text)) << text;
}

TEST(PosNumbersTest, NamesEveryGapAsThePosWouldWriteIt) {
    PosNumbers seen = numbers({"0007", "0003", "0004", "0009"});
    EXPECT_EQ(seen.gaps(10), (Gaps{{"0005", "0006", 2, Named::by_nobody}, {"0008", "0008", 1, Named::by_nobody}}));
    EXPECT_EQ(seen.missing(), 3U);
    EXPECT_EQ(seen.first(), "0003");
    EXPECT_EQ(seen.last(), "0009");
    EXPECT_EQ(seen.gaps(1).size(), 1U) << "bounded";
    EXPECT_EQ(seen.add("0005"), PosNumbers::Added::fresh) << "filled late";
    EXPECT_EQ(seen.add("0006"), PosNumbers::Added::fresh);
    EXPECT_EQ(seen.add("6"), PosNumbers::Added::repeated);
    EXPECT_EQ(seen.gaps(10), (Gaps{{"0008", "0008", 1, Named::by_nobody}}));
}

TEST(PosNumbersTest, TheClosingWidensTheDayAndNamesWhatThePosMisses) {
    PosNumbers seen = numbers({"12", "13", "16"});
    seen.expect("10", "18");
    seen.name_missing("14");
    EXPECT_EQ(seen.gaps(10), (Gaps{{"10", "11", 2, Named::by_nobody},
                                   {"14", "14", 1, Named::by_pos},
                                   {"15", "15", 1, Named::by_nobody},
                                   {"17", "18", 2, Named::by_nobody}}));
    EXPECT_EQ(seen.missing(), 5U);
    EXPECT_EQ(seen.missing(Named::by_pos), 1U);
    seen.add("14");
    EXPECT_EQ(seen.missing(Named::by_pos), 0U) << "it came after all";
}

TEST(PosNumbersTest, WhatAPersonDiscardedIsNotWhatThePosMisses) {
    PosNumbers seen = numbers({"10", "18"});
    for (const char* number : {"12", "13", "15"}) seen.name_missing(number);
    for (const char* number : {"13", "14", "17", "18"}) seen.name_discarded(number);
    EXPECT_EQ(seen.gaps(10), (Gaps{{"11", "11", 1, Named::by_nobody},
                                   {"12", "12", 1, Named::by_pos},
                                   {"13", "14", 2, Named::discarded},
                                   {"15", "15", 1, Named::by_pos},
                                   {"16", "16", 1, Named::by_nobody},
                                   {"17", "17", 1, Named::discarded}}));
    EXPECT_EQ(seen.missing(), 2U);
    EXPECT_EQ(seen.missing(Named::by_pos), 2U);
    EXPECT_EQ(seen.missing(Named::discarded), 3U);
    const auto again = PosNumbers::from_state(seen.state());
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, seen);
    seen.add("14");
    EXPECT_EQ(seen.missing(Named::discarded), 2U) << "it came after all";
}

TEST(PosNumbersTest, KeepsSeriesApartAndIsBounded) {
    PosNumbers seen = numbers({"A-1", "A-2", "B-10", "B-12"});
    EXPECT_EQ(seen.gaps(10), (Gaps{{"B-11", "B-11", 1, Named::by_nobody}}));
    EXPECT_EQ(seen.add("no number"), PosNumbers::Added::unplaced);
    for (char prefix = 'C'; prefix <= 'H'; ++prefix) seen.add(std::string(1, prefix) + "1");
    EXPECT_EQ(seen.add("Z1"), PosNumbers::Added::unplaced) << "the ninth series";
    EXPECT_EQ(seen.unplaced(), 2U);
    PosNumbers every_second;
    for (std::size_t i = 0; i <= PosNumbers::most_ranges; ++i) every_second.add(std::to_string(2 * i));
    EXPECT_EQ(every_second.unplaced(), 1U) << "counted, not taken for seen";
    EXPECT_FALSE(every_second.has(std::to_string(2 * PosNumbers::most_ranges)));
    EXPECT_EQ(every_second.add("3"), PosNumbers::Added::fresh) << "what joins two ranges finds place";
}

struct SeriesCase {
    const char* name;
    std::vector<std::pair<int, int>> seen;                  ///< Ranges
    std::vector<std::pair<const char*, const char*>> said;  ///< By closings: first, last
    std::uint64_t missing;
    std::size_t series;
    const char *first, *last;
};
void PrintTo(const SeriesCase& each, std::ostream* out) { *out << each.name; }

class PosSeriesTest : public ::testing::TestWithParam<SeriesCase> {};

TEST_P(PosSeriesTest, AreKeptApart) {
    const SeriesCase& each = GetParam();
    PosNumbers numbers;
    for (const auto& [first, last] : each.seen) {
        for (int number = first; number <= last; ++number) (void)numbers.add(std::to_string(number));
    }
    for (const auto& [first, last] : each.said) numbers.expect(first, last);
    EXPECT_EQ(numbers.missing(), each.missing);
    EXPECT_EQ(numbers.series(), each.series);
    EXPECT_EQ(numbers.first(), each.first);
    EXPECT_EQ(numbers.last(), each.last);
    std::uint64_t named = 0;
    for (const PosNumbers::Gap& gap : numbers.gaps(100)) named += gap.count;
    EXPECT_EQ(named, each.missing);
    const auto again = PosNumbers::from_state(numbers.state());
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, numbers);
}

INSTANTIATE_TEST_SUITE_P(
    All, PosSeriesTest,
    ::testing::Values(
        SeriesCase{"one", {{1, 40}}, {}, 0, 1, "1", "40"},
        SeriesCase{"a_large_gap", {{1, 5}, {1005, 1010}}, {}, 999, 1, "1", "1010"},
        SeriesCase{"two_series", {{1, 5}, {1006, 1020}}, {}, 0, 2, "1006", "1020"},
        SeriesCase{"each_with_a_gap", {{100, 110}, {112, 150}, {5000, 5003}, {5006, 5006}}, {}, 3, 2, "100", "150"},
        SeriesCase{"turned", {{9990, 9999}, {1, 20}}, {}, 0, 1, "9990", "20"},
        SeriesCase{"turned_with_gaps", {{9990, 9995}, {9998, 9999}, {1, 20}, {22, 22}}, {}, 3, 1, "9990", "22"},
        SeriesCase{"turned_in_another_order", {{1, 20}, {9990, 9999}}, {}, 0, 1, "9990", "20"},
        SeriesCase{"turned_as_the_closing_says", {{9991, 9999}, {1, 19}}, {{"9990", "20"}}, 2, 1, "9990", "20"},
        SeriesCase{"turned_and_lost_at_the_turn", {{9991, 9997}, {3, 20}}, {{"9991", "20"}}, 4, 1, "9991", "20"},
        SeriesCase{"turned_at_a_number_of_its_own", {{65530, 65535}, {1, 9}}, {{"65530", "9"}}, 0, 1, "65530", "9"},
        SeriesCase{"turned_and_lost_9999", {{9998, 9998}, {1, 1}}, {{"9998", "1"}}, 1, 1, "9998", "1"},
        SeriesCase{"turned_and_lost_501", {{9500, 9500}, {3, 3}}, {{"9500", "3"}}, 501, 1, "9500", "3"},
        SeriesCase{"turned_and_lost_thousands", {{8000, 8000}, {1, 1}}, {{"8000", "1"}}, 1999, 1, "8000", "1"},
        SeriesCase{"turned_in_the_first_of_two_sessions",
                   {{9990, 9990}, {5, 20}},
                   {{"9990", "5"}, {"6", "20"}},
                   13,
                   1,
                   "9990",
                   "20"},
        SeriesCase{"turned_to_1000", {{9990, 9999}, {1000, 1009}}, {{"9990", "1009"}}, 0, 1, "9990", "1009"},
        SeriesCase{"turned_beside_another_series",
                   {{9990, 9999}, {1, 20}, {5000, 5002}},
                   {{"9990", "20"}},
                   0,
                   2,
                   "9990",
                   "20"},
        SeriesCase{"turned_at_three_digits_as_it_came", {{990, 999}, {1, 20}}, {}, 0, 1, "990", "20"},
        SeriesCase{"turned_at_three_digits_to_0", {{997, 999}, {0, 4}}, {}, 0, 1, "997", "4"},
        SeriesCase{
            "turned_at_three_digits_with_gaps", {{990, 996}, {998, 999}, {1, 8}, {10, 20}}, {}, 2, 1, "990", "20"},
        SeriesCase{
            "turned_at_three_digits_as_the_closing_says", {{2, 20}, {991, 998}}, {{"990", "20"}}, 3, 1, "990", "20"},
        SeriesCase{"all_numbers_and_turned", {{500, 999}, {1, 499}}, {{"500", "499"}}, 0, 1, "500", "499"},
        SeriesCase{"three_digits_in_another_order", {{1, 20}, {990, 999}}, {}, 969, 1, "1", "999"},
        SeriesCase{"a_late_1_behind_99", {{90, 99}, {1, 1}}, {}, 88, 1, "1", "99"},
        SeriesCase{"a_late_1_and_beyond_999", {{990, 999}, {1, 1}, {1000, 1005}}, {}, 988, 1, "1", "1005"},
        SeriesCase{"a_late_1_of_all_that_the_closing_says", {{900, 999}, {1, 1}}, {{"1", "999"}}, 898, 1, "1", "999"},
        SeriesCase{"a_closing_that_confuses_first_and_last", {{100, 150}}, {{"150", "100"}}, 0, 1, "100", "150"},
        SeriesCase{
            "a_closing_that_confuses_what_is_far_apart", {{1, 5}, {3000, 3005}}, {{"3005", "1"}}, 2994, 1, "1", "3005"},
        SeriesCase{
            "a_turn_that_10000_speaks_against", {{9999, 10'000}, {1, 1}}, {{"9999", "1"}}, 9997, 1, "1", "10000"},
        SeriesCase{"a_closing_of_all", {{1, 5}, {3000, 3005}}, {{"1", "3005"}}, 2994, 1, "1", "3005"},
        SeriesCase{"a_closing_of_one", {{100, 150}, {5000, 5020}}, {{"98", "152"}}, 4, 2, "98", "152"},
        SeriesCase{
            "closings_of_both", {{100, 150}, {5000, 5020}}, {{"100", "151"}, {"5000", "5021"}}, 2, 2, "100", "151"},
        SeriesCase{"closings_that_overlap", {{1, 5}}, {{"1", "3000"}, {"2000", "4000"}}, 3995, 1, "1", "4000"},
        SeriesCase{"a_closing_alone", {}, {{"7", "9"}}, 3, 1, "7", "9"},
        SeriesCase{"half_a_closing", {{5, 6}}, {{"3", ""}}, 2, 1, "3", "6"},
        SeriesCase{"another_prefix", {{5, 6}}, {{"A3", "A4"}}, 2, 2, "5", "6"}),
    [](const auto& which) { return which.param.name; });

TEST(PosNumbersTest, BehindATurnANewNumberIsNotALateOne) {
    for (const auto& [first, last, early] : {std::tuple(9'990, 9'999, "9000"), {990, 999, "989"}}) {
        PosNumbers numbers = test_numbers(first, last);
        const std::string next = std::to_string(last + 1);
        for (const auto& [number, covered] :
             {std::pair(std::to_string(last), true), {early, true}, {next, false}, {"1", false}, {"A1", false}}) {
            EXPECT_EQ(numbers.covers(number), covered) << number;
        }
        for (const char* number : {"1", "2", "3"}) {
            EXPECT_FALSE(numbers.covers(number)) << number;
            EXPECT_EQ(numbers.add(number), PosNumbers::Added::fresh);
            EXPECT_TRUE(numbers.covers(number)) << number;
        }
        EXPECT_TRUE(numbers.covers(early)) << early;
    }
}

TEST(PosNumbersTest, GivesEachSeriesWithItsEnds) {
    PosNumbers seen = numbers({"9998", "9999", "1", "3", "A-0100", "A-0102", "5000"});
    EXPECT_EQ(seen.runs(9), (std::vector<PosNumbers::Run>{{"5000", "5000", "", "", 1, 0},
                                                          {"9998", "3", "9999", "1", 4, 1},
                                                          {"A-0100", "A-0102", "", "", 2, 1}}));
    EXPECT_EQ(seen.runs(1).size(), 1U) << "bounded";
}

TEST(PosNumbersTest, TakesWhatAFormerReleaseKept) {
    const auto numbers = PosNumbers::from_state(R"({"series":[["",8,15,0,[[10,12]],[[14,14]]]],"unplaced":0})");
    ASSERT_TRUE(numbers);
    EXPECT_EQ(numbers->gaps(9), (Gaps{{"8", "9", 2, Named::by_nobody},
                                      {"13", "13", 1, Named::by_nobody},
                                      {"14", "14", 1, Named::by_pos},
                                      {"15", "15", 1, Named::by_nobody}}));
}

// [once-2] Redaction has cut them: nothing is between them, and none is there twice.
TEST(PosNumbersTest, WhatIsLeftOfACutNumberFindsNoPlace) {
    PosNumbers seen = numbers({"1", "2"});
    for (const char* cut : {"************3748", "************4158", "************3748"}) {
        EXPECT_EQ(seen.add(cut), PosNumbers::Added::unplaced);
        EXPECT_FALSE(seen.has(cut));
        EXPECT_FALSE(seen.covers(cut));
    }
    seen.expect("************3748", "************9999");
    seen.name_missing("************5000");
    EXPECT_EQ(seen.unplaced(), 3U);
    EXPECT_EQ(seen.missing() + seen.missing(Named::by_pos), 0U);
    EXPECT_EQ(seen.runs(9), (std::vector<PosNumbers::Run>{{"1", "2", "", "", 2, 0}}));
    // As a former release took them.
    const auto former = PosNumbers::from_state(
        R"({"series":[["",1,2,0,[[1,2]],[]],["************",3748,4158,0,[[3748,3749],[4158,4158]],[]]],)"
        R"("said":{"************":[[3748,3748]]},"unplaced":1})");
    ASSERT_TRUE(former);
    EXPECT_EQ(former->unplaced(), 4U);
    EXPECT_EQ(former->gaps(9), Gaps());
    EXPECT_EQ(former->series(), 1U);
}

TEST(PosNumbersTest, WhatClosingsSayIsBounded) {
    PosNumbers numbers;
    for (std::size_t i = 0; i < 2 * PosNumbers::most_said; ++i) {
        numbers.expect(std::to_string(2'000 * i), "");
    }
    EXPECT_EQ(numbers.series(), PosNumbers::most_said);
}

TEST(PosNumbersTest, AgreesWithASetWhateverTheOrder) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        PosNumbers seen;
        std::set<unsigned> model;
        for (int i = 0; i < 60; ++i) {
            const auto number = static_cast<unsigned>(1 + random() % 50);
            const bool fresh = model.insert(number).second;
            ASSERT_EQ(seen.add(std::to_string(number)) == PosNumbers::Added::fresh, fresh);
        }
        const std::uint64_t span = *model.rbegin() - *model.begin() + 1;
        ASSERT_EQ(seen.seen(), model.size());
        ASSERT_EQ(seen.missing(), span - model.size());
        const auto again = PosNumbers::from_state(seen.state());
        ASSERT_TRUE(again);
        ASSERT_EQ(*again, seen);
    }
}

TEST(PosNumbersTest, TakesNoStateThatItHasNotWritten) {
    for (const char* text :
         {"", "{}", "[]", R"({"series":[],"unplaced":-1})", R"({"series":[["",1,2,0,[[3,1]],[]]],"unplaced":0})",
          R"({"series":[["",1,9,0,[[1,5],[4,9]],[]]],"unplaced":0})",
          R"({"series":[["",1,9,0,[[1,9]],[]]],"said":{"":[[2,1]]},"unplaced":0})",
          R"({"series":[["",1,9,0,[[1,9]],[]]],"discarded":{"":[[2,1]]},"unplaced":0})",
          R"({"series":[["",1,9,0,[[1,9]],[]]],"turns":{"":[2,3]},"unplaced":0})",
          R"({"series":[["",1,9,0,[[1,9]],[]]],"turns":{"":[9999999999999999999,3]},"unplaced":0})",
          R"({"series":[["",1,9,0,[[1,9]],[]]],"newest":{"":"9"},"unplaced":0})"}) {
        EXPECT_FALSE(PosNumbers::from_state(text)) << text;
    }
}

TEST(PosNumbersTest, ForgetsWhatShouldBeInNoRecord) {  // [privacy-1]
    const std::string secret = "4111222233334444";
    PosNumbers seen = test_numbers(1, 5);
    const std::string before = seen.state();
    seen.forget(secret);
    EXPECT_EQ(seen.state(), before) << "nobody said it";
    seen.add(secret);
    EXPECT_EQ(seen.last(), "5");
    EXPECT_EQ(seen.series(), 2U);
    seen.forget(secret);
    EXPECT_EQ(seen.state().find(secret), std::string::npos) << seen.state();
    EXPECT_EQ(seen.seen(), 5U);
    EXPECT_EQ(seen.unplaced(), 1U);
    EXPECT_EQ(seen.missing(), 0U);
    seen.forget(secret);
    EXPECT_EQ(seen.unplaced(), 1U) << "once";
    PosNumbers said;
    said.expect("1", secret);
    said.expect(secret, "2");
    said.name_missing(secret);
    said.name_discarded(secret);
    said.add("A" + secret);
    said.forget(secret);
    said.forget("A" + secret);
    EXPECT_EQ(said.state().find(secret), std::string::npos) << said.state();
    EXPECT_EQ(said.series(), 0U);
}

TEST(PosNumbersTest, KeepsALongNumberThatItsSeriesTells) {
    PosNumbers seen = numbers({"2026112300000001", "2026112300000002", "2026112300000003"});
    seen.forget("2026112300000002");
    EXPECT_EQ(seen.seen(), 3U) << "else its gap would name it";
    EXPECT_EQ(seen.missing(), 0U);
    seen.forget("2026112300000003");
    EXPECT_EQ(seen.last(), "2026112300000002");
    EXPECT_EQ(seen.unplaced(), 1U);
}

}  // namespace
}  // namespace tillpost::day
