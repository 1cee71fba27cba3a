// SPDX-License-Identifier: Apache-2.0
// What a person may enter in the place of a record in quarantine, and what is most likely a mistake.
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {
namespace {

class CorrectedRecordTest : public CaptureDayTest {
protected:
    CorrectedRecordTest() {
        rules = {{"currency", {}, Severity::quarantine}, {"business_date", {}, Severity::quarantine}};
        crash();
    }
    static std::string record_of(const std::string& type, const std::string& members,
                                 const std::string& currency = "EUR") {
        return R"({"type":")" + type + R"(","time":"2026-11-23T10:00:00Z","currency":")" + currency +
               R"(","lines":[],"tenders":[{"type":"cash","amount":"1"}],"totals":{"net":1,"tax":0,"gross":1},)" +
               members + "}";
    }
    static std::string key(const std::string& till, const std::string& number, const std::string& date = "2026-11-23") {
        return R"("till":")" + till + R"(","number":)" + number + R"(,"business_date":")" + date + "\"";
    }
    std::string hold(const std::string& line) {
        send(line);
        return "Q1-" + std::to_string(journal->live().last);
    }
    /// Why it is refused, "" if it is not.
    std::string correct(const std::string& id, const std::string& line, json more = json::object()) {
        more["id"] = id;
        more["line"] = line;
        QuarantineDesk desk(*capture, *journal);
        return json::parse(await(desk.answer(json{{"quarantine.correct", more}}.dump(), 0))).value("error", "");
    }
};

constexpr const char* no_money = "euro";

TEST_F(CorrectedRecordTest, IsAnotherOneOnlyWhereThatIsMeant) {
    struct Case {
        std::string held, corrected;
        const char* changes;  ///< "" where none is seen
    };
    const auto wrong = [](const std::string& members) { return record_of("sale", members, no_money); };
    const Case cases[] = {
        {wrong(key("T01", "1")), record_of("sale", key("T01", "78")), R"(number "1", not "78")"},
        {wrong(key("T01", "2")), record_of("sale", key("T01", "\"2\"")), ""},
        {wrong(key("T01", "3")), record_of("sale", key("T77", "999", "2026-11-22")),
         R"(till "T01", not "T77"; business_date "2026-11-23", not "2026-11-22"; number "3", not "999")"},
        {wrong(key("T01", "4") + R"(,"store":"0042")"), record_of("sale", key("T01", "4") + R"(,"store":42)"), ""},
        {wrong(key("T01", "5") + R"(,"store":"0042")"), record_of("sale", key("T01", "5") + R"(,"store":"43")"),
         R"(store "0042", not "43")"},
        {wrong(key("T01", "6") + R"(,"store":"0042")"), record_of("sale", key("T01", "6")),
         R"(store "0042", not none)"},
        {R"({"type":"sale","till":"T01","business_date":"2026-11-23"})", record_of("sale", key("T01", "7")), ""},
        {R"({"type":"sale","till":"T01","business_date":"2026-11-23","note":1})", record_of("sale", key("T02", "7")),
         R"(till "T01", not "T02")"},
        {R"({"type":"sale","till":"T01","number":8,"number":9,"business_date":"2026-11-23"})",
         record_of("sale", key("T01", "9")), ""},
        {record_of("sale", key("T01", "10", "2026-01-01")), record_of("sale", key("T01", "10")), ""},  // its fault
        {R"({"type":"sale","till":"T01","number":11,"business_date":"23.11.2026"})",
         record_of("sale", key("T01", "11")), ""},
        {"no json", record_of("sale", key("T01", "12")), ""},
        {R"({"type":"receiving","document":"D1"})",
         R"({"type":"receiving","document":"D2","business_date":"2026-11-23"})", R"(document "D1", not "D2")"},
    };
    for (const Case& each : cases) {
        const std::string id = hold(each.held);
        const std::string refused = correct(id, each.corrected);
        if (*each.changes == '\0') {
            EXPECT_EQ(refused, "") << each.held;
            continue;
        }
        EXPECT_EQ(refused, id + " cannot be corrected: the new record is another one; the one that waits says " +
                               each.changes + "; if that is meant, say so: --changes-key");
        EXPECT_EQ(correct(id, each.corrected, {{"changes_key", true}}), "") << each.held;
    }
}

