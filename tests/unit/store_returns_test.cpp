// SPDX-License-Identifier: Apache-2.0
// The rule return_quantity, and what a configured content does to repeats: what only the journal can tell.
#include "agent/event/intake.hpp"
#include "agent/event/key_rules.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

/// Lines of a record: {line, quantity} sold, and {line of sale 1, quantity} given back.
std::string sale_line(int line, const std::string& quantity) {
    return R"({"line":)" + std::to_string(line) + R"(,"direction":"sale","item":"7","quantity":)" + quantity + "}";
}
std::string return_line(const std::string& of, const std::string& quantity, int number = 1) {
    const std::string line = of.empty() ? std::string() : R"(,"line":)" + of;
    return R"({"line":1,"direction":"return","item":"7","quantity":)" + quantity +
           R"(,"original":{"till":"T1","business_date":"2026-11-23","number":)" + std::to_string(number) + line + "}}";
}
std::string record(const std::string& type, int number, const std::string& lines, const std::string& more = "") {
    return R"({"type":")" + type + R"(","till":"T1","business_date":"2026-11-23","number":)" + std::to_string(number) +
           more + R"(,"lines":[)" + lines + "]}";
}

class StoreReturnsTest : public StoreTest {
protected:
    Draft read(const std::string& line, bool hold = false) {
        auto parsed = Intake({settings.keys}).parse(line);
        Draft made;
        made.device = "feed";
        if (auto* event = std::get_if<Event>(&parsed)) made.event = std::move(*event);
        made.event.quality = Quality();  // what the record itself breaks is not of interest here
        made.holds_over_return = hold;
        return made;
    }
    std::string sell(const std::string& lines, int number = 1) {
        return add(read(record("sale", number, lines))).quality;
    }
    /// The quality of a return under that number.
    std::string give_back(int number, const std::string& lines, const std::string& more = "") {
        return add(read(record("return", number, lines, more))).quality;
    }
};

constexpr const char* over = "return_quantity:/lines/0/quantity=";

TEST_F(StoreReturnsTest, AllReturnsOfALineTogetherAreComparedWithIt) {
    EXPECT_EQ(sell(sale_line(1, "2") + "," + sale_line(2, "\"0.5\"")), "ok");
    EXPECT_EQ(give_back(2, return_line("1", "1")), "ok");
    EXPECT_EQ(give_back(3, return_line("1", "1")), "ok");
    EXPECT_EQ(give_back(4, return_line("1", "1")), over + std::string("3_of_2_bought"));
    EXPECT_EQ(give_back(5, return_line("2", "\"0.50\"")), "ok") << "another line";
    EXPECT_EQ(give_back(6, return_line("2", "\"0.250\"")), over + std::string("0.75_of_0.5_bought"));
    EXPECT_EQ(give_back(7, return_line("1", "1", 9)), "ok") << "a sale that is not here";
    EXPECT_EQ(give_back(8, return_line("3", "1")), over + std::string("1_of_0_bought")) << "a line that is not there";
}

TEST_F(StoreReturnsTest, WithoutALineItsArticleIsCompared) {
    sell(sale_line(1, "2") + "," + sale_line(2, "1"));
    EXPECT_EQ(give_back(2, return_line("", "3")), "ok");
    EXPECT_EQ(give_back(3, return_line("", "1")), over + std::string("4_of_3_bought"));
}

TEST_F(StoreReturnsTest, ByLineAndByArticleCountTogether) {
    sell(sale_line(1, "2"));
    EXPECT_EQ(give_back(2, return_line("", "2")), "ok");
    EXPECT_EQ(give_back(3, return_line("1", "2")), over + std::string("4_of_2_bought"));
    sell(sale_line(1, "2"), 10);
    EXPECT_EQ(give_back(12, return_line("1", "2", 10)), "ok");
    EXPECT_EQ(give_back(13, return_line("", "2", 10)), over + std::string("4_of_2_bought"));
    sell(sale_line(1, "2"), 20);
    EXPECT_EQ(give_back(22, return_line("", "1", 20) + "," + return_line("1", "2", 20)),
              "return_quantity:/lines/1/quantity=3_of_2_bought");
}

