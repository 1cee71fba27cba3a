// SPDX-License-Identifier: Apache-2.0
// [complete-1] A correction changes what the event itself has changed, and nothing else, whatever type it is of.
#include <algorithm>

#include "agent/day/ledger_state.hpp"
#include "agent/event/event_types.hpp"
#include "tests/unit/day_support.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

std::string corrects(const std::string& id, const std::string& kind) {
    return R"(,"corrects":")" + id + R"(","corrects_kind":")" + kind + R"(","actor":"a")";
}

/// Two records of a type, of one number or none, with `more`.
struct CorrectedType {
    const char* name;
    std::string (*line)(bool second, const std::string& more);
};
void PrintTo(const CorrectedType& each, std::ostream* out) { *out << each.name; }

std::string text(const char* type, const std::string& rest, const std::string& more) {
    return std::string(R"({"type":")") + type +
           R"(","till":"T01","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR")" + rest +
           more + "}";
}

std::string goods(const char* type, const char* direction, const std::string& amount, const std::string& more) {
    return text(type,
                R"(,"number":"2","lines":[{"line":1,"kind":"goods","direction":")" + std::string(direction) +
                    R"(","amount":")" + amount + R"("}],"tenders":[{"type":"card","amount":")" + amount +
                    R"("}],"taxes":[{"rate":"19","base":")" + amount + R"(","amount":"0"}],"totals":{"net":")" +
                    amount + R"(","tax":"0","gross":")" + amount + "\"}",
                more);
}

std::string closing(const std::string& session, const std::string& last, const std::string& amount,
                    const std::string& more) {
    return text("till_close",
                R"(,"session":")" + session + R"(","first_number":"1","last_number":")" + last +
                    R"(","count":1,"counts":{"sales":1},"tenders":[{"type":"cash","count":1,"amount":")" + amount +
                    R"(","expected":"0","counted":"0"}],"taxes":[{"rate":"19","base":")" + amount +
                    R"(","amount":"0"}],"totals":{"gross":")" + amount + R"("},"batches":[{"terminal":"1","amount":")" +
                    amount + "\"}]",
                more);
}

const CorrectedType corrected_types[] = {
    {"sale", [](bool second, const std::string& more) { return goods("sale", "sale", second ? "7" : "5", more); }},
    {"return",
     [](bool second, const std::string& more) { return goods("return", "return", second ? "-7" : "-5", more); }},
    {"cash_movement",
     [](bool second, const std::string& more) {
         return text("cash_movement",
                     R"(,"kind":"paid_in","reason":"r","tenders":[{"type":"cash","amount":")" +
                         std::string(second ? "60" : "50") + "\"}]",
                     more);
     }},
    {"till_open",
     [](bool second, const std::string& more) {
         return text(
             "till_open",
             R"(,"session":"9","tenders":[{"type":"cash","amount":")" + std::string(second ? "150" : "100") + "\"}]",
             more);
     }},
    {"till_close",
     [](bool second, const std::string& more) {
         return closing("9", second ? "1" : "6", second ? "1" : "9",
                        R"(,"missing":[")" + std::string(second ? "5" : "4") + "\"]" + more);
     }},
    {"control",
     [](bool second, const std::string& more) {
         return text("control", R"(,"action":")" + std::string(second ? "sign_on" : "sign_off") + "\"", more);
     }},
    {"no_sale",
     [](bool second, const std::string& more) {
         return text("no_sale", R"(,"reason":")" + std::string(second ? "change" : "r") + "\"", more);
     }},
    {"other",
     [](bool second, const std::string& more) { return text("other", second ? R"(,"a":2)" : R"(,"a":1)", more); }},
};

