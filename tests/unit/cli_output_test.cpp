// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "agent/cli/send_ledger.hpp"
#include "agent/cli/status_table.hpp"
#include "agent/cli/tail_view.hpp"
#include "agent/status/silence_words.hpp"
#include "agent/status/tail_json.hpp"

namespace tillpost::cli {
namespace {

Status healthy() {
    Status status;
    status.source = "urn:tillpost:demo:0042:till-1";
    status.version = "0.1.0";
    status.started = "2026-11-23T10:15:30.123Z";
    status.now = "2026-11-23T12:45:30.123Z";
    status.epoch = "00000000000000ff";
    status.captured = 1234;
    status.confirmed = 1230;
    status.waiting = 4;
    status.waiting_since = "2026-11-23T12:44:25.000Z";
    status.in_flight = 3;
    status.storage = "ok";
    status.journal_bytes = 12'345'678;
    status.acknowledge_p50_ms = 1.25;
    status.acknowledge_p99_ms = 7.5;
    status.connected = true;
    status.broker = "ssl://mqtt.example.com:8883";
    status.broker_detail = "since 10:15";
    status.delivery = "flowing";
    status.sent = 2000;
    status.last_receipt = "2026-11-23T12:45:28.000Z";
    status.devices = {{"feed", true, "listening", 1234}, {"scanner-12", false, "no such device", 1}};
    return status;
}

TEST(StatusTableTest, SaysTheStateInPlainWords) {
    EXPECT_EQ(status_table(healthy()),
              "Agent        urn:tillpost:demo:0042:till-1, version 0.1.0\n"
              "Running      since 2026-11-23T10:15:30.123Z, for 2 h 30 min\n"
              "Captured     1,234 events in epoch 00000000000000ff\n"
              "Confirmed    1,230 events, last receipt 2 s ago\n"
              "Waiting      4 events, the oldest for 1 min 5 s, kept here until confirmed (3 of them on the way)\n"
              "Quarantined  nothing\n"
              "Feeds        0 sent again and recognised, 0 refused, since the start\n"
              "Latency      1.2 ms until an event is safe, 99 of 100 within 7.5 ms\n"
              "Storage      ok, journal of 12.3 MB\n"
              "Broker       connected to ssl://mqtt.example.com:8883 (since 10:15)\n"
              "Delivery     flowing, 2,000 events sent since the start\n"
              "Devices      feed        up    1,234 observations, listening\n"
              "             scanner-12  DOWN  1 observation, no such device\n");
}

TEST(StatusTableTest, SaysWhatIsNotKnownYetAfterAStart) {
    Status status = healthy();
    status.confirmed_at_least = true;
    status.last_receipt = "";
    const std::string text = status_table(status);
    EXPECT_NE(
        text.find("Confirmed    at least 1,230 events, no receipt since the start: what was confirmed last before it "
                  "is known again with the next\nWaiting      at most 4 events, the oldest"),
        std::string::npos)
        << text;
}

TEST(StatusTableTest, SaysWhatTheBrokerRefuses) {
    Status status = healthy();
    status.delivery = "refused by the broker";
    status.refusal = "0x87 not authorized";
    status.refusal_since = "2026-11-23T12:44:25.000Z";
    const std::string text = status_table(status);
    EXPECT_NE(text.find("Delivery     REFUSED by the broker for 1 min 5 s: 0x87 not authorized, 2,000 events sent"),
              std::string::npos)
        << text;
}

TEST(StatusTableTest, SaysWhatIsMissingInPlainWordsToo) {
    Status status = healthy();
    status.waiting = 0;
    status.quarantined = 1;
    status.connected = false;
    status.broker_detail = "refused, next try in 5 s";
    status.last_receipt = "";
    status.now = "2026-11-23T00:00:00Z";  // the clock was set back
    status.devices.clear();
    const std::string table = status_table(status);
    for (const char* words :
         {"Waiting      nothing, everything is confirmed\n",
          "Quarantined  1 record waits for a decision: tillpost quarantine list",
          "Broker       not connected to ssl://mqtt.example.com:8883 (refused, next try in 5 s)\n",
          "no receipt since the start\n", "Devices      none are configured\n", "since 2026-11-23T10:15:30.123Z\n"}) {
        EXPECT_NE(table.find(words), std::string::npos) << words << "in:\n" << table;
    }
}

TEST(StatusTableTest, SaysWhoseSilenceNobodyNotices) {
    DaySettings settings;
    Status status = healthy();
    const auto said = [&](const std::vector<std::string>& heard) {
        status.silence = silence_unwatched(settings, heard);
        const std::string table = status_table(status);
        const std::size_t at = table.find("\nSilence      ");
        return at == std::string::npos ? "" : table.substr(at + 14);
    };
    EXPECT_EQ(
        said({"T01"}),
        "a feed or till that falls silent is not noticed: say in feed/trading_hours when records should come, and "
        "name the tills in feed/tills\n");
    settings.hours.push_back({});
    EXPECT_EQ(said({}), "a single till that falls silent is not noticed: name the tills in feed/tills\n");
    settings.tills = {"T02"};
    EXPECT_EQ(said({"T01", "T02", "T\x1b"}),
              "tills that are heard and whose own silence is not noticed: T01, T\\x1b (feed/tills)\n");
    EXPECT_EQ(said({"T02"}), "");
    std::vector<std::string> many;
    for (int i = 10; i < 20; ++i) many.push_back("T" + std::to_string(i));
    EXPECT_NE(said(many).find("T17 and 2 more (feed/tills)"), std::string::npos) << said(many);
}

TEST(StatusTableTest, SaysWhyNothingIsRecordedAndWhatToDo) {
    Status status = healthy();
    status.storage = "full: the journal has reached journal/limit_mb, sales, too, are refused since today (3 records)";
    EXPECT_NE(status_table(status).find("sales, too, are refused since today (3 records), journal of 12.3 MB. See why "
                                        "central does not confirm (below), or raise journal/limit_mb. The POS keeps"),
              std::string::npos)
        << status_table(status);
    status.storage = "full";
    EXPECT_NE(status_table(status).find("Make room on the disk of journal/path."), std::string::npos);
}

TEST(StatusTableTest, SaysWhatIsWrongWithReceiptsAndSince) {
    Status status = healthy();
    status.receipt_alarm = "another receiver answers, 0b: it frees nothing. Central is 0a";
    status.receipt_alarm_at = "2026-11-23T12:45:28.000Z";
    const std::string table = status_table(status);
    EXPECT_NE(
        table.find("Receipts     ALARM at 2026-11-23T12:45:28.000Z: another receiver answers, 0b: it frees nothing. "
                   "Central is 0a. Tell those who run central. "),
        std::string::npos)
        << table;
    EXPECT_NE(table.find("name the new one in delivery/receiver.\n"), std::string::npos) << table;
}

TEST(StatusTableTest, SaysWhichDeviceSendsCardData) {
    Status status = healthy();
    status.devices[0].redacted = 1200;
    status.devices[0].card_numbers = 1;
    status.devices[0].card_secrets = 2;
    const std::string table = status_table(status);
    EXPECT_NE(table.find("listening, CARD DATA cut out of 1,200 of them (1 number, 2 tracks and codes): it should send "
                         "none\n"),
              std::string::npos)
        << table;
    EXPECT_NE(table.find("no such device\n"), std::string::npos) << table;
}

TEST(StatusTableTest, IsHarmlessWhateverTheDaemonSays) {
    Status status = healthy();
    for (std::string* text :
         {&status.source, &status.version, &status.started, &status.epoch, &status.storage, &status.broker,
          &status.broker_detail, &status.delivery, &status.last_receipt, &status.receipt_alarm,
          &status.receipt_alarm_at, &status.devices[0].name, &status.devices[0].detail}) {
        *text = "\x1b[2J\n";
    }
    const std::string table = status_table(status);
    EXPECT_EQ(table.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 14);
}

class LocalTailViewTest : public ::testing::TestWithParam<std::pair<const char*, const char*>> {
protected:
    LocalTailViewTest() { set_zone(GetParam().first); }
    ~LocalTailViewTest() override {
        ::unsetenv("TZ");
        ::tzset();
    }
    static void set_zone(const char* zone) {
        ::setenv("TZ", zone, 1);
        ::tzset();
    }
};

TEST_P(LocalTailViewTest, TimesAreThoseOfTheShopsClockWithTheirOffset) {
    EXPECT_EQ(*TailView().show(captured_line({"0a", 1, "scan", "2026-11-23T23:15:30.123Z", "-", "ok", "feed"})),
              std::string(GetParam().second) + " 1 captured scan - ok feed\n");
}

INSTANTIATE_TEST_SUITE_P(Zones, LocalTailViewTest,
                         ::testing::Values(std::pair("UTC0", "23:15:30+00:00"), std::pair("CET-1", "00:15:30+01:00"),
                                           std::pair("NST3:30", "19:45:30-03:30"),
                                           std::pair("NPT-5:45", "05:00:30+05:45")),
                         [](const auto& which) { return std::string(which.param.first).substr(0, 3); });

TEST(TailViewTest, ShowsEventsAndWhatBecomesOfThem) {
    ::setenv("TZ", "CET-1", 1);
    ::tzset();
    TailView view;
    EXPECT_EQ(*view.show(captured_line({"0a", 42, "sale", "2026-11-23T10:15:30.123Z", "pos/T01/7", "ok", "feed"})),
              "11:15:30+01:00 42 captured sale pos/T01/7 ok feed\n");
    EXPECT_EQ(*view.show(captured_line({"0a", 43, "scan", "", "", "unknown_gtin:/code", "scanner-1"})),
              "43 captured scan - unknown_gtin:/code scanner-1\n");
    EXPECT_EQ(*view.show(sent_line("0a", 43)), "… 43 sent\n");
    EXPECT_EQ(*view.show(confirmed_line("0a", 40)), "… 40 confirmed\n");
    EXPECT_EQ(*view.show(skipped_line(9)), "… 9 lines skipped: they came faster than they were read\n");
    EXPECT_EQ(*view.show(sent_line("0b", 1)), "… from here on in epoch 0b\n… 1 sent\n");
    ::unsetenv("TZ");
    ::tzset();
}

TEST(TailViewTest, SaysWhyAnEventIsInQuarantine) {
    const CapturedEvent held{"0a", 7, "quarantined", "", "", "ok", "feed", "not_json"};
    EXPECT_EQ(*TailView().show(captured_line(held)), "7 captured quarantined - ok feed: not_json\n");
}

TEST(TailViewTest, IsHarmlessWhateverAnEventHolds) {
    TailView view;
    CapturedEvent event{"0a", 1, "sale", "", "\x1b]0;x\x07 \n99 captured sale forged ok", "ok", "feed"};
    const std::string shown = *view.show(captured_line(event));
    EXPECT_EQ(shown, "1 captured sale \\x1b]0;x\\x07 \\n99 captured sale forged ok ok feed\n");
}

TEST(TailViewTest, IgnoresWhatALaterDaemonSays) {
    TailView view;
    EXPECT_EQ(*view.show(R"({"noted":{"x":1}})"), "");
    EXPECT_EQ(*view.show(R"({"noted":7})"), "");
    EXPECT_EQ(*view.show(R"({"captured":{}})"), "? captured - - - -\n");
}

TEST(TailViewTest, GivesTheDaemonsReasonAndRefusesWhatIsNoTail) {
    TailView view;
    const auto refused = view.show(error_line("too many connections"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::rejected);
    EXPECT_EQ(refused.error().message, "too many connections");
    for (const char* line : {"", "{}", "[]", "220 smtp.example ESMTP\x07", "{\"captured\":"}) {
        const auto shown = view.show(line);
        ASSERT_FALSE(shown) << line;
        EXPECT_EQ(shown.error().code, Errc::invalid);
        EXPECT_EQ(shown.error().message.find('\x07'), std::string::npos);
    }
}

TEST(PlainJsonTest, KeepsMeaningAndOrderAndLosesControls) {
    EXPECT_EQ(*plain_json("{\"b\":\"\x7f\xc2\x9b\", \"a\":1}"), R"({"b":"\u007f\u009b","a":1})");
    EXPECT_FALSE(plain_json("{"));
}

const char* const accepted = R"({"accepted":{"epoch":"0a","sequence":7}})";
const char* const quarantined =
    R"({"quarantined":{"epoch":"0a","sequence":8,"id":"Q1-8","rule":"required","field":"/till"}})";
const char* const refused = R"({"refused":{"reason":"full: the disk is full"}})";

TEST(SendLedgerTest, GivesEachAnswerToItsLine) {
    SendLedger ledger(SendOutput::text);
    for (const std::uint64_t line : {1, 2, 4}) ledger.sent(line);
    EXPECT_EQ(*ledger.answer(accepted), "line 1 accepted 0a-7\n");
    EXPECT_EQ(*ledger.answer(quarantined), "line 2 quarantined Q1-8: required at /till\n");
    EXPECT_EQ(ledger.waiting(), 1u);
    EXPECT_EQ(*ledger.answer(refused), "line 4 refused full: the disk is full\n");
    EXPECT_EQ(ledger.summary(), "3 lines: 1 accepted, 1 quarantined, 1 refused");
    EXPECT_EQ(ledger.unanswered(), "");
}

TEST(SendLedgerTest, PrintsOnlyFailuresWhenAskedTo) {
    SendLedger ledger(SendOutput::failures_only);
    for (const std::uint64_t line : {1, 2}) ledger.sent(line);
    EXPECT_EQ(*ledger.answer(accepted), "");
    EXPECT_EQ(*ledger.answer(refused), "line 2 refused full: the disk is full\n");
}

TEST(SendLedgerTest, PrintsJsonWithTheNumberOfTheLine) {
    SendLedger ledger(SendOutput::json);
    ledger.sent(5);
    EXPECT_EQ(*ledger.answer(accepted), "{\"line\":5,\"accepted\":{\"epoch\":\"0a\",\"sequence\":7}}\n");
}

struct Exit {
    std::vector<const char*> answers;
    int code;
};

TEST(SendLedgerTest, ExitsByTheWorstAnswer) {
    const Exit cases[] = {
        {{}, 0}, {{accepted}, 0}, {{quarantined, accepted}, 3}, {{refused, quarantined}, 1}, {{refused}, 1}};
    for (const Exit& each : cases) {
        SendLedger ledger(SendOutput::text);
        for (const char* answer : each.answers) {
            ledger.sent(1);
            ASSERT_TRUE(ledger.answer(answer));
        }
        EXPECT_EQ(ledger.exit_code(), each.code) << each.answers.size();
    }
}

TEST(SendLedgerTest, NamesTheLinesWithoutAnAnswer) {
    SendLedger ledger(SendOutput::text);
    ledger.sent(5);
    EXPECT_EQ(ledger.unanswered().rfind("line 5 has no answer", 0), 0u) << ledger.unanswered();
    ledger.sent(6);
    ledger.sent(9);
    EXPECT_EQ(ledger.unanswered().rfind("lines 5 to 9 have no answer", 0), 0u) << ledger.unanswered();
}

TEST(SendLedgerTest, TellsARefusedConnectionFromARefusedLine) {
    SendLedger ledger(SendOutput::text);
    const auto answer = ledger.answer(R"({"refused":{"reason":"not_allowed: user pos2"}})");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::rejected);
    EXPECT_EQ(answer.error().message, "refused: not_allowed: user pos2");
}

TEST(SendLedgerTest, RefusesWhatIsNoAnswerAndStaysHarmless) {
    for (const char* line :
         {"", "hello\x1b[2J", "{}", "[]", R"({"accepted":1})", R"({"stored":{}})", R"({"accepted":{},"refused":{}})"}) {
        SendLedger ledger(SendOutput::text);
        ledger.sent(1);
        const auto answer = ledger.answer(line);
        ASSERT_FALSE(answer) << line;
        EXPECT_EQ(answer.error().message.find('\x1b'), std::string::npos);
        EXPECT_EQ(ledger.waiting(), 1u);
    }
    SendLedger early(SendOutput::text);
    EXPECT_FALSE(early.answer(accepted)) << "nothing was sent";
    early.sent(1);
    EXPECT_EQ(*early.answer("{\"refused\":{\"reason\":\"\x7f\\u001b[2J\\n\"}}"), "line 1 refused \\x7f\\x1b[2J\\n\n");
}

}  // namespace
}  // namespace tillpost::cli
