// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/protocol.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

Digest digest_of(std::uint8_t byte) {
    Digest digest;
    digest.fill(byte);
    return digest;
}

std::string hex_of(const char* two_digits) {
    std::string text;
    for (int i = 0; i < 32; ++i) text += two_digits;
    return text;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    if (at == std::string::npos) return text;
    return text.replace(at, what.size(), by);
}

const std::string hello_text = R"({"hello":"00000000000000ab","source":"urn:tillpost:acme:s1:till3","version":"0.1.0",)"
                               R"("jobs":true,"epochs":[{"epoch":"00000000000000e1","ordinal":1,"first":41,"last":42,)"
                               R"("confirmed":40,"before":")" +
                               hex_of("0b") + R"(","head":")" + hex_of("0a") + R"("}]})";

const std::string receipt_text =
    R"({"receipt":"00000000000000ab","receiver":"0123456789abcdef0123456789abcdef","epochs":[{"epoch":"00000000000000e1",)"
    R"("upto":40,"hash":")" +
    hex_of("0b") + R"(","also":[{"from":43,"to":50,"hash":")" + hex_of("0a") +
    R"("}],"need":[{"from":41,"to":42}],"rejected":[{"sequence":12,"code":"schema"}],"fork":51}],"rate":65536})";

TEST(AgentNameTest, SpellsTopicSourceAndClientId) {
    const AgentName name{"acme", "s-1", "till_3"};
    EXPECT_EQ(name.topic("events"), "tillpost/v1/acme/s-1/till_3/events");
    EXPECT_EQ(name.source(), "urn:tillpost:acme:s-1:till_3");
    EXPECT_EQ(name.client_id(), "acme.s-1.till_3");
}

TEST(AgentNameTest, ReadsItsOwnTopics) {
    const AgentName name{"acme", "s-1", "till_3"};
    for (const std::string leaf : {"events", "hello", "config/desired"}) {
        const auto found = AgentName::from_topic(name.topic(leaf));
        ASSERT_TRUE(found) << leaf;
        EXPECT_EQ(found->first, name);
        EXPECT_EQ(found->second, leaf);
    }
}

TEST(AgentNameTest, RefusesTopicsThatAreNotOurs) {
    const std::string a(22, 'a');
    for (const std::string& topic :
         {std::string(), std::string("/"), std::string("tillpost/v1/a/b/c"), std::string("tillpost/v1/a/b/c/"),
          std::string("tillpost/v1/a//c/events"), std::string("tillpost/v1//b/c/events"),
          std::string("tillpost/v2/a/b/c/events"), std::string("tillpost/v1/a/b/ü/events"),
          std::string("tillpost/v1/a/b c/d/events"), std::string("tillpost/v1/+/b/c/events"),
          std::string("tillpost/v1/a/b:c/d/events"), std::string("tillpost/v1/a\0/b/c/events", 24),
          "tillpost/v1/" + a + "/" + a + "/" + a + "/events"}) {
        EXPECT_FALSE(AgentName::from_topic(topic)) << topic;
    }
    EXPECT_TRUE(AgentName::from_topic("tillpost/v1/" + a + "/" + a + "/" + std::string(20, 'a') + "/events"));
}

TEST(ProtocolTest, WritesTheHelloOfTheWirePage) {
    Hello hello;
    hello.number = "00000000000000ab";
    hello.source = "urn:tillpost:acme:s1:till3";
    hello.version = "0.1.0";
    hello.jobs = true;
    hello.epochs.push_back({0xe1, 1, 41, 42, digest_of(0x0b), digest_of(0x0a), 40});
    EXPECT_EQ(encode(hello), hello_text);
}

TEST(ProtocolTest, ReadsTheHelloThatItWrote) {
    const Result<Hello> hello = decode_hello(hello_text);
    ASSERT_TRUE(hello) << hello.error().message;
    EXPECT_EQ(encode(*hello), hello_text);
    EXPECT_EQ(hello->epochs.at(0).first, 41U);
    EXPECT_TRUE(hello->jobs);
}

TEST(ProtocolTest, WritesAndReadsTheReceiptOfTheWirePage) {
    const Result<Receipt> receipt = decode_receipt(receipt_text);
    ASSERT_TRUE(receipt) << receipt.error().message;
    const EpochReceipt& epoch = receipt->epochs.at(0);
    EXPECT_EQ(epoch.upto, 40U);
    EXPECT_EQ(epoch.also.at(0).range, (Range{43, 50}));
    EXPECT_EQ(epoch.need.at(0), (Range{41, 42}));
    EXPECT_EQ(epoch.rejected.at(0).code, "schema");
    EXPECT_EQ(epoch.fork, 51U);
    EXPECT_EQ(receipt->rate, 65536U);
    EXPECT_EQ(encode(*receipt), receipt_text);
}