class CorrectedTypeTest : public DayTest, public ::testing::WithParamInterface<CorrectedType> {
protected:
    std::string line(bool second, const std::string& more = "") const { return GetParam().line(second, more); }
    /// A day with a sale and a session of which this one is not.
    void begin_day() {
        book = DayBook();
        take(sale("1", "1"));
        take(closing("1", "1", "1", ""));
    }
    static void add(json& to, const std::string& list, const json& amounts) {
        for (const json& each : amounts) {
            std::string name = list;
            for (const char* const part : {"type", "rate", "kind", "direction"}) name += "/" + each.value(part, "");
            const double base = std::stod(each.value("base", "0"));
            const double amount = std::stod(each.value("amount", "0"));
            if (amount != 0 || base != 0) to[name] = {amount, base, each.value("count", 0)};
        }
    }
    /// What the day says, however it came to that.
    json said() {
        const json certificate = certificate_now();
        json all;
        const json of_currencies = certificate.value("corrected_sums", certificate["sums"]);
        for (const json& sums : of_currencies) {
            for (const char* const list : {"tenders", "taxes", "lines", "movements"}) {
                const json amounts = sums.value(list, json::array());
                add(all, list, amounts);
            }
            const json totals = sums.value("totals", json::object());
            for (const auto& [name, amount] : totals.items()) {
                if (const double of = std::stod(amount.get<std::string>()); of != 0) all[name] = of;
            }
        }
        for (const char* const name : {"closings", "closings_fit", "differences", "missing"}) {
            all[name] = certificate[name];
        }
        for (const json& reason : certificate["reasons"]) {
            // Where business went on the till is open, whatever became of that business.
            if (reason != "open" || GetParam().name == std::string("till_close")) all["reasons"].push_back(reason);
        }
        for (const char* const name : {"missing", "named_missing", "repeated", "unplaced"}) {
            all["numbers"][name] = certificate["numbers"][name];
        }
        all["unreadable"] = certificate["counts"]["unreadable"];
        const auto again = ledger_from(state_of(ledger()));
        EXPECT_TRUE(again && certificate_of(*again) == certificate) << "through a restart";
        return all;
    }
};

TEST_P(CorrectedTypeTest, AReplacedEventIsWhatReplacesIt) {
    begin_day();
    take(line(true));
    const json as_second = said();
    begin_day();
    take(line(false));
    const json as_first = said();
    begin_day();
    const std::string first = take(line(false));
    const std::string second = take(line(true, corrects(first, "replace")));
    EXPECT_EQ(said(), as_second);
    const std::string third = take(line(false, corrects(second, "replace")));
    EXPECT_EQ(said(), as_first);
    take(line(true, corrects(third, "replace")));
    EXPECT_EQ(said(), as_second);
}

TEST_P(CorrectedTypeTest, AReversedEventIsNotThereAndComesBack) {
    begin_day();
    take(line(false));
    const json with_it = said();
    begin_day();
    const json never = said();
    const std::string first = take(line(false));
    certify();
    const std::string reversal = take(line(false, corrects(first, "reverse")));
    EXPECT_EQ(book.late().size(), 1U) << "the certificate says other sums";
    EXPECT_EQ(said(), never);
    const std::string again = take(line(false, corrects(reversal, "reverse")));
    EXPECT_EQ(said(), with_it);
    take(line(false, corrects(again, "reverse")));
    EXPECT_EQ(said(), never);
}

INSTANTIATE_TEST_SUITE_P(All, CorrectedTypeTest, ::testing::ValuesIn(corrected_types),
                         [](const auto& which) { return std::string(which.param.name); });

TEST(CorrectedTypesTest, AreAllThatADayTakesIn) {
    for (const EventType& type : event_types()) {
        const bool of_a_till = type.key == BusinessKey::transaction || type.key == BusinessKey::till ||
                               type.key == BusinessKey::session || type.key == BusinessKey::any_number;
        if (!of_a_till || type.name == "void") continue;  // a void is not corrected
        const bool is_here = std::any_of(std::begin(corrected_types), std::end(corrected_types),
                                         [&type](const auto& each) { return each.name == type.name; });
        EXPECT_TRUE(is_here) << type.name;
    }
}

class CorrectedClosingTest : public DayTest {
protected:
    static std::string numbered_close(const std::string& number, const std::string& cash,
                                      const std::string& more = "") {
        return close("1", "1", cash, R"(,"number":")" + number + "\"" + more);
    }
    static std::string gross_in(const json& sums) { return sums[0]["totals"]["gross"]; }
};

