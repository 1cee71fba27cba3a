// SPDX-License-Identifier: Apache-2.0
// [audit-1] A post-void names a business key: where the audit does not know what that is, it says so, and no fault.
#include "agent/capture/reprocess_desk.hpp"
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class AuditedVoidTest : public CaptureDayTest {
protected:
    AuditedVoidTest() {
        store = "0042";
        crash();
    }
    /// Of the next day, of the sale with the number 1.
    static std::string void_of_next_day(const std::string& original, const std::string& more) {
        return R"({"type":"void","till":"T01","number":9,"business_date":"2026-11-24","time":"2026-11-23T10:10:00Z",)"
               R"("currency":"EUR","scope":"post","reason":"r","amount":"1","original":{"business_date":"2026-11-23",)"
               R"("number":"1",)" +
               original + "}" + more + "}";
    }
    /// The newest certificate of the sales' day says what the void has taken back of it.
    void expect_not_checked() {
        end_the_day();
        days->look_now();
        ASSERT_TRUE(run_until([&] { return till()["more_since"] == false && till().contains("corrected_sums"); }))
            << till();
        run_for(50ms);
        kill();
        const AuditReport report = audit_here();
        expect_honest(report);
        EXPECT_GT(report.corrections_open, 0U) << audit_table(report);
    }
};

TEST_F(AuditedVoidTest, UnderAConfiguredKeyIsNotChecked) {
    keys = {{{"sale", "void"}, {"/store", "/till", "/business_date", "/number"}, {}}};
    crash();
    for (const char* number : {"1", "2"}) {
        send(R"({"type":"sale","store":"0042","till":"T01","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
             R"("currency":"EUR","lines":[],"tenders":[{"type":"cash","amount":"1"}],)"
             R"("totals":{"net":1,"tax":0,"gross":1},"number":)" +
             std::string(number) + "}");
    }
    close_till(1, 1, 2);
    ASSERT_TRUE(reaches(1));
    send(void_of_next_day(R"("till":"T01")", R"(,"store":"0042")"));
    expect_not_checked();
}

TEST_F(AuditedVoidTest, ThatIsMappedAgainIsNotChecked) {
    sell(1);
    sell(2);
    close_till(1, 1, 2);
    ASSERT_TRUE(reaches(1));
    send(void_of_next_day(R"("store":"0099")", ""));
    const Sequence last = journal->live().last;
    EXPECT_FALSE(till().contains("corrected_sums")) << "it is of another store";
    privacy.fields = {{"store", "", PrivacySettings::Policy::drop}};
    crash();
    ReprocessDesk desk(*capture, *journal);
    const json request{{"reprocess.events", {{"from", last}, {"to", last}, {"reason", "a repair"}}}};
    const json said = json::parse(await(desk.answer(request.dump(), 1000)));
    ASSERT_EQ(said["reprocessed"]["corrected"], 1) << said;
    expect_not_checked();
}

}  // namespace
}  // namespace tillpost
