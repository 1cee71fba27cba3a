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

}  // namespace
}  // namespace tillpost
