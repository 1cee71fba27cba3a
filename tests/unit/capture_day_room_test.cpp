// SPDX-License-Identifier: Apache-2.0
// [complete-1] Which days have a place: neither dates that nobody can believe nor more tills than fit take it from
// those of today, and the tills of another store have days of their own.
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

constexpr auto years = Millis(1'111'111'111'111);  // a good 35

/// The clock while the till is at work. Its dates are right in all of these: 2026-11-23.
struct ClockCase {
    const char* name;
    bool synced;
    Millis off;        ///< From the right time, from the first start on
    Millis off_odd{};  ///< … while the odd records come
    bool odd_first{};  ///< They come before the day's first one.
};
void PrintTo(const ClockCase& each, std::ostream* out) { *out << each.name; }

class CaptureOddDatesTest : public CaptureDayTest, public ::testing::WithParamInterface<ClockCase> {
protected:
    void sell_on(const std::string& date, int number, const std::string& more = "") {
        send(R"({"type":"sale","till":"T01","number":)" + std::to_string(number) + R"(,"business_date":")" + date +
             R"(","time":"2026-11-23T10:00:00Z","currency":"EUR","lines":[],)"
             R"("tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1})" +
             more + "}");
    }
    void send_odd_dates() {
        clock.set_wall(right + GetParam().off + GetParam().off_odd);
        for (int day = 1; day <= 15; ++day) {
            const std::string date = std::string("2062-01-") + (day < 10 ? "0" : "") + std::to_string(day);
            sell_on(date, day);
            if (day % 3 == 0) sell_on(date, day, R"(,"mode":"training")");
        }
        clock.set_wall(right + GetParam().off);
    }
    const WallTime right = clock.now().wall;
};

TEST_P(CaptureOddDatesTest, PushOutNoDayThatCanBe) {
    clock.set_synced(GetParam().synced);
    clock.set_wall(right + GetParam().off);
    crash();
    if (GetParam().odd_first) send_odd_dates();
    sell(1);
    sell(2);
    if (!GetParam().odd_first) send_odd_dates();
    crash();
    close_till(1, 1, 2);
    // Where the clock was ahead the day has ended before, too.
    const auto is_certified = [this] { return till().is_object() && till()["certified"]["cause"] == "till_close"; };
    ASSERT_TRUE(run_until(is_certified)) << "no certificate: " << days->answer("2026-11-23", "T01");
    EXPECT_EQ(till()["numbers"]["seen"], 2) << till();
    const json revision = till()["revision"];
    const json day = json::parse(days->answer("", ""))["day"];
    EXPECT_EQ(day["business_date"], GetParam().off < Millis(0) ? day["business_date"] : json("2026-11-23"));
    EXPECT_GT(day["beyond"].size(), 0U) << "what has no place is named: " << day;
    EXPECT_EQ(day["beyond"][0]["why"], "unbelievable_date");
    sell_on("2062-03-01", 1);  // behind the certificate: that is durable, too
    crash();
    EXPECT_EQ(till()["revision"], revision) << "kept through a start";
    EXPECT_GT(json::parse(days->answer("", ""))["day"]["beyond"].size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Clocks, CaptureOddDatesTest,
                         ::testing::Values(ClockCase{"right", true, {}},
                                           ClockCase{"right_odd_first", true, {}, {}, true},
                                           ClockCase{"unsynchronised", false, {}},
                                           ClockCase{"unsynchronised_odd_first", false, {}, {}, true},
                                           ClockCase{"at_1970", false, -Millis(1'795'428'930'123)},
                                           ClockCase{"at_1970_odd_first", false, -Millis(1'795'428'930'123), {}, true},
                                           ClockCase{"years_ahead_for_a_moment", false, {}, years},
                                           ClockCase{"years_ahead_for_a_moment_synchronised", true, {}, years}),
                         [](const auto& which) { return which.param.name; });

TEST_F(CaptureDayTest, MoreTillsThanFitTakeNoDayFromTheOthers) {
    sell(1);
    sell(2);
    for (int i = 0; i < 600; ++i) {
        send(R"({"type":"no_sale","till":"u)" + std::to_string(1000 + i) +
             R"(","number":1,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","reason":"x"})");
    }
    close_till(1, 1, 2);
    ASSERT_TRUE(reaches(1)) << "no certificate";
    EXPECT_EQ(days->book().ledgers().size(), day::DayBook::most_ledgers);
    const json beyond = json::parse(days->answer("2026-11-23", "T01"))["day"];
    EXPECT_EQ(beyond["beyond_events"], 600 + 1 - day::DayBook::most_ledgers);
    EXPECT_EQ(beyond["beyond"][0],
              json::parse(R"({"till":"u1511","business_date":"2026-11-23","events":1,"why":"too_many"})"));
}