TEST(ProtocolTest, LeavesEmptyMembersOfAReceiptOut) {
    Receipt receipt{"00000000000000ab", std::string(32, '0'), {}, std::nullopt};
    receipt.epochs.push_back({0xe1, 0, digest_of(1), {}, {}, {}, std::nullopt});
    EXPECT_EQ(encode(receipt), R"({"receipt":"00000000000000ab","receiver":"00000000000000000000000000000000",)"
                               R"("epochs":[{"epoch":"00000000000000e1","upto":0,"hash":")" +
                                   hex_of("01") + R"("}]})");
}

TEST(ProtocolTest, TakesAHelloWithoutEpochsAndIgnoresUnknownMembers) {
    const auto hello = decode_hello(
        R"({"hello":"0000000000000001","source":"s","version":"","epochs":[],"new":{"deep":[1,2,{"x":null}]}})");
    ASSERT_TRUE(hello) << hello.error().message;
    EXPECT_FALSE(hello->jobs);
}

struct Fault {
    const char* name;
    const char* what;
    const char* by;
    const char* path;  ///< Must occur in the message.
};

class HelloFaultTest : public ::testing::TestWithParam<Fault> {};
TEST_P(HelloFaultTest, IsRefusedWithItsPath) {
    const auto hello = decode_hello(replaced(hello_text, GetParam().what, GetParam().by));
    ASSERT_FALSE(hello);
    EXPECT_EQ(hello.error().code, Errc::invalid);
    EXPECT_NE(hello.error().message.find(GetParam().path), std::string::npos) << hello.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Faults, HelloFaultTest,
    ::testing::Values(Fault{"number_too_short", "00000000000000ab", "ab", "/hello"},
                      Fault{"number_in_capitals", "00000000000000ab", "00000000000000AB", "/hello"},
                      Fault{"number_not_text", "\"00000000000000ab\"", "171", "/hello"},
                      Fault{"no_source", "\"source\"", "\"sauce\"", "/source"},
                      Fault{"jobs_as_number", "true", "1", "/jobs"},
                      Fault{"epochs_as_object", "[{", "{\"a\":{", "not JSON"},
                      Fault{"epoch_not_hex", "00000000000000e1", "00000000000000g1", "/epochs/0/epoch"},
                      Fault{"negative_ordinal", "\"ordinal\":1", "\"ordinal\":-1", "/epochs/0/ordinal"},
                      Fault{"ordinal_over_32_bits", "\"ordinal\":1", "\"ordinal\":4294967296", "/epochs/0/ordinal"},
                      Fault{"first_zero", "\"first\":41", "\"first\":0", "/epochs/0/first"},
                      Fault{"first_behind_last", "\"first\":41", "\"first\":44", "/epochs/0/first"},
                      Fault{"last_over_44_bits", "\"last\":42", "\"last\":17592186044416", "/epochs/0/last"},
                      Fault{"last_over_64_bits", "\"last\":42", "\"last\":99999999999999999999", "/epochs/0/last"},
                      Fault{"last_over_every_number", "\"last\":42", "\"last\":1e999", "not JSON"},
                      Fault{"last_with_fraction", "\"last\":42", "\"last\":42.0", "/epochs/0/last"},
                      Fault{"confirmed_behind_last", "\"confirmed\":40", "\"confirmed\":43", "/epochs/0/confirmed"},
                      Fault{"digest_too_short", "0b0b", "0b", "/epochs/0/before"},
                      Fault{"digest_null", "\"head\":\"0a", "\"head\":null,\"x\":\"", "/epochs/0/head"},
                      Fault{"cut", "\"}]}", "\"}]", "not JSON"}, Fault{"trailing", "\"}]}", "\"}]}x", "not JSON"}),
    [](const auto& which) { return which.param.name; });

TEST(ProtocolTest, TakesNoNulForTheEndOfAMessage) {
    const std::string behind("\0x", 2);
    EXPECT_FALSE(decode_hello(hello_text + behind));
    EXPECT_FALSE(decode_receipt(receipt_text + behind));
}

