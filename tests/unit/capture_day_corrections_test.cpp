// SPDX-License-Identifier: Apache-2.0
// [complete-1] Corrections and post-voids find what they take back in the journal, before and after a kill.
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class CorrectedDayTest : public CaptureDayTest {
protected:
    static std::string line(const std::string& type, int number, const std::string& more) {
        return R"({"type":")" + type + R"(","till":"T01","number":)" + std::to_string(number) +
               R"(,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR")" + more + "}";
    }
    static std::string sale(int number, const std::string& amount, const std::string& more = "") {
        return line("sale", number,
                    R"(,"lines":[],"tenders":[{"type":"cash","amount":")" + amount +
                        R"("}],"totals":{"net":1,"tax":0,"gross":1})" + more);
    }
    static std::string corrects(const std::string& id, const std::string& kind) {
        return R"(,"corrects":")" + id + R"(","corrects_kind":")" + kind + R"(","reason":"r","actor":"a")";
    }
    std::string sent(const std::string& text) {
        send(text);
        return event_id(journal->live().epoch, journal->live().last);
    }
    json cash(const char* sums) { return till().value(sums, json::array({json()}))[0]["tenders"][0]["amount"]; }
};

TEST_F(CorrectedDayTest, AreAppliedLiveAndWhenTheyAreReadAgain) {
    const std::string first = sent(sale(1, "1.99"));
    send(sale(2, "5.00"));
    send(sale(3, "7.00"));
    const std::string second = sent(sale(1, "2.49", corrects(first, "replace")));
    send(line("void", 4, R"(,"scope":"post","reason":"r","amount":"5.00","original":{"number":"2"})"));
    send(line("void", 5, R"(,"scope":"line","reason":"r","amount":"7.00","original":{"number":"3"})"));
    for (const bool again : {false, true}) {
        if (again) crash();
        EXPECT_EQ(cash("sums"), "13.99") << till();
        EXPECT_EQ(cash("corrected_sums"), "9.49") << till();
        EXPECT_EQ(till()["counts"]["unapplied"], 0);
    }
    send(sale(1, "3.49", corrects(second, "replace")));
    send(sale(9, "1", corrects(first.substr(0, 17) + "0000000000000777", "reverse")));
    for (const bool again : {false, true}) {
        if (again) crash();
        EXPECT_EQ(cash("corrected_sums"), "10.49") << till();
        EXPECT_EQ(till()["unapplied"].size(), 1U);
        EXPECT_EQ(till()["unapplied"][0]["corrects"], first.substr(0, 17) + "0000000000000777");
    }
}

TEST_F(CorrectedDayTest, ACorrectionBehindTheClosingMakesARevisionThatSaysWhatTheClosingFits) {
    const std::string first = sent(sale(1, "1.99"));
    send(line("till_close", 2,
              R"(,"session":1,"first_number":1,"last_number":2,"tenders":[{"type":"cash",)"
              R"("amount":"1.99","expected":"1.99","counted":"1.99"}])"));
    ASSERT_TRUE(reaches(1));
    EXPECT_EQ(till()["closings_fit"], "corrected");
    send(sale(1, "2.49", corrects(first, "replace")));
    ASSERT_TRUE(reaches(2));
    EXPECT_EQ(till()["closings_fit"], "captured");
    EXPECT_EQ(till()["differences"], json::array());
    EXPECT_EQ(till()["certified"]["cause"], "late");
    crash();
    EXPECT_EQ(till()["closings_fit"], "captured");
    EXPECT_EQ(till()["certified"]["cause"], "late") << "kept, or read again";
}

TEST_F(CorrectedDayTest, AClosingFitsWhatWasCorrectedUntilItCame) {
    for (const int number : {1, 2, 3}) send(sale(number, "1.19"));
    const std::string second = event_id(journal->live().epoch, 2);
    send(line("void", 4, R"(,"scope":"post","reason":"r","amount":"1.19","original":{"number":"1"})"));
    send(line("till_close", 5,
              R"(,"session":1,"first_number":1,"last_number":5,"tenders":[{"type":"cash",)"
              R"("amount":"2.38","expected":"2.38","counted":"2.38"}])"));
    ASSERT_TRUE(reaches(1));
    EXPECT_EQ(till()["closings_fit"], "corrected");
    const json reasons = till()["reasons"];
    send(sale(2, "1.00", corrects(second, "replace")));
    ASSERT_TRUE(reaches(2));
    for (const bool again : {false, true}) {
        if (again) crash();
        EXPECT_EQ(till()["closings_fit"], "as_closed") << till();
        EXPECT_EQ(till()["differences"], json::array());
        EXPECT_EQ(till()["reasons"], reasons);
        EXPECT_EQ(cash("corrected_sums"), "2.19");
    }
}

TEST_F(CorrectedDayTest, AClosingIsExchangedLiveAndWhenItIsReadAgain) {
    const auto closing = [](int number, const std::string& amount, const std::string& more = "") {
        return line("till_close", number,
                    R"(,"session":1,"first_number":1,"last_number":1,"tenders":[{"type":"cash","amount":")" + amount +
                        R"(","expected":"0","counted":"0"}])" + more);
    };
    send(sale(1, "10.00"));
    const std::string first = sent(closing(2, "9.00"));
    ASSERT_TRUE(reaches(1));
    EXPECT_EQ(till()["closings_fit"], "none");
    const std::string second = sent(closing(3, "10.00", corrects(first, "replace")));
    ASSERT_TRUE(reaches(2));
    send(closing(4, "8.00", R"(,"mode":"training")" + corrects(second, "reverse")));
    for (const bool again : {false, true}) {
        if (again) crash();
        EXPECT_EQ(till()["closings_fit"], "corrected") << till();
        EXPECT_EQ(till()["closings"], 1);
        EXPECT_EQ(cash("corrected_sums"), "10.00");
    }
    send(closing(5, "10.00", corrects(second, "reverse")));
    for (const bool again : {false, true}) {
        if (again) crash();
        EXPECT_EQ(till()["closings"], 0) << till();
        EXPECT_EQ(cash("corrected_sums"), "10.00");
    }
}

}  // namespace
}  // namespace tillpost
