// SPDX-License-Identifier: Apache-2.0
// [end-1] What central has confirmed, and asks for again.
#include "tests/unit/delivery_fixture.hpp"

namespace tillpost::test {
namespace {

using SentRanges = std::vector<Range>;

class AskedAgainTest : public DeliveryTest {
protected:
    /// Everything is confirmed, but for the last few.
    void confirmed_upto(Sequence upto, Sequence last, Sequence first = 1) {
        journal(last, upto, first);
        connect();
        hello();
        receipt(upto);
        send_all(1'000);
    }
};

TEST_F(AskedAgainTest, IsSentOnceForEachAsking) {
    confirmed_upto(40, 40);
    receipt(40, {}, {{2, 3}, {7, 7}});
    EXPECT_EQ(send_all(), (SentRanges{{2, 3}, {7, 7}}));
    receipt(40, {}, {{2, 3}, {7, 7}});
    EXPECT_TRUE(send_all().empty()) << "the same asking: it is on its way";
    receipt(40, {}, {{7, 9}});
    EXPECT_EQ(send_all(), (SentRanges{{8, 9}})) << "more of it";
    receipt(40);
    EXPECT_TRUE(send_all().empty());
    receipt(40, {}, {{2, 3}});
    EXPECT_EQ(send_all(), (SentRanges{{2, 3}})) << "another asking";
}

TEST_F(AskedAgainTest, IsNeitherOutstandingNorUnconfirmed) {
    confirmed_upto(40, 40);
    receipt(40, {}, {{1, 10}});
    EXPECT_EQ(send_all(10, false), (SentRanges{{1, 10}}));
    EXPECT_EQ(delivery.outstanding_events(), 0U);
    EXPECT_TRUE(delivery.everything_confirmed());
    EXPECT_EQ(delivery.sent_upto(), 40U);
    now += strict_settings().progress_timeout * 2;
    EXPECT_EQ(delivery.next(now).action, Action::wait) << "nothing is unconfirmed: central is not asked for it";
}

TEST_F(AskedAgainTest, GoesBehindEverythingElse) {
    confirmed_upto(40, 40);
    journal(60, 40);
    receipt(40, {}, {{1, 5}});
    EXPECT_EQ(send_all(100), (SentRanges{{41, 60}, {1, 5}}));
}

TEST_F(AskedAgainTest, IsWhatTheJournalStillHolds) {
    confirmed_upto(40, 40, 21);
    receipt(40, {}, {{1, 22}, {39, 1'000'000}});
    EXPECT_EQ(send_all(), (SentRanges{{21, 22}, {39, 40}}));
    receipt(40);
    receipt(40, {}, {{21, 30}});
    journal(40, 40, 25);
    EXPECT_EQ(send_all(), (SentRanges{{25, 30}})) << "the rest was pruned meanwhile";
}

// What an answer to a hello names has not arrived: nothing was sent behind the hello.
TEST_F(AskedAgainTest, IsSentAgainWhenTheAnswerToAHelloStillNamesIt) {
    confirmed_upto(40, 40);
    receipt(40, {}, {{2, 3}});
    send_all();
    now = delivery.next(now).until;
    hello();
    receipt(40, {}, {{2, 3}});
    EXPECT_EQ(send_all(), (SentRanges{{2, 3}}));
}

TEST_F(AskedAgainTest, ALostConnectionLeavesItToTheNextAnswer) {
    confirmed_upto(40, 40);
    receipt(40, {}, {{2, 3}});
    EXPECT_EQ(send_all(10, false), (SentRanges{{2, 3}}));
    delivery.lost(false, now);
    connect();
    EXPECT_EQ(delivery.next(now).action, Action::hello);
    hello();
    receipt(40, {}, {{2, 3}});
    EXPECT_EQ(send_all(), (SentRanges{{2, 3}}));
}

TEST_F(AskedAgainTest, GoesAgainWhenTheBrokerRefusesIt) {
    confirmed_upto(40, 40);
    receipt(40, {}, {{2, 3}});
    send_all(10, false);
    delivery.refused(ticket, now);
    EXPECT_EQ(delivery.next(now).action, Action::wait) << "after a pause";
    now = delivery.next(now).until;
    EXPECT_EQ(send_all(), (SentRanges{{2, 3}}));
}

TEST_F(AskedAgainTest, OneThatIsTooLargeIsLeftOutAndWithheldFromNobody) {
    confirmed_upto(40, 40);
    receipt(40, {}, {{2, 3}});
    send_all(10, false);
    EXPECT_EQ(delivery.too_large(ticket, now), std::nullopt);
    ASSERT_EQ(delivery.next(now).range, (Range{2, 3})) << "in smaller messages";
    delivery.sent(Lane::backlog, {2, 2}, 50'000, ++ticket, now);
    EXPECT_EQ(delivery.too_large(ticket, now), std::nullopt);
    EXPECT_EQ(send_all(), (SentRanges{{3, 3}}));
}

// A quarter of the flow limit: 25 events here.
TEST_F(AskedAgainTest, IsBoundedUntilAReceiptNoLongerNamesIt) {
    confirmed_upto(90, 90);
    receipt(90, {}, {{1, 90}});
    EXPECT_EQ(send_all(), (SentRanges{{1, 10}, {11, 20}, {21, 25}}));
    receipt(90, {}, {{1, 90}});
    EXPECT_TRUE(send_all().empty());
    receipt(90, {}, {{11, 90}});
    EXPECT_EQ(send_all(), (SentRanges{{26, 35}})) << "as many as have arrived";
    journal(95, 90);
    EXPECT_EQ(send_all(), (SentRanges{{91, 95}})) << "and holds nothing back";
}

TEST_F(AskedAgainTest, OfTenThousandRangesABoundedNumberIsKept) {
    confirmed_upto(50'000, 50'000);
    std::vector<Range> need;
    for (Sequence n = 1; n < 50'000; n += 5) need.push_back({n, n});
    receipt(50'000, {}, need);
    std::uint64_t events = 0;
    for (int i = 0; i < 100; ++i) {
        events += send_all().size();
        receipt(50'000);
    }
    EXPECT_EQ(events, 1'024U);
}

TEST_F(AskedAgainTest, ALowerMarkSendsItAsUnconfirmed) {
    confirmed_upto(40, 40);
    receipt(40, {}, {{2, 30}});
    receipt(20, {}, {{2, 3}});
    hello();
    receipt(20);
    EXPECT_EQ(send_all(100), (SentRanges{{21, 40}, {2, 20}}));
    receipt(40);
    EXPECT_TRUE(send_all().empty());
}

TEST_F(AskedAgainTest, AnotherEpochForgetsIt) {
    confirmed_upto(40, 40);
    receipt(40, {}, {{2, 30}});
    live.epoch = 8;
    journal(40, 0);
    hello();
    receipt(40);
    EXPECT_TRUE(send_all().empty());
}

}  // namespace
}  // namespace tillpost::test
