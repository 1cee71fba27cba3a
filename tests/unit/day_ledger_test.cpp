// SPDX-License-Identifier: Apache-2.0
// [complete-1] What a day's ledger and certificate say of what was captured.
#include "agent/day/ledger_state.hpp"
#include "tests/unit/day_support.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

TEST_F(DayTest, ACompleteDayStandsAgainstTheClosing) {
    take(sale("1", "1.99"));
    take(sale("2", "0.01"));
    take(record("control", "3", R"(,"action":"sign_off")"));
    const std::string id = take(close("1", "3", "2.00",
                                      R"(,"counts":{"sales":2,"controls":1,"returns":0},)"
                                      R"("taxes":[{"rate":"19","base":"2","amount":"0"}],)"
                                      R"("totals":{"net":"2.00","tax":"0.00","gross":"2.00"})"));
    const json said = certificate_now();
    EXPECT_EQ(said["complete"], true) << said;
    EXPECT_EQ(said["first_number"], "1");
    EXPECT_EQ(said["last_number"], "3");
    EXPECT_EQ(said["differences"], json::array());
    EXPECT_EQ(said["sums"][0]["tenders"], json::parse(R"([{"type":"cash","amount":"2.00","count":2}])"));
    EXPECT_EQ(said["sums"][0]["lines"][0],
              json::parse(R"({"kind":"goods","direction":"sale","amount":"2.00","count":2})"));
    EXPECT_EQ(said["types"], json::parse(R"({"control":1,"sale":2,"till_close":1})"));
    ASSERT_EQ(book.closed().size(), 1U);
    EXPECT_EQ(book.closed()[0].caused_by, id);
    certify();
    EXPECT_TRUE(book.closed().empty());
}

TEST_F(DayTest, SaysByHowMuchTheClosingDiffers) {
    take(sale("1", "10.00"));
    take(close("1", "1", "12.50", R"(,"totals":{"net":"12.50","tax":"0","gross":"12.50"},"counts":{"sales":2})"));
    const json said = certificate_now();
    EXPECT_EQ(said["complete"], false);
    EXPECT_EQ(said["reasons"], json::array({"differs"}));
    const json expected = json::parse(R"([
        {"of":"count/sales","closing":"2","captured":"1","difference":"1"},
        {"of":"tender/cash","currency":"EUR","closing":"12.50","captured":"10.00","difference":"2.50"},
        {"of":"total/gross","currency":"EUR","closing":"12.50","captured":"10.00","difference":"2.50"},
        {"of":"total/net","currency":"EUR","closing":"12.50","captured":"10.00","difference":"2.50"}])");
    EXPECT_EQ(said["differences"], expected);
}

TEST_F(DayTest, ComparesWhatTheDrawerShouldHoldWhereThereIsNoTurnover) {
    const std::string movement =
        R"(,"kind":"safe_drop","reason":"full","currency":"EUR","tenders":[{"type":"cash","amount":"5"}])";
    take(sale("1", "10.00"));
    take(record("cash_movement", "2", movement));
    const std::string with = R"(,"currency":"EUR","first_number":1,"last_number":2,"tenders":[{"type":"cash",)"
                             R"("opening":"100.00","expected":"105.00","counted":"0"}])";
    take(record("till_close", "", R"(,"session":1)" + with));
    EXPECT_EQ(certificate_now()["differences"], json::array());
    EXPECT_EQ(certificate_now()["sums"][0]["movements"], json::parse(R"([{"type":"cash","amount":"-5","count":1}])"));
}

TEST_F(DayTest, CountsTrainingNumbersAndNeverItsMoney) {
    take(sale("1", "10.00"));
    take(sale("2", "99.00", "EUR", R"(,"mode":"training")"));
    take(sale("3", "98.00", "EUR", R"(,"mode":"test")"));
    take(sale("4", "1.00", "EUR", R"(,"mode":"pilot")"));
    take(close("1", "4", "11.00"));
    const json said = certificate_now();
    EXPECT_EQ(said["complete"], true) << said;
    EXPECT_EQ(said["types"], json::parse(R"({"sale":2,"test":1,"till_close":1,"training":1})"));
}

