// SPDX-License-Identifier: Apache-2.0
// The exception queue as central knows it, from what the agents say.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/central/quarantine_queue.hpp"
#include "agent/central/store.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/central_line_maker.hpp"

namespace tillpost {
namespace {

using Sort = QuarantineQueue::Sort;

const AgentName queue_agent{"acme", "s1", "till3"};

std::string record_data(const std::string& digest, const std::string& more) {
    return R"({"device":"feed","rule":"totals","field":"/totals/gross","detail":"","digest":")" + digest +
           R"(","size":312)" + more + "}";
}

std::string decision_data(const std::string& quarantined, const std::string& digest) {
    return R"({"record":"Q1-1","quarantined":")" + quarantined +
           R"(","event":"00000000000000e1-0000000000000009","rule":"totals","user":1000,"actor":"p-1","reason":"seen",)"
           R"("digest":")" +
           digest + "\"}";
}

class CentralQuarantineTest : public ::testing::Test {
protected:
    QuarantineQueue queue_of(const std::vector<std::string>& lines) {
        auto store = CentralStore::open(folder.file("central.db"), CentralStore::Missing::create, clock);
        EXPECT_TRUE(store) << store.error().message;
        EXPECT_TRUE((*store)->commit({{queue_agent, test::joined(lines)}}, false));
        QuarantineQueue queue(Moves((*store)->statements()->moves));
        EXPECT_TRUE((*store)->each_quarantine(std::nullopt, [&queue](const CentralStore::Row& row) {
            queue.take(row.source, row.epoch, row.sequence, row.body);
        }));
        queue.settle();
        return queue;
    }
    static std::string numbers(const std::vector<QuarantineQueue::Record>& records) {
        std::string text;
        for (const auto& each : records) text += each.event.substr(32) + each.decision.substr(0, 1) + " ";
        return text;
    }

    test::TempDir folder;
    test::FixedClock clock;
    test::LineMaker maker{queue_agent.source()};
};

TEST_F(CentralQuarantineTest, AmountsOfSeveralCurrenciesAreNotCompared) {
    const auto of = [](const std::string& amount, const std::string& currency) {
        return R"(,"record_type":"sale","class":"critical","amount":")" + amount + R"(","currency":")" + currency + '"';
    };
    std::vector<std::string> lines{maker.own("quarantined", record_data("aa", of("5000", "JPY"))),
                                   maker.own("quarantined", record_data("bb", of("80.00", "EUR"))),
                                   maker.own("quarantined", record_data("cc", R"(,"currency":"CHF")")),
                                   maker.own("quarantined", record_data("dd", of("-90.00", "EUR"))),
                                   maker.own("quarantined", record_data("ee", of("12000", "JPY")))};
    EXPECT_EQ(numbers(queue_of(lines).open(Sort::amount)), "4 2 5 1 3 ");
}

TEST_F(CentralQuarantineTest, TellsOpenAndDecidedRecordsInEachOrder) {
    const std::string sale = R"(,"record_type":"sale","class":"critical","till":"T01","number":"7",)"
                             R"("business_date":"2026-11-23","amount":"9.99","currency":"EUR")";
    const std::string transfer = R"(,"record_type":"transfer_in","class":"normal","amount":"-120")";
    std::vector<std::string> lines{maker.own("quarantined", record_data("aa", transfer)),
                                   maker.own("quarantined", record_data("bb", sale)),
                                   maker.own("quarantined", record_data("cc", "")),
                                   maker.own("quarantined", record_data("dd", sale)),
                                   maker.own("released", decision_data("00000000000000e1-0000000000000004", "dd")),
                                   maker.own("discarded", decision_data("00000000000000e1-0000000000000077", "ee"))};
    const QuarantineQueue queue = queue_of(lines);
    EXPECT_EQ(numbers(queue.open(Sort::age)), "1 2 3 ");
    EXPECT_EQ(numbers(queue.open(Sort::amount)), "1 2 3 ");
    EXPECT_EQ(numbers(queue.open(Sort::record_class)), "2 1 3 ");
    EXPECT_EQ(numbers(queue.decided(Sort::age)), "4r ");
    const std::string table = table_of(queue, Sort::record_class, false);
    EXPECT_NE(table.find("critical  sale        T01     7         2026-11-23  9.99 EUR      totals:/totals/gross"),
              std::string::npos)
        << table;
    EXPECT_TRUE(table.ends_with("\n3 wait for a decision at the box, 1 are decided\n")) << table;
    EXPECT_EQ(table.find("released"), std::string::npos);
    EXPECT_NE(table_of(queue, Sort::age, true).find(" by p-1"), std::string::npos);
    const auto all = nlohmann::json::parse(json_of(queue, Sort::age, true));
    EXPECT_EQ(all["open"], 3);
    EXPECT_EQ(all["records"].size(), 4U);
    EXPECT_EQ(all["records"][3]["became"], "00000000000000e1-0000000000000009");
    EXPECT_EQ(all["records"][1]["amount"], "9.99");
}

TEST_F(CentralQuarantineTest, ACopyCountsOnceAndADecisionFindsItByItsDigest) {
    (void)maker.own("quarantined", record_data("ff", ""));  // never came
    const std::string first = maker.own("quarantined", record_data("aa", ""));
    test::LineMaker heir(queue_agent.source(), 0xe2);
    const QuarantineQueue queue =
        queue_of({heir.reissued(0xe1, 2, 2), heir.body(test::LineMaker::body_in(first)), first,
                  heir.own("corrected", decision_data("00000000000000e1-0000000000000002", "aa"))});
    EXPECT_EQ(numbers(queue.decided(Sort::age)), "2c ");
    EXPECT_EQ(numbers(queue.open(Sort::age)), "");
}

TEST_F(CentralQuarantineTest, WhatAStoreSaysCommandsNoTerminal) {
    const std::string hostile = R"(,"till":"\u001b[2J\u009b","amount":{},"number":7,"currency":"\u202e")";
    const std::string table = table_of(queue_of({maker.own("quarantined", record_data("aa", hostile)),
                                                 maker.own("quarantined", "[]"), maker.own("released", "7")}),
                                       Sort::amount, true);
    EXPECT_NE(table.find(R"(\x1b[2J\u{9b})"), std::string::npos) << table;
    for (const char* raw : {"\x1b", "\xc2\x9b", "\xe2\x80\xae"}) EXPECT_EQ(table.find(raw), std::string::npos) << table;
    EXPECT_TRUE(table.ends_with("\n1 wait for a decision at the box, 0 are decided\n")) << table;
}

}  // namespace
}  // namespace tillpost