class CaptureStoresTest : public CaptureDayTest {
protected:
    CaptureStoresTest() {
        store = "0042";
        crash();
    }
    void sell_at(const std::string& of_store, int number, const std::string& gross = "1") {
        send(R"({"type":"sale","store":)" + of_store + R"(,"till":"T01","number":)" + std::to_string(number) +
             R"(,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR","lines":[],)"
             R"("tenders":[{"type":"cash","amount":")" +
             gross + R"("}],"totals":{"net":)" + gross + R"(,"tax":0,"gross":)" + gross + "}}");
    }
    json tills() { return json::parse(days->answer("2026-11-23", ""))["day"]["tills"]; }
};

TEST_F(CaptureStoresTest, HaveDaysOfTheirOwn) {
    sell(1);
    sell_at(R"("42")", 2);
    sell_at(R"("0099")", 50, "5");
    sell_at("99", 51, "5");
    sell_at(R"("0099")", 1, "5");
    for (int round = 0; round < 2; ++round) {
        ASSERT_EQ(tills().size(), 2U) << tills();
        EXPECT_EQ(tills()[0]["store"], "99") << "as its keys have it";
        EXPECT_EQ(tills()[0]["numbers"]["seen"], 3);
        EXPECT_FALSE(tills()[1].contains("store")) << "the agent's own";
        EXPECT_EQ(tills()[1]["numbers"]["seen"], 2) << tills()[1];
        EXPECT_EQ(tills()[1]["numbers"]["repeated"], 0);
        EXPECT_EQ(tills()[1]["numbers"]["missing"], 0);
        if (round == 0) {
            stop();
            open();
        } else {
            crash();
        }
    }
}

TEST_F(CaptureStoresTest, AndRecordsInQuarantineKeepOnlyTheirOwnFromBeingComplete) {
    sell(1);
    sell_at(R"("0099")", 1);
    send(R"({"type":"sale","store":"0099","till":"T01","business_date":"2026-11-23","number":{}})");
    ASSERT_TRUE(run_until([this] { return tills()[0]["counts"]["quarantined"] == 1; })) << tills();
    EXPECT_EQ(tills()[1]["counts"]["quarantined"], 0);
    crash();
    EXPECT_EQ(tills()[0]["counts"]["quarantined"], 1) << "known again at a start";
    EXPECT_EQ(tills()[1]["counts"]["quarantined"], 0);
    decide({{"quarantine.discard", {{"id", "Q1-3"}, {"reason", "test"}}}});
    ASSERT_TRUE(run_until([this] { return tills()[0]["counts"]["discarded"] == 1; })) << tills();
    crash();
    EXPECT_EQ(tills()[0]["counts"]["discarded"], 1);
    EXPECT_EQ(tills()[1]["counts"]["discarded"], 0);
}

TEST_F(CaptureStoresTest, AreHeardApartAndAlsoByAStart) {
    watched = {"T01"};
    crash();
    const auto seconds_heard = [this]() -> json {
        const json answer = json::parse(days->answer("2026-11-23", "T01"));
        for (const json& each : answer["day"]["coverage"]) {
            if (each.value("till", "") == "T01") return each["seconds"]["heard"];
        }
        return "is not listed";
    };
    capture->connected("feed", true);
    sell(1);
    clock.advance(90min);
    sell_at(R"("0099")", 1);
    clock.advance(15min);
    sell_at(R"("0099")", 2);
    clock.advance(15min);
    send(R"({"type":"sale","store":"0099","till":"T01","business_date":"2026-11-23","number":{}})");
    EXPECT_EQ(seconds_heard(), 0);
    crash();  // before anything of it is kept
    EXPECT_EQ(seconds_heard(), 0);
    sell_at(R"("0042")", 2);
    clock.advance(15min);
    sell(3);
    EXPECT_EQ(seconds_heard(), 900) << "the agent's own store, named or not";
}

}  // namespace
}  // namespace tillpost