class ReceiptFaultTest : public ::testing::TestWithParam<Fault> {};
TEST_P(ReceiptFaultTest, IsRefusedWithItsPath) {
    const auto receipt = decode_receipt(replaced(receipt_text, GetParam().what, GetParam().by));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code, Errc::invalid);
    EXPECT_NE(receipt.error().message.find(GetParam().path), std::string::npos) << receipt.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Faults, ReceiptFaultTest,
    ::testing::Values(Fault{"receiver_too_short", "0123456789abcdef", "", "/receiver"},
                      Fault{"also_not_above_upto", "\"from\":43", "\"from\":40", "/epochs/0/also/0/from"},
                      Fault{"also_ends_before_it_begins", "\"to\":50", "\"to\":42", "/epochs/0/also/0/to"},
                      Fault{"need_from_zero", "\"from\":41", "\"from\":0", "/epochs/0/need/0/from"},
                      Fault{"need_as_text", "[{\"from\":41,\"to\":42}]", "\"41-42\"", "/epochs/0/need"},
                      Fault{"need_entry_as_number", "[{\"from\":41,\"to\":42}]", "[41]", "/epochs/0/need/0"},
                      Fault{"rejected_without_code", "\"code\"", "\"cod\"", "/epochs/0/rejected/0/code"},
                      Fault{"fork_zero", "\"fork\":51", "\"fork\":0", "/epochs/0/fork"},
                      Fault{"negative_rate", "65536", "-1", "/rate"},
                      Fault{"upto_missing", "\"upto\"", "\"up\"", "/epochs/0/upto"}),
    [](const auto& which) { return which.param.name; });

std::string receipt_with(const std::string& list, const std::string& entry, std::size_t count) {
    std::string entries;
    for (std::size_t i = 0; i < count; ++i) entries += (i == 0 ? "" : ",") + entry;
    return R"({"receipt":"00000000000000ab","receiver":"00000000000000000000000000000000","epochs":[{"epoch":)"
           R"("00000000000000e1","upto":0,"hash":")" +
           hex_of("01") + "\",\"" + list + "\":[" + entries + "]}]}";
}

TEST(ProtocolTest, ACodeThatIsTooLongCostsNothingButItself) {
    const std::string longest(128, 'x');
    const auto fits = decode_receipt(receipt_with("rejected", R"({"sequence":7,"code":")" + longest + "\"}", 1));
    ASSERT_TRUE(fits) << fits.error().message;
    EXPECT_EQ(fits->epochs.at(0).rejected.at(0).code, longest);
    EXPECT_FALSE(fits->epochs.at(0).rejected.at(0).too_long);
    const std::string card = "4111111111111111";
    for (const std::string& code : {longest + "x", std::string(120, ' ') + card, std::string(10'000, 'x')}) {
        const auto receipt = decode_receipt(receipt_with("rejected", R"({"sequence":7,"code":")" + code + "\"}", 2));
        ASSERT_TRUE(receipt) << receipt.error().message;
        ASSERT_EQ(receipt->epochs.at(0).rejected.size(), 2U);
        EXPECT_TRUE(receipt->epochs.at(0).rejected.at(1).too_long);
        EXPECT_EQ(receipt->epochs.at(0).rejected.at(1).sequence, 7U);
        EXPECT_EQ(receipt->epochs.at(0).rejected.at(1).code, "a code of " + std::to_string(code.size()) + " bytes");
    }
}

TEST(ProtocolTest, BoundsTheListsOfAReceipt) {
    EXPECT_TRUE(decode_receipt(receipt_with("need", R"({"from":1,"to":2})", 4096)));
    EXPECT_FALSE(decode_receipt(receipt_with("need", R"({"from":1,"to":2})", 4097)));
    EXPECT_TRUE(decode_receipt(receipt_with("rejected", R"({"sequence":1,"code":"x"})", 4096)));
    EXPECT_FALSE(decode_receipt(receipt_with("rejected", R"({"sequence":1,"code":"x"})", 4097)));
    const auto also = decode_receipt(receipt_with("also", "{}", 65));
    ASSERT_FALSE(also);
    EXPECT_NE(also.error().message.find("more than 64"), std::string::npos) << also.error().message;
}

TEST(ProtocolTest, RefusesGarbageOfAnyShapeAndSize) {
    const std::string deep(200'000, '[');
    const std::string closed = std::string(100'000, '[') + std::string(100'000, ']');
    std::string objects;
    for (int i = 0; i < 40'000; ++i) objects += "{\"a\":";
    for (const std::string& text :
         {std::string(), std::string("null"), std::string("[]"), std::string("{}"), std::string("\xff\xfe"),
          std::string(1, '\0'), std::string("{\"hello\":\"\xc3\x28\"}"), deep, closed, objects,
          std::string(256 * 1024 + 1, ' ')}) {
        EXPECT_FALSE(decode_hello(text));
        EXPECT_FALSE(decode_receipt(text));
    }
}

TEST(ProtocolTest, RefusesEveryCutOfAMessage) {
    for (std::size_t size = 0; size < hello_text.size(); ++size) {
        EXPECT_FALSE(decode_hello(std::string_view(hello_text).substr(0, size))) << size;
    }
    for (std::size_t size = 0; size < receipt_text.size(); ++size) {
        EXPECT_FALSE(decode_receipt(std::string_view(receipt_text).substr(0, size))) << size;
    }
}

}  // namespace
}  // namespace tillpost
