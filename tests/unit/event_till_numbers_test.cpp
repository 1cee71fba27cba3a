// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <vector>

#include "agent/event/till_numbers.hpp"

namespace tillpost {
namespace {

Event numbered_sale(const std::string& number, const std::string& till = "T01") {
    Event event;
    event.type = "sale";
    event.subject = "pos/" + till + "/2026-11-23/" + number;
    return event;
}

constexpr const char* ok = "ok";
constexpr const char* gap = "number_gap:/number=expected_8";
constexpr const char* repeat = "number_repeat:/number";

struct Step {
    const char* number;
    const char* quality;
};
struct NumbersCase {
    const char* name;
    std::vector<Step> steps;
};

class TillNumbersTest : public ::testing::TestWithParam<NumbersCase> {};

TEST_P(TillNumbersTest, MarksGapsAndRepeats) {
    TillNumbers numbers;
    for (const Step& step : GetParam().steps) {
        Event event = numbered_sale(step.number);
        numbers.check(event);
        EXPECT_EQ(event.quality.text(), step.quality) << step.number;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Days, TillNumbersTest,
    ::testing::Values(NumbersCase{"one_by_one", {{"7", ok}, {"8", ok}, {"9", ok}}},
                      NumbersCase{"the_first_is_taken_as_it_comes", {{"4711", ok}, {"4712", ok}}},
                      NumbersCase{"a_gap", {{"7", ok}, {"9", gap}, {"10", ok}}},
                      NumbersCase{"a_late_one_fills_it", {{"7", ok}, {"10", gap}, {"8", ok}, {"9", ok}, {"11", ok}}},
                      NumbersCase{"a_late_one_twice", {{"7", ok}, {"9", gap}, {"8", ok}, {"8", repeat}}},
                      NumbersCase{"a_repeat", {{"7", ok}, {"8", ok}, {"7", repeat}, {"8", repeat}, {"9", ok}}},
                      NumbersCase{"before_the_first_is_not_judged", {{"7", ok}, {"6", ok}, {"5", ok}}},
                      NumbersCase{"leading_zeros", {{"0007", ok}, {"0008", ok}}},
                      NumbersCase{"no_numbers", {{"A7", ok}, {"A9", ok}, {"A9", ok}, {"", ok}, {"-1", ok}}},
                      NumbersCase{"a_large_gap", {{"7", ok}, {"1007", gap}, {"1008", ok}}},
                      NumbersCase{"another_series",
                                  {{"7", ok}, {"1008", ok}, {"8", ok}, {"1009", ok}, {"1009", repeat}}},
                      NumbersCase{"far_away", {{"7", ok}, {"18446744073709551615", ok}, {"2", ok}, {"2", ok}}},
                      NumbersCase{"a_turn", {{"9998", ok}, {"9999", ok}, {"1", ok}, {"2", ok}}},
                      NumbersCase{"beyond_what_fits", {{"18446744073709551616", ok}, {"18446744073709551618", ok}}}),
    [](const auto& which) { return which.param.name; });

TEST(TillNumbersStateTest, WhatIsRecalledCountsAsIfItHadJustCome) {
    TillNumbers numbers;
    for (const char* number : {"3", "4", "7", "5"}) numbers.recall(numbered_sale(number).subject);
    for (const char* other : {"receiving/GR-1", "pos/T01/2026-11-23/A9", "", "#0123"}) numbers.recall(other);
    const Step steps[] = {{"2", ok}, {"4", repeat}, {"6", ok}, {"9", gap}, {"7", repeat}, {"10", ok}};
    for (const Step& step : steps) {
        Event event = numbered_sale(step.number);
        numbers.check(event);
        EXPECT_EQ(event.quality.text(), step.quality) << step.number;
    }
}

TEST(TillNumbersStateTest, TillsAndOtherKeysDoNotMeet) {
    TillNumbers numbers;
    for (const char* till : {"T01", "T02"}) {
        Event event = numbered_sale("7", till);
        numbers.check(event);
        EXPECT_TRUE(event.quality.ok());
    }
    for (const char* key : {"receiving/7", "receiving/9", "", "pos/T01"}) {
        Event event = numbered_sale("1");
        event.subject = key;
        numbers.check(event);
        EXPECT_TRUE(event.quality.ok()) << key;
    }
}

TEST(TillNumbersStateTest, WhatWasNotRecordedMayComeAgain) {
    TillNumbers numbers;
    for (const char* number : {"7", "8", "9"}) {
        Event event = numbered_sale(number);
        numbers.check(event);
    }
    numbers.forget("pos/T01/2026-11-23/8");
    Event again = numbered_sale("8");
    numbers.check(again);
    EXPECT_TRUE(again.quality.ok());
}

TEST(TillNumbersStateTest, ARepeatsNumberIsNotItsOwn) {
    TillNumbers numbers;
    Event first = numbered_sale("7");
    EXPECT_TRUE(numbers.check(first));
    Event again = numbered_sale("7");
    EXPECT_FALSE(numbers.check(again));
}

TEST(TillNumbersStateTest, ACorrectionHasTheNumberOfWhatItCorrects) {
    TillNumbers numbers;
    Event first = numbered_sale("7");
    numbers.check(first);
    Event correction = numbered_sale("7");
    correction.corrects = "0123456789abcdef-0000000000000001";
    numbers.check(correction);
    EXPECT_TRUE(correction.quality.ok());
}

struct CorrectionStep {
    bool corrects;
    const char* number;
    const char* quality;
};

void expect_marks(TillNumbers& numbers, std::initializer_list<CorrectionStep> steps) {
    for (const CorrectionStep& step : steps) {
        Event event = numbered_sale(step.number);
        if (step.corrects) event.corrects = "0123456789abcdef-0000000000000001";
        EXPECT_EQ(numbers.check(event), !step.corrects && std::string(step.quality) != repeat) << step.number;
        EXPECT_EQ(event.quality.text(), step.quality) << step.number;
    }
}

TEST(TillNumbersStateTest, ANumberThatACorrectionHasIsNoGap) {
    TillNumbers numbers;
    expect_marks(numbers, {{false, "5", ok}, {true, "6", ok}, {false, "7", ok}, {true, "9", ok}, {false, "8", ok}});
    expect_marks(numbers, {{false, "10", ok}, {true, "11", ok}, {true, "12", ok}, {false, "13", ok}});
    TillNumbers with_gaps;
    expect_marks(with_gaps,
                 {{false, "7", ok}, {true, "9", ok}, {false, "10", gap}, {false, "8", ok}, {true, "11", ok}});
    expect_marks(with_gaps,
                 {{false, "14", "number_gap:/number=expected_12"}, {false, "12", ok}, {false, "12", repeat}});
}

// It says nothing of the series: what is corrected may be older than what is remembered.
TEST(TillNumbersStateTest, ACorrectionOfWhatIsForgottenMovesNoSeries) {
    TillNumbers numbers;
    expect_marks(numbers, {{true, "12", ok}, {false, "51", ok}, {true, "5003", ok}, {false, "52", ok}});
    expect_marks(numbers, {{true, "60", ok}, {true, "12", ok}, {false, "53", ok}, {false, "5001", ok}});
    expect_marks(numbers, {{false, "5002", ok}, {false, "5003", ok}, {false, "5004", ok}});
}

TEST(TillNumbersStateTest, NumbersOfManyCorrectionsAreBounded) {
    TillNumbers numbers;
    expect_marks(numbers, {{false, "1", ok}});
    for (std::size_t i = TillNumbers::most_corrections + 10; i > 1; --i) {
        const std::string number = std::to_string(i);
        expect_marks(numbers, {{true, number.c_str(), ok}});
    }
    const std::string behind = std::to_string(TillNumbers::most_corrections + 2);
    expect_marks(numbers, {{false, behind.c_str(), ok}});
}

TEST(TillNumbersStateTest, ForgetsTheOldestTillsDay) {
    TillNumbers numbers;
    for (std::size_t i = 0; i <= TillNumbers::most_days; ++i) {
        Event event = numbered_sale("7", "T" + std::to_string(i));
        numbers.check(event);
    }
    Event forgotten = numbered_sale("7", "T0");
    numbers.check(forgotten);
    EXPECT_TRUE(forgotten.quality.ok());
    Event known = numbered_sale("7", "T" + std::to_string(TillNumbers::most_days));
    numbers.check(known);
    EXPECT_EQ(known.quality.text(), repeat);
}

}  // namespace
}  // namespace tillpost