// The day and its gaps read a number so: "A-007" is A-7.
TEST_F(StoreReturnsTest, TheSalesNumberIsTheSameHoweverManyZerosAreWritten) {
    const auto sell_as = [this](const std::string& number) {
        add(read(R"({"type":"sale","till":"T1","business_date":"2026-11-23","number":)" + number + R"(,"lines":[)" +
                 sale_line(1, "1") + "]}"));
    };
    const auto give_back_of = [this](int number, const std::string& of) {
        return give_back(number, R"({"line":1,"direction":"return","item":"7","quantity":1,"original":{"till":"T1",)"
                                 R"("business_date":"2026-11-23","line":1,"number":)" +
                                     of + "}}");
    };
    sell_as("1");
    EXPECT_EQ(give_back_of(100, R"("0001")"), "ok");
    EXPECT_EQ(give_back_of(101, "1"), over + std::string("2_of_1_bought"));
    EXPECT_EQ(give_back_of(102, R"("00001")"), over + std::string("3_of_1_bought"));
    sell_as(R"("A-0007")");
    EXPECT_EQ(give_back_of(103, R"("A-7")"), "ok");
    open();
    EXPECT_EQ(give_back_of(104, R"("A-000000000000000007")"), over + std::string("2_of_1_bought"));
    EXPECT_EQ(give_back_of(105, R"("B-7")"), "ok") << "another series";
    EXPECT_EQ(give_back_of(106, R"("A-70")"), "ok");
    EXPECT_EQ(give_back_of(107, R"("A-")"), "ok") << "no digits";
    EXPECT_EQ(give_back_of(108, '"' + std::string(40, '0') + "1\""), "ok") << "a text that is no number";
    sell_as("0");
    EXPECT_EQ(give_back_of(109, R"("00")"), "ok");
    EXPECT_EQ(give_back_of(110, R"("000")"), over + std::string("2_of_1_bought"));
    sell_as(R"("01")");  // two receipts: what is written so is meant
    EXPECT_EQ(give_back_of(111, R"("01")"), "ok");
}

// The POS sends it once more, as the journal has lost it: that is no second return.
TEST_F(StoreReturnsTest, WhatADamagedReturnGaveBackIsNotGivenBack) {
    sell(sale_line(1, "2"));
    EXPECT_EQ(give_back(2, return_line("1", "2")), "ok");
    ASSERT_TRUE(store->settle());
    tamper("UPDATE event SET body = CAST('x' AS BLOB) WHERE position & 0xffff = 2");
    open();
    ASSERT_EQ(store->lost(), 1);
    EXPECT_EQ(give_back(2, return_line("1", "2")), "possible_repeat");
    EXPECT_EQ(give_back(3, return_line("1", "1")), over + std::string("3_of_2_bought"));
}

TEST_F(StoreReturnsTest, LinesOfOneReturnCountTogether) {
    sell(sale_line(1, "2"));
    const std::string marks =
        give_back(2, return_line("1", "1") + "," + return_line("1", "2") + "," + return_line("1", "1"));
    EXPECT_EQ(marks, "return_quantity:/lines/1/quantity=3_of_2_bought return_quantity:/lines/2/quantity=4_of_2_bought");
}

TEST_F(StoreReturnsTest, TheSameReturnSentAgainDoesNotCountTwice) {
    sell(sale_line(1, "1"));
    const Recorded first = add(read(record("return", 2, return_line("1", "1"))));
    const Recorded again = add(read(record("return", 2, return_line("1", "1"))));
    EXPECT_TRUE(again.repeat);
    EXPECT_EQ(again.sequence, first.sequence);
}

TEST_F(StoreReturnsTest, AreKnownAfterACrashAndWhenTheKeysAreWritten) {
    sell(sale_line(1, "1"));
    give_back(2, return_line("1", "1"));
    open();
    EXPECT_EQ(give_back(3, return_line("1", "1")), over + std::string("2_of_1_bought"));
    ASSERT_TRUE(store->settle());
    open();
    EXPECT_EQ(give_back(4, return_line("1", "1")), over + std::string("3_of_1_bought"));
}

TEST_F(StoreReturnsTest, AreNotMarkedOnceTheSaleIsGone) {
    sell(sale_line(1, "1"));
    give_back(2, return_line("1", "1"));
    ASSERT_TRUE(store->confirm(receipt(2)));
    clock.advance(settings.keep + std::chrono::seconds(1));
    maintain();
    ASSERT_EQ(store->live().first, 3U);
    EXPECT_EQ(give_back(3, return_line("1", "1")), "ok");
    clock.advance(settings.remember_keys + std::chrono::seconds(1));
    maintain();
    tamper("CREATE TABLE looked AS SELECT count(*) AS n FROM returned");
    auto database = Database::open({settings.path, 0x54494c4c});
    EXPECT_EQ(*(*database)->integer("SELECT n FROM looked"), 0) << "and what was given back is forgotten in time";
}