TEST_F(DayTest, KeepsCurrenciesAndReturnsApart) {
    take(sale("1", "10.00"));
    take(sale("2", "7.00", "CHF"));
    take(record("return", "3",
                R"(,"currency":"EUR","lines":[{"line":1,"kind":"goods","direction":"return","item":"1",)"
                R"("quantity":1,"unit":"EA","amount":4.50,"unlinked":true,"reason":"r"}],)"
                R"("tenders":[{"type":"cash","amount":-4.5}],"totals":{"net":-4.5,"tax":0,"gross":-4.5})"));
    take(close("1", "3", "5.50"));
    const json said = certificate_now();
    ASSERT_EQ(said["sums"].size(), 2U);
    EXPECT_EQ(said["sums"][0]["currency"], "CHF");
    EXPECT_EQ(said["sums"][1]["tenders"][0]["amount"], "5.50");
    EXPECT_EQ(said["sums"][1]["lines"].size(), 2U);
    ASSERT_EQ(said["differences"].size(), 1U) << "nobody closed the other currency: " << said;
    EXPECT_EQ(said["differences"][0]["currency"], "CHF");
}

TEST_F(DayTest, NamesWhatIsMissingRepeatedMarkedAndCorrected) {
    take(sale("1", "1"));
    take(sale("1", "2"), "conflict");
    take(sale("4", "1", "EUR",
              R"(,"corrects":"0123456789abcdef-0000000000000001","corrects_kind":"replace",)"
              R"("reason":"r","actor":"a")"));
    take(close("1", "6", "3", R"(,"missing":["5"])"));
    const json said = certificate_now();
    EXPECT_EQ(said["reasons"], json::array({"missing_numbers", "repeated_numbers"}));
    EXPECT_EQ(said["missing"], json::parse(R"([{"from":"2","to":"3","count":2},
                                               {"from":"5","to":"5","count":1,"named":true},
                                               {"from":"6","to":"6","count":1}])"));
    EXPECT_EQ(said["repeated"], json::array({"1"}));
    EXPECT_EQ(said["counts"]["conflicts"], 1);
    EXPECT_EQ(said["counts"]["marked"], 1);
    EXPECT_EQ(said["counts"]["corrected"], 1);
    EXPECT_EQ(said["sums"][0]["tenders"][0]["amount"], "3") << "the correction is not summed";
}

