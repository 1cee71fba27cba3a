// SPDX-License-Identifier: Apache-2.0
// [complete-1] A post-void takes back the record with the number that it names, whatever the configuration makes
// business keys of, and says so where there is none.
#include <array>

#include "tests/unit/capture_day_consumer.hpp"

namespace tillpost {
namespace {

constexpr const char* sum_up_tills = R"py(
import json, sys
sums = {}
for event in what_counts([each for each in map(json.loads, open(sys.argv[1])) if "type" in each]):
    data = event["data"]
    if "totals" in data: sums[data["till"]] = sums.get(data["till"], 0) + int(data["totals"]["gross"])
for till in sorted(sums): print(till, sums[till])
)py";

class VoidedDayTest : public ConsumedDayTest {
protected:
    VoidedDayTest() {
        store = "0042";
        quiet = 1h;
        crash();
    }
    static std::string record(const std::string& type, const std::string& till, int number, const std::string& more) {
        return R"({"type":")" + type + R"(","store":"0042","till":")" + till + R"(","number":)" +
               std::to_string(number) + R"(,"receipt":{"id":")" + till + "-" + std::to_string(number) +
               R"("},"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","operator":"Ms Fink",)" +
               R"("currency":"EUR")" + more + "}";
    }
    void sell_for(const std::string& type, const std::string& till, int number, const std::string& amount) {
        send(record(type, till, number,
                    R"(,"lines":[],"tenders":[{"type":"cash","amount":")" + amount + R"("}],"totals":{"net":")" +
                        amount + R"(","tax":"0","gross":")" + amount + "\"}"));
    }
    void take_back(const std::string& till, int number, const std::string& original) {
        send(record("void", till, number, R"(,"scope":"post","reason":"r","amount":"1","original":)" + original));
    }
    json day_of(const std::string& till) const {
        const json answer = json::parse(days->answer("2026-11-23", till));
        return answer["day"]["tills"].empty() ? json() : answer["day"]["tills"][0];
    }
    std::string gross_of(const std::string& till) const {
        const json day = day_of(till);
        return day.value("corrected_sums", day["sums"])[0]["totals"]["gross"];
    }
    void begin_again_with(std::vector<KeySetting> now) {
        keys = std::move(now);
        crash();
    }
};

const std::vector<KeySetting> keys_by_receipt{{{"sale"}, {"/receipt/id"}, {}}};
const std::vector<KeySetting> keys_by_number{{{"sale", "return", "void"}, {"/till", "/business_date", "/number"}, {}}};
const std::vector<KeySetting> keys_by_store{{{"sale"}, {"/store", "/till", "/business_date", "/number"}, {}}};
const std::vector<KeySetting> keys_by_less{{{"sale", "void", "return"}, {"/till", "/number"}, {}}};

class VoidedByKeyTest : public VoidedDayTest, public ::testing::WithParamInterface<std::vector<KeySetting>> {};

TEST_P(VoidedByKeyTest, ItIsFoundByTillDateAndNumber) {
    begin_again_with(GetParam());
    const std::vector<std::string> originals{R"({"number":1})", R"({"number":"1","business_date":"2026-11-23"})",
                                             R"({"number":1,"till":"A0","business_date":"2026-11-23"})",
                                             R"({"number":1,"store":"42","till":"A0","business_date":"2026-11-23"})"};
    std::vector<std::string> tills;
    for (const char* const type : {"sale", "return"}) {
        for (const std::string& original : originals) {
            const std::string till = (type[0] == 's' ? "A" : "B") + std::to_string(tills.size() % originals.size());
            sell_for(type, till, 1, "5");
            sell_for(type, till, 2, "7");
            std::string named = original;
            if (const auto at = named.find("A0"); at != std::string::npos) named.replace(at, 2, till);
            take_back(till, 3, named);
            tills.push_back(till);
        }
    }
    const auto expect_taken_back = [&](const char* when) {
        for (const std::string& till : tills) {
            EXPECT_EQ(gross_of(till), "7") << when << till << ": " << day_of(till);
            EXPECT_EQ(day_of(till)["counts"]["unapplied"], 0) << when << till;
        }
    };
    expect_taken_back("live, ");
    EXPECT_EQ(at_consumer(sum_up_tills), "A0 7\nA1 7\nA2 7\nA3 7\nB0 7\nB1 7\nB2 7\nB3 7\n");
    crash();
    expect_taken_back("read again, ");
    fork();
    crash();
    expect_taken_back("moved by a fork, ");
    damage();
    salvage_all();
    expect_taken_back("salvaged, ");
    crash();
    expect_taken_back("salvaged and read again, ");
    sell_for("sale", "A0", 4, "9");
    take_back("A0", 5, R"({"number":2})");
    EXPECT_EQ(gross_of("A0"), "9") << "what was salvaged has its number, too: " << day_of("A0");
}

