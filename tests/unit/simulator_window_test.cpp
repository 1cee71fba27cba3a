// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/window.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "drivers/simulator/json_text.hpp"
#include "drivers/simulator/latencies.hpp"
#include "drivers/simulator/reply.hpp"
#include "drivers/simulator/report.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::simulator {
namespace {

using namespace std::chrono_literals;

class WindowTest : public ::testing::Test {
protected:
    void add(const std::string& line, Played::Kind kind = Played::Kind::sale) {
        window.add({kind, line, "pos/" + line});
    }

    /// Sends all that may be sent, and says what that was.
    std::string send() {
        std::string lines;
        for (const std::string* line = window.next(); line != nullptr; line = window.next()) {
            lines += *line;
            window.sent(now);
        }
        return lines;
    }

    Window::Time now{1h};
    Window window{3};
};

TEST_F(WindowTest, SendsLinesInOrderAndNoMoreThanItsWidth) {
    for (const char* line : {"a", "b", "c", "d", "e"}) add(line);
    EXPECT_EQ(send(), "abc");
    EXPECT_EQ(window.waiting(), 5U);
    EXPECT_EQ(window.settle(now)->played.line, "a");
    EXPECT_EQ(send(), "d");
    EXPECT_EQ(window.in_flight(), 3U);
    EXPECT_EQ(window.sent(), 4U);
    EXPECT_EQ(window.repeated(), 0U);
}

TEST_F(WindowTest, HasRoomUntilAsManyLinesWaitAsMayBeInFlight) {
    EXPECT_TRUE(window.has_room());
    for (const char* line : {"a", "b", "c"}) add(line);
    EXPECT_FALSE(window.has_room());
    send();
    EXPECT_FALSE(window.has_room());
    window.settle(now);
    EXPECT_TRUE(window.has_room());
}

TEST_F(WindowTest, SendsWhatHasNoAnswerAgainInOrderAndBeforeNewLines) {
    for (const char* line : {"a", "b", "c", "d"}) add(line);
    send();
    window.settle(now);
    window.connection_lost();
    EXPECT_EQ(window.in_flight(), 0U);
    EXPECT_EQ(window.waiting(), 3U);
    EXPECT_EQ(send(), "bcd");
    EXPECT_EQ(window.repeated(), 2U);
    EXPECT_TRUE(window.settle(now)->repeat);
    EXPECT_TRUE(window.settle(now)->repeat);
    EXPECT_FALSE(window.settle(now)->repeat);
}

TEST_F(WindowTest, SurvivesLosingTheConnectionAgainAndAgain) {
    for (const char* line : {"a", "b", "c"}) add(line);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(send(), "abc");
        window.connection_lost();
    }
    window.connection_lost();
    EXPECT_EQ(send(), "abc");
    EXPECT_EQ(window.sent(), 18U);
    EXPECT_EQ(window.repeated(), 15U);
}

TEST_F(WindowTest, PutsARefusedLineBackIntoItsPlace) {
    for (const char* line : {"a", "b", "c", "d"}) add(line);
    send();
    EXPECT_TRUE(window.refused());
    EXPECT_EQ(window.settle(now)->played.line, "b");
    EXPECT_TRUE(window.refused());
    EXPECT_EQ(send(), "acd");
}

TEST_F(WindowTest, KnowsNoAnswerWithoutALine) {
    EXPECT_EQ(window.next(), nullptr);
    EXPECT_FALSE(window.settle(now));
    EXPECT_FALSE(window.refused());
    add("a");
    EXPECT_FALSE(window.settle(now));
    EXPECT_FALSE(window.refused());
    EXPECT_EQ(send(), "a");
}

TEST_F(WindowTest, CountsADeliberateDuplicateAsARepeat) {
    add("a");
    add("a", Played::Kind::duplicate);
    EXPECT_EQ(send(), "aa");
    EXPECT_EQ(window.repeated(), 1U);
    EXPECT_FALSE(window.settle(now)->repeat);
    EXPECT_TRUE(window.settle(now)->repeat);
}

TEST_F(WindowTest, MeasuresFromTheFirstTimeALineIsSent) {
    add("a");
    send();
    now += 2s;
    window.connection_lost();
    send();
    now += 1s;
    EXPECT_EQ(window.settle(now)->waited, 3s);
}

struct ReplyCase {
    const char* name;
    std::string text;
    std::optional<Reply::Kind> kind;
};

class ReplyTest : public ::testing::TestWithParam<ReplyCase> {};

