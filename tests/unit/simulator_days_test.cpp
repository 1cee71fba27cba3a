// SPDX-License-Identifier: Apache-2.0
// [complete-1] The simulated store's days, as the agent's certificate sees them.
#include <gtest/gtest.h>

#include <map>

#include "drivers/simulator/store.hpp"
#include "tests/unit/day_support.hpp"

namespace tillpost::simulator {
namespace {

using Kind = Played::Kind;
using nlohmann::json;

class SimulatedDaysTest : public day::DayTest {
protected:
    SimulatedDaysTest() {
        settings.whole_days = true;
        settings.rates.conflict = 0;
        settings.rates.wrong_totals = settings.rates.control = 300;
    }
    /// Takes each line as the agent would; what it never records (broken) or takes for a repeat is none.
    void record_line(const Played& played) {
        ++kinds[played.kind];
        const bool of_a_day = played.kind != Kind::broken && played.kind != Kind::receiving;
        if (of_a_day && played.kind != Kind::duplicate) take(played.line);
    }
    void play(int lines) {
        StorePlay store(settings);
        for (int i = 0; i < lines; ++i) record_line(store.next());
        for (const Played& played : store.close()) record_line(played);
        EXPECT_TRUE(store.close().empty()) << "closed once";
    }
    PlaySettings settings;
    std::map<Kind, int> kinds;
};

TEST_F(SimulatedDaysTest, EveryDayIsCompleteAndAgreesWithItsClosing) {
    play(9'000);  // some two and a half days
    ASSERT_GE(book.ledgers().size(), 8U);
    for (const auto& [key, of_day] : book.ledgers()) {
        const json certificate = certificate_of(of_day);
        EXPECT_EQ(certificate["reasons"], json::array()) << certificate;
        EXPECT_EQ(certificate["closings"], 1);
        EXPECT_GT(certificate["types"]["sale"].get<int>(), 100) << certificate["types"];
    }
    for (const Kind kind : {Kind::control, Kind::training, Kind::unknown_type, Kind::wrong_totals, Kind::mixed}) {
        EXPECT_GT(kinds[kind], 0) << static_cast<int>(kind);
    }
    EXPECT_EQ(kinds[Kind::till_open], kinds[Kind::till_close]);
    EXPECT_EQ(static_cast<std::size_t>(kinds[Kind::till_close]), book.ledgers().size());
}

TEST_F(SimulatedDaysTest, WhatIsLeftOutIsNoticed) {
    StorePlay store(settings);
    int sales = 0;
    for (int i = 0; i < 600; ++i) {
        const Played played = store.next();
        if (played.kind == Kind::sale && ++sales == 50) continue;  // nobody hears of it
        record_line(played);
    }
    for (const Played& played : store.close()) record_line(played);
    int incomplete = 0;
    for (const auto& [key, of_day] : book.ledgers()) {
        const json certificate = certificate_of(of_day);
        if (certificate["complete"] == true) continue;
        ++incomplete;
        EXPECT_EQ(certificate["reasons"], json::array({"missing_numbers", "differs"}));
        EXPECT_EQ(certificate["numbers"]["missing"], 1);
    }
    EXPECT_EQ(incomplete, 1);
}

TEST_F(SimulatedDaysTest, TheAgentHasNoFaultToFindInThem) {
    settings.rates.wrong_totals = settings.rates.wrong_check_digit = settings.rates.unknown_type = 0;
    settings.rates.broken = 0;
    StorePlay store(settings);
    std::vector<Played> lines;
    for (int i = 0; i < 2'000; ++i) lines.push_back(store.next());
    for (Played& played : store.close()) lines.push_back(std::move(played));
    for (const Played& played : lines) {
        auto parsed = intake.parse(played.line);
        const Event* event = std::get_if<Event>(&parsed);
        ASSERT_NE(event, nullptr) << played.line;
        EXPECT_FALSE(speaks_against(event->quality.text())) << event->quality.text() << ": " << played.line;
        EXPECT_EQ(event->subject, played.subject);
    }
}

TEST_F(SimulatedDaysTest, TheSameSeedPlaysTheSameDays) {
    StorePlay first(settings);
    StorePlay second(settings);
    for (int i = 0; i < 3'000; ++i) ASSERT_EQ(first.next().line, second.next().line) << i;
    ASSERT_EQ(first.close().back().line, second.close().back().line);
}

}  // namespace
}  // namespace tillpost::simulator