TEST_F(CorrectedClosingTest, IsExchangedAndCertified) {
    take(sale("1", "10"));
    const std::string first = take(numbered_close("2", "9"));
    certify();
    EXPECT_EQ(certificate_now()["reasons"], json({"differs"}));
    take(numbered_close("3", "10", corrects(first, "replace")));
    EXPECT_EQ(certificate_now()["reasons"], json::array()) << certificate_now();
    EXPECT_EQ(certificate_now()["closings"], 1);
    EXPECT_EQ(gross_in(certificate_now()["corrected_sums"]), "10");
    EXPECT_EQ(book.closed().size(), 1U) << "the till is closed by it";
}

TEST_F(CorrectedClosingTest, IsGoneWhenItIsReversedOrVoided) {
    for (const bool voided : {false, true}) {
        book = DayBook();
        first_of_key.clear();
        take(sale("1", "10"));
        const std::string first = take(numbered_close("2", "10"));
        take(voided ? record("void", "3", R"(,"scope":"post","reason":"r","original":{"number":"2"})")
                    : numbered_close("3", "10", corrects(first, "reverse")));
        const json said = certificate_now();
        EXPECT_EQ(said["reasons"], json({"no_closing"})) << said;
        EXPECT_EQ(gross_in(said["corrected_sums"]), "10") << "the sale took place";
        take(numbered_close("4", "10"));
        EXPECT_EQ(certificate_now()["complete"], true) << certificate_now();
    }
}

TEST_F(CorrectedClosingTest, OfAnotherDayMovesToItsOwn) {
    const auto next_day = [](std::string line) { return line.replace(line.find("2026-11-23"), 10, "2026-11-24"); };
    take(sale("1", "10"));
    const std::string first = take(numbered_close("2", "10"));
    take(next_day(sale("1", "10")));
    take(next_day(numbered_close("2", "10", corrects(first, "replace"))));
    EXPECT_EQ(certificate_now()["reasons"], json({"no_closing"}));
    EXPECT_EQ(certificate_now("2026-11-24")["reasons"], json::array()) << certificate_now("2026-11-24");
}

TEST_F(CorrectedClosingTest, OneThatWasSaidAnewComesBackWhenThatIsReversed) {
    take(sale("1", "10"));
    take(close("1", "1", "10"));
    const std::string again = take(close("1", "1", "9"));
    EXPECT_EQ(certificate_now()["reasons"], json({"differs"}));
    take(close("1", "1", "9", corrects(again, "reverse")));
    EXPECT_EQ(certificate_now()["reasons"], json::array()) << certificate_now();
}

TEST_F(CorrectedClosingTest, WhatCameBehindItIsOpenAgain) {
    take(sale("1", "10"));
    take(close("1", "1", "10"));
    take(sale("2", "0"));
    const std::string second = take(close("2", "2", "0", R"(,"number":"3")"));
    EXPECT_EQ(certificate_now()["reasons"], json::array()) << certificate_now();
    take(close("2", "2", "0", R"(,"number":"4")" + corrects(second, "reverse")));
    EXPECT_EQ(certificate_now()["reasons"], json({"open"}));
}

TEST_F(CorrectedClosingTest, AFormerReleasesClosingIsKnownByWhatItSays) {
    take(sale("1", "10"));
    const std::string first = take(numbered_close("2", "9"));
    json state = json::parse(state_of(ledger()));
    state.erase("said_closings");
    state.erase("business");
    auto former = ledger_from(state.dump());
    ASSERT_TRUE(former);
    book = DayBook();
    book.restore(std::move(*former));
    take(numbered_close("3", "10", corrects(first, "replace")));
    EXPECT_EQ(certificate_now()["reasons"], json::array()) << certificate_now();
}

TEST_F(CorrectedClosingTest, ClosingsAreBounded) {
    take(sale("1", "10"));
    std::string last;
    for (int i = 0; i < 200; ++i) last = take(close("1", "1", std::to_string(i)));
    EXPECT_EQ(certificate_now()["closings"], 1);
    EXPECT_LE(ledger().said_closings.size(), DayLedger::most_said_closings);
    take(close("1", "1", "10", corrects(last, "replace")));
    EXPECT_EQ(certificate_now()["reasons"], json::array()) << certificate_now();
    EXPECT_LE(state_of(ledger()).size(), 65'536U);
}

}  // namespace
}  // namespace tillpost::day
