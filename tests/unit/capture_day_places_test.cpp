// SPDX-License-Identifier: Apache-2.0
// [complete-1] Corrections of other tills' and days' records, as a service desk books them: the days' certificates and
// the consumer of config/README.md agree on any order of them.
#include <array>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>

#include "tests/unit/capture_day_consumer.hpp"

namespace tillpost {
namespace {

/// Till, business date and what counts of it.
constexpr const char* sum_up_days = R"py(
import json, sys
sums = {}
for event in what_counts([each for each in map(json.loads, open(sys.argv[1])) if "type" in each]):
    data = event["data"]
    if "totals" in data:
        day = data["till"] + " " + data["business_date"]
        sums[day] = sums.get(day, 0) + int(data["totals"]["gross"])
for day in sorted(sums): print(day, sums[day])
)py";

class PlacesTest : public ConsumedDayTest {
protected:
    static constexpr unsigned most_steps = 8;
    using Sums = std::map<std::string, int>;  ///< By till and business date; those of nothing are not there

    struct Done {
        std::string id, till, date;
    };

    void SetUp() override { quiet = 1h; }
    /// Amounts are powers of two: each sum says what it is of.
    static std::string record(const std::string& type, const Done& of, std::size_t number, const std::string& more) {
        const std::string amount = std::to_string(1U << number);
        return R"({"type":")" + type + R"(","receipt":{"id":")" + of.till + "/" + of.date + "/" +
               std::to_string(number) + R"("},"till":")" + of.till + R"(","number":")" + std::to_string(number) +
               R"(","business_date":")" + of.date + R"(","time":"2026-11-23T10:00:00Z","currency":"EUR",)" +
               R"("operator":"Ms Fink","shift":"early")" +
               (type == "void"
                    ? ""
                    : R"(,"lines":[],"tenders":[{"type":"cash","amount":")" + amount + R"("}],"totals":{"net":")" +
                          amount + R"(","tax":"0","gross":")" + amount + "\"}") +
               more + "}";
    }
    /// Of what is done already `of`; "training" before the kind of a correction makes it one.
    void step(std::vector<Done>& done, std::string what, std::size_t of, const char* desk, const std::string& scenario,
              const char* date) {
        Done now{"", desk + scenario, date};
        std::string more;
        if (what.starts_with("training ")) {
            what.erase(0, 9);
            more = R"(,"mode":"training")";
        }
        if (what == "void") {
            // What is its own it says, or not.
            const bool all = of % 2 == 0;
            more += R"(,"scope":"post","reason":"r","amount":"1","original":{)";
            if (all || done[of].till != now.till) more += R"("till":")" + done[of].till + R"(",)";
            if (all || done[of].date != now.date) more += R"("business_date":")" + done[of].date + R"(",)";
            more += R"("number":")" + std::to_string(of) + "\"}";
        } else if (what != "sale") {
            more +=
                R"(,"corrects":")" + done[of].id + R"(","corrects_kind":")" + what + R"(","reason":"r","actor":"a")";
        }
        const Outcome outcome = outcome_of(record(what == "void" ? "void" : "sale", now, done.size(), more));
        ASSERT_EQ(outcome.kind, Outcome::Kind::accepted) << outcome.reason;
        now.id = event_id(journal->live().epoch, outcome.sequence);  // a certificate may have been recorded since
        done.push_back(now);
    }
    /// What it was, for whoever reads a failure.
    std::string play(std::mt19937& random, const std::string& scenario) {
        static constexpr std::array kinds{"sale",    "void",    "void",    "training reverse", "training replace",
                                          "reverse", "reverse", "reverse", "replace",          "replace",
                                          "replace", "replace", "reverse", "supplement"};
        std::vector<Done> done;
        std::string played;
        const std::size_t steps = 2 + random() % (most_steps - 1);
        while (done.size() < steps) {
            const char* const what = done.empty() ? kinds[0] : kinds[random() % kinds.size()];
            // Mostly what was done last, or first: that is what counts.
            const auto newest = done.empty() ? 0 : done.size() - 1;
            const std::array targets{newest, std::size_t{0}, done.empty() ? 0 : random() % done.size()};
            const std::size_t of = targets[random() % targets.size()];
            const char* const desk = random() % 2 == 0 ? "A" : "B";
            const char* const date = random() % 4 == 0 ? "2026-11-22" : "2026-11-23";
            played += std::to_string(done.size()) + " " + what + " of " + std::to_string(of) + " on " + desk + " " +
                      date + "; ";
            step(done, what, of, desk, scenario, date);
        }
        return played;
    }
    Sums at_box() const {
        Sums sums;
        for (const auto& [key, ledger] : days->book().ledgers()) {
            const day::DayFigures figures = ledger.corrected_figures();
            const auto euros = figures.sums.find("EUR");
            if (euros == figures.sums.end() || !euros->second.contains("total/gross")) continue;
            const int gross = std::atoi(euros->second.find("total/gross")->second.amount.text().c_str());
            if (gross != 0) sums[ledger.till + " " + ledger.business_date] = gross;
        }
        return sums;
    }
    Sums consumed() {
        Sums sums;
        std::istringstream text(at_consumer(sum_up_days));
        for (std::string till, date, gross; text >> till >> date >> gross;) sums[till + " " + date] = std::stoi(gross);
        return sums;
    }
};