TEST_P(VoidedByKeyTest, WhatIsNotThereIsSaid) {
    begin_again_with(GetParam());
    sell_for("sale", "A0", 1, "5");
    const std::vector<std::string> originals{R"({"number":77})", R"({"till":"A0"})", R"("1")",
                                             R"({"number":1,"business_date":"2026-11-22"})"};
    for (std::size_t i = 0; i < originals.size(); ++i) {
        take_back("A0", static_cast<int>(i) + 2, originals[i]);
        EXPECT_EQ(day_of("A0")["counts"]["unapplied"], i + 1) << originals[i] << ": " << day_of("A0");
        EXPECT_EQ(day_of("A0")["unapplied"].back()["why"], "not_held") << originals[i];
    }
    take_back("A0", 9, R"({"number":1,"store":"0099"})");
    for (const bool again : {false, true}) {
        if (again) crash();
        EXPECT_EQ(day_of("A0")["counts"]["unapplied"], originals.size()) << "one of another store is theirs";
        EXPECT_EQ(gross_of("A0"), "5");
    }
}

std::string name_of_keys(const ::testing::TestParamInfo<std::vector<KeySetting>>& which) {
    static constexpr std::array names{"none", "receipt", "number", "store", "less"};
    return names.at(which.index);
}

INSTANTIATE_TEST_SUITE_P(All, VoidedByKeyTest,
                         ::testing::Values(std::vector<KeySetting>(), keys_by_receipt, keys_by_number, keys_by_store,
                                           keys_by_less),
                         name_of_keys);

TEST_F(VoidedDayTest, ASaleOfBeforeTheKeysWereChangedIsFound) {
    const std::vector<std::vector<KeySetting>> all{{}, keys_by_store, keys_by_receipt, keys_by_number, {}};
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        const std::string till = "A" + std::to_string(i);
        begin_again_with(all[i]);
        sell_for("sale", till, 1, "5");
        sell_for("sale", till, 2, "7");
        begin_again_with(all[i + 1]);
        take_back(till, 3, R"({"number":1})");
        for (const bool again : {false, true}) {
            if (again) crash();
            EXPECT_EQ(gross_of(till), "7") << day_of(till);
            EXPECT_EQ(day_of(till)["counts"]["unapplied"], 0) << day_of(till);
        }
    }
}

TEST_F(VoidedDayTest, MappedAgainItStaysAtWhatItVoidedFirst) {
    const std::vector<std::vector<KeySetting>> all{{}, keys_by_store, keys_by_receipt, {}};
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        const std::string till = "A" + std::to_string(i);
        begin_again_with(all[i]);
        sell_for("sale", till, 1, "5");
        take_back(till, 2, R"({"number":1,"store":"0042","till":")" + till + R"(","business_date":"2026-11-23"})");
        begin_again_with(all[i + 1]);
        sell_for("sale", till, 1, "7");
        EXPECT_EQ(gross_of(till), "7") << day_of(till);
        ask(json::object());
        for (const bool again : {false, true}) {
            if (again) crash();
            EXPECT_EQ(gross_of(till), "7") << day_of(till);
        }
    }
    EXPECT_GT(mapped, 0U);
    EXPECT_EQ(at_consumer(sum_up_tills), "A0 7\nA1 7\nA2 7\n");
}

// Its `quarantined` event came before it, and names its number, too.
TEST_F(VoidedDayTest, WhatWasHeldBackAndReleasedIsTakenBack) {
    rules = {{"tenders", {"sale"}, Severity::quarantine}};
    crash();
    send(record("sale", "A0", 1,
                R"(,"lines":[],"tenders":[{"type":"cash","amount":"77"}],"totals":{"net":"5","tax":"0","gross":"5"})"));
    ASSERT_EQ(journal->quarantined(), 1);
    const std::string id = "Q1-" + std::to_string(journal->live().last);
    EXPECT_EQ(decide({{"quarantine.release", {{"id", id}}}})["error"], json());
    sell_for("sale", "A0", 2, "7");
    take_back("A0", 3, R"({"number":1})");
    EXPECT_EQ(gross_of("A0"), "7") << day_of("A0");
    EXPECT_EQ(at_consumer(sum_up_tills), "A0 7\n");
}

}  // namespace
}  // namespace tillpost