TEST_F(StoreReturnsTest, ADamagedSaleSaysNothing) {
    sell(sale_line(1, "1"));
    ASSERT_TRUE(store->settle());
    tamper(
        "UPDATE event SET body = CAST(replace(CAST(unpacked(body) AS TEXT), '\"quantity\":1', '\"quantity\":0') AS "
        "BLOB)");
    open();
    EXPECT_EQ(give_back(2, return_line("1", "5")), "ok");
}

TEST_F(StoreReturnsTest, OfSalesUnderOneNumberTheLargestCounts) {
    sell(sale_line(1, "1"));
    sell(sale_line(1, "3"));
    EXPECT_EQ(give_back(2, return_line("1", "3")), "ok");
    EXPECT_EQ(give_back(3, return_line("1", "1")), over + std::string("4_of_3_bought"));
}

TEST_F(StoreReturnsTest, LooksBackABoundedWayOnly) {
    sell(sale_line(1, "1"));
    const std::string long_text = R"(,"text":")" + std::string(900'000, 'x') + "\"";
    add(read(record("sale", 2, sale_line(1, "1"), long_text)));
    EXPECT_EQ(give_back(3, return_line("1", "2", 2) + "," + return_line("1", "2", 2)),
              over + std::string("2_of_1_bought"))
        << "the second look would be beyond the bound";
    std::string lines;
    for (int i = 0; i < 300; ++i) lines += (i == 0 ? "" : ",") + return_line("1", "1");
    const std::string marks = give_back(4, lines);
    EXPECT_TRUE(marks.starts_with("return_quantity:/lines/1/quantity=2_of_1_bought")) << marks;
    EXPECT_EQ(give_back(5, return_line("1", "1")), over + std::string("257_of_1_bought")) << "256 lines count";
}

TEST_F(StoreReturnsTest, TrainingIsNeitherJudgedNorCounted) {
    sell(sale_line(1, "1"));
    EXPECT_EQ(give_back(2, return_line("1", "5"), R"(,"mode":"training")"), "ok");
    EXPECT_EQ(give_back(3, return_line("1", "1")), "ok");
}

TEST_F(StoreReturnsTest, WhatWasReversedCountsNoLonger) {
    sell(sale_line(1, "1"));
    const Recorded first = add(read(record("return", 2, return_line("1", "1"))));
    const std::string corrects = R"(,"corrects":")" + event_id(first.epoch, first.sequence) +
                                 R"(","corrects_kind":"reverse","reason":"r","actor":"a")";
    EXPECT_EQ(give_back(2, return_line("1", "1"), corrects), "ok");
    EXPECT_EQ(give_back(3, return_line("1", "1")), "ok");
    EXPECT_EQ(give_back(4, return_line("1", "1")), over + std::string("2_of_1_bought"));
}

/// [what counts] What takes sales back and replaces them, whichever number it has.
class StoreReturnsOfCorrectedTest : public StoreReturnsTest {
protected:
    Recorded sold(int number, const std::string& lines) { return add(read(record("sale", number, lines))); }
    Recorded corrected(const Recorded& of, const std::string& kind, int number, const std::string& lines) {
        const std::string corrects = R"(,"corrects":")" + event_id(of.epoch, of.sequence) + R"(","corrects_kind":")" +
                                     kind + R"(","reason":"r","actor":"a")";
        return add(read(record("sale", number, lines, corrects)));
    }
    void post_void(int number, int of) {
        add(read(record("void", number, "", R"(,"scope":"post","original":{"number":)" + std::to_string(of) + "}")));
    }
    std::string give_back_one(int of) { return give_back(next_++, return_line("1", "1", of)); }
    int next_ = 1000;
};

