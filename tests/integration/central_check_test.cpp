// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "agent/central/schema.hpp"
#include "agent/central/store.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/central_line_maker.hpp"

namespace tillpost {
namespace {

const AgentName agent{"acme", "s1", "till3"};

std::string told_line(Epoch epoch, Sequence sequence, const std::string& subject, bool repeat = false) {
    return "{\"epoch\":\"" + to_hex(epoch) + "\",\"sequence\":" + std::to_string(sequence) + ",\"subject\":\"" +
           subject + "\",\"repeat\":" + (repeat ? "true" : "false") + "}\n";
}

/// Runs `tillpost-central check` on stores that the test makes.
class CentralCheckTest : public ::testing::Test {
protected:
    struct Outcome {
        int code;
        std::string output;
        std::string errors;
        /// The number behind the name in the JSON report.
        int operator[](const std::string& name) const {
            const std::size_t at = output.find("\"" + name + "\":");
            if (at == std::string::npos) return -1;
            return std::atoi(output.c_str() + at + name.size() + 3);
        }
    };

    void commit(const std::vector<std::string>& which) {
        auto store = CentralStore::open(database, CentralStore::Missing::create, clock);
        ASSERT_TRUE(store) << store.error().message;
        ASSERT_TRUE((*store)->commit({{agent, test::joined(which)}}, false));
    }
    /// Ten sales, committed and told.
    void make_good() {
        lines = maker.next(10);
        commit(lines);
        for (int i = 1; i <= 10; ++i) tell(static_cast<Sequence>(i), "T1-" + std::to_string(i));
    }
    void tell(Sequence sequence, const std::string& subject, bool repeat = false) {
        told += told_line(maker.epoch(), sequence, subject, repeat);
    }
    /// Changes the file behind the receiver's back.
    void damage(const std::string& sql) {
        auto opened = Database::open({database, central_application_id});
        ASSERT_TRUE(opened) << opened.error().message;
        const auto done = (*opened)->execute(sql);
        ASSERT_TRUE(done) << done.error().message;
    }
    Outcome run(std::vector<std::string> arguments) {
        test::Process process({test::program_path("tillpost-central"), std::move(arguments)});
        const int code = process.wait().value_or(-1);
        return {code, process.output(), process.errors()};
    }
    Outcome check(std::vector<std::string> more = {}) {
        std::vector<std::string> all{"check", "--db", database, "--told", folder.write("told.jsonl", told), "--json"};
        all.insert(all.end(), more.begin(), more.end());
        return run(std::move(all));
    }