// [once-2] [complete-1] Neither a gap nor a repeat, and no complete day.
TEST_F(DayTest, NumbersThatRedactionCutCannotBeOrdered) {
    for (const char* cut : {"************3748", "************4158", "************4158"}) take(sale(cut, "1"));
    take(sale("7", "1"));
    const std::string closing = close("7", "7", "4");
    const auto closed = [](std::string line, const char* first, const char* last, const char* missing) {
        for (const auto& [name, number] : {std::pair(R"("first_number":"7")", first), {R"("last_number":"7")", last}}) {
            const std::string member = name;
            line.replace(line.find(member) + member.size() - 2, 1, number);
        }
        return line.insert(line.size() - 1, std::string(R"(,"missing":[")") + missing + R"("])");
    };
    take(closed(closing, "************3748", "************4158", "************3999"));
    for (const bool again : {false, true}) {
        const auto read = ledger_from(state_of(ledger()));
        ASSERT_TRUE(read);
        const json said = again ? certificate_of(*read) : certificate_now();
        EXPECT_EQ(said["reasons"], json::array({"unplaced_numbers"})) << said;
        EXPECT_EQ(said["numbers"]["unplaced"], 6);
        EXPECT_EQ(said["numbers"]["series"], 1);
        EXPECT_EQ(said["missing"], json::array());
        EXPECT_EQ(said["repeated"], json::array());
        EXPECT_EQ(said["last_number"], "7");
    }
    take(closing);  // said anew, whole
    EXPECT_EQ(certificate_now()["numbers"]["unplaced"], 3);
    json state = json::parse(state_of(ledger()));
    state["repeats"] = 2;
    state["repeated"] = {"7", "************4158"};
    const auto former = ledger_from(state.dump());
    ASSERT_TRUE(former);
    EXPECT_EQ(former->repeats, 1U) << "a former release took two numbers for one";
    EXPECT_EQ(former->repeated, std::vector<std::string>{"7"});
}

TEST_F(DayTest, SaysThatAmountsCannotBeRead) {
    take(record("sale", "1", R"(,"currency":"EUR","tenders":[{"type":"cash","amount":"1,99"}])"));
    take(record("sale", "2", R"(,"tenders":[{"type":"cash","amount":"1.99"}])"));
    take(close("1", "2", "1.99"));
    const json said = certificate_now();
    EXPECT_EQ(said["counts"]["unreadable"], 2);
    EXPECT_EQ(said["complete"], false);
}

TEST_F(DayTest, TheSessionsOfADayAddUpAndACorrectedClosingTakesTheFormersPlace) {
    take(sale("1", "10"));
    take(close("1", "1", "11"));
    EXPECT_EQ(certificate_now()["differences"].size(), 1U);
    take(close("1", "1", "10"), "conflict");
    EXPECT_EQ(certificate_now()["differences"].size(), 0U) << "the same session, counted anew";
    take(sale("2", "5"));
    std::string second = close("2", "2", "5");
    second.replace(second.find("\"session\":1"), 11, "\"session\":2");
    take(second);
    EXPECT_EQ(certificate_now()["differences"].size(), 0U);
    EXPECT_EQ(certificate_now()["closings"], 2);
}

// A POS that gives each closing a number of its own gives it a business key of its own.
TEST_F(DayTest, ASessionThatIsClosedAgainUnderAnotherNumberIsOneSession) {
    const auto closing = [](const std::string& number, const std::string& session, const std::string& first,
                            const std::string& cash, const std::string& currency = "EUR") {
        return record("till_close", number,
                      R"(,"session":)" + session + R"(,"currency":")" + currency + R"(","first_number":")" + first +
                          R"(","last_number":"9","tenders":[{"type":"cash","amount":")" + cash +
                          R"(","expected":"0","counted":"0"}])");
    };
    struct Case {
        const char* name;
        std::string again;
        std::uint64_t closings;
        const char* difference;
    };
    for (const Case& each : {Case{"again", closing("11", "7", "1", "10"), 1, ""},
                             Case{"its name as text", closing("11", R"("7")", "1", "10"), 1, ""},
                             Case{"another session", closing("11", "8", "1", "10"), 2, "9.00"},
                             Case{"all of them are called 7", closing("11", "7", "2", "10"), 2, "9.00"},
                             Case{"it has no name", closing("11", "null", "1", "10"), 2, "9.00"},
                             Case{"in another currency", closing("11", "7", "1", "10", "USD"), 2, "10"}}) {
        SCOPED_TRACE(each.name);
        book = DayBook();
        take(sale("1", "10"));
        take(closing("10", "7", "1", "9.00"));
        EXPECT_EQ(certificate_now()["differences"][0]["difference"], "-1.00") << certificate_now();
        auto kept = ledger_from(state_of(ledger()));
        ASSERT_TRUE(kept);
        book = DayBook();
        book.restore(std::move(*kept));
        take(each.again);
        const json said = certificate_now();
        EXPECT_EQ(said["closings"], each.closings);
        std::string more;
        for (const json& one : said["differences"]) {
            if (one["of"] == "tender/cash" && one["difference"] != "-1.00") more = one["difference"];
        }
        EXPECT_EQ(more, each.difference) << said;
    }
}

