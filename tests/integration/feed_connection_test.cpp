// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <ctime>

#include "tests/integration/feed_support.hpp"

namespace tillpost::test {
namespace {

using Strings = std::vector<std::string>;

std::string numbered(int from, int to) {
    std::string lines;
    for (int i = from; i < to; ++i) lines += "{\"n\":" + std::to_string(i) + "}\n";
    return lines;
}

TEST_F(FeedTest, HandsOverLinesAndAnswersOnTheSameConnection) {
    start();
    PosConnection client = connect();
    client.send("{\"type\":\"sale\"}\r\n");
    ASSERT_TRUE(submitted(1));
    EXPECT_EQ(sink.observations[0].kind, Observation::Kind::record);
    EXPECT_EQ(sink.observations[0].device, "feed");
    EXPECT_EQ(sink.observations[0].bytes, "{\"type\":\"sale\"}");
    EXPECT_FALSE(client.has(1)) << "not yet on stable storage";
    sink.accept(0);
    ASSERT_TRUE(reads(client, 1));
    EXPECT_EQ(client.lines, Strings{accepted(1)});
}

// Others have their turn between: their lines, and what the storage has to be given next.
TEST_F(FeedTest, OneTurnTakesSixteenLinesHoweverManyHaveCome) {
    sink.at_once = true;
    start();
    PosConnection client = connect();
    const std::string lines = numbered(0, 200);
    ASSERT_EQ(client.send(lines), lines.size());
    std::size_t most = 0;
    const SteadyTime deadline = steady_now() + std::chrono::seconds(10);
    while (sink.observations.size() < 200 && steady_now() < deadline) {
        const std::size_t before = sink.observations.size();
        loop.run_one_for(std::chrono::milliseconds(100));
        most = std::max(most, sink.observations.size() - before);
    }
    EXPECT_EQ(most, 16U);
    ASSERT_TRUE(reads(client, 200));
    for (std::uint64_t n = 1; n <= 200; ++n) ASSERT_EQ(client.lines[n - 1], accepted(n));
    std::string taken;
    for (const std::string& each : sink.bytes()) taken += each + "\n";
    EXPECT_EQ(taken, lines);
}

TEST_F(FeedTest, SpeaksTheSameOverTcp) {
    settings.tcp_port = 0;
    start();
    PosConnection client = PosConnection::at(feed->tcp_port());
    ASSERT_TRUE(client.connected());
    client.send("1\n2\n");
    ASSERT_TRUE(submitted(2));
    sink.accept_all();
    ASSERT_TRUE(reads(client, 2));
    EXPECT_EQ(client.lines, (Strings{accepted(1), accepted(2)}));
}

// A web page that is open on the till can have its browser send any body to any port of the till.
TEST_F(FeedTest, TurnsAnHttpRequestAwayOverTcpAndTakesNothingOfIt) {
    settings.tcp_port = 0;
    sink.at_once = true;
    start();
    const std::string fields = "Host: 127.0.0.1:7455\r\nContent-Type: text/plain\r\n\r\n";
    const std::string forged = "{\"type\":\"sale\",\"till\":\"T01\"}\n";
    const std::string overlong = "GET /" + std::string(2 * settings.longest_line, 'a') + " HTTP/1.1\r\n";
    std::uint64_t times = 0;
    for (const std::string& begin : {std::string("POST / HTTP/1.1\r\n"), std::string("OPTIONS * HTTP/1.1\r\n"),
                                     std::string("\r\nGET /?{\"type\":\"scan\"} HTTP/1.1\r\n"), overlong}) {
        PosConnection page = PosConnection::at(feed->tcp_port());
        page.send(begin + fields + forged);
        ASSERT_TRUE(reads_end(page)) << begin;
        ASSERT_FALSE(page.lines.empty()) << begin;
        EXPECT_TRUE(page.lines.back().starts_with(R"({"refused":{"reason":"http: )")) << page.lines.back();
        EXPECT_EQ(feed->health()[0].turned_away.at("http"), ++times);
    }
    EXPECT_TRUE(sink.observations.empty()) << sink.observations.front().bytes;
    PosConnection pos = PosConnection::at(feed->tcp_port());
    pos.send(forged);
    EXPECT_TRUE(reads(pos, 1)) << "others go on";
}

TEST_F(FeedTest, TurnsAnHttpRequestAwayThatComesByteByByte) {
    settings.tcp_port = 0;
    start();
    PosConnection page = PosConnection::at(feed->tcp_port());
    for (const char each : std::string("POST /x HTTP/1.1\r\n")) {
        page.send(std::string(1, each));
        run_for(Millis(1));
    }
    ASSERT_TRUE(reads_end(page));
    EXPECT_TRUE(sink.observations.empty());
}

/// Two lines, and directly behind them what only a browser sends.
struct FeedHttpTest : FeedTest {
    FeedHttpTest() { settings.tcp_port = 0; }
    PosConnection send_lines_and_a_request(const std::string& body) {
        PosConnection page = PosConnection::at(feed->tcp_port());
        page.send(numbered(0, 2) + "POST / HTTP/1.0\nHost: x\n\n" + body);
        return page;
    }
    static void expect_answers_in_order(const PosConnection& page) {
        ASSERT_EQ(page.lines.size(), 3U);
        EXPECT_EQ(Strings(page.lines.begin(), page.lines.begin() + 2), (Strings{accepted(1), accepted(2)}));
        EXPECT_TRUE(page.lines[2].starts_with(R"({"refused":{"reason":"http: )")) << page.lines[2];
        EXPECT_FALSE(page.reset);
    }
};

TEST_F(FeedHttpTest, AnswersTheLinesBeforeTheRequestAndThenTheRequest) {
    start();
    PosConnection page = send_lines_and_a_request(std::string(100'000, 'x') + "\n{\"forged\":1}\nGET / HTTP/1.0\n");
    ASSERT_TRUE(submitted(2));
    run_for(Millis(20));
    EXPECT_FALSE(page.read()) << "two answers are due";
    EXPECT_EQ(page.lines, Strings{});
    sink.accept(1);
    sink.accept(0);
    ASSERT_TRUE(reads_end(page));
    expect_answers_in_order(page);
    EXPECT_EQ(sink.observations.size(), 2U) << "nothing of what stands behind is recorded";
    EXPECT_EQ(feed->health()[0].turned_away.at("http"), 1U);
}

TEST_F(FeedHttpTest, AnswersInOrderWhenTheLinesAreAnsweredAtOnce) {
    sink.at_once = true;
    start();
    PosConnection page = send_lines_and_a_request("{\"forged\":1}\n");
    page.end_of_input();
    ASSERT_TRUE(reads_end(page));
    expect_answers_in_order(page);
}

TEST_F(FeedHttpTest, AnswersInOrderWhenTheFeedIsStoppedMeanwhile) {
    settings.window = 3;
    start();
    PosConnection page = send_lines_and_a_request("{\"forged\":1}\n");
    ASSERT_TRUE(submitted(2));
    feed->drain();
    page.send("{\"more\":1}\n");
    sink.accept_all();
    ASSERT_TRUE(reads_end(page));
    expect_answers_in_order(page);
    EXPECT_TRUE(run_until([&] { return tasks.idle(); }));
}

TEST_F(FeedHttpTest, KeepsNoPlaceOnceTheLinesBeforeAreAnswered) {
    settings.most_connections = 1;
    start();
    PosConnection page = send_lines_and_a_request("");
    ASSERT_TRUE(submitted(2));
    PosConnection early = connect();
    ASSERT_TRUE(reads_end(early));
    EXPECT_TRUE(early.lines.at(0).starts_with(R"({"refused":{"reason":"too_many_connections: )")) << early.lines[0];
    sink.at_once = true;
    sink.accept_all();
    ASSERT_TRUE(reads(page, 3));
    PosConnection pos = connect();
    pos.send("{}\n");
    ASSERT_TRUE(reads(pos, 1));
    EXPECT_EQ(pos.lines, Strings{accepted(3)});
    ASSERT_TRUE(reads_end(page));
    expect_answers_in_order(page);
    EXPECT_EQ(feed->health()[0].turned_away,
              (std::map<std::string, std::uint64_t>{{"http", 1}, {"too_many_connections", 1}}));
}

TEST_F(FeedTest, OpensNoTcpPortUnlessAsked) {
    start();
    EXPECT_EQ(feed->tcp_port(), 0);
}

TEST_F(FeedTest, AnswersInTheOrderOfTheLinesWhenTheSinkAnswersInReverse) {
    start();
    PosConnection client = connect();
    client.send(numbered(0, 50));
    ASSERT_TRUE(submitted(50));
    for (std::size_t at = 50; at-- > 1;) sink.accept(at);
    run_for(Millis(20));
    EXPECT_FALSE(client.has(1)) << "the first line's answer is still due";
    sink.accept(0);
    ASSERT_TRUE(reads(client, 50));
    for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(client.lines[i], accepted(i + 1));
}

TEST_F(FeedTest, StopsReadingWhenTheWindowWaits) {
    settings.window = 16;
    start();
    PosConnection client = connect();
    client.send(numbered(0, 1000));
    ASSERT_TRUE(submitted(16));
    run_for(Millis(50));
    EXPECT_EQ(sink.observations.size(), 16U);
    sink.accept(3);
    run_for(Millis(20));
    EXPECT_EQ(sink.observations.size(), 16U) << "line 0 still waits, and its followers behind it";
    sink.accept(0);
    ASSERT_TRUE(submitted(17));
    sink.at_once = true;
    sink.accept_all();
    ASSERT_TRUE(reads(client, 1000));
    EXPECT_EQ(client.lines.back(), accepted(1000));
}

TEST_F(FeedTest, TakesABoundedNumberOfLinesFromAClientThatNeverReads) {
    sink.at_once = true;
    start();
    PosConnection client = connect();
    const std::string lines = numbered(0, 1000);
    std::size_t sent = 0;
    std::size_t seen = 0;
    for (int quiet = 0; quiet < 10;) {  // until nothing moves any more
        const std::size_t more = client.send(lines);
        sent += more;
        run_for(Millis(10));
        quiet = more == 0 && seen == sink.observations.size() ? quiet + 1 : 0;
        seen = sink.observations.size();
    }
    // Unsent answers, what the two kernel buffers hold, and one read's worth of lines beyond the limit.
    const std::size_t most_answers = (FeedConnection::most_unsent + 1'000'000) / accepted(1).size() + 65536 / 8;
    EXPECT_LT(sink.observations.size(), most_answers);
    EXPECT_GT(sent, sink.observations.size() * 8) << "the rest waits in the client's kernel buffer";
    PosConnection other = connect();
    other.send("1\n");
    EXPECT_TRUE(reads(other, 1)) << "others are served meanwhile";
}

TEST_F(FeedTest, TakesNothingOfALineThatTheClientDidNotEnd) {
    start();
    PosConnection client = connect();
    client.send("1\n{\"half\":");
    ASSERT_TRUE(submitted(1));
    client.end_of_input();
    sink.accept(0);
    ASSERT_TRUE(reads_end(client));
    EXPECT_EQ(client.lines,
              (Strings{accepted(1),
                       R"({"refused":{"reason":"incomplete_line: the connection ended before the line did"}})"}));
    EXPECT_EQ(sink.observations.size(), 1U);
}

TEST_F(FeedTest, AnswersEverythingAfterTheClientStoppedSending) {
    start();
    PosConnection client = connect();
    client.send("1\n2\n3\n");
    client.end_of_input();
    ASSERT_TRUE(submitted(3));
    run_for(Millis(20));
    EXPECT_FALSE(client.read());
    sink.accept_all();
    ASSERT_TRUE(reads_end(client));
    EXPECT_EQ(client.lines.size(), 3U);
}

TEST_F(FeedTest, SurvivesClientsThatGoInTheMiddleOfALine) {
    start();
    for (int i = 0; i < 20; ++i) {
        PosConnection client = connect();
        client.send(std::string_view("{\"type\":\"sale\"").substr(0, static_cast<std::size_t>(i)));
    }
    PosConnection client = connect();
    client.send("1\n");
    ASSERT_TRUE(submitted(1));
    ASSERT_TRUE(run_until([&] { return feed->health()[0].detail == "1 connections"; }));
    EXPECT_EQ(sink.bytes(), Strings{"1"});
}

TEST_F(FeedTest, DropsAnswersForAClientThatIsGone) {
    start();
    PosConnection gone = connect();
    PosConnection stays = connect();
    gone.send(numbered(0, 100));
    stays.send("1\n");
    ASSERT_TRUE(submitted(101));
    gone.close();
    run_for(Millis(10));
    sink.accept_all();
    EXPECT_TRUE(reads(stays, 1));
    EXPECT_TRUE(run_until([&] { return feed->health()[0].detail == "1 connections"; }));
}

TEST_F(FeedTest, DropsAnswersThatComeAfterTheFeedIsGone) {
    start();
    PosConnection client = connect();
    client.send("1\n2\n");
    ASSERT_TRUE(submitted(2));
    sink.accept(1);
    stop_tasks();
    feed.reset();
    sink.accept(0);
    run_for(Millis(10));
    EXPECT_TRUE(client.read());
    EXPECT_TRUE(client.lines.empty());
}

TEST_F(FeedTest, RefusesALineThatIsTooLongInItsTurnAndTakesTheNext) {
    start();
    PosConnection client = connect();
    const std::string whole = "1\n" + std::string(100'000, 'x') + "\n2\n";
    std::string_view rest = whole;
    ASSERT_TRUE(run_until([&] {
        rest.remove_prefix(client.send(rest));
        return rest.empty() && sink.observations.size() == 2;
    }));
    run_for(Millis(10));
    EXPECT_FALSE(client.has(1)) << "the line before it has no answer yet";
    sink.accept_all();
    ASSERT_TRUE(reads(client, 3));
    EXPECT_EQ(
        client.lines,
        (Strings{accepted(1), R"({"refused":{"reason":"line_too_long: at most 1000 bytes a line"}})", accepted(2)}));
    EXPECT_EQ(sink.bytes(), (Strings{"1", "2"}));
}

TEST_F(FeedTest, PassesNulAndBytesThatAreNoTextUnharmed) {
    start();
    PosConnection client = connect();
    const std::string odd("{\"a\":\"\0\xff\xc3(\x80\x1b\"}", 14);
    client.send(odd + "\n");
    ASSERT_TRUE(submitted(1));
    EXPECT_EQ(sink.observations[0].bytes, odd);
}

TEST_F(FeedTest, TellsRefusalsAndQuarantineAsTheSinkSaysThem) {
    start();
    PosConnection client = connect();
    client.send("1\n2\n");
    ASSERT_TRUE(submitted(2));
    Outcome refused;
    refused.reason = "disk_full: no space left";
    sink.answers[0](refused);
    Outcome quarantined;
    quarantined.kind = Outcome::Kind::quarantined;
    quarantined.epoch = "00000000000000ab";
    quarantined.sequence = 7;
    quarantined.quarantine_id = "9";
    quarantined.rule = "not_json";
    sink.answers[1](quarantined);
    ASSERT_TRUE(reads(client, 2));
    EXPECT_EQ(client.lines, (Strings{R"({"refused":{"reason":"disk_full: no space left"}})",
                                     R"({"quarantined":{"epoch":"00000000000000ab","sequence":7,"id":"9",)"
                                     R"("rule":"not_json","field":""}})"}));
}

TEST_F(FeedTest, ServesManyConnectionsAndRefusesTheOnesBeyondTheLimit) {
    settings.most_connections = 64;
    sink.at_once = true;
    start();
    std::vector<PosConnection> clients(1000);
    for (PosConnection& client : clients) {
        client = connect();
        ASSERT_TRUE(client.connected());
        client.send("1\n");
        run_for(Millis(0));
        ASSERT_TRUE(reads(client, 1));
    }
    std::size_t served = 0;
    for (const PosConnection& client : clients) served += client.lines[0].starts_with("{\"accepted\"") ? 1 : 0;
    EXPECT_EQ(served, 64U);
    EXPECT_EQ(clients.back().lines[0], R"({"refused":{"reason":"too_many_connections: at most 64 at a time"}})");
    EXPECT_TRUE(reads_end(clients.back()));
    EXPECT_EQ(feed->health()[0].detail, "64 connections, 936 turned away since the start (too_many_connections 936)");
    clients[0].send("2\n");
    EXPECT_TRUE(reads(clients[0], 2)) << "who is in stays in";
    clients[1].close();
    ASSERT_TRUE(run_until([&] { return feed->health()[0].detail.starts_with("63 "); }));
    PosConnection next = connect();
    next.send("3\n");
    ASSERT_TRUE(reads(next, 1));
    EXPECT_TRUE(next.lines[0].starts_with("{\"accepted\"")) << "a place became free";
}

TEST_F(FeedTest, WaitsWithoutSpinningWhenFileDescriptorsRunOut) {
    sink.at_once = true;
    start();
    PosConnection client(AF_UNIX);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const FileDescriptor next(::dup(client.number()));
    const rlimit none{static_cast<rlim_t>(next.get()), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    client.connect(settings.socket_path);
    client.send("1\n");
    const bool paused = run_until([&] { return !feed->health()[0].up; });
    const std::clock_t began = std::clock();
    run_for(Millis(300));
    const double used = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_TRUE(paused);
    EXPECT_LT(used, 0.1);
    EXPECT_TRUE(reads(client, 1)) << "the connection waited in the kernel";
    EXPECT_TRUE(feed->health()[0].up);
}

TEST_F(FeedTest, ReportsItsHealth) {
    sink.at_once = true;
    ASSERT_TRUE(try_start());
    PosConnection early = connect();
    EXPECT_TRUE(early.connected()) << "from start() on nobody is turned away";
    spawn("feed", feed->run());
    early.send("1\n2\n");
    ASSERT_TRUE(reads(early, 2));
    const auto health = feed->health();
    ASSERT_EQ(health.size(), 1U);
    EXPECT_EQ(health[0].name, "feed");
    EXPECT_TRUE(health[0].up);
    EXPECT_EQ(health[0].detail, "1 connections");
    EXPECT_EQ(health[0].observations, 2U);
    feed->drain();
    EXPECT_FALSE(feed->health()[0].up);
}

}  // namespace
}  // namespace tillpost::test
