// SPDX-License-Identifier: Apache-2.0
// What the connections of a feed share: the places, and the room of the sink.
#include <algorithm>

#include "tests/integration/feed_support.hpp"

namespace tillpost::test {
namespace {

class FeedShareTest : public FeedTest {
protected:
    /// The first letters of what was handed over.
    std::string handed() const {
        std::string letters;
        for (const Observation& one : sink.observations) letters += one.bytes[0];
        return letters;
    }
    PosConnection spoken() {
        PosConnection client = connect();
        client.send("s\n");
        EXPECT_TRUE(reads(client, 1));
        return client;
    }
    bool is_served(PosConnection& client) {
        client.send("x\n");
        return reads(client, 1) && client.lines[0].starts_with("{\"accepted\"");
    }
    /// Sends without reading until no answer finds room any more and nothing more is taken.
    void fill_with_answers(PosConnection& deaf) {
        std::string lines;
        for (int i = 0; i < 1000; ++i) lines += "a\n";
        std::size_t seen = 0;
        for (int quiet = 0; quiet < 5; quiet = seen == sink.observations.size() ? quiet + 1 : 0) {
            seen = sink.observations.size();
            deaf.send(lines);
            run_for(Millis(10));
        }
    }
};

TEST_F(FeedShareTest, ReadsNoMoreWhileTheSinkHasNoRoomAndRefusesNothing) {
    sink.at_once = true;
    sink.room = 2;
    start();
    PosConnection client = connect();
    client.send("1\n2\n3\n4\n5\n");
    ASSERT_TRUE(reads(client, 2));
    run_for(Millis(30));
    EXPECT_EQ(handed(), "12");
    sink.room = 4;
    feed->resume();
    ASSERT_TRUE(reads(client, 4));
    run_for(Millis(30));
    EXPECT_EQ(handed(), "1234");
    sink.room = 100;
    feed->resume();
    ASSERT_TRUE(reads(client, 5));
    for (const std::string& line : client.lines) EXPECT_TRUE(line.starts_with("{\"accepted\"")) << line;
}

TEST_F(FeedShareTest, GivesEachItsTurnWhenThereIsLittleRoom) {
    sink.at_once = true;
    sink.room = 1;
    start();
    PosConnection first = connect();
    std::string many;
    for (int i = 0; i < 100; ++i) many += "a\n";
    first.send(many);
    ASSERT_TRUE(submitted(1));
    PosConnection second = connect();
    PosConnection third = connect();
    second.send("b\nb\n");
    third.send("c\nc\n");
    run_for(Millis(20));
    for (std::size_t room = 2; room <= 7; ++room) {
        sink.room = room;
        feed->resume();
        ASSERT_TRUE(submitted(room));
    }
    EXPECT_EQ(handed(), "aabcabc");
}

TEST_F(FeedShareTest, OnePeerDoesNotFillTheRoomOfAll) {
    settings.longest_line = 1 << 20;
    start();
    PosConnection client = connect();
    const std::string line = std::string(1'000'000, 'a') + "\n";
    std::string left = line + line + line + line + line + line + line + line;
    const auto push = [&] {
        left.erase(0, client.send(left));
        return left.empty();
    };
    ASSERT_TRUE(run_until([&] { return push() || sink.observations.size() == 5; }));
    for (int i = 0; i < 20; ++i) {
        push();
        run_for(Millis(2));
    }
    EXPECT_EQ(sink.observations.size(), 5U) << "4 MiB, and the line that goes beyond it";
    PosConnection other = connect();
    other.send("b\n");
    ASSERT_TRUE(submitted(6)) << "others are served";
    sink.at_once = true;
    sink.accept_all();
    ASSERT_TRUE(run_until([&] {
        push();
        return sink.observations.size() == 9;
    }));
    ASSERT_TRUE(reads(client, 8));
}

TEST_F(FeedShareTest, SilentConnectionsDoNotKeepOthersOut) {
    settings.most_connections = 8;
    settings.idle = std::chrono::seconds(0);
    sink.at_once = true;
    start();
    PosConnection till = spoken();
    std::vector<PosConnection> silent;
    for (int i = 0; i < 7; ++i) silent.push_back(connect());
    silent[0].send("half a line");
    ASSERT_TRUE(run_until([&] { return feed->health()[0].detail == "8 connections"; }));
    for (int i = 0; i < 7; ++i) {
        PosConnection& newcomer = silent.emplace_back(connect());
        ASSERT_TRUE(is_served(newcomer)) << i;
    }
    for (int i = 0; i < 7; ++i) {
        ASSERT_TRUE(reads_end(silent[static_cast<std::size_t>(i)])) << i;
        ASSERT_EQ(silent[static_cast<std::size_t>(i)].lines.size(), 1U);
        EXPECT_TRUE(silent[static_cast<std::size_t>(i)].lines[0].starts_with(R"({"refused":{"reason":"idle: )"));
    }
    till.send("again\n");
    EXPECT_TRUE(reads(till, 2)) << "who has sent something before goes last";
}

TEST_F(FeedShareTest, OneThatWaitsForAnAnswerDoesNotGiveWay) {
    settings.most_connections = 1;
    settings.idle = std::chrono::seconds(0);
    start();
    PosConnection till = connect();
    till.send("1\n");
    ASSERT_TRUE(submitted(1));
    PosConnection newcomer = connect();
    ASSERT_TRUE(reads_end(newcomer));
    EXPECT_EQ(newcomer.lines[0], R"({"refused":{"reason":"too_many_connections: at most 1 at a time"}})");
    sink.accept(0);
    ASSERT_TRUE(reads(till, 1));
}

TEST_F(FeedShareTest, ManyConnectionsOfOneDoNotTakeThePlacesOfAnother) {
    settings.most_connections = 4;
    settings.idle = std::chrono::seconds(0);
    settings.tcp_port = 0;
    sink.at_once = true;
    start();
    PosConnection till = connect();  // silent all the time, and the longest
    ASSERT_TRUE(run_until([&] { return feed->health()[0].detail == "1 connections"; }));
    std::vector<PosConnection> flood;
    for (int i = 0; i < 20; ++i) {
        PosConnection& one = flood.emplace_back(PosConnection::at(feed->tcp_port()));
        ASSERT_TRUE(is_served(one)) << i;
    }
    EXPECT_TRUE(is_served(till));
    PosConnection second = connect();
    EXPECT_TRUE(is_served(second)) << "of the user with fewer";
    EXPECT_FALSE(till.read());
}

TEST_F(FeedShareTest, AnUnfinishedLineKeepsNoPlace) {
    settings.most_connections = 8;
    settings.idle = std::chrono::seconds(1);
    sink.at_once = true;
    start();
    std::vector<PosConnection> drips;
    for (int i = 0; i < 8; ++i) drips.push_back(connect());
    for (PosConnection& each : drips) each.send("{\"type\":\"scan\",\"code\":\"");
    ASSERT_TRUE(run_until([&] { return feed->health()[0].detail == "8 connections"; }));
    PosConnection refused = connect();
    ASSERT_TRUE(reads_end(refused)) << "of the same user, before a second is over";
    EXPECT_TRUE(refused.lines.at(0).starts_with(R"({"refused":{"reason":"too_many_connections: )"));
    for (int i = 0; i < 22; ++i) {
        for (PosConnection& each : drips) each.send("x");
        run_for(Millis(50));
    }
    std::vector<PosConnection> newcomers;
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(is_served(newcomers.emplace_back(connect()))) << i;
        const auto gone = [&] {
            return std::any_of(drips.begin(), drips.end(), [](PosConnection& one) { return one.read(); });
        };
        ASSERT_TRUE(run_until(gone));
        std::erase_if(drips, [](const PosConnection& one) { return one.closed; });
    }
    const auto turned_away = feed->health()[0].turned_away;
    EXPECT_EQ(turned_away.at("too_many_connections"), 1U);
    EXPECT_EQ(turned_away.at("idle"), 4U);
}

TEST_F(FeedShareTest, AnswersThatNobodyReadsKeepNoPlace) {
    settings.most_connections = 2;
    settings.idle = std::chrono::seconds(0);
    sink.at_once = true;
    start();
    PosConnection till = spoken();
    PosConnection deaf = connect();
    fill_with_answers(deaf);
    till.send("b\n");
    ASSERT_TRUE(reads(till, 2));
    PosConnection newcomer = connect();
    ASSERT_TRUE(is_served(newcomer));
    till.send("b\n");
    EXPECT_TRUE(reads(till, 3)) << "who reads its answers, and was heard later, stays";
}

TEST_F(FeedShareTest, AnotherUserGetsAPlaceFromWhoKeepsAllBusy) {
    settings.most_connections = 16;
    settings.tcp_port = 0;
    sink.at_once = true;
    start();
    std::vector<PosConnection> busy;
    for (int i = 0; i < 16; ++i) {
        PosConnection& one = busy.emplace_back(PosConnection::at(feed->tcp_port()));
        ASSERT_TRUE(is_served(one)) << i;
    }
    PosConnection first = connect();
    ASSERT_TRUE(is_served(first)) << "of another user";
    PosConnection second = connect();
    ASSERT_TRUE(is_served(second)) << "an eighth of the places";
    PosConnection third = connect();
    ASSERT_TRUE(reads_end(third));
    EXPECT_TRUE(third.lines.at(0).starts_with(R"({"refused":{"reason":"too_many_connections: at most 16)"));
    std::size_t gone = 0;
    for (PosConnection& each : busy) gone += each.read() ? 1 : 0;
    EXPECT_EQ(gone, 2U);
    ASSERT_TRUE(reads_end(busy[0]));
    EXPECT_EQ(
        busy[0].lines.at(1),
        R"({"refused":{"reason":"too_many_connections: another user needs a place and yours has the most, 16"}})");
}

TEST_F(FeedShareTest, SaysOfTheLastConnectionsToo) {
    settings.most_connections = 1;
    start();
    PosConnection till = connect();
    till.send("1\n");
    ASSERT_TRUE(submitted(1));
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < 5; ++i) {
        PosConnection late = connect();
        ASSERT_TRUE(reads_end(late));
    }
    LogLimit::say_due(SteadyTime::max());
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("times=1\n"), std::string::npos) << log;
    EXPECT_NE(log.find("times=4\n"), std::string::npos) << "what no further one brings to light: " << log;
}

TEST_F(FeedShareTest, NobodyLosesAPlaceWithALineUnderWay) {
    settings.most_connections = 2;
    settings.tcp_port = 0;
    start();
    PosConnection one = PosConnection::at(feed->tcp_port());
    PosConnection two = PosConnection::at(feed->tcp_port());
    one.send("1\n");
    two.send("2\n");
    ASSERT_TRUE(submitted(2));
    PosConnection newcomer = connect();
    ASSERT_TRUE(reads_end(newcomer));
    sink.accept_all();
    EXPECT_TRUE(reads(one, 1));
    EXPECT_TRUE(reads(two, 1));
}

TEST_F(FeedShareTest, NobodyLosesAPlaceWithAnswersUnderWay) {
    settings.most_connections = 2;
    settings.tcp_port = 0;
    sink.at_once = true;
    start();
    PosConnection deaf = PosConnection::at(feed->tcp_port());
    fill_with_answers(deaf);
    PosConnection settled = PosConnection::at(feed->tcp_port());
    ASSERT_TRUE(is_served(settled));
    PosConnection first = connect();
    ASSERT_TRUE(is_served(first)) << "of another user";
    EXPECT_TRUE(reads_end(settled)) << "though the other one was heard longer ago";
    EXPECT_TRUE(reads(deaf, 10));
    EXPECT_FALSE(deaf.closed);
}

}  // namespace
}  // namespace tillpost::test