TEST_F(DayTest, ADayThatIsReopenedIsOpenUntilItIsClosedAgain) {
    take(sale("1", "10"));
    take(close("1", "1", "10"));
    certify();
    take(record("control", "2", R"(,"action":"sign_off")"));
    EXPECT_EQ(certificate_now()["complete"], true) << "a control record is no business";
    take(record("control", "3", R"(,"action":"reopen")"));
    take(sale("4", "5"));
    EXPECT_EQ(ledger().late, 0U) << "a new number behind the closing is not late";
    EXPECT_EQ(certificate_now()["reasons"], json::array({"open", "differs"}));
    ASSERT_EQ(book.late().size(), 1U) << "the newest certificate says that the day is complete";
    certify();
    take(sale("5", "5"));
    EXPECT_TRUE(book.late().empty()) << "now it says that it is open";
    book.end_days("2026-11-23");
    EXPECT_EQ(book.ended().size(), 1U);
}

TEST_F(DayTest, ATillThatWasNotUsedIsCompleteWhenItsClosingSaysSo) {
    for (const char* const closing :
         {R"("count":0)", R"("count":"0","first_number":"1","last_number":"0")",
          R"("count":0,"first_number":4711,"last_number":4710)", R"("count":0,"first_number":null)"}) {
        book = DayBook();
        take(record("till_close", "", std::string(R"(,"session":1,"currency":"EUR","tenders":[],)") + closing));
        EXPECT_EQ(certificate_now()["complete"], true) << closing << certificate_now();
        EXPECT_EQ(certificate_now()["numbers"]["seen"], 0);
        take(sale("1", "10"));
        EXPECT_EQ(certificate_now()["reasons"], json::array({"open", "differs"}));
    }
    book = DayBook();
    take(record("till_close", "",
                R"(,"session":1,"currency":"EUR","tenders":[],"count":2,"first_number":1,"last_number":2)"));
    EXPECT_EQ(certificate_now()["numbers"]["missing"], 2) << "a closing that counts some names them";
}

TEST_F(DayTest, ALateNumberMakesANewRevision) {
    take(sale("1", "10"));
    take(sale("3", "10"));
    take(close("1", "3", "21"));
    EXPECT_EQ(certificate_now()["numbers"]["missing"], 1);
    certify();
    take(sale("2", "1"));
    ASSERT_EQ(book.late().size(), 1U);
    const json said = certificate_now();
    EXPECT_EQ(said["revision"], 2);
    EXPECT_EQ(said["complete"], true) << said;
    EXPECT_EQ(said["counts"]["late"], 1);
    certify();
    EXPECT_TRUE(book.late().empty());
}

TEST_F(DayTest, TheStateKeepsEverything) {
    take(sale("1", "10.50"));
    take(sale("1", "2", "CHF"), "conflict");
    take(close("1", "4", "10.50", R"(,"missing":["3"])"));
    certify();
    book.down({WallTime(Millis(1)), WallTime(Millis(2)), "2026-11-23", "2026-11-23"});
    const auto again = ledger_from(state_of(ledger()));
    ASSERT_TRUE(again);
    EXPECT_EQ(state_of(*again), state_of(ledger()));
    Circumstances asked;
    asked.cause = ledger().cause;
    asked.asked = true;
    EXPECT_EQ(certificate(*again, 1, asked), certificate(ledger(), 1, asked));
    EXPECT_EQ(json::parse(certificate(*again, 1, asked))["certified"],
              json::parse(R"({"cause":"late","time":"2026-11-23T10:15:30.123Z"})"));
    EXPECT_EQ(json::parse(certificate(*again, 1, asked))["more_since"], false);
    EXPECT_FALSE(certificate_now().contains("certified")) << "an event has a time of its own";
    EXPECT_FALSE(certificate_now().contains("more_since"));
    for (const char* text : {"", "{}", "7", R"({"till":1})"}) EXPECT_FALSE(ledger_from(text)) << text;
}

}  // namespace
}  // namespace tillpost::day
