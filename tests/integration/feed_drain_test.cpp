// SPDX-License-Identifier: Apache-2.0
// How the feed ends: every answer that was given reaches its peer, and nobody holds it up.
#include "tests/integration/feed_support.hpp"

namespace tillpost::test {
namespace {

class FeedDrainTest : public FeedTest {};

TEST_F(FeedDrainTest, DrainAnswersWhatIsUnderWayRefusesTheRestAndEnds) {
    settings.window = 4;
    start();
    PosConnection client = connect();
    PosConnection idle = connect();
    client.send("1\n2\n");
    ASSERT_TRUE(submitted(2));
    client.send("3\n");  // in the kernel's buffer when we stop
    feed->drain();
    EXPECT_TRUE(reads_end(idle));
    EXPECT_FALSE(connect().connected());
    run_for(Millis(20));
    EXPECT_FALSE(client.read());
    EXPECT_FALSE(tasks.idle());
    sink.accept_all();
    ASSERT_TRUE(reads_end(client));
    EXPECT_EQ(client.lines, (std::vector<std::string>{
                                accepted(1), accepted(2),
                                R"({"refused":{"reason":"shutdown: the agent is stopping, send again later"}})"}));
    EXPECT_EQ(sink.observations.size(), 2U);
    EXPECT_TRUE(run_until([&] { return tasks.idle(); }));
}

TEST_F(FeedDrainTest, DrainRefusesWhatWaitedForTheWindow) {
    settings.window = 2;
    start();
    PosConnection client = connect();
    client.send("1\n2\n3\n4\n5\n");
    ASSERT_TRUE(submitted(2));
    feed->drain();
    sink.accept_all();
    ASSERT_TRUE(reads_end(client));
    ASSERT_EQ(client.lines.size(), 5U);
    EXPECT_TRUE(client.lines[2].starts_with(R"({"refused":{"reason":"shutdown: )"));
    EXPECT_EQ(sink.observations.size(), 2U);
}

TEST_F(FeedDrainTest, DrainAnswersEveryLineThatWasSentAndResetsNothing) {
    settings.window = 16;
    settings.tcp_port = 0;
    start();
    PosConnection by_unix = connect();
    PosConnection by_tcp = PosConnection::at(feed->tcp_port());
    const std::string line = "{\"n\":\"" + std::string(990, 'x') + "\"}\n";
    std::string
        lines;  // more than one look into the kernel's buffer gives, and soon answered: a second is all they have
    for (int i = 0; i < 100; ++i) lines += line;
    ASSERT_EQ(by_unix.send(lines), lines.size());
    ASSERT_EQ(by_tcp.send(lines), lines.size());
    ASSERT_TRUE(submitted(32));
    feed->drain();
    sink.accept_all();
    ASSERT_TRUE(reads_end(by_unix));
    ASSERT_TRUE(reads_end(by_tcp));
    for (const PosConnection* each : {&by_unix, &by_tcp}) {
        EXPECT_FALSE(each->reset);
        ASSERT_EQ(each->lines.size(), 100U);
        EXPECT_TRUE(each->lines[15].starts_with("{\"accepted\""));
        EXPECT_TRUE(each->lines[16].starts_with(R"({"refused":{"reason":"shutdown: )"));
    }
    EXPECT_TRUE(run_until([&] { return tasks.idle(); }));
}

TEST_F(FeedDrainTest, DrainEndsAnIdleConnectionInGoodOrder) {
    start();
    PosConnection closes = connect();
    PosConnection stays = connect();
    closes.send("1\n");
    ASSERT_TRUE(submitted(1));
    sink.accept_all();
    ASSERT_TRUE(reads(closes, 1));
    feed->drain();
    ASSERT_TRUE(reads_end(stays));
    EXPECT_EQ(stays.send("late\n"), 5U) << "our half is ended, the other is not";
    run_for(Millis(5));
    stays.read();
    EXPECT_FALSE(stays.reset);
    closes.close();
    EXPECT_TRUE(run_until([&] { return tasks.idle(); })) << "nobody is waited for without end";
}

TEST_F(FeedDrainTest, DrainEndsThoughAClientGoesOnSending) {
    sink.at_once = true;
    start();
    PosConnection client = connect();
    client.send("1\n");
    ASSERT_TRUE(reads(client, 1));
    feed->drain();
    std::string lines;
    for (int i = 0; i < 100; ++i) lines += "{}\n";
    EXPECT_TRUE(run_until([&] {
        client.send(lines);
        client.read();
        return tasks.idle();
    }));
    EXPECT_EQ(sink.observations.size(), 1U);
    EXPECT_TRUE(client.lines.back().starts_with(R"({"refused":{"reason":"shutdown: )"));
}

TEST_F(FeedDrainTest, IsStoppedEvenWhenAClientNeverReadsItsAnswers) {
    start();
    PosConnection client = connect();
    client.send("1\n");
    ASSERT_TRUE(submitted(1));
    feed->drain();
    run_for(Millis(20));
    EXPECT_FALSE(tasks.idle());
    stop_tasks();
    EXPECT_TRUE(client.read());
}

}  // namespace
}  // namespace tillpost::test
