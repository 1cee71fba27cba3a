// SPDX-License-Identifier: Apache-2.0
// What a restart knows of the numbers that tills gave before.
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class CaptureNumbersTest : public CaptureDayTest {
protected:
    /// The quality of a sale of that number.
    std::string sold(int number) {
        sell(number);
        const Sequence last = journal->live().last;
        const auto lines = await(journal->read({last, last}, 1 << 20));
        if (!lines || lines->empty()) return {};
        return json::parse(lines->line(0), nullptr, false).value("quality", "");
    }
    void restart() {
        crash();
        ASSERT_TRUE(capture->recall_numbers());
    }
    static bool has(const std::string& quality, const std::string& mark) {
        return quality.find(mark) != std::string::npos;
    }
};

TEST_F(CaptureNumbersTest, AGapAcrossARestartIsSeen) {
    EXPECT_FALSE(has(sold(7), "number_"));
    restart();
    EXPECT_TRUE(has(sold(9), "number_gap:/number=expected_8"));
    restart();
    EXPECT_FALSE(has(sold(8), "number_")) << "the late one fills the gap";
    restart();
    EXPECT_FALSE(has(sold(10), "number_")) << "nothing is missing";
}

// What was held had no number that can be used: check() has not seen the one that a person enters.
TEST_F(CaptureNumbersTest, TheNumberOfACorrectedRecordIsNotMissed) {
    EXPECT_FALSE(has(sold(1), "number_"));
    send(R"({"type":"sale","till":"T01","number":"","business_date":"2026-11-23"})");
    const std::string id = "Q1-" + std::to_string(journal->live().last);
    const std::string line =
        R"({"type":"sale","till":"T01","number":2,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
        R"("currency":"EUR","lines":[],"tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1}})";
    EXPECT_EQ(decide({{"quarantine.correct", {{"id", id}, {"line", line}}}})["error"], json());
    EXPECT_FALSE(has(sold(3), "number_"));
    EXPECT_TRUE(has(sold(5), "number_gap:/number=expected_4"));
}

}  // namespace
}  // namespace tillpost