    test::TempDir folder;
    const std::string database = folder.file("central.db");
    SystemClock clock;
    test::LineMaker maker{agent.source()};
    std::vector<std::string> lines;
    std::string told;
};

TEST_F(CentralCheckTest, FindsWhatNobodyWasToldOfOnceTheStoreHasAllItsAnswers) {
    make_good();
    commit(maker.next(1));
    EXPECT_EQ(check().code, 0) << "the answer may have been lost";
    EXPECT_EQ(check()["untold"], 1);
    const Outcome found = check({"--all-told"});
    EXPECT_EQ(found.code, 1);
    EXPECT_EQ(found["invented"], 1);
    EXPECT_NE(found.output.find("was told to nobody"), std::string::npos) << found.output;
}

TEST_F(CentralCheckTest, FindsWhatATillWasToldInAnotherOrder) {
    const std::vector<std::string> subjects{"pos/T2/2026-11-26/1", "pos/T1/2026-11-26/8", "pos/T1/2026-11-26/7",
                                            "pos/T1/2026-11-26/9", "pos/T1/2026-11-27/1"};
    for (const std::string& subject : subjects) lines.push_back(maker.sale(subject));
    commit(lines);
    for (const Sequence sequence : {2, 1, 4, 2, 5, 3}) tell(sequence, subjects[sequence - 1]);
    const Outcome found = check();
    EXPECT_EQ(found.code, 1);
    EXPECT_EQ(found["reordered"], 1) << "another till, a repeated answer and another day are none: " << found.output;
}

TEST_F(CentralCheckTest, FindsNothingWrongWithAGoodHistory) {
    make_good();
    tell(3, "T1-3", true);
    const Outcome found = check();
    EXPECT_EQ(found.code, 0) << found.output << found.errors;
    EXPECT_EQ(found["told"], 10);
    EXPECT_EQ(found["ok"], 10);
    EXPECT_EQ(found["lines"], 10);
    EXPECT_EQ(found["untold"], 0);
    EXPECT_EQ(found["gaps"], 0);
    const Outcome text = run({"check", "--db", database, "--told", folder.file("told.jsonl")});
    EXPECT_EQ(text.code, 0);
    EXPECT_NE(text.output.find("good"), std::string::npos);
}

TEST_F(CentralCheckTest, WithNothingToldItSaysThatNothingIsChecked) {
    commit(maker.next(3));
    for (const char* nothing : {"", "{\"epoch\":"}) {
        told = nothing;
        const Outcome found = check();
        EXPECT_EQ(found.code, 2) << found.output;
        EXPECT_EQ(found.output, "");
        EXPECT_NE(found.errors.find("told.jsonl says of no event that it was told durable"), std::string::npos)
            << found.errors;
    }
}

// A journal that was put back from an image gives numbers again, and one that was a seal's before to a sale: told
// behind later ones, it is out of order with nothing.
TEST_F(CentralCheckTest, AnOlderImageGivesNumbersAgainAndThatIsNoOtherOrder) {
    const std::string till = "pos/T1/2026-11-26/";
    for (const int n : {1, 2, 3, 4, 5}) lines.push_back(maker.sale(till + std::to_string(n)));
    commit(lines);
    for (const Sequence n : {1, 2, 4, 5}) tell(n, till + std::to_string(n));
    tell(3, till + "3");
    EXPECT_EQ(check()["reordered"], 1);
    tell(4, till + "6");
    const Outcome found = check();
    EXPECT_EQ(found["reordered"], 0) << found.output;
    EXPECT_EQ(found["lost"], 1) << "told under a number that another event has, and nowhere else: " << found.output;
}

struct Fault {
    const char* name;
    const char* sql;    ///< Done to the committed ten sales, "" for nothing.
    const char* extra;  ///< Told besides, "sequence subject"
    const char* count;  ///< The number that must be …
    int is = 1;         ///< … this
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

class CentralCheckFaultTest : public CentralCheckTest, public ::testing::WithParamInterface<Fault> {};
TEST_P(CentralCheckFaultTest, IsFound) {
    make_good();
    if (GetParam().sql[0] != '\0') damage(GetParam().sql);
    const std::string extra = GetParam().extra;
    if (!extra.empty()) tell(std::stoull(extra), extra.substr(extra.find(' ') + 1));
    const Outcome found = check();
    EXPECT_EQ(found.code, 1) << found.output << found.errors;
    EXPECT_EQ(found[GetParam().count], GetParam().is) << found.output;
    EXPECT_NE(found.output.find("\"good\":false"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(
    Faults, CentralCheckFaultTest,
    ::testing::Values(
        Fault{"told_beyond_the_last", "", "11 T1-11", "lost"},
        Fault{"told_with_another_subject", "", "5 T1-99", "lost"},
        Fault{"event_deleted", "DELETE FROM event WHERE position & 17592186044415 = 4", "", "lost"},
        Fault{"last_event_deleted", "DELETE FROM event WHERE position & 17592186044415 = 10", "", "lost"},
        Fault{"bit_flipped_in_a_body",
              "UPDATE event SET body = CAST(replace(body, '1.00', '9.00') AS BLOB) WHERE position & 15 = 4", "",
              "broken"},
        Fault{"digest_changed", "UPDATE event SET digest = zeroblob(32) WHERE position & 15 = 10", "", "broken", 3},
        // The table of ranges has it, too.
        Fault{"last_chain_changed", "UPDATE event SET chain = zeroblob(32) WHERE position & 15 = 10", "", "broken", 2}),
    [](const auto& which) { return which.param.name; });

TEST_F(CentralCheckTest, FindsContentThatCountsTwice) {
    make_good();
    const std::string again = maker.sale("T1-4");
    commit({again});
    const Outcome found = check();
    EXPECT_EQ(found.code, 1);
    EXPECT_EQ(found["doubled"], 1) << found.output;
    EXPECT_EQ(found["untold"], 1);
    EXPECT_NE(found.output.find("T1-4"), std::string::npos);
}

TEST_F(CentralCheckTest, LetsTheSameKeyWithOtherContentAndKnownRepeatsPass) {
    make_good();
    commit({maker.sale("T1-4", "{\"total\":\"2.00\"}"), maker.sale("T1-4", "{\"total\":\"1.00\"}", "conflict"),
            maker.sale("T1-4", "{\"total\":\"1.00\"}", "possible_repeat"), maker.sale("", "{\"total\":\"1.00\"}"),
            maker.sale("", "{\"total\":\"1.00\"}")});
    const Outcome found = check();
    EXPECT_EQ(found.code, 0) << found.output;
    EXPECT_EQ(found["untold"], 5) << "an answer may have been lost in a crash";
}

TEST_F(CentralCheckTest, CountsAReissuedEventOnce) {
    Event event;
    event.type = "sale";
    event.subject = "T1-1";
    event.data = "{}";
    const std::string body = maker.body_of(event);
    test::LineMaker second(agent.source(), 0xe2);
    commit({maker.body(body), second.body(body)});
    told = told_line(0xe1, 1, "T1-1");
    EXPECT_EQ(check().code, 0);
}

TEST_F(CentralCheckTest, FindsWhatWasToldBeforeAForkUnderItsLaterNumbers) {
    lines = maker.next(6);
    commit({lines[0], lines[1]});
    for (int i = 1; i <= 6; ++i) tell(static_cast<Sequence>(i), "T1-" + std::to_string(i));
    EXPECT_EQ(check()["lost"], 4);
    // Two forks: 3..6 went to e2, behind its first event, and from there to e3 in slices of three and two.
    test::LineMaker second(agent.source(), 0xe2), third(agent.source(), 0xe3);
    std::vector<std::string> bodies{test::LineMaker::body_in(second.reissued(0xe1, 3, 6))};
    for (std::size_t i = 2; i < 6; ++i) bodies.push_back(test::LineMaker::body_in(lines[i]));
    std::vector<std::string> copies{third.reissued(0xe2, 1, 3)};
    for (std::size_t i = 0; i < 3; ++i) copies.push_back(third.body(bodies[i]));
    copies.push_back(third.reissued(0xe2, 4, 5));
    for (std::size_t i = 3; i < 5; ++i) copies.push_back(third.body(bodies[i]));
    commit(copies);
    const Outcome found = check();
    EXPECT_EQ(found.code, 0) << found.output;
    EXPECT_EQ(found["ok"], 6);
    EXPECT_EQ(found["moved"], 4);
    EXPECT_EQ(found["untold"], 0) << "they were told under their former numbers";
    told += told_line(0xe1, 7, "T1-7");
    EXPECT_EQ(check()["lost"], 1);
}

TEST_F(CentralCheckTest, FindsASecondHistorysEventUnderItsNewNumber) {
    lines = maker.next(2);
    test::LineMaker copy = maker.clone();
    lines.push_back(maker.sale("T1-3"));
    const std::string other = copy.sale("T1-99");
    test::LineMaker second(agent.source(), 0xe2);
    commit(lines);
    for (int i = 1; i <= 3; ++i) tell(static_cast<Sequence>(i), "T1-" + std::to_string(i));
    tell(3, "T1-99");
    EXPECT_EQ(check()["lost"], 1);
    commit({second.reissued(0xe1, 3, 3), second.body(test::LineMaker::body_in(other))});
    EXPECT_EQ(check().code, 0);
}

// Central has 3..5 of the first life; the second one gave 3..5 to others, and 6 to one whose answer was lost.
TEST_F(CentralCheckTest, CountsTheEventsOfAnOlderImageByWhatTheyAre) {
    lines = maker.next(2);
    test::LineMaker image = maker.clone();
    for (int i = 3; i <= 5; ++i) lines.push_back(maker.next());
    commit(lines);
    for (int i = 1; i <= 5; ++i) tell(static_cast<Sequence>(i), "T1-" + std::to_string(i));
    test::LineMaker second(agent.source(), 0xe2);
    std::vector<std::string> copies{second.reissued(0xe1, 3, 6)};
    for (int i = 3; i <= 6; ++i) {
        const std::string subject = i == 5 ? "" : "T9-" + std::to_string(i);
        if (i < 6) tell(static_cast<Sequence>(i), subject);
        copies.push_back(second.body(test::LineMaker::body_in(image.sale(subject))));
    }
    commit(copies);
    const Outcome found = check();
    EXPECT_EQ(found.code, 0) << found.output;
    EXPECT_EQ(found["ok"], 5) << "numbers";
    EXPECT_EQ(found["moved"], 2) << "whose number has another event by now: T9-3 and T9-4";
    EXPECT_EQ(found["untold"], 1) << "T9-6";
    EXPECT_EQ(check({"--all-told"})["invented"], 1);
    told += told_line(0xe1, 6, "T9-6");
    EXPECT_EQ(check({"--all-told"}).code, 0);
    EXPECT_EQ(check()["untold"], 0);
}

TEST_F(CentralCheckTest, TellsWhatIsLostAndNamedFromWhatIsLostInSilence) {
    lines = maker.next(9);
    const auto chain = [&](std::size_t n) { return test::LineMaker::chain_in(lines.at(n - 1)); };
    Sha256 sha;
    const Digest start = chain_start(sha, agent.source(), 0xe1);
    test::LineMaker second(agent.source(), 0xe2);
    // 1..3 are pruned, 5 is unreadable, 6 is missing.
    commit({lines[3], lines[6], lines[7], lines[8], second.gone(0xe1, {1, 3}, start, chain(3)),
            second.loss(0xe1, "[[5,5]]")});
    for (int i = 1; i <= 9; ++i) tell(static_cast<Sequence>(i), "T1-" + std::to_string(i));
    const Outcome found = check();
    EXPECT_EQ(found.code, 1);
    EXPECT_EQ(found["lost"], 1) << found.output;
    EXPECT_EQ(found["named"], 4) << found.output;
    const Outcome strict = check({"--strict"});
    EXPECT_EQ(strict.code, 1);
    EXPECT_EQ(strict["named"], 4) << strict.output;
    EXPECT_EQ(found["gone"], 3);
    EXPECT_EQ(found["gaps"], 2);
    EXPECT_EQ(found["ok"], 4);
    EXPECT_EQ(found["anchored"], 1) << "4 follows from the hash that `gone` gives";
    EXPECT_NE(found.output.find("lost: 00000000000000e1-0000000000000006"), std::string::npos) << found.output;
}

// Its bytes are in quarantine on the machine, and the agent's event says so.
TEST_F(CentralCheckTest, CountsALostLineThatIsInQuarantineAsNamed) {
    lines = maker.next(2);
    lines.push_back(maker.lost());
    const std::string id = event_id(maker.epoch(), 3);
    lines.push_back(maker.own("quarantined", R"({"event":")" + id + R"(","rule":"damaged_on_disk","field":"",)" +
                                                 R"("detail":"it differs from its digest","digest":")" +
                                                 std::string(64, 'a') + "\"}"));
    commit(lines);
    for (const int sequence : {1, 2, 3}) tell(static_cast<Sequence>(sequence), "T1-" + std::to_string(sequence));
    const Outcome found = check();
    EXPECT_EQ(found.code, 0) << found.output;
    EXPECT_EQ(found["lost"], 0) << found.output;
    EXPECT_EQ(found["named"], 1) << found.output;
}

TEST_F(CentralCheckTest, PrintsATableOfTheAgents) {
    commit({maker.next(), maker.next()});
    const Outcome text = run({"agents", "--db", database});
    EXPECT_EQ(text.code, 0) << text.errors;
    EXPECT_NE(text.output.find("AGENT"), std::string::npos) << text.output;
    EXPECT_NE(text.output.find(agent.source()), std::string::npos) << text.output;
    const Outcome found = run({"agents", "--db", database, "--json"});
    EXPECT_EQ(found["epochs"], 1) << found.output;
    EXPECT_EQ(found["upto"], 2);
    EXPECT_EQ(found["clones"], 0);
    EXPECT_EQ(run({"agents", "--db", folder.file("none.db")}).code, 2);
}

TEST_F(CentralCheckTest, NotesGapsTombstonesAndLostLines) {
    lines = maker.next(2);
    lines.push_back(maker.tombstone("T1-3"));
    lines.push_back(maker.lost());
    for (const std::string& line : maker.next(3)) lines.push_back(line);
    lines.erase(lines.begin() + 5);
    commit(lines);
    for (const int sequence : {1, 2, 3, 5, 7}) tell(static_cast<Sequence>(sequence), "T1-" + std::to_string(sequence));
    Outcome found = check();
    EXPECT_EQ(found.code, 0) << found.output;
    EXPECT_EQ(found["withheld"], 1);
    EXPECT_EQ(found["gaps"], 1);
    EXPECT_EQ(found["anchored"], 3) << "the lost line, the one behind it, the one behind the gap";
    tell(4, "T1-4");
    found = check();
    EXPECT_EQ(found.code, 1) << "content that was told durable and then destroyed is lost";
    EXPECT_EQ(found["lost"], 1);
}

TEST_F(CentralCheckTest, CountsNoGapOfWhatHasALaterNumber) {
    make_good();
    test::LineMaker heir(agent.source(), 0xe2);
    std::vector<std::string> later{maker.next(4).back(), heir.reissued(maker.epoch(), 11, 12)};
    commit(later);
    const Outcome found = check();
    EXPECT_EQ(found.code, 0) << found.output;
    EXPECT_EQ(found["gaps"], 1) << "13, of which nothing is said";
}

TEST_F(CentralCheckTest, LeavesATornLastLineOutAndRefusesAnyOther) {
    make_good();
    told += "{\"epoch\":\"00000000";
    Outcome found = check();
    EXPECT_EQ(found.code, 0) << found.output;
    EXPECT_NE(found.errors.find("torn"), std::string::npos);
    told += "\n" + told_line(0xe1, 1, "T1-1");
    found = check();
    EXPECT_EQ(found.code, 2);
    EXPECT_NE(found.errors.find("line 11"), std::string::npos) << found.errors;
    told = std::string("{\"epoch\":\"00000000000000e1\",\"sequence\":1}\0junk\n", 47) + told_line(0xe1, 1, "T1-1");
    found = check();
    EXPECT_NE(found.errors.find("line 1 is not"), std::string::npos) << "behind a NUL: " << found.errors;
}

TEST_F(CentralCheckTest, ReadsBesideAReceiverAndWritesOnlyWithoutOne) {
    make_good();
    auto store = CentralStore::open(database, CentralStore::Missing::refuse, clock);
    ASSERT_TRUE(store);
    EXPECT_EQ(check().code, 0);
    EXPECT_EQ(run({"export", "--db", database}).code, 0);
    const Outcome refused = run({"trust", "--db", database, agent.source() + "=" + std::string(64, 'a')});
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.errors.find("central_check_t) has it open"), std::string::npos) << refused.errors;
}

TEST_F(CentralCheckTest, RefusesWhatItCannotRead) {
    EXPECT_EQ(check().code, 2) << "no database";
    commit({});
    EXPECT_EQ(run({"check", "--db", database, "--told", folder.file("none")}).code, 2);
    EXPECT_EQ(run({"check", "--db", database}).code, 2);
    EXPECT_EQ(run({"export"}).code, 2);
    EXPECT_EQ(run({}).code, 2);
    EXPECT_EQ(run({"--broker", "tcp://127.0.0.1:1", "--store", "acme", "--db", folder.file("new.db")}).code, 2);
    EXPECT_EQ(run({"--broker", "carrier-pigeon:1", "--db", folder.file("new.db")}).code, 2);
    const std::string text = folder.write("text.db", std::string(5'000, 'x'));
    EXPECT_EQ(run({"export", "--db", text}).code, 2);
}

TEST_F(CentralCheckTest, ExportsTheLinesAsTheyCame) {
    lines = maker.next(4);
    lines.push_back(maker.tombstone("T1-5"));
    lines.push_back(maker.lost());
    commit({lines.rbegin(), lines.rend()});
    EXPECT_EQ(run({"export", "--db", database}).output, test::joined(lines));
    EXPECT_EQ(run({"export", "--db", database, "--source", agent.source()}).output, test::joined(lines));
    EXPECT_EQ(run({"export", "--db", database, "--source", "urn:tillpost:a:b:c"}).output, "");
}

}  // namespace
}  // namespace tillpost