TEST_F(StoreReturnsOfCorrectedTest, AReplacedSaleIsWhatReplacesIt) {
    for (const int number : {1, 9}) {
        const int sale = number * 10;
        corrected(sold(sale, sale_line(1, "1")), "replace", sale + number - 1, sale_line(1, "2"));
        EXPECT_EQ(give_back_one(sale), "ok") << number;
        EXPECT_EQ(give_back_one(sale), "ok") << number;
        open();
        EXPECT_EQ(give_back_one(sale), over + std::string("3_of_2_bought")) << number;
    }
    for (const int number : {1, 9}) {
        const int sale = 200 + number * 10;
        corrected(sold(sale, sale_line(1, "2")), "replace", sale + number - 1, sale_line(1, "1"));
        EXPECT_EQ(give_back_one(sale), "ok") << number;
        EXPECT_EQ(give_back_one(sale), over + std::string("2_of_1_bought")) << number;
    }
}

TEST_F(StoreReturnsOfCorrectedTest, WhatIsTakenBackSoldNothing) {
    const Recorded first = corrected(sold(1, sale_line(1, "1")), "reverse", 2, sale_line(1, "1"));
    EXPECT_EQ(give_back_one(1), over + std::string("1_of_0_bought"));
    EXPECT_EQ(give_back_one(2), "ok") << "nobody buys by a reversal";
    const Recorded again = corrected(first, "reverse", 3, sale_line(1, "1"));
    EXPECT_EQ(give_back_one(1), over + std::string("2_of_1_bought")) << "it stands again";
    corrected(again, "reverse", 4, sale_line(1, "1"));
    EXPECT_EQ(give_back_one(1), over + std::string("3_of_0_bought"));
    sold(10, sale_line(1, "1"));
    post_void(11, 10);
    EXPECT_EQ(give_back_one(10), over + std::string("1_of_0_bought"));
    const Recorded sale = sold(20, sale_line(1, "1"));
    corrected(corrected(sale, "replace", 21, sale_line(1, "2")), "reverse", 22, "");
    EXPECT_EQ(give_back_one(20), over + std::string("1_of_0_bought")) << "that puts nothing back";
    EXPECT_EQ(give_back_one(21), over + std::string("2_of_0_bought"));
    corrected(sold(30, sale_line(1, "1")), "supplement", 30, sale_line(1, "5"));
    EXPECT_EQ(give_back_one(30), "ok");
    EXPECT_EQ(give_back_one(30), over + std::string("2_of_1_bought")) << "words are no goods";
    corrected(sold(40, sale_line(1, "1")), "reverse", 40, sale_line(1, "1"));
    sold(40, sale_line(1, "1") + "," + sale_line(2, "1"));
    EXPECT_EQ(give_back_one(40), "ok") << "another sale has that number, too";
}

TEST_F(StoreReturnsOfCorrectedTest, ReturnsOfASaleAndOfWhatReplacesItCountTogether) {
    const Recorded second = corrected(sold(10, sale_line(1, "3")), "replace", 11, sale_line(1, "2"));
    EXPECT_EQ(give_back_one(10), "ok");
    EXPECT_EQ(give_back_one(11), "ok");
    EXPECT_EQ(give_back_one(11), over + std::string("3_of_2_bought"));
    EXPECT_EQ(give_back_one(10), over + std::string("4_of_2_bought"));
    corrected(second, "replace", 12, sale_line(1, "5"));
    ASSERT_TRUE(store->settle());
    open();
    EXPECT_EQ(give_back_one(12), "ok");
    EXPECT_EQ(give_back_one(11), over + std::string("6_of_5_bought")) << "of three numbers";
    EXPECT_EQ(give_back(next_++, return_line("", "1", 10)), over + std::string("6_of_5_bought"))
        << "by article; of the line what is over is marked already";
    sold(20, sale_line(1, "1"));
    corrected(sold(21, sale_line(1, "1")), "replace", 22, sale_line(1, "1"));
    EXPECT_EQ(give_back(next_++, return_line("1", "1", 21) + "," + return_line("1", "1", 22)),
              "return_quantity:/lines/1/quantity=2_of_1_bought")
        << "lines of one return";
    EXPECT_EQ(give_back_one(20), "ok") << "another sale";
}

