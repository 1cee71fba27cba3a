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

TEST(StickTest, OtherTextsAreRefused) {
    const std::string head = encode(ExportHead{source, 1, hello()});
    for (const std::string& text :
         {std::string(), std::string("{}"), std::string("[1]"), std::string("\"tillpost_export\""),
          head.substr(0, head.size() - 1), std::string(R"({"tillpost_export":2,"source":"a","hello":{}})"),
          std::string(R"({"tillpost_export":1,"source":7,"hello":{}})"),
          std::string(R"({"tillpost_export":1,"source":"a"})"),
          std::string(R"({"tillpost_export":1,"source":"a","hello":[]})")}) {
        EXPECT_FALSE(decode_export_head(text)) << text;
        EXPECT_FALSE(decode_export_receipt(text)) << text;
    }
    EXPECT_FALSE(decode_export_receipt(head)) << "a head is no receipt";
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
