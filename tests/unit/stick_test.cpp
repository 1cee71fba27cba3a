// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/stick.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

const std::string source = "urn:tillpost:acme:s1:till3";

Hello hello() {
    Hello made;
    made.number = "00000000000000ab";
    made.source = source;
    made.version = "test";
    made.epochs.push_back({0xe1, 1, 1, 9, {}, {}, 4});
    return made;
}

TEST(StickTest, AHeadComesBackAsItWasWritten) {
    const auto head = decode_export_head(encode(ExportHead{source, 7, hello()}));
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ(head->source, source);
    EXPECT_EQ(head->part, 7U);
    EXPECT_EQ(head->hello.number, "00000000000000ab");
    EXPECT_EQ(head->hello.epochs.at(0).last, 9U);
}

TEST(StickTest, AReceiptComesBackAsItWasWritten) {
    EpochReceipt part;
    part.epoch = 0xe1;
    part.upto = 5;
    const Receipt receipt{std::string(16, '0'), std::string(32, 'a'), {part}, {}};
    const auto found = decode_export_receipt(encode(ExportReceipt{source, receipt}));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->source, source);
    EXPECT_EQ(found->receipt.epochs.at(0).upto, 5U);
}

TEST(StickTest, ContentsComeBackAsTheyWereWritten) {
    ExportHead head{source, 1, hello()};
    EXPECT_EQ(encode(head).find("withheld"), std::string::npos);
    EXPECT_EQ(encode(head).find("apart"), std::string::npos);
    EXPECT_FALSE(decode_export_head(encode(head))->apart);
    head.withheld = {{0xe1, 4}, {0xe1, 7}};
    head.apart = true;
    const auto read = decode_export_head(encode(head));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->withheld, head.withheld);
    EXPECT_TRUE(read->apart);
    ExportReceipt receipt{source, {std::string(16, '0'), std::string(32, 'a'), {}, {}}};
    EXPECT_EQ(encode(receipt).find("contents"), std::string::npos) << "as an earlier version wrote it";
    receipt.contents = {{{0xe1, 4}, Sha256()("a")}, {{0xe2, 1}, Sha256()("b")}};
    const auto found = decode_export_receipt(encode(receipt));
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->contents.size(), 2U);
    EXPECT_EQ(found->contents[1].event, (EventNumber{0xe2, 1}));
    EXPECT_EQ(found->contents[1].digest, Sha256()("b"));
}

TEST(StickTest, ContentsThatAreNoneAreRefused) {
    const std::string id = event_id(0xe1, 4);
    const std::string digest(64, 'a');
    const auto with = [](const std::string& whole, const std::string& member) {
        return whole.substr(0, whole.size() - 1) + "," + member + "}";
    };
    const std::string head = encode(ExportHead{source, 1, hello()});
    const std::string receipt = encode(ExportReceipt{source, {std::string(16, '0'), std::string(32, 'a'), {}, {}}});
    std::string many;
    for (std::size_t i = 0; i <= most_contents; ++i) many += (i == 0 ? "\"" : ",\"") + event_id(0xe1, i + 1) + "\"";
    EXPECT_TRUE(decode_export_head(with(head, "\"withheld\":[]")));
    EXPECT_TRUE(decode_export_receipt(with(receipt, "\"contents\":[]")));
    for (const std::string& list : {std::string("7"), std::string("[7]"), std::string("[\"x\"]"), std::string("[[]]"),
                                    std::string("{}"), std::string("null"), "[" + many + "]"}) {
        EXPECT_FALSE(decode_export_head(with(head, "\"withheld\":" + list))) << list.substr(0, 80);
        EXPECT_FALSE(decode_export_receipt(with(receipt, "\"contents\":" + list))) << list.substr(0, 80);
    }
    for (const std::string& one :
         {"{\"event\":\"" + id + "\"}", "{\"digest\":\"" + digest + "\"}",
          "{\"event\":\"" + id + "\",\"digest\":\"" + digest.substr(1) + "\"}",
          "{\"event\":\"" + id + "\",\"digest\":7}", "{\"event\":7,\"digest\":\"" + digest + "\"}"}) {
        EXPECT_FALSE(decode_export_receipt(with(receipt, "\"contents\":[" + one + "]"))) << one;
    }
}

TEST(StickTest, OtherTextsAreRefused) {
    const std::string head = encode(ExportHead{source, 1, hello()});
    for (const std::string& text :
         {std::string(), std::string("{}"), std::string("[1]"), std::string("\"tillpost_export\""),
          head.substr(0, head.size() - 1), head + std::string("\0x", 2),
          std::string(R"({"tillpost_export":2,"source":"a","hello":{}})"),
          std::string(R"({"tillpost_export":1,"source":7,"hello":{}})"),
          std::string(R"({"tillpost_export":1,"source":"a"})"),
          std::string(R"({"tillpost_export":1,"source":"a","hello":[]})")}) {
        EXPECT_FALSE(decode_export_head(text)) << text;
        EXPECT_FALSE(decode_export_receipt(text)) << text;
    }
    EXPECT_FALSE(decode_export_receipt(head)) << "a head is no receipt";
    const std::string receipt = encode(ExportReceipt{source, {std::string(16, '0'), std::string(32, 'a'), {}, {}}});
    EXPECT_TRUE(decode_export_receipt(receipt));
    EXPECT_FALSE(decode_export_receipt(receipt + std::string("\0x", 2)));
}

TEST(StickTest, OnlyAnAgentsSourceNamesAnAgent) {
    const auto agent = agent_with_source(source);
    ASSERT_TRUE(agent);
    EXPECT_EQ(*agent, (AgentName{"acme", "s1", "till3"}));
    for (const char* text : {"", "urn:tillpost:", "urn:tillpost:acme:s1", "urn:tillpost:acme:s1:",
                             "urn:tillpost:a:b:c:d", "urn:tillpost:a/b:c", "urn:tillpost:a/b/c", "urn:tillpost:a:b:..",
                             "urn:tillpost:a:+:c", "acme:s1:till3", "urn:other:acme:s1:till3", "urn:tillpost:a:b:c/"}) {
        EXPECT_FALSE(agent_with_source(text)) << text;
    }
    EXPECT_FALSE(agent_with_source("urn:tillpost:a:b:" + std::string(1'000, 'x')));
}

}  // namespace
}  // namespace tillpost