TEST_P(ReplyTest, IsReadOrNot) {
    const std::optional<Reply> reply = parse_reply(GetParam().text);
    const std::optional<Reply::Kind> kind = reply ? std::optional(reply->kind) : std::nullopt;
    EXPECT_EQ(kind, GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, ReplyTest,
    ::testing::Values(
        ReplyCase{"accepted", R"({"accepted":{"epoch":"0123456789abcdef","sequence":42}})", Reply::Kind::accepted},
        ReplyCase{"quarantined",
                  R"({"quarantined":{"epoch":"0123456789abcdef","sequence":43,"id":"q","rule":"r","field":"/f"}})",
                  Reply::Kind::quarantined},
        ReplyCase{"refused", R"({"refused":{"reason":"full: no space"}})", Reply::Kind::refused},
        ReplyCase{"empty", "", std::nullopt}, ReplyCase{"not_json", "ok", std::nullopt},
        ReplyCase{"cut_off", R"({"accepted":{"epoch":"0123456789abcdef","seq)", std::nullopt},
        ReplyCase{"not_an_object", R"(["accepted"])", std::nullopt},
        ReplyCase{"no_sequence", R"({"accepted":{"epoch":"0123456789abcdef"}})", std::nullopt},
        ReplyCase{"negative_sequence", R"({"accepted":{"epoch":"0123456789abcdef","sequence":-1}})", std::nullopt},
        ReplyCase{"sequence_as_text", R"({"accepted":{"epoch":"0123456789abcdef","sequence":"42"}})", std::nullopt},
        ReplyCase{"no_epoch", R"({"accepted":{"sequence":42}})", std::nullopt},
        ReplyCase{"no_reason", R"({"refused":{}})", std::nullopt},
        ReplyCase{"unknown", R"({"perhaps":{"reason":"x"}})", std::nullopt},
        ReplyCase{"two", R"({"accepted":{"epoch":"0","sequence":1},"refused":{"reason":"x"}})", std::nullopt}),
    [](const auto& which) { return which.param.name; });

TEST(ReplyTest, CarriesWhereTheEventIs) {
    const std::optional<Reply> reply = parse_reply(R"({"accepted":{"epoch":"0123456789abcdef","sequence":42}})");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->epoch, "0123456789abcdef");
    EXPECT_EQ(reply->sequence, 42U);
}

TEST(ReplyTest, KnowsWhichRefusalIsForEver) {
    EXPECT_TRUE(parse_reply(R"({"refused":{"reason":"line_too_long: 65,537 bytes"}})")->is_final_refusal());
    EXPECT_FALSE(parse_reply(R"({"refused":{"reason":"full: the disk is full"}})")->is_final_refusal());
    EXPECT_FALSE(parse_reply(R"({"accepted":{"epoch":"0","sequence":1}})")->is_final_refusal());
}

TEST(JsonTextTest, WritesNestedEmptyAndSignedValues) {
    JsonText json(16);
    json.begin_object().begin_array("none").end_array().begin_object("nothing").end_object();
    json.cents("a", -5).cents("b", 123456).cents("c", 0).thousandths("d", 458).thousandths("e", 2000);
    json.number("f", -7).truth("g", true).begin_array("h").item("x").item("y").end_array().end_object();
    EXPECT_EQ(json.take(), R"({"none":[],"nothing":{},"a":"-0.05","b":"1234.56","c":"0.00","d":"0.458","e":"2",)"
                           R"("f":-7,"g":true,"h":["x","y"]})");
}

TEST(LatenciesTest, ArePreciseToSixPercentOverTheirWholeRange) {
    for (const std::int64_t micros : {0L, 1L, 15L, 16L, 31L, 32L, 33L, 1000L, 123'456L, 3'600'000'000L}) {
        Latencies latencies;
        latencies.add(std::chrono::microseconds(micros));
        EXPECT_GE(latencies.percentile(50) * 1000, static_cast<double>(micros) * 0.999);
        EXPECT_LE(latencies.percentile(50) * 1000, static_cast<double>(micros) * 1.07 + 1);
    }
}

TEST(LatenciesTest, GivePercentilesOfMany) {
    Latencies latencies;
    EXPECT_EQ(latencies.percentile(99), 0);
    for (int i = 1; i <= 1000; ++i) latencies.add(std::chrono::milliseconds(i));
    EXPECT_NEAR(latencies.percentile(50), 500, 35);
    EXPECT_NEAR(latencies.percentile(99), 990, 70);
    EXPECT_GE(latencies.percentile(100), 1000);
}

TEST(NumbersTest, AreOneLineOfJson) {
    Numbers numbers;
    numbers.sent = 12;
    numbers.waiting = 3;
    const std::string text = numbers.json();
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    const auto parsed = nlohmann::json::parse(text);
    EXPECT_EQ(parsed["sent"], 12);
    EXPECT_EQ(parsed["waiting"], 3);
    EXPECT_EQ(parsed["ack_p50_ms"], 0.0);
}

TEST(ToldFileTest, AppendsOneObjectALineToWhatIsThere) {
    const test::TempDir folder;
    const std::string path = folder.write("told", "{}\n");
    Result<ToldFile> told = ToldFile::open(path);
    ASSERT_TRUE(told);
    const Window::Settled settled{{Played::Kind::sale, "{}", "pos/T01/2026-11-23/4711"}, true, {}};
    EXPECT_TRUE(told->add({Reply::Kind::quarantined, "0123456789abcdef", 42, ""}, settled));
    EXPECT_TRUE(told->flush());
    EXPECT_EQ(test::content_of(path),
              "{}\n{\"epoch\":\"0123456789abcdef\",\"sequence\":42,\"subject\":\"pos/T01/2026-11-23/4711\","
              "\"repeat\":true,\"kind\":\"quarantined\"}\n");
}

TEST(ToldFileTest, SaysThatTheDiskIsFull) {
    Result<ToldFile> told = ToldFile::open("/dev/full");
    ASSERT_TRUE(told);
    EXPECT_TRUE(told->add({Reply::Kind::accepted, "0123456789abcdef", 42, ""}, {}));
    const Result<void> flushed = told->flush();
    ASSERT_FALSE(flushed);
    EXPECT_NE(flushed.error().message.find("No space left"), std::string::npos);
}

TEST(ReplaceFileTest, SaysThatTheFolderIsMissing) {
    const test::TempDir folder;
    EXPECT_TRUE(replace_file(folder.file("stats"), "1"));
    EXPECT_TRUE(replace_file(folder.file("stats"), "2"));
    EXPECT_EQ(test::content_of(folder.file("stats")), "2");
    EXPECT_FALSE(replace_file(folder.file("missing/stats"), "1"));
}

}  // namespace
}  // namespace tillpost::simulator
