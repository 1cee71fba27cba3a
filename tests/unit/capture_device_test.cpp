// SPDX-License-Identifier: Apache-2.0
// What drivers say of their devices becomes events.
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class CaptureDeviceTest : public CaptureDayTest {
protected:
    json told(const Presence& news) {
        const Sequence before = journal->live().last;
        capture->presence(news);
        EXPECT_TRUE(run_until([&] { return journal->live().last > before; }));
        const auto lines = await(journal->read({before + 1, before + 1}, 1 << 20));
        return lines && !lines->empty() ? json::parse(lines->line(0), nullptr, false) : json();
    }
};

TEST_F(CaptureDeviceTest, AnAbsenceAndItsEndAreEvents) {
    const json down = told({"scanner-1", false, "/dev/ttyACM0: No such \"file\" \xff", Millis(10'250)});
    EXPECT_EQ(down.at("type"), "tillpost.device_down.v1");
    EXPECT_EQ(down.at("data").at("device"), "scanner-1");
    EXPECT_EQ(down.at("data").at("away_ms"), 10'250);
    EXPECT_EQ(down.at("data").at("since"), rfc3339(clock.now().wall - Millis(10'250)));
    EXPECT_EQ(down.at("data").at("detail"), "/dev/ttyACM0: No such \"file\" \xef\xbf\xbd");
    const json up = told({"scanner-1", true, "reads /dev/ttyACM0", Millis(183'000)});
    EXPECT_EQ(up.at("type"), "tillpost.device_up.v1");
    EXPECT_EQ(up.at("data").at("away_ms"), 183'000);
}

}  // namespace
}  // namespace tillpost
