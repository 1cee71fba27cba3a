// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "agent/event/intake.hpp"
#include "agent/event/scan.hpp"
#include "gs1_support.hpp"

using namespace tillpost;

namespace {

struct Gs1Scan {
    std::string_view code;  ///< "^" is the separator.
    std::string_view aim;
    std::string_view members;  ///< What follows the aim.
    std::string_view quality = "ok";
};

void expect_all(std::initializer_list<Gs1Scan> table, const ScanContext& context = {}) {
    Intake intake;
    for (const Gs1Scan& row : table) {
        const Event event = make_scan_event("s", gs1::with_gs(row.code), row.aim, context);
        const std::string aim = "\"aim\":\"" + std::string(row.aim) + "\"";
        ASSERT_NE(event.data.find(aim), std::string::npos);
        EXPECT_EQ(event.data.substr(event.data.find(aim) + aim.size()), std::string(row.members) + "}") << row.code;
        EXPECT_EQ(event.quality.text(), row.quality) << row.aim << row.code;
        EXPECT_TRUE(std::holds_alternative<Event>(intake.parse(event.data))) << event.data;
    }
}

TEST(ScanGs1Test, SaysWhatTheElementsMean) {
    expect_all({
        {"01095060001343521726020010L7^21S1", "]d2",
         R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352","17":"260200","10":"L7","21":"S1"},"lot":"L7","serial":"S1","expiry":"2026-02-28")"},
        {"010950600013435215991231", "]C1",
         R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352","15":"991231"},"best_before":"1999-12-31")"},
        {"0199506000134300310300019539220299", "]e0",
         R"(,"gtin":"99506000134300","gs1":{"01":"99506000134300","3103":"000195","3922":"0299"},"quantity":"0.195","unit":"KGM","price":"2.99")"},
        {"01995060001343003103000195^39329780299", "]e0",
         R"(,"gtin":"99506000134300","gs1":{"01":"99506000134300","3103":"000195","3932":"9780299"},"quantity":"0.195","unit":"KGM","price":"2.99","currency":"EUR")"},
        {"https://id.gs1.org/01/09506000134352?lot=ABC&exp=260131", "]Q1",
         R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352"})"},
        {"01995060001343003012", "]e0",
         R"(,"gtin":"99506000134300","gs1":{"01":"99506000134300","30":"12"},"quantity":"12","unit":"EA")"},
        {"00106141412345678908", "]C1", R"(,"gs1":{"00":"106141412345678908"},"sscc":"106141412345678908")"},
        {"010950600013435270032601312359", "]Q3",
         R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352","7003":"2601312359"},"expiry":"2026-01-31")"},
        {"https://id.gs1.org/01/09506000134352/10/A?17=260131", "]Q1",
         R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352","10":"A","17":"260131"},"lot":"A","expiry":"2026-01-31")"},
        {"9506000134352|]e010A", "]E0", R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352","10":"A"},"lot":"A")"},
        {"https://example.com/", "]Q1", ""},
        {"4006381333931", "]E0", R"(,"gtin":"4006381333931")"},
        {"400638133393152", "]E3", R"(,"gtin":"4006381333931","add_on":"52")"},
        {"400638133393190200", "]E3", R"(,"gtin":"4006381333931","add_on":"90200")"},
        {"52", "]E1", R"(,"add_on":"52")"},
    });
}

TEST(ScanGs1Test, MarksFaultsAndKeepsWhatIsRight) {
    expect_all({
        {"010950600013435310L7", "]C1", R"(,"gs1":{"10":"L7"},"lot":"L7")", "gs1:/code"},
        {"010950600013435217260231", "]C1", R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352"})", "gs1:/code"},
        {"10L7", "]C1", R"(,"gs1":{"10":"L7"},"lot":"L7")", "gs1_pairs:/code"},
        {"010950600013435210A^10B", "]d2",
         R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352","10":"A"},"lot":"A")", "gs1_pairs:/code"},
        {"010950600013435210A^10A", "]d2",
         R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352","10":"A"},"lot":"A")"},
        {"0512", "]d2", "", "gs1:/code"},
        {"10A^^", "]d2", R"(,"gs1":{"10":"A"},"lot":"A")", "gs1:/code gs1_pairs:/code"},
        {"https://id.gs1.org/01/09506000134353", "]Q1", "", "gs1:/code"},
        {"4006381333932", "]E0", "", "check_digit:/code"},
        {"9506000134352|]e017260231", "]E0", R"(,"gtin":"9506000134352")", "gs1:/code"},
    });
}

TEST(ScanGs1Test, ReadsInStoreNumbersByTheirTemplates) {
    const std::vector<std::string> texts{"22IIIIIKPP.PPC EUR", "28IIIIIWW.WWWC KGM", "27IIIIIKW.WWWC KGM",
                                         "29IIIIIINNNNC"};
    const auto templates = gs1::parse_templates(texts);
    ASSERT_TRUE(templates);
    ScanContext context;
    context.templates = *templates;
    expect_all({{"2200123928757", "]E0", R"(,"item":"00123","price":"28.75","currency":"EUR")"},
                {"2200123828750", "]E0", R"(,"item":"00123")", "price_check_digit:/code"},
                {"2212345828753", "]E0", R"(,"item":"12345")", "price_check_digit:/code"},
                {"2212345928750", "]E0", R"(,"item":"12345","price":"28.75","currency":"EUR")"},
                {"2712345812351", "]E0", R"(,"item":"12345")", "price_check_digit:/code"},
                {"2812345012352", "]E0", R"(,"item":"12345","quantity":"1.235","unit":"KGM")"},
                {"2912345600129", "]E0", R"(,"item":"123456","quantity":"12","unit":"EA")"},
                {"2812345012353", "]E0", "", "check_digit:/code"},
                {"4006381333931", "]E0", R"(,"gtin":"4006381333931")"},
                {"2012345012357", "]E0", "", "check_digit:/code"}},
               context);
}

// A till whose clock is back in 1970 must not give 2026's dates to 1926.
TEST(ScanGs1Test, AWrongClockDoesNotMoveTheCentury) {
    ScanContext context;
    context.current_year = 1970;
    expect_all({{"010950600013435217260131", "]d2",
                 R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352","17":"260131"},"expiry":"2026-01-31")"}},
               context);
    context.current_year = 2080;
    expect_all({{"010950600013435217260131", "]d2",
                 R"(,"gtin":"9506000134352","gs1":{"01":"09506000134352","17":"260131"},"expiry":"2126-01-31")"}},
               context);
}

}  // namespace
