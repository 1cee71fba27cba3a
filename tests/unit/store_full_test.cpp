// SPDX-License-Identifier: Apache-2.0
// [durable-2] The first commit that finds no space takes the ballast's; what it records is not refused.
#include <filesystem>

#include "agent/event/intake.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

using test::Faults;

class StoreFullTest : public StoreTest {
protected:
    StoreFullTest() { faults_.paused = true; }
    ~StoreFullTest() override {
        faults_.stop();
        faults_.paused = false;
    }
    void open_with_ballast(std::int64_t bytes) {
        settings.ballast_bytes = bytes;
        std::filesystem::remove(ballast());
        open();
    }
    std::string ballast() const { return settings.path + ".ballast"; }
    Result<std::vector<Recorded>> append(std::vector<Draft> drafts) {
        faults_.paused = false;
        auto done = store->append(drafts);
        faults_.paused = true;
        return done;
    }
    static std::vector<Draft> burst(int count) {
        std::vector<Draft> drafts;
        for (int n = 0; n < count; ++n) drafts.push_back(draft("k" + std::to_string(n), "{\"n\":1}"));
        return drafts;
    }
    Faults& faults_ = test::install_fault_vfs();
};

TEST_F(StoreFullTest, ABurstTakesTheBallastsPlace) {
    open_with_ballast(1 << 20);
    ASSERT_TRUE(std::filesystem::exists(ballast()));
    faults_.fail(Faults::Kind::full, 0, false, Faults::write);
    const auto recorded = append(burst(160));
    ASSERT_TRUE(recorded) << recorded.error().message;
    EXPECT_EQ(faults_.injected, 1);
    EXPECT_FALSE(std::filesystem::exists(ballast()));
    EXPECT_EQ(all_lines().size(), 160U) << "each once, though it was written twice";
    EXPECT_EQ(recorded->front().quality, "ok");
    EXPECT_TRUE(store->is_tight()) << "upkeep is to make room";
    maintain();
    EXPECT_FALSE(store->is_tight());
    EXPECT_TRUE(std::filesystem::exists(ballast())) << "there is space again";
    for (const Recorded& each : *append(burst(160))) EXPECT_TRUE(each.repeat);
}

TEST_F(StoreFullTest, WithoutBallastOrWhenThatIsNotEnoughItIsRefusedWhole) {
    for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{1 << 20}}) {
        open_with_ballast(bytes);
        faults_.fail(Faults::Kind::full, 0, true, Faults::write);
        const auto refused = append(burst(160));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::full) << refused.error().message;
        faults_.stop();
        EXPECT_EQ(store->live().last, 0U);
    }
    const auto recorded = append(burst(160));
    ASSERT_TRUE(recorded);
    for (const Recorded& each : *recorded) EXPECT_FALSE(each.repeat);
}

// What the first try made of a record is not what the second one is given.
TEST_F(StoreFullTest, AReturnThatIsHeldBackKeepsItsBytes) {
    open_with_ballast(1 << 20);
    const auto read = [](const std::string& line) {
        auto parsed = Intake().parse(line);
        Draft made;
        made.device = "feed";
        if (auto* event = std::get_if<Event>(&parsed)) made.event = std::move(*event);
        made.holds_over_return = true;
        return made;
    };
    const std::string day = R"("till":"T1","business_date":"2026-11-23",)";
    const std::string original = R"("original":{"till":"T1","business_date":"2026-11-23","number":1,"line":1})";
    add(read(R"({"type":"sale",)" + day +
             R"("number":1,"lines":[{"line":1,"direction":"sale","item":"7","quantity":1}]})"));
    const std::string over = R"({"type":"return",)" + day +
                             R"("number":2,"lines":[{"line":1,"direction":"return","item":"7","quantity":3,)" +
                             original + "}]}";
    faults_.fail(Faults::Kind::full, 0, false, Faults::write);
    std::vector<Draft> drafts;
    drafts.push_back(read(over));
    const auto recorded = append(std::move(drafts));
    ASSERT_TRUE(recorded) << recorded.error().message;
    ASSERT_EQ(faults_.injected, 1);
    EXPECT_EQ(recorded->front().rule, "return_quantity");
    const auto record = store->quarantine_record(recorded->front().quarantine_id);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->bytes, over);
}

}  // namespace
}  // namespace tillpost
