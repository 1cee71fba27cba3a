// SPDX-License-Identifier: Apache-2.0
// [once-2] A record that a POS or connector writes anew, with other bytes and the same content, is the same event.
#include "agent/event/key_rules.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

const std::string key = "pos/T1/2026-11-23/7";
const std::string sale = R"({"type":"sale","total":1.50,"lines":[{"line":1,"note":"é"}],"operator":"p-1"})";

class StoreSameContentTest : public StoreTest {
protected:
    Recorded send(const std::string& data) { return add(draft(key, data)); }
};

TEST_F(StoreSameContentTest, InOtherWordsItGetsTheFirstReceipt) {
    const Recorded first = send(sale);
    const char* others[] = {
        R"({ "type" : "sale", "total" : 1.50, "lines" : [ { "line":1, "note":"é" } ], "operator":"p-1" })",
        R"({"operator":"p-1","lines":[{"note":"é","line":1}],"type":"sale","total":1.50})",
        R"({"type":"sale","total":1.5,"lines":[{"line":1,"note":"\u00e9"}],"operator":"p-1"})",
        R"({"type":"sale","total":1.500,"lines":[{"line":1,"note":"é"}],"operator":"p-1","mode":null})",
        R"({"type":"sale","origin":{"adapter":"x","request":"2"},"total":1.50,"lines":[{"line":1,"note":"é"}],"operator":"p-1"})"};
    for (const char* other : others) {
        const Recorded again = send(other);
        EXPECT_TRUE(again.repeat) << other;
        EXPECT_EQ(again.sequence, first.sequence) << other;
    }
    EXPECT_EQ(store->live().last, first.sequence) << "and nothing was recorded";
    open();
    EXPECT_TRUE(send(others[1]).repeat) << "after a restart, too";
    maintain();
    ASSERT_TRUE(store->settle());
    open();
    EXPECT_TRUE(send(others[1]).repeat) << "and from the table";
}

TEST_F(StoreSameContentTest, OtherContentIsAConflict) {
    send(sale);
    const char* others[] = {
        R"({"type":"sale","total":1.51,"lines":[{"line":1,"note":"é"}],"operator":"p-1"})",
        R"({"type":"sale","total":"1.50","lines":[{"line":1,"note":"é"}],"operator":"p-1"})",
        R"({"type":"sale","total":1.50,"lines":[{"line":1,"note":"e"}],"operator":"p-1"})",
        R"({"type":"sale","total":1.50,"lines":[{"line":1,"note":"é"}],"operator":"p-1","more":false})",
        R"({"type":"sale","total":1.50,"lines":[{"line":1,"note":"é"},{}],"operator":"p-1"})"};
    for (const char* other : others) EXPECT_TRUE(send(other).conflict) << other;
    EXPECT_TRUE(send(std::string(" ") + others[0]).repeat) << "of the second content";
}

TEST_F(StoreSameContentTest, WhatIsHeldNoLongerIsComparedByItsBytesAlone) {
    send(sale);
    ASSERT_TRUE(store->withhold(1, "larger_than_packet"));
    EXPECT_TRUE(send(sale).repeat);
    EXPECT_TRUE(send(" " + sale).conflict);
}

TEST_F(StoreSameContentTest, WhatIsDamagedSaysNothing) {
    send(sale);
    tamper("UPDATE event SET digest = zeroblob(32)");
    open();
    EXPECT_FALSE(send(" " + sale).repeat);
}

TEST_F(StoreSameContentTest, WhatMayChangeIsLeftOutHereToo) {
    settings.keys = std::make_shared<const KeyRules>(std::vector<KeySetting>{{{"sale"}, {}, {"/printed"}}});
    open();
    send(R"({"type":"sale","a":1,"printed":"10:00"})");
    EXPECT_TRUE(send(R"({"printed":"10:05", "a":1, "type":"sale"})").repeat);
    EXPECT_TRUE(send(R"({"printed":"10:05", "a":2, "type":"sale"})").conflict);
}

TEST_F(StoreSameContentTest, ARecordOfAnotherTypeIsAnother) {
    send(sale);
    Draft control = draft(key, " " + sale);
    control.event.type = "control";
    EXPECT_TRUE(add(std::move(control)).conflict);
}

}  // namespace
}  // namespace tillpost