TEST_F(CorrectedRecordTest, IsOfTheSameDirectionUnlessThatIsMeant) {
    const std::string id = hold(record_of("return", key("T01", "4"), no_money));
    const std::string sale = record_of("sale", key("T01", "4"));
    EXPECT_EQ(correct(id, sale), id + " cannot be corrected: it is of the type return, and the new record of the type "
                                      "sale; if that is meant, say so: --as-type sale");
    EXPECT_EQ(correct(id, record_of("sale", key("T01", "5")), {{"as_type", "sale"}}),
              id + " cannot be corrected: the new record is another one; the one that waits says number \"4\", not "
                   "\"5\"; if that is meant, say so: --changes-key");
    EXPECT_EQ(correct(id, sale, {{"as_type", "sale"}}), "");
    const std::string other = hold(record_of("sale", key("T01", "6"), no_money));
    EXPECT_EQ(correct(other, R"({"type":"scan","code":"1"})", {{"as_type", "scan"}}), "") << "which has no number";
}

TEST_F(CorrectedRecordTest, IsNoSecondOneOfWhatIsRecordedAlready) {
    const std::string recorded = record_of("sale", key("T01", "80"));
    send(recorded);
    const std::string first = event_id(journal->live().epoch, journal->live().last);
    const std::string id = hold(record_of("sale", key("T01", "80") + R"(,"operator":"p1")", no_money));
    const std::string otherwise = record_of("sale", key("T01", "80") + R"(,"operator":"p2")");
    const Sequence last = journal->live().last;
    for (const bool meant : {false, true}) {
        const std::string refused = correct(id, otherwise, {{"changes_key", meant}});
        EXPECT_NE(refused.find(id + " cannot be corrected: event " + first +
                               " is recorded under pos/T01/2026-11-23/80 already"),
                  std::string::npos)
            << refused;
    }
    EXPECT_EQ(journal->live().last, last) << "nothing is recorded";
    const std::string as_one = R"(,"operator":"p2","corrects":")" + first + R"(","corrects_kind":"replace")";
    EXPECT_EQ(correct(id, record_of("sale", key("T01", "80") + as_one)), "");
    const std::string same = hold(record_of("sale", key("T01", "80") + R"(,"operator":"p3")", no_money));
    EXPECT_EQ(correct(same, recorded), "") << "the same is no second one";
}

TEST_F(CorrectedRecordTest, HasTheConfiguredKey) {
    KeySetting setting{{"sale"}, {"/fiscal_id"}, {}};
    Capture::Settings settings{{}, {}, Severities(rules), {}};
    settings.intake.keys = std::make_shared<const KeyRules>(std::vector<KeySetting>{setting}, "0042");
    capture = std::make_unique<Capture>(*journal, clock, std::move(settings));
    const std::string id = hold(record_of("sale", key("T01", "1") + R"(,"fiscal_id":"A1")", no_money));
    EXPECT_NE(correct(id, record_of("sale", key("T01", "1") + R"(,"fiscal_id":"A2")"))
                  .find(R"(business key "sale/A1", not "sale/A2")"),
              std::string::npos);
    EXPECT_EQ(correct(id, record_of("sale", key("T01", "1") + R"(,"fiscal_id":"A1")")), "");
}

// [once-2] The configuration, or what it is compared with, lets it pass by then: its key would make it a second sale.
TEST_F(CorrectedRecordTest, IsNotCountedBesideWhatWasHeldWhenThatComesAgainAndWouldPass) {
    const std::string corrected = record_of("sale", key("T01", "1"), no_money);
    const std::string released = record_of("sale", key("T01", "2"), no_money);
    const std::string waiting = record_of("sale", key("T01", "3"), no_money);
    const Outcome first = outcome_of(corrected);
    ASSERT_EQ(first.kind, Outcome::Kind::quarantined);
    ASSERT_EQ(correct(first.quarantine_id, record_of("sale", key("T01", "1"))), "");
    const std::string other = hold(released);
    QuarantineDesk desk(*capture, *journal);
    await(desk.answer(json{{"quarantine.release", {{"id", other}}}}.dump(), 0));
    hold(waiting);
    for (const bool passes : {false, true}) {
        SCOPED_TRACE(passes);
        if (passes) {
            rules = {};
            crash();
        }
        const Sequence before = journal->live().last;
        const Outcome again = outcome_of(corrected);
        EXPECT_EQ(again.kind, Outcome::Kind::quarantined);
        EXPECT_EQ(again.quarantine_id, first.quarantine_id);
        EXPECT_EQ(again.sequence, first.sequence);
        EXPECT_EQ(again.rule, first.rule);
        const Outcome of_released = outcome_of(released);
        EXPECT_EQ(of_released.kind, Outcome::Kind::quarantined);
        EXPECT_EQ(of_released.quarantine_id, other);
        EXPECT_EQ(journal->live().last, before) << "nothing new of what a person decided";
    }
    EXPECT_EQ(outcome_of(waiting).kind, Outcome::Kind::accepted) << "it waits: the decision meets it";
    EXPECT_EQ(outcome_of(record_of("sale", key("T01", "1"), "USD")).kind, Outcome::Kind::accepted) << "another content";
}

}  // namespace
}  // namespace tillpost
