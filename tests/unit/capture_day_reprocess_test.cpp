// SPDX-License-Identifier: Apache-2.0
// What `tillpost reprocess` says that it would do.
#include "agent/capture/mapping.hpp"
#include "agent/capture/reprocess_desk.hpp"
#include "agent/journal/position.hpp"
#include "agent/wire/line.hpp"
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class ReprocessDryRunTest : public CaptureDayTest {
protected:
    static std::string sale(int number, const std::string& more) {
        return R"({"type":"sale","till":"T01","number":)" + std::to_string(number) +
               R"(,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR","lines":[],)"
               R"("tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1},"mode":"tests")" +
               more + "}";
    }
    struct Sum {
        int released = 0, waiting = 0;
        json changes = json::array();
    };
    /// All slices of one run.
    Sum release(bool dry_run) {
        ReprocessDesk desk(*capture, *journal);
        return release_by(desk, dry_run);
    }
    Sum release_by(ReprocessDesk& desk, bool dry_run) {
        Sum sum;
        json members{{"dry_run", dry_run}, {"reason", "r"}};
        for (int slices = 0; slices < 100; ++slices) {
            const json said = json::parse(await(desk.answer(json{{"reprocess.quarantine", members}}.dump(), 0)));
            const json slice = said.value("reprocessed", json::object());
            sum.released += slice.value("released", 0);
            sum.waiting += slice.value("waiting", 0);
            for (const json& each : slice["changes"]) sum.changes.push_back(each);
            members["after"] = slice.value("next", "");
            if (members["after"] == "") break;
        }
        return sum;
    }
    void hold(bool held) {
        rules.clear();
        if (held) rules.push_back({"mode", {}, Severity::quarantine});
        crash();
    }
};

TEST_F(ReprocessDryRunTest, TheOrderOfMarksIsNoChange) {
    send(sale(1, ""));
    send(sale(4, ""));
    const auto page = await(journal->held_page(0, position_at(journal->live().ordinal, journal->live().last)));
    ASSERT_TRUE(page) << page.error().message;
    for (HeldPage::Copy held : page->events) {
        const std::string now(body_text(held.body, "quality"));
        const std::string gap = "number_gap:/number=expected_2";
        const std::size_t behind = now.find(" " + gap);
        if (behind == std::string::npos) continue;
        auto read = capture->map_again(held);
        EXPECT_TRUE(changes_between(held.body, std::get<Event>(read)).empty());
        const std::string former = gap + " " + now.substr(0, behind) + now.substr(behind + 1 + gap.size());
        held.body.replace(held.body.find(now), now.size(), former);
        read = capture->map_again(held);
        EXPECT_TRUE(changes_between(held.body, std::get<Event>(read)).empty()) << former;
        held.body.replace(held.body.find("mode:/mode"), 10, "mode:/else");
        read = capture->map_again(held);
        EXPECT_EQ(changes_between(held.body, std::get<Event>(read)), std::vector<std::string_view>{"quality"});
        return;
    }
    FAIL() << "no event has these marks";
}

TEST_F(ReprocessDryRunTest, OfOneBusinessKeyOneIsReleasedWhicheverSliceItIsIn) {
    hold(true);
    for (int i = 0; i < 40; ++i) send(sale(2, R"(,"shift":")" + std::to_string(i) + "\""));
    send(sale(3, ""));
    hold(false);
    ReprocessDesk desk(*capture, *journal);
    for (int round = 0; round < 2; ++round) {
        const Sum would = release_by(desk, true);
        EXPECT_EQ(would.released, 2) << "each run begins anew";
        EXPECT_EQ(would.waiting, 39);
        EXPECT_EQ(would.changes[39]["beside"], would.changes[0]["event"]) << would.changes;
    }
    const Sum done = release(false);
    EXPECT_EQ(done.released, 2);
    EXPECT_EQ(done.waiting, 39);
}

}  // namespace
}  // namespace tillpost