TEST_F(StoreReturnsOfCorrectedTest, ReturnsOfAnotherNumberCountWhereItIsClearWhatTheyMean) {
    const std::string other = R"({"line":1,"direction":"sale","item":"8","quantity":1})";
    corrected(sold(10, other + "," + sale_line(2, "1")), "replace", 11, sale_line(1, "1"));
    give_back_one(10);
    EXPECT_EQ(give_back_one(11), "ok") << "the receipt of before has another line 1";
    sold(20, sale_line(1, "1"));
    corrected(sold(20, sale_line(1, "3")), "replace", 21, sale_line(1, "1"));
    give_back_one(20);
    EXPECT_EQ(give_back_one(21), "ok") << "that may have been the other sale under number 20";
    const Recorded sale = sold(30, sale_line(1, "1"));
    const Recorded superseded = corrected(sale, "replace", 31, sale_line(1, "1"));
    corrected(sale, "replace", 32, sale_line(1, "1"));
    corrected(superseded, "replace", 33, sale_line(1, "1"));
    give_back_one(31);
    EXPECT_EQ(give_back_one(32), over + std::string("2_of_1_bought"));
    EXPECT_EQ(give_back_one(33), "ok") << "what corrects the superseded corrects nothing";
}

TEST_F(StoreReturnsOfCorrectedTest, WhereItIsNotClearWhatIsMeantNothingIsSaid) {
    const std::string other = R"({"line":1,"direction":"sale","item":"8","quantity":1})";
    for (const int number : {2, 1}) {
        const int sale = number * 10;
        corrected(sold(sale, sale_line(1, "1") + R"(,{"line":2,"direction":"sale","item":"8","quantity":1})"),
                  "replace", sale + number - 1, other);
        EXPECT_EQ(give_back(next_++, return_line("1", "3", sale)), "ok") << "another line 1 than the receipt's";
        EXPECT_EQ(give_back(next_++, return_line("2", "3", sale)), "ok") << "and no line 2";
    }
    corrected(sold(30, sale_line(1, "1")), "replace", 31, other);
    EXPECT_EQ(give_back(next_++, return_line("", "1", 30)), over + std::string("1_of_0_bought")) << "by article";
    Recorded last = sold(40, sale_line(1, "1"));
    for (int i = 0; i < 20; ++i) last = corrected(last, "replace", 41 + i, sale_line(1, "1"));
    EXPECT_EQ(give_back(next_++, return_line("1", "9", 40)), "ok") << "who corrects more often is not followed";
    EXPECT_EQ(give_back(next_++, return_line("1", "9", 60)), over + std::string("9_of_1_bought"));
    const Recorded replaced = sold(70, sale_line(1, "1"));
    const Recorded by = corrected(replaced, "replace", 71, sale_line(1, "2"));
    ASSERT_TRUE(store->withhold(by.sequence, "larger_than_packet"));
    EXPECT_EQ(give_back(next_++, return_line("1", "9", 70)), "ok") << "what it says now is not here";
}

TEST_F(StoreReturnsTest, HoldBackByTheConfigurationAlone) {  // [durable-3]
    sell(sale_line(1, "1"));
    Draft held = read(record("return", 2, return_line("1", "2")), true);
    held.event.quality.mark("redacted", "/note");
    const Recorded place = add(std::move(held));
    EXPECT_EQ(place.quarantine_id, "Q1-2");
    EXPECT_EQ(place.rule, "return_quantity");
    EXPECT_EQ(place.field, "/lines/0/quantity");
    EXPECT_NE(line_at(2).find("2_of_1_bought"), std::string::npos) << line_at(2);
    EXPECT_NE(line_at(2).find("\"quality\":\"redacted:/note\""), std::string::npos) << line_at(2);
    EXPECT_EQ(store->quarantine_record("Q1-2")->bytes, record("return", 2, return_line("1", "2")));
    const auto again = [&] { return add(read(record("return", 2, return_line("1", "2")), true)); };
    EXPECT_EQ(again().quarantine_id, "Q1-2") << "sent again, it is the same record";
    EXPECT_EQ(again().rule, "return_quantity");
    EXPECT_EQ(store->quarantined(), 1);
    EXPECT_EQ(add(read(record("return", 3, return_line("1", "1")), true)).quarantine_id, "") << "that one is right";
    QuarantineDecision release;
    release.kind = QuarantineDecision::Kind::release;
    release.id = "Q1-2";
    release.draft = read(store->quarantine_record("Q1-2")->bytes);
    const auto decided = store->decide(std::move(release));
    ASSERT_TRUE(decided) << decided.error().message;
    EXPECT_EQ(decided->added->quality, over + std::string("3_of_1_bought")) << "a person let it travel, marked";
    EXPECT_EQ(again().quarantine_id, "Q1-2") << "sent again, it gets its first answer still";
    EXPECT_EQ(store->live().last, decided->told_at.sequence) << "and nothing is recorded";
}

