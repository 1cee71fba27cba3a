// SPDX-License-Identifier: Apache-2.0
#include "agent/status/status_json.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "agent/status/tail_json.hpp"

namespace tillpost::test {
namespace {

Status sample() {
    Status status;
    status.source = "urn:tillpost:demo:0042:till-1";
    status.version = "0.1.0";
    status.started = "2026-11-23T10:15:30.123Z";
    status.now = "2026-11-23T12:15:30.123Z";
    status.epoch = "00000000000000ff";
    status.captured = (std::uint64_t{1} << 44) - 1;
    status.confirmed = 40;
    status.waiting = 2;
    status.waiting_since = "2026-11-23T11:15:30.123Z";
    status.quarantined = 3;
    status.shed = 6;
    status.lost = 7;
    status.repeated = 4;
    status.refused = 5;
    status.sealing = "the key is gone";
    status.keys = "chmod";
    status.salvage = "journal.db.damaged-1 cannot be read now";
    status.storage = "ok";
    status.journal_bytes = 123456789012;
    status.acknowledge_p50_ms = 1.25;
    status.acknowledge_p99_ms = 7.5;
    status.connected = true;
    status.broker = "ssl://mqtt.example.com:8883";
    status.broker_detail = "since 10:15";
    status.delivery = "flowing";
    status.confirmed_at_least = true;
    status.refusal = "0x87 not authorized";
    status.refusal_since = "2026-11-23T12:15:00.000Z";
    status.sent = 50;
    status.in_flight = 2;
    status.last_receipt = "2026-11-23T12:15:29.000Z";
    status.receiver = "00000000000000000000000000000abc";
    status.receipt_alarm = "another receiver answers";
    status.receipt_alarm_at = "2026-11-23T12:15:28.000Z";
    status.silence = "not watched";
    status.days_unbelieved = 11;
    status.days_unbelieved_which = "till Z on 2062-01-01";
    status.days_crowded_out = 12;
    status.days_crowded_out_which = "till u1 on 2026-11-23";
    status.people = "as they are named";
    status.devices = {{"feed", true, "listening", 12}, {"scanner-1", false, "no such device", 0, 3, 4, 5}};
    status.devices[0].turned_away["idle"] = 2;
    return status;
}

bool is_plain(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
}

TEST(StatusJsonTest, SurvivesTheWayThereAndBack) {
    const Status before = sample();
    const auto after = parse_status(status_json(before));
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(status_json(*after), status_json(before));
    EXPECT_EQ(after->captured, before.captured);
    EXPECT_EQ(after->journal_bytes, before.journal_bytes);
    EXPECT_EQ(after->acknowledge_p50_ms, before.acknowledge_p50_ms);
    EXPECT_TRUE(after->connected);
    ASSERT_EQ(after->devices.size(), 2u);
    EXPECT_EQ(after->devices[1].name, "scanner-1");
    EXPECT_EQ(after->devices[0].observations, 12u);
    EXPECT_EQ(after->devices[1].redacted, 3u);
    EXPECT_EQ(after->devices[1].card_numbers, 4u);
    EXPECT_EQ(after->devices[1].card_secrets, 5u);
    EXPECT_TRUE(after->confirmed_at_least);
    EXPECT_EQ(after->refusal, "0x87 not authorized");
    EXPECT_EQ(after->devices[0].turned_away, (std::map<std::string, std::uint64_t>{{"idle", 2}}));
}

TEST(StatusJsonTest, NamesItsMembersAsPeopleWillQueryThem) {
    Status status;
    status.version = "1";
    status.captured = 7;
    const std::string text = status_json(status);
    EXPECT_TRUE(text.starts_with(R"({"source":"","version":"1",)")) << text;
    for (const char* member :
         {R"("captured":7)", R"("acknowledge_p99_ms":0.0)", R"("connected":false)", R"("devices":[])"}) {
        EXPECT_NE(text.find(member), std::string::npos) << member << " in " << text;
    }
}

TEST(StatusJsonTest, IsOneLineOfAsciiWhateverADeviceSays) {
    Status status = sample();
    status.devices[0].detail = "a\nb\x1b[2J \x7f \xc2\x9b \xff\xfe \xe2\x82\xac";
    status.broker_detail = std::string("nul \0 here", 10);
    EXPECT_TRUE(is_plain(status_json(status))) << status_json(status);
    EXPECT_TRUE(parse_status(status_json(status)));
}

TEST(StatusJsonTest, UnderstandsADaemonOfAnotherVersion) {
    const auto status = parse_status(R"({"captured":3,"invented_later":{"x":[1]},"devices":[{"name":"a","new":1}]})");
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(status->captured, 3u);
    EXPECT_EQ(status->storage, "");
    ASSERT_EQ(status->devices.size(), 1u);
    EXPECT_EQ(status->devices[0].name, "a");
}

TEST(StatusJsonTest, RefusesWhatIsNoStatus) {
    const char* const texts[] = {"",
                                 "[]",
                                 "null",
                                 "{",
                                 R"({"captured":"3"})",
                                 R"({"captured":-3})",
                                 R"({"captured":1.5})",
                                 R"({"captured":18446744073709551616})",
                                 R"({"journal_bytes":18446744073709551615})",
                                 R"({"connected":1})",
                                 R"({"source":null})",
                                 R"({"acknowledge_p50_ms":"1"})",
                                 R"({"devices":{}})",
                                 R"({"devices":[1]})",
                                 R"({"devices":[{"up":"yes"}]})"};
    for (const char* text : texts) {
        const auto status = parse_status(text);
        ASSERT_FALSE(status) << text;
        EXPECT_EQ(status.error().code, Errc::invalid);
    }
}

TEST(TailJsonTest, EncodesEachKindOfLine) {
    const CapturedEvent event{"00000000000000ff", 42, "sale", "2026-11-23T10:15:30.123Z", "pos/T01/7", "ok", "feed"};
    EXPECT_EQ(
        captured_line(event),
        R"({"captured":{"epoch":"00000000000000ff","sequence":42,"type":"sale","time":"2026-11-23T10:15:30.123Z",)"
        R"("subject":"pos/T01/7","quality":"ok","device":"feed"}})"
        "\n");
    EXPECT_EQ(sent_line("00000000000000ff", 7), "{\"sent\":{\"epoch\":\"00000000000000ff\",\"upto\":7}}\n");
    EXPECT_EQ(confirmed_line("00000000000000ff", 6), "{\"confirmed\":{\"epoch\":\"00000000000000ff\",\"upto\":6}}\n");
    EXPECT_EQ(skipped_line(9), "{\"skipped\":9}\n");
    EXPECT_EQ(error_line("no"), "{\"error\":\"no\"}\n");
}

TEST(TailJsonTest, NeverBreaksItsLineByWhatAnEventHolds) {
    CapturedEvent event;
    event.subject = "a\nb\r\x1b]0;title\x07\x7f\xff";
    std::string line = captured_line(event);
    line.pop_back();
    EXPECT_TRUE(is_plain(line)) << line;
}

TEST(TailJsonTest, KnowsItsRequests) {
    using Kind = ControlRequest::Kind;
    EXPECT_EQ(parse_request(R"({"status":{}})").kind, Kind::status);
    const ControlRequest day = parse_request(R"({"day":{"date":"2026-11-23","till":7}})");
    EXPECT_EQ(day.kind, Kind::day);
    EXPECT_EQ(day.date, "2026-11-23");
    EXPECT_EQ(day.till, "") << "not text";
    EXPECT_EQ(parse_request(R"( {"tail": {}} )").kind, Kind::tail);
    EXPECT_EQ(parse_request("{\"status\":{}}\r").kind, Kind::status);
    for (const char* text : {"", "{}", "status", R"("status")", R"(["status"])", R"({"status":1})", R"({"stop":{}})",
                             R"({"status":{},"tail":{}})", "{\"status\":{}", "\xff"}) {
        EXPECT_EQ(parse_request(text).kind, Kind::unknown) << text;
    }
    EXPECT_EQ(parse_request(std::string_view("{\"status\":{}}\0 x", 16)).kind, Kind::unknown) << "a NUL is no end";
}

TEST(TailJsonTest, DoesNotFallOverADeepRequest) {
    EXPECT_EQ(parse_request(std::string(4000, '[')).kind, ControlRequest::Kind::unknown);
    EXPECT_EQ(parse_request(R"({"tail":)" + std::string(1000, '[') + std::string(1000, ']') + "}").kind,
              ControlRequest::Kind::unknown);
}

TEST(StatusJsonTest, LeavesOutWhatMattersLeastWhereTheBrokerTakesLess) {
    const Status status = sample();
    const std::string whole = status_json(status);
    EXPECT_EQ(state_json(status, whole.size()), whole);
    std::size_t before = 0;
    for (std::size_t most = whole.size() - 1; most > 400; --most) {
        const std::string text = state_json(status, most);
        ASSERT_LE(text.size(), most);
        ASSERT_FALSE(text.empty()) << most;
        const auto read = parse_status(text);
        ASSERT_TRUE(read) << text;
        ASSERT_EQ(read->source, status.source);
        ASSERT_EQ(read->waiting, status.waiting);
        ASSERT_TRUE(read->devices.empty()) << "they go first";
        const std::string key = "\"left_out\":";
        ASSERT_NE(text.find(key), std::string::npos) << text;
        const std::size_t left_out = std::stoul(text.substr(text.find(key) + key.size()));
        ASSERT_GE(left_out, before);
        before = left_out;
    }
    EXPECT_GT(before, 10U);
    EXPECT_EQ(state_json(status, 60), "") << "not even what says who it is";
}

}  // namespace
}  // namespace tillpost::test