struct KeyedCase {
    const char* name;
    unsigned seed;
    std::vector<std::vector<KeySetting>> keys;  ///< At first, and from each start on
};
void PrintTo(const KeyedCase& each, std::ostream* out) { *out << each.name; }

class KeyedPlacesTest : public PlacesTest, public ::testing::WithParamInterface<KeyedCase> {};

TEST_P(KeyedPlacesTest, AnyCorrectionsOverTwoTillsAndDaysCountAsTheDocumentSays) {
    const KeyedCase& keyed = GetParam();
    std::mt19937 random(keyed.seed);
    std::size_t start = 0;
    const auto begin_again = [&] {
        keys = keyed.keys[std::min(start++, keyed.keys.size() - 1)];
        crash();
    };
    if (!keyed.keys[0].empty()) begin_again();
    std::map<std::string, std::string> played;
    for (int i = 0; i < 120; ++i) {
        const std::string scenario = std::to_string(i);
        played[scenario] = play(random, scenario);
        if (i % 50 == 30) begin_again();
    }
    const auto agree = [&](const char* when) {
        const Sums box = at_box();
        const Sums page = consumed();
        if (box == page) return;
        for (const auto& [scenario, steps] : played) {
            for (const char* const desk : {"A", "B"}) {
                for (const char* const date : {" 2026-11-22", " 2026-11-23"}) {
                    const auto sum_in = [of = desk + scenario + date](const Sums& sums) {
                        return sums.contains(of) ? sums.at(of) : 0;
                    };
                    EXPECT_EQ(sum_in(box), sum_in(page)) << when << desk << scenario << date << ": " << steps;
                }
            }
        }
    };
    agree("live: ");
    EXPECT_EQ(days->book().crowded_out().events, 0U);
    begin_again();
    agree("read again: ");
    map_again("operator");
    agree("mapped again: ");
    map_again("shift");
    crash();
    agree("mapped again, and read again: ");
    EXPECT_GT(mapped, 0U);
    end_the_day();  // the certificates are audited behind the test
    days->look_now();
    EXPECT_TRUE(run_until([this] { return days->book().ended().empty(); }));
}

const std::vector<KeySetting> by_receipt{{{"sale"}, {"/receipt/id"}, {}}};
const std::vector<KeySetting> by_number{{{"sale", "void"}, {"/till", "/business_date", "/number"}, {}}};
const std::vector<KeySetting> by_other_order{{{"sale", "void"}, {"/business_date", "/till", "/number"}, {}}};

INSTANTIATE_TEST_SUITE_P(
    All, KeyedPlacesTest,
    ::testing::Values(KeyedCase{"by_their_own", 20'261'123, {{}}}, KeyedCase{"by_receipt", 4'711, {by_receipt}},
                      KeyedCase{"by_changing_keys", 815, {{}, by_receipt, by_number, by_other_order, {}}}),
    [](const auto& which) { return std::string(which.param.name); });

/// Whose certificate was complete with what has been taken back elsewhere.
TEST_F(PlacesTest, TheTillThatLosesWhatItCountedIsCertifiedAnew) {
    std::vector<Done> done;
    step(done, "sale", 0, "T0", "2", "2026-11-23");
    step(done, "replace", 0, "T0", "1", "2026-11-23");
    send(R"({"type":"till_close","till":"T01","session":1,"business_date":"2026-11-23","time":"2026-11-23T13:00:00Z",)"
         R"("currency":"EUR","first_number":"1","last_number":"1",)"
         R"("tenders":[{"type":"cash","amount":"2","expected":"0","counted":"0"}]})");
    ASSERT_TRUE(reaches(1));
    EXPECT_EQ(till()["closings_fit"], "corrected") << till();
    quiet = 20ms;
    crash();
    step(done, "reverse", 0, "T0", "2", "2026-11-23");
    for (const bool again : {false, true}) {
        if (again) crash();
        ASSERT_TRUE(reaches(2)) << till();
        EXPECT_EQ(till()["corrected_sums"][0]["totals"]["gross"], "0") << till();
        EXPECT_EQ(till()["certified"]["cause"], "late");
    }
}

}  // namespace
}  // namespace tillpost
