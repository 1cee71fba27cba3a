// SPDX-License-Identifier: Apache-2.0
// [once-2] What a configuration may say of business keys: never so that another sale is taken for one sent again.
#include <gtest/gtest.h>

#include "agent/event/settings.hpp"

namespace tillpost {
namespace {

TEST(KeyLimitsTest, AFactNeverChanges) {
    for (const char* pointer : {"/mode",
                                "/currency",
                                "/corrects",
                                "/corrects_kind",
                                "/promotions",
                                "/promotions/*",
                                "/lines",
                                "/lines/",
                                "/lines/0",
                                "/lines/*",
                                "/lines/*/",
                                "/lines/*/picked",
                                "/lines/*/new_price",
                                "/lines/*/rejected",
                                "/lines/*/discounts/*/amount",
                                "/lines/0/override/reason",
                                "/tenders/*/tendered",
                                "/tenders/*/expected",
                                "/tenders/*/trace",
                                "/grand_total",
                                "/totals",
                                "/totals/gross",
                                "/number",
                                "/till",
                                "/store",
                                "/document",
                                "/business_date",
                                "/session",
                                "/operator",
                                "/type",
                                "/time/number",
                                "/custom/amount",
                                "/",
                                "//",
                                "/0",
                                "/*",
                                ""}) {
        EXPECT_FALSE(may_change(pointer)) << pointer;
    }
}

TEST(KeyLimitsTest, WhatSaysHowItWasSentAndWhatNobodyKnowsMay) {
    for (const char* pointer :
         {"/time", "/offline", "/origin", "/origin/request", "/printed_at", "/attempt", "/pos_version", "/sent_at",
          "/lines/*/scanned_at", "/device_info/serial_no", "/prints/*", "/prints/0"}) {
        EXPECT_TRUE(may_change(pointer)) << pointer;
    }
}

TEST(KeyLimitsTest, AKeyTellsTwoRecordsApart) {
    using Key = std::vector<std::string>;
    EXPECT_TRUE(tells_apart("sale", Key{"/number"}));
    EXPECT_TRUE(tells_apart("sale", Key{"/till", "/receipt/id"}));
    EXPECT_TRUE(tells_apart("sale", Key{"/origin/key"}));
    EXPECT_FALSE(tells_apart("sale", Key{"/till", "/business_date"}));
    EXPECT_FALSE(tells_apart("sale", Key{"/original/number"})) << "of another sale";
    EXPECT_FALSE(tells_apart("sale", Key{"/totals/gross", "/time"}));
    EXPECT_FALSE(tells_apart("sale", Key{"/document"})) << "of no sale";
    EXPECT_TRUE(tells_apart("receiving", Key{"/document"}));
    EXPECT_FALSE(tells_apart("receiving", Key{"/supplier", "/business_date"}));
    EXPECT_TRUE(tells_apart("till_close", Key{"/till", "/session"}));
    EXPECT_TRUE(tells_apart("payment_batch", Key{"/batch"}));
    EXPECT_FALSE(tells_apart("payment_batch", Key{"/terminal", "/business_date"}));
}

}  // namespace
}  // namespace tillpost
