// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "agent/event/identifiers.hpp"

using namespace tillpost;

namespace {

TEST(IdentifiersTest, TakesGtinsOfEachLength) {
    for (const std::string_view gtin :
         {"96385074", "73513537", "036000291452", "4006381333931", "5901234123457", "14006381333938"}) {
        EXPECT_TRUE(is_gtin(gtin)) << gtin;
    }
}

TEST(IdentifiersTest, EveryWrongDigitOfAGtinIsFound) {
    const std::string right = "4006381333931";
    for (std::size_t at = 0; at < right.size(); ++at) {
        for (char digit = '0'; digit <= '9'; ++digit) {
            std::string text = right;
            text[at] = digit;
            EXPECT_EQ(is_gtin(text), text == right) << text;
        }
    }
}

TEST(IdentifiersTest, RefusesWhatIsNoGtin) {
    for (const std::string_view text : {"", "0", "4006381333932", "400638133393", "40063813339310", " 4006381333931",
                                        "4006381333931\n", "400638133393X", "-006381333931", "0036000291452000",
                                        "+9638507", "00000000", "000000000000", "0000000000000", "00000000000000"}) {
        EXPECT_FALSE(is_gtin(text)) << text;
    }
    EXPECT_FALSE(is_gtin(std::string_view("4006381333931\0", 14)));
}

TEST(IdentifiersTest, KnowsGlnAndSscc) {
    EXPECT_TRUE(is_gln("4012345000009"));
    EXPECT_FALSE(is_gln("4012345000008"));
    EXPECT_FALSE(is_gln("036000291452"));
    EXPECT_TRUE(is_sscc("340123450000000017"));
    EXPECT_FALSE(is_sscc("340123450000000018"));
    EXPECT_FALSE(is_sscc("00340123450000000017"));  // with its application identifier
    EXPECT_FALSE(is_sscc(""));
}

TEST(IdentifiersTest, KnowsTheCalendar) {
    for (const std::string_view date : {"2026-11-23", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"}) {
        EXPECT_TRUE(is_date(date)) << date;
    }
    for (const std::string_view date :
         {"", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00", "2026-1-1",
          "26-11-23", "2026/11/23", "23.11.2026", "20261123", "2026-11-23 ", " 2026-11-23", "2026-11-23T00:00:00Z",
          "-026-11-23", "2026-+1-23", "2026-11- 3"}) {
        EXPECT_FALSE(is_date(date)) << date;
    }
}

TEST(IdentifiersTest, KnowsDateTimes) {
    for (const std::string_view time :
         {"2026-11-23T10:15:30Z", "2026-11-23T10:15:30.1Z", "2026-11-23T10:15:30.123456789+01:00",
          "2026-11-23t10:15:30z", "2026-11-23T00:00:00-00:00", "2026-11-23T23:59:59+23:59", "2016-12-31T23:59:60Z",
          "2017-01-01T00:59:60+01:00", "2017-01-01T05:29:60.5+05:30", "2016-12-31T18:59:60-05:00"}) {
        EXPECT_TRUE(is_date_time(time)) << time;
    }
    for (const std::string_view time : {"",
                                        "2026-11-23",
                                        "2026-11-23T10:15:30",
                                        "2026-11-23T10:15Z",
                                        "2026-11-23T24:00:00Z",
                                        "2026-11-23T10:60:00Z",
                                        "2026-11-23T10:15:60Z",
                                        "2026-11-23T10:15:61Z",
                                        "2017-01-01T23:59:60+01:00",
                                        "2026-11-23 10:15:30Z",
                                        "2026-11-23T10:15:30.Z",
                                        "2026-11-23T10:15:30,5Z",
                                        "2026-11-23T10:15:30.1234567890Z",
                                        "2026-11-23T10:15:30+0100",
                                        "2026-11-23T10:15:30+01",
                                        "2026-11-23T10:15:30+24:00",
                                        "2026-11-23T10:15:30+01:60",
                                        "2026-11-23T10:15:30ZZ",
                                        "2026-11-23T10:15:30Z ",
                                        "2026-02-30T10:15:30Z",
                                        "2026-11-23T1a:15:30Z",
                                        "2026-11-23T10:15:30 01:00",
                                        "2026-11-23T10:15:30\xe2\x88\x92"
                                        "01:00"}) {
        EXPECT_FALSE(is_date_time(time)) << time;
    }
}

}  // namespace
