// SPDX-License-Identifier: Apache-2.0
// [intact-1] Bodies lie packed in the file: rows of a former format are read beside them, and whatever the disk makes
// of a packed one, it is never taken for the body.
#include "agent/journal/quarantine_content.hpp"
#include "tests/unit/packed_with.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {
namespace {

std::string hex_of(std::string_view bytes) {
    std::string hex;
    for (const char byte : bytes) {
        for (const int half : {byte >> 4 & 15, byte & 15}) hex += "0123456789abcdef"[half];
    }
    return hex;
}

class StorePackedTest : public StoreTest {
protected:
    std::int64_t packed_rows() { return in_file("SELECT count(*) FROM event WHERE substr(body, 1, 1) = x'02'"); }
    /// The file as the release with the twelfth format left it.
    void go_back_to_the_twelfth_format(const std::vector<std::string>& lines) {
        std::string sql = "DELETE FROM dictionary WHERE number = 2; ALTER TABLE dictionary DROP COLUMN tables;";
        for (const std::string& text : lines) {
            const auto line = parse_line(sha, text);
            sql += "UPDATE event SET body = x'" + hex_of(test::packed_with(1, line->body)) +
                   "' WHERE position & 0xffff = " + std::to_string(line->sequence) + ";";
        }
        tamper(sql + "PRAGMA user_version = 12");
    }
};

TEST_F(StorePackedTest, TheFileSaysWithWhat) {
    add_many(20);
    EXPECT_EQ(packed_rows(), 20);
    EXPECT_EQ(in_file("SELECT count(*) FROM dictionary"), 2);
    const auto bytes = [](int number) { return "x'" + hex_of(packing_dictionary(number)) + "'"; };
    for (const int number : {1, 2}) {
        EXPECT_EQ(in_file("SELECT CAST(coalesce(tables, x'') || CAST(text AS BLOB) AS BLOB) = " + bytes(number) +
                          " FROM dictionary WHERE number = " + std::to_string(number)),
                  1);
    }
    EXPECT_EQ(in_file("SELECT sum(instr(text, '\"type\":\"tillpost.sale.v1\"') > 0) FROM dictionary"), 2);
    tamper("DELETE FROM dictionary");
    open();
    EXPECT_EQ(all_lines().size(), 20U) << "it is for others: this program has its own";
}

TEST_F(StorePackedTest, RowsOfTheTenthFormatStayAsTheyAreAndAreRead) {
    add_many(20);
    const std::vector<std::string> before = all_lines();
    tamper(
        "UPDATE event SET body = unpacked(body); DROP TABLE too_large; DROP TABLE dictionary; PRAGMA user_version = "
        "10");
    open();
    EXPECT_EQ(all_lines(), before);
    add_many(5);
    EXPECT_EQ(packed_rows(), 5);
    EXPECT_EQ(all_lines().size(), 25U);
}

TEST_F(StorePackedTest, RowsOfTheTwelfthFormatStayAsTheyAreAndAreRead) {
    add_many(20);
    const std::vector<std::string> before = all_lines();
    go_back_to_the_twelfth_format(before);
    open();
    EXPECT_EQ(all_lines(), before);
    add_many(5);
    EXPECT_EQ(packed_rows(), 5);
    EXPECT_EQ(in_file("SELECT count(*) FROM event WHERE substr(body, 1, 1) = x'01'"), 20);
    EXPECT_EQ(in_file("SELECT count(*) FROM dictionary"), 2);
    EXPECT_EQ(all_lines().size(), 25U);
}

struct Damage {
    const char* name;
    const char* body;  ///< What becomes of the column's value
};

class PackedDamageTest : public StorePackedTest, public ::testing::WithParamInterface<Damage> {};

// [once-1] The chain still proves the digest: a tombstone travels, and what lay there waits for a person.
TEST_P(PackedDamageTest, CostsItsOwnContentAlone) {
    add(draft("", R"({"total":"100.00"})"));
    add_many(10);
    const std::vector<std::string> before = all_lines();
    tamper("UPDATE event SET body = " + std::string(GetParam().body) + " WHERE position & 0xffff = 1");
    open();
    const std::string first = line_at(1);
    const auto line = parse_line(sha, first);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->kind, Line::Kind::withheld) << first;
    EXPECT_EQ(store->quarantined(), 1);
    const std::vector<std::string> after = all_lines();
    ASSERT_GE(after.size(), before.size());
    for (std::size_t i = 1; i < before.size(); ++i) EXPECT_EQ(after[i], before[i]);
}

INSTANTIATE_TEST_SUITE_P(
    Damages, PackedDamageTest,
    ::testing::Values(Damage{"cut_off", "substr(body, 1, length(body) - 1)"}, Damage{"the_sign_alone", "x'01'"},
                      Damage{"longer", "CAST(body || x'00' AS BLOB)"},
                      Damage{"of_a_dictionary_that_is_not_known", "CAST(x'03' || substr(body, 2) AS BLOB)"},
                      Damage{"of_the_other_dictionary", "CAST(x'01' || substr(body, 2) AS BLOB)"},
                      Damage{"says_that_it_is_no_packed_one", "CAST(x'22' || substr(body, 2) AS BLOB)"},
                      Damage{"another_body",
                             "packed(CAST(replace(CAST(unpacked(body) AS TEXT), '100.00', '900.00') AS BLOB))"},
                      Damage{"packed_twice", "packed(body)"}, Damage{"a_magic_number_alone", "x'0128b52ffd'"},
                      Damage{"of_four_gigabytes", "x'0128b52ffde00000000001000000010000'"},
                      Damage{"of_nothing", "x'0128b52ffd2000010000'"}),
    [](const auto& which) { return std::string(which.param.name); });

// What is given up moves its neighbours: they are packed anew, and a damaged one is none the better for it.
TEST_F(StorePackedTest, WhatIsMovedIsTheSameBehindIt) {
    settings.most_bytes = 1 << 20;
    settings.ballast_bytes = 0;
    open();
    std::vector<Draft> drafts;
    for (int i = 0; i < 600; ++i) {
        drafts.push_back(draft("", R"({"x":")" + test::filler(1'500) + "\"}"));
        drafts.back().event.type = i % 2 == 0 ? "scan" : "sale";
    }
    ASSERT_TRUE(store->append(drafts));
    const std::vector<std::string> before = all_lines();
    tamper(
        "UPDATE event SET body = unpacked(body) WHERE position & 0xffff = 2;"
        "UPDATE event SET body = substr(body, 1, length(body) - 1) WHERE position & 0xffff = 4");
    open();
    maintain();
    ASSERT_GT(store->shed(), 4);
    EXPECT_EQ(line_at(2), before[1]);
    EXPECT_EQ(parse_line(sha, line_at(4))->kind, Line::Kind::withheld);
    EXPECT_EQ(line_at(6), before[5]);
}

}  // namespace
}  // namespace tillpost
