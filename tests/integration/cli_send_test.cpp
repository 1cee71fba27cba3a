// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/cli_command.hpp"

namespace tillpost::test {
namespace {

/// The feed's side of `tillpost send`, driven by the test.
class FakeFeed {
public:
    explicit FakeFeed(const std::string& path) : listener_(listen_on(path)) {}
    /// Takes what has come; call it again and again.
    void turn() {
        if (peer_.get() < 0)
            peer_ = FileDescriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        char part[4096];
        const ssize_t got = peer_.get() < 0 ? -1 : ::recv(peer_.get(), part, sizeof part, 0);
        if (got > 0) bytes_.append(part, static_cast<std::size_t>(got));
        for (auto end = bytes_.find('\n'); end != std::string::npos; end = bytes_.find('\n')) {
            lines.push_back(bytes_.substr(0, end));
            bytes_.erase(0, end + 1);
        }
    }
    void answer(const std::string& line) {
        const std::string bytes = line + "\n";
        EXPECT_EQ(::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    bool connected() const { return peer_.get() >= 0; }
    void hang_up() { peer_ = FileDescriptor(); }

    std::vector<std::string> lines;

private:
    FileDescriptor listener_;
    FileDescriptor peer_;
    std::string bytes_;
};

std::string accepted(std::uint64_t sequence) {
    return R"({"accepted":{"epoch":"00000000000000ff","sequence":)" + std::to_string(sequence) + "}}";
}
const std::string quarantined =
    R"({"quarantined":{"epoch":"00000000000000ff","sequence":8,"id":"Q1-8","rule":"required","field":"/till"}})";
const std::string refused = R"({"refused":{"reason":"full: the disk is full"}})";

class SendCommandTest : public CommandTest {
protected:
    std::unique_ptr<Process> send(const std::string& input, const std::string& more = "") {
        folder.write("input", input);
        return shell("exec \"$TILLPOST\" send --feed '" + feed + "' " + more + " < '" + folder.file("input") + "'");
    }
    bool gets(FakeFeed& peer, std::size_t lines) {
        return run_until([&] { return peer.turn(), peer.lines.size() >= lines; });
    }
};

TEST_F(SendCommandTest, GivesUpOnAFeedThatIsSilent) {
    FakeFeed peer(feed);
    const auto command = send("{\"type\":\"sale\"}\n{\"type\":\"return\"}\n", "--give-up 1");
    ASSERT_TRUE(gets(peer, 2));
    peer.answer(accepted(7));
    EXPECT_EQ(finish(*command), 2);
    EXPECT_EQ(command->output(), "line 1 accepted 00000000000000ff-7\n");
    EXPECT_TRUE(contains(command->errors(), "tillpost: tillpostd has not answered for 1 s: given up\n"));
    EXPECT_TRUE(contains(command->errors(), "line 2 has no answer, so it is not known"));
}

TEST_F(SendCommandTest, SendsEachLineAndPrintsEachAnswer) {
    FakeFeed peer(feed);
    const auto command = send("{\"type\":\"sale\"}\r\n\n{\"type\":\"return\"}\nlast without a line break");
    ASSERT_TRUE(gets(peer, 3));
    EXPECT_EQ(peer.lines,
              (std::vector<std::string>{R"({"type":"sale"})", R"({"type":"return"})", "last without a line break"}));
    peer.answer(accepted(7));
    EXPECT_TRUE(run_until([&] { return contains(command->output(), "line 1 accepted 00000000000000ff-7\n"); }))
        << "an answer is printed when it comes";
    EXPECT_TRUE(command->running());
    peer.answer(accepted(8));
    peer.answer(accepted(9));
    EXPECT_EQ(finish(*command), 0);
    EXPECT_EQ(
        command->output(),
        "line 1 accepted 00000000000000ff-7\nline 3 accepted 00000000000000ff-8\nline 4 accepted 00000000000000ff-9\n");
    EXPECT_EQ(command->errors(), "tillpost: 3 lines: 3 accepted, 0 quarantined, 0 refused\n");
}

struct Ends {
    const char* name;
    std::vector<std::string> answers;
    int code;
    const char* quiet_output;
};
class SendExitTest : public SendCommandTest, public ::testing::WithParamInterface<Ends> {};

TEST_P(SendExitTest, ExitsByTheWorstAnswerAndQuietlyPrintsFailuresOnly) {
    FakeFeed peer(feed);
    std::string input;
    for (std::size_t i = 0; i < GetParam().answers.size(); ++i) input += "{}\n";
    const auto command = send(input, "--quiet");
    ASSERT_TRUE(
        run_until([&] { return peer.turn(), peer.connected() && peer.lines.size() == GetParam().answers.size(); }));
    for (const std::string& answer : GetParam().answers) peer.answer(answer);
    EXPECT_EQ(finish(*command), GetParam().code) << command->errors();
    EXPECT_EQ(command->output(), GetParam().quiet_output);
    EXPECT_EQ(command->errors(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Answers, SendExitTest,
    ::testing::Values(Ends{"accepted", {accepted(1)}, 0, ""},
                      Ends{
                          "quarantined", {quarantined, accepted(1)}, 3, "line 1 quarantined Q1-8: required at /till\n"},
                      Ends{"refused",
                           {accepted(1), refused, quarantined},
                           1,
                           "line 2 refused full: the disk is full\nline 3 quarantined Q1-8: required at /till\n"}),
    [](const auto& which) { return which.param.name; });

TEST_F(SendCommandTest, HasNothingToDoForAnEmptyInput) {
    FakeFeed peer(feed);
    const auto command = send("\n\r\n");
    EXPECT_EQ(finish(*command), 0) << command->errors();
}

TEST_F(SendCommandTest, KeepsSixtyFourLinesOnTheirWay) {
    FakeFeed peer(feed);
    std::string input;
    for (int i = 1; i <= 200; ++i) input += "{\"n\":" + std::to_string(i) + "}\n";
    const auto command = send(input, "--quiet");
    ASSERT_TRUE(gets(peer, 64));
    run_for(Millis(50));
    peer.turn();
    EXPECT_EQ(peer.lines.size(), 64u);
    peer.answer(accepted(1));
    ASSERT_TRUE(gets(peer, 65));
    for (std::uint64_t i = 2; i <= 200; ++i) {
        ASSERT_TRUE(gets(peer, i));
        peer.answer(accepted(i));
    }
    EXPECT_EQ(finish(*command), 0) << command->errors();
    EXPECT_EQ(peer.lines.size(), 200u);
    EXPECT_EQ(peer.lines.back(), R"({"n":200})");
}

TEST_F(SendCommandTest, NamesTheLinesWithoutAnAnswerWhenTheConnectionIsLost) {
    FakeFeed peer(feed);
    std::string input;
    for (int i = 0; i < 100; ++i) input += "{}\n";
    const auto command = send(input);
    ASSERT_TRUE(gets(peer, 64));
    peer.answer(accepted(1));
    ASSERT_TRUE(gets(peer, 65));
    peer.hang_up();
    EXPECT_EQ(finish(*command), 2);
    EXPECT_EQ(command->output(), "line 1 accepted 00000000000000ff-1\n");
    EXPECT_TRUE(contains(command->errors(), "the connection to tillpostd was lost")) << command->errors();
    EXPECT_TRUE(contains(command->errors(), "lines 2 to 65 have no answer")) << command->errors();
    EXPECT_TRUE(contains(command->errors(), "the rest of the input was not sent")) << command->errors();
}

TEST_F(SendCommandTest, SaysWhyTheWholeConnectionIsRefused) {
    FakeFeed peer(feed);
    ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);  // an input that stays open and says nothing
    const auto command = shell("exec \"$TILLPOST\" send --feed '" + feed + "' <> '" + folder.file("pipe") + "'");
    ASSERT_TRUE(run_until([&] { return peer.turn(), peer.connected(); }));
    peer.answer(R"({"refused":{"reason":"not_allowed: user pos2"}})");
    peer.hang_up();
    EXPECT_EQ(finish(*command), 2);
    EXPECT_TRUE(contains(command->errors(), "refused: not_allowed: user pos2")) << command->errors();
}

TEST_F(SendCommandTest, SendsNoLineThatIsLongerThanAnyFeedTakes) {
    FakeFeed peer(feed);
    const auto command = send("{}\n" + std::string((1 << 20) + 1, 'x') + "\n{}\n");
    ASSERT_TRUE(gets(peer, 1));
    peer.answer(accepted(1));
    EXPECT_EQ(finish(*command), 1);
    EXPECT_TRUE(contains(command->errors(), "line 2 is longer than 1 MiB")) << command->errors();
    EXPECT_EQ(peer.lines.size(), 1u);
}

TEST_F(SendCommandTest, RefusesAnAnswerThatIsNone) {
    FakeFeed peer(feed);
    const auto command = send("{}\n");
    ASSERT_TRUE(gets(peer, 1));
    peer.answer("HTTP/1.1 400 \x1b[2J");
    EXPECT_EQ(finish(*command), 2);
    EXPECT_TRUE(contains(command->errors(), "no feed socket of tillpostd")) << command->errors();
    EXPECT_TRUE(contains(command->errors(), "line 1 has no answer")) << command->errors();
    EXPECT_FALSE(contains(command->errors(), "\x1b"));
}

TEST_F(SendCommandTest, SaysWhichSocketIsWhich) {
    FakeFeed peer(feed);
    const auto asked = start({"--socket", feed, "status"});
    ASSERT_TRUE(gets(peer, 1));
    peer.answer(quarantined);
    EXPECT_EQ(finish(*asked), 2);
    EXPECT_EQ(asked->errors(), "tillpost: " + feed +
                                   " is the feed's socket and not the control socket, which --socket names: it "
                                   "answered: quarantined Q1-8: required at /till\n");
    peer.lines.clear();
    const std::string begin =
        R"({"agent":{"tenant":"a","store":"b","node":"c"},"journal":{"path":"/j"},"broker":{"address":"tcp://127.0.0.1:1"})";
    const std::string both =
        folder.write("both.json", begin + R"(,"feed":{"socket":")" + feed + R"("},"control":{"socket":"/c.sock"}})");
    const auto known = start({"--config", both, "--socket", feed, "status"});
    EXPECT_EQ(finish(*known), 64);
    EXPECT_TRUE(
        contains(known->errors(), feed + " is the feed's socket, and --socket names the control socket: /c.sock"))
        << known->errors();
    EXPECT_TRUE(peer.lines.empty()) << "a record that nobody meant";
    const std::string none = folder.write("none.json", begin + R"(,"control":{"socket":""}})");
    const auto no_feed = start({"--config", none, "send"});
    EXPECT_EQ(finish(*no_feed), 2);
    EXPECT_TRUE(contains(no_feed->errors(), none + " names no feed") && contains(no_feed->errors(), "set /feed/socket"))
        << no_feed->errors();
    const auto no_control = shell("unset TILLPOST_SOCKET; exec \"$TILLPOST\" --config '" + none + "' status");
    EXPECT_EQ(finish(*no_control), 2);
    EXPECT_TRUE(contains(no_control->errors(), none + " says that tillpostd has no control socket"))
        << no_control->errors();
}

TEST_F(SendCommandTest, SaysPlainlyThatNoFeedListens) {
    const auto command = send("{}\n");
    EXPECT_EQ(finish(*command), 2);
    EXPECT_TRUE(contains(command->errors(), "its feed socket is elsewhere: nothing listens at " + feed))
        << command->errors();
}

}  // namespace
}  // namespace tillpost::test
