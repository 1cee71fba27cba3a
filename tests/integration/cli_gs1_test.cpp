// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/cli_command.hpp"

namespace tillpost::test {
namespace {

using Gs1CommandTest = CommandTest;

TEST_F(Gs1CommandTest, ReadsArgumentsWithoutADaemon) {
    const auto right = start({"gs1", "]C10109506000134352", "4006381333931"});
    EXPECT_EQ(finish(*right), 0) << right->errors();
    EXPECT_TRUE(contains(right->output(), "01   GTIN                     09506000134352")) << right->output();
    EXPECT_TRUE(contains(right->output(), "GTIN-13 4006381333931")) << right->output();
    EXPECT_EQ(right->errors(), "");
    const auto wrong = start({"gs1", "4006381333931", "4006381333932"});
    EXPECT_EQ(finish(*wrong), 1);
    EXPECT_TRUE(contains(wrong->output(), "fault check_digit at byte 12, AI 01")) << wrong->output();
}

TEST_F(Gs1CommandTest, ReadsLinesOfStandardInput) {
    const auto command =
        shell(R"(printf '(01)09506000134352\r\n]C110A\03521B\n\n01' | "$TILLPOST" gs1 --json --no-pairs)");
    EXPECT_EQ(finish(*command), 1) << command->errors();
    const std::string output = command->output();
    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 4) << output;
    EXPECT_TRUE(contains(output, R"({"code":"(01)09506000134352","ok":true,"form":"bracketed")")) << output;
    EXPECT_TRUE(contains(output, R"("code":"]C110A\u001d21B","ok":true)")) << output;
    EXPECT_TRUE(contains(output, R"("rule":"too_short")")) << output;
    const auto dash = shell(R"(printf '4006381333931\n' | "$TILLPOST" gs1 96385074 -)");
    EXPECT_EQ(finish(*dash), 0) << dash->errors();
    EXPECT_TRUE(contains(dash->output(), "GTIN-8 96385074")) << dash->output();
    EXPECT_TRUE(contains(dash->output(), "GTIN-13 4006381333931")) << dash->output();
}

TEST_F(Gs1CommandTest, TakesYearAndTemplates) {
    const auto command = start({"gs1", "--year", "2080", "--template", "28IIIIIWW.WWWC KGM", "--template",
                                "22IIIIIKPP.PPC EUR", "2812345012352", "(01)09506000134352(17)260131"});
    EXPECT_EQ(finish(*command), 0) << command->errors();
    EXPECT_TRUE(contains(command->output(), "item 12345, weight 1.235 KGM")) << command->output();
    EXPECT_TRUE(contains(command->output(), "2126-01-31")) << command->output();
    const auto wrong = start({"gs1", "--template", "28IIIIIWW.WWWC", "2812345012352"});
    EXPECT_EQ(finish(*wrong), 64);
    EXPECT_TRUE(contains(wrong->errors(), "needs a unit of UN/ECE recommendation 20")) << wrong->errors();
    EXPECT_EQ(finish(*start({"gs1", "--year", "26"})), 64);
    const auto help = start({"gs1", "--help"});
    EXPECT_EQ(finish(*help), 0);
    EXPECT_TRUE(contains(help->output(), "Exit codes:")) << help->output();
}

}  // namespace
}  // namespace tillpost::test
