// SPDX-License-Identifier: Apache-2.0
#include "agent/event/scan.hpp"

#include <gtest/gtest.h>

#include "agent/event/intake.hpp"
#include "agent/event/names.hpp"

using namespace tillpost;
using namespace std::string_literals;

namespace {

struct Scan {
    std::string code;
    std::string_view aim;
    std::string_view members;  ///< What follows the device.
    std::string_view quality = "ok";
};

TEST(ScanTest, SaysWhatWasRead) {
    const std::vector<Scan> table{
        {"4006381333931", "]E0", R"("code":"4006381333931","aim":"]E0","gtin":"4006381333931")"},
        {"4006381333932", "]E0", R"("code":"4006381333932","aim":"]E0")", "check_digit:/code"},
        {"96385074", "]E4", R"("code":"96385074","aim":"]E4","gtin":"96385074")"},
        {"96385075", "]E4", R"("code":"96385075","aim":"]E4")", "check_digit:/code"},
        {"04252614", "]E0", R"("code":"04252614","aim":"]E0","gtin":"042100005264")"},
        {"04252614", "]E4", R"("code":"04252614","aim":"]E4")", "check_digit:/code"},
        {"400638133393152", "]E3", R"("code":"400638133393152","aim":"]E3","gtin":"4006381333931","add_on":"52")"},
        {"14006381333938", "]I1", R"("code":"14006381333938","aim":"]I1","gtin":"14006381333938")"},
        {"14006381333939", "]I1", R"("code":"14006381333939","aim":"]I1")"},
        {"96385074", "]I0", R"("code":"96385074","aim":"]I0")"},
        {"4006381333931", "", R"("code":"4006381333931","gtin":"4006381333931")"},
        {"4006381333932", "", R"("code":"4006381333932")"},
        {"4006381333931", "]C0", R"("code":"4006381333931","aim":"]C0")"},
        {"", "]E0", R"("code":"","aim":"]E0")", "check_digit:/code"},
        {"0104006381333931\x1d"
         "10L7",
         "]d2",
         R"("code":"0104006381333931\u001d10L7","aim":"]d2","gtin":"4006381333931","gs1":{"01":"04006381333931","10":"L7"},"lot":"L7")"},
        {"a\"\\\0b"s, "]Q1", R"("code":"a\"\\\u0000b","aim":"]Q1")"},
        {"\xc3\xa9", "]Q1", "\"code\":\"\xc3\xa9\",\"aim\":\"]Q1\""},
        {"\xe9\x00\xff"s, "]Q1", R"("code_hex":"e900ff","aim":"]Q1")"},
        {"1", "\xff", "\"code\":\"1\",\"aim\":\"\xef\xbf\xbd\""},
    };
    for (const Scan& row : table) {
        const Event event = make_scan_event("scanner-1", row.code, row.aim);
        EXPECT_EQ(event.data, R"({"type":"scan","device":"scanner-1",)" + std::string(row.members) + "}");
        EXPECT_EQ(event.quality.text(), row.quality) << row.members;
        EXPECT_EQ(event.type, "scan");
        EXPECT_EQ(event.entry, "station");
        EXPECT_EQ(event.mode, "production");
        EXPECT_EQ(event.subject + event.time + event.business_date, "");
    }
}

// Whatever the bytes are, the data is one line of JSON.
TEST(ScanTest, MakesJsonOfAnyBytes) {
    Intake intake;
    for (int first = 0; first < 256; ++first) {
        for (const char second : {'\0', '"', '\\', '\n', '\x80', '\xbf', '\xff'}) {
            const std::string code{static_cast<char>(first), second};
            const Event event = make_scan_event("dev\"ice\xff", code, "");
            EXPECT_EQ(event.data.find_first_of("\r\n\0"s), std::string::npos);
            EXPECT_TRUE(std::holds_alternative<Event>(intake.parse(event.data))) << event.data;
        }
    }
}

TEST(NamesTest, FindsEveryNameAndNoOther) {
    for (int i = 1; i <= static_cast<int>(Name::unlinked); ++i) {
        const auto name = static_cast<Name>(i);
        EXPECT_EQ(find_name(text_of(name)), name) << text_of(name);
    }
    for (const std::string_view text : {"", "x", "Amount", "amount ", "operator_", "amounts", "typ"}) {
        EXPECT_EQ(find_name(text), Name::unknown) << text;
    }
    EXPECT_EQ(find_name(std::string_view("type\0", 5)), Name::unknown);
}

}  // namespace