TEST_F(StoreReturnsTest, AFaultOfTheTransactionCountsNothing) {
    sell(sale_line(1, "1"));
    std::vector<Draft> drafts;
    drafts.push_back(read(record("return", 2, return_line("1", "1"))));
    drafts.push_back(read(record("return", 3, return_line("1", "1"))));
    const auto both = store->append(drafts);
    ASSERT_TRUE(both);
    EXPECT_EQ((*both)[0].quality, "ok");
    EXPECT_EQ((*both)[1].quality, over + std::string("2_of_1_bought")) << "within one transaction, too";
}

class StoreContentTest : public StoreReturnsTest {
protected:
    void compare_without(std::vector<std::string> pointers) {
        std::vector<KeySetting> keys;
        if (!pointers.empty()) keys = {{{"sale"}, {}, std::move(pointers)}};
        settings.keys = std::make_shared<const KeyRules>(keys);
        open();
    }
    Recorded sell_printed(int number, int printed, int quantity = 1) {
        const std::string more = R"(,"printed":)" + std::to_string(printed);
        return add(read(record("sale", number, sale_line(1, std::to_string(quantity)), more)));
    }
};

// What the configuration said then says nothing of the number that a return names.
TEST_F(StoreContentTest, ASaleThatHasAFormerKeyIsFoundByItsNumber) {
    const std::vector<KeySetting> by_receipt{{{"sale"}, {"/receipt/id"}, {}}};
    settings.keys = std::make_shared<const KeyRules>(by_receipt);
    open();
    const auto sold = add(read(record("sale", 1, sale_line(1, "2"), R"(,"receipt":{"id":"R-1"})")));
    ASSERT_EQ(sold.quality, "ok");
    ASSERT_NE(line_at(sold.sequence).find(R"("subject":"sale/R-1")"), std::string::npos) << line_at(sold.sequence);
    settings.keys = std::make_shared<const KeyRules>();
    open();
    EXPECT_EQ(give_back(2, return_line("1", "2")), "ok");
    EXPECT_EQ(give_back(3, return_line("1", "1")), over + std::string("3_of_2_bought"));
    open();
    EXPECT_EQ(give_back(4, return_line("", "1")), over + std::string("3_of_2_bought"));
    EXPECT_EQ(give_back(5, return_line("1", "9", 8)), "ok") << "another number";
}

TEST_F(StoreContentTest, WhatDiffersInWhatChangesAloneGetsTheFirstReceipt) {  // [once-2]
    compare_without({"/printed"});
    const Recorded first = sell_printed(1, 100);
    for (int round = 0; round < 3; ++round) {  // in memory, read from the body, and from the table
        const Recorded again = sell_printed(1, 200 + round);
        EXPECT_TRUE(again.repeat) << round;
        EXPECT_EQ(again.sequence, first.sequence) << round;
        if (round == 1) {
            ASSERT_TRUE(store->settle());
        }
        open();
    }
    const Recorded other = sell_printed(1, 100, 2);
    EXPECT_TRUE(other.conflict) << "other goods are another sale, whatever the number";
    EXPECT_EQ(other.quality, "conflict");
    Draft returned = read(record("return", 1, sale_line(1, "1"), R"(,"printed":1)"));
    EXPECT_TRUE(add(std::move(returned)).conflict) << "another type is compared by all";
}

TEST_F(StoreContentTest, WhatWasRecordedBeforeIsKnownWhenItComesAsItWas) {
    const Recorded first = sell_printed(1, 100);
    compare_without({"/printed"});
    const Recorded again = sell_printed(1, 100);
    EXPECT_TRUE(again.repeat);
    EXPECT_EQ(again.sequence, first.sequence);
}

TEST_F(StoreContentTest, ScansAndWeightsAreNeverMerged) {
    compare_without({"/printed"});
    for (const char* type : {"scan", "weight"}) {
        const std::string line =
            R"({"type":")" + std::string(type) + R"(","device":"s","code":"1","net":"1","unit":"KGM"})";
        const Recorded first = add(read(line));
        const Recorded second = add(read(line));
        EXPECT_FALSE(second.repeat) << type;
        EXPECT_NE(first.sequence, second.sequence) << type;
    }
}

}  // namespace
}  // namespace tillpost
