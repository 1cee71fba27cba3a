// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/player.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::simulator {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::string accepted(std::size_t sequence) {
    return R"({"accepted":{"epoch":"0123456789abcdef","sequence":)" + std::to_string(sequence) + "}}";
}

/// Stands where the agent's feed would stand: takes one connection after the other on a Unix socket, in a thread of
/// its own, until the player has closed its last.
class FakeFeed {
public:
    /// What to answer to the n-th line (from 1) of a connection (from 1); nullopt: close instead.
    using Script = std::function<std::optional<std::string>(int connection, int line)>;

    FakeFeed(std::string path, int connections, Script script)
        : path_(std::move(path)), script_(std::move(script)), listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) abort();
        if (::listen(listener_.get(), 8) != 0) abort();
        thread_ = std::thread([this, connections] {
            for (int i = 1; i <= connections; ++i) serve(i);
        });
    }
    ~FakeFeed() { join(); }

    void join() {
        if (thread_.joinable()) thread_.join();
    }
    /// The lines of each connection, as they came; after join().
    const std::vector<std::vector<std::string>>& lines() const { return lines_; }

private:
    bool readable(int descriptor) {
        pollfd ready{descriptor, POLLIN, 0};
        return ::poll(&ready, 1, 10'000) == 1;
    }

    void serve(int connection) {
        lines_.emplace_back();
        if (!readable(listener_.get())) return;
        const FileDescriptor peer(::accept(listener_.get(), nullptr, nullptr));
        std::string buffer;
        std::array<char, 4096> part;
        while (readable(peer.get())) {
            const ssize_t size = ::read(peer.get(), part.data(), part.size());
            if (size <= 0) return;
            buffer.append(part.data(), static_cast<std::size_t>(size));
            for (auto end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n')) {
                lines_.back().push_back(buffer.substr(0, end));
                buffer.erase(0, end + 1);
                const auto reply = script_(connection, static_cast<int>(lines_.back().size()));
                if (!reply) return;
                const std::string bytes = *reply + "\n";
                if (::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return;
            }
        }
    }

    std::string path_;
    Script script_;
    FileDescriptor listener_;
    std::vector<std::vector<std::string>> lines_;
    std::thread thread_;
};

class PlayerTest : public ::testing::Test {
protected:
    PlayerTest() {
        options.target.socket = folder.file("feed.sock");
        options.told_file = folder.file("told");
        options.stats_file = folder.file("stats");
        options.rate = 0;
        options.in_flight = 16;
        options.events = 100;
        options.give_up = 20s;
    }

    std::vector<std::string> expected(std::size_t lines) const {
        StorePlay store(options.play);
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < lines; ++i) texts.push_back(store.next().line);
        return texts;
    }
    std::vector<json> told() const {
        std::vector<json> lines;
        std::istringstream file(test::content_of(options.told_file));
        for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
        return lines;
    }

    /// Plays to the end and closes the connection.
    Result<void> play() {
        Player player(options, signals);
        Result<void> played = player.run();
        numbers = player.numbers();
        return played;
    }

    test::TempDir folder;
    Options options;
    std::atomic<int> signals = 0;
    Numbers numbers;
};

std::vector<std::string> joined(const std::vector<std::vector<std::string>>& parts) {
    std::vector<std::string> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

TEST_F(PlayerTest, SendsTheWholePlayInOrderAndTellsWhatWasAccepted) {
    FakeFeed feed(options.target.socket, 1, [](int, int line) { return accepted(line); });
    const Result<void> played = play();
    ASSERT_TRUE(played) << played.error().message;
    feed.join();
    EXPECT_EQ(joined(feed.lines()), expected(100));
    EXPECT_EQ(numbers.accepted, 100U);
    EXPECT_EQ(numbers.known, 0U);
    EXPECT_EQ(numbers.waiting, 0U);
    ASSERT_EQ(told().size(), 100U);
    EXPECT_EQ(told()[41]["sequence"], 42);
    EXPECT_EQ(told()[41]["kind"], "accepted");
    EXPECT_EQ(json::parse(test::content_of(options.stats_file))["accepted"], 100);
}

TEST_F(PlayerTest, TellsQuarantinedLinesFromAcceptedOnes) {
    FakeFeed feed(options.target.socket, 1, [](int, int line) {
        return R"({"quarantined":{"epoch":"0123456789abcdef","sequence":)" + std::to_string(line) +
               R"(,"id":"q","rule":"r","field":""}})";
    });
    ASSERT_TRUE(play());
    EXPECT_EQ(numbers.quarantined, 100U);
    EXPECT_EQ(numbers.accepted, 0U);
    EXPECT_EQ(told().at(99)["kind"], "quarantined");
}

TEST_F(PlayerTest, SendsUnansweredLinesAgainInOrderWhenTheConnectionIsLost) {
    // The first connection answers ten lines and breaks at the eleventh, the second one breaks at its first.
    FakeFeed feed(options.target.socket, 3, [](int connection, int line) -> std::optional<std::string> {
        if (connection == 1 && line <= 10) return accepted(line);
        if (connection < 3) return std::nullopt;
        return accepted(10 + line);
    });
    const Result<void> played = play();
    ASSERT_TRUE(played) << played.error().message;
    feed.join();
    const std::vector<std::string> lines = expected(100);
    EXPECT_EQ(feed.lines()[1].front(), lines[10]);
    EXPECT_EQ(feed.lines()[2], std::vector<std::string>(lines.begin() + 10, lines.end()));
    EXPECT_EQ(numbers.connections, 3U);
    EXPECT_EQ(numbers.accepted, 100U);
    EXPECT_GE(numbers.repeated, 2U);
    EXPECT_EQ(told().size(), 100U);
    EXPECT_FALSE(told()[9]["repeat"]);
    EXPECT_TRUE(told()[10]["repeat"]);
    EXPECT_FALSE(told()[99]["repeat"]);
}

TEST_F(PlayerTest, SendsRefusedLinesAgainLater) {
    options.events = 20;
    options.in_flight = 1;
    int answers = 0;
    FakeFeed feed(options.target.socket, 1, [&](int, int) {
        return ++answers % 10 == 5 ? std::string(R"({"refused":{"reason":"full: the disk is full"}})") : accepted(1);
    });
    ASSERT_TRUE(play());
    feed.join();
    EXPECT_EQ(numbers.refused, 2U);
    EXPECT_EQ(numbers.accepted, 20U);
    EXPECT_EQ(numbers.known, 19U) << "all name one event";
    std::vector<std::string> lines = expected(20);
    lines.insert(lines.begin() + 4, lines[4]);
    lines.insert(lines.begin() + 14, lines[14]);
    EXPECT_EQ(joined(feed.lines()), lines);
}

TEST_F(PlayerTest, LosesNoLineWhenAWholeWindowIsRefused) {
    FakeFeed feed(options.target.socket, 1, [](int, int line) {
        return line <= 16 ? std::string(R"({"refused":{"reason":"stopping: try again"}})") : accepted(line);
    });
    ASSERT_TRUE(play());
    feed.join();
    EXPECT_EQ(numbers.refused, 16U);
    EXPECT_EQ(numbers.accepted, 100U);
    const std::vector<std::string> lines = joined(feed.lines());
    EXPECT_EQ(std::vector<std::string>(lines.begin() + 16, lines.end()), expected(100));
}

TEST_F(PlayerTest, NeverSendsALineAgainThatIsTooLong) {
    FakeFeed feed(options.target.socket, 1, [](int, int line) {
        return line == 3 ? std::string(R"({"refused":{"reason":"line_too_long: 65537 bytes"}})") : accepted(line);
    });
    ASSERT_TRUE(play());
    feed.join();
    EXPECT_EQ(joined(feed.lines()), expected(100));
    EXPECT_EQ(numbers.dropped, 1U);
    EXPECT_EQ(told().size(), 99U);
}

TEST_F(PlayerTest, ComesBackWhenItsConnectionIsRefused) {
    FakeFeed feed(options.target.socket, 2, [](int connection, int line) -> std::optional<std::string> {
        if (connection == 2) return accepted(line);
        if (line > 1) return std::nullopt;
        return R"({"refused":{"reason":"too_many_connections: 64 are open"}})";
    });
    ASSERT_TRUE(play());
    EXPECT_EQ(numbers.accepted, 100U);
    EXPECT_EQ(numbers.connections, 2U);
}

TEST_F(PlayerTest, SaysWhereNobodyListensAndCountsTheLinesThatItNeverSent) {
    options.events = 5;
    options.give_up = 100ms;
    const Result<void> played = play();
    ASSERT_FALSE(played);
    EXPECT_TRUE(played.error().message.starts_with("gave up: 5 lines have no answer; connecting to "))
        << played.error().message;
    EXPECT_EQ(numbers.waiting, 5U);
}

TEST_F(PlayerTest, WaitsForAnAgentThatIsNotThereYet) {
    std::thread later;
    std::unique_ptr<FakeFeed> feed;
    later = std::thread([&] {
        test::wait_until([&] { return !test::content_of(options.stats_file).empty(); });
        feed = std::make_unique<FakeFeed>(options.target.socket, 1, [](int, int line) { return accepted(line); });
    });
    const Result<void> played = play();
    later.join();
    EXPECT_TRUE(played);
    EXPECT_EQ(numbers.accepted, 100U);
}

TEST_F(PlayerTest, GivesUpWhenNobodyListens) {
    options.give_up = 300ms;
    const Result<void> played = play();
    ASSERT_FALSE(played);
    EXPECT_EQ(played.error().code, Errc::timeout);
    EXPECT_EQ(numbers.accepted, 0U);
}

TEST_F(PlayerTest, GivesUpWhenNoAnswerComes) {
    options.give_up = 300ms;
    FakeFeed feed(options.target.socket, 1, [](int, int line) { return line == 1 ? accepted(line) : ""; });
    const Result<void> played = play();
    EXPECT_FALSE(played);
    EXPECT_EQ(numbers.accepted, 1U);
}

TEST_F(PlayerTest, EndsWithAReasonWhenTheAnswerIsNone) {
    FakeFeed feed(options.target.socket, 1, [](int, int) { return "HTTP/1.1 400 Bad Request"; });
    const Result<void> played = play();
    ASSERT_FALSE(played);
    EXPECT_EQ(played.error().code, Errc::invalid);
    EXPECT_NE(played.error().message.find("HTTP/1.1"), std::string::npos);
}

TEST_F(PlayerTest, EndsWithAReasonWhenMoreIsAnsweredThanWasSent) {
    options.in_flight = 1;
    FakeFeed feed(options.target.socket, 1, [](int, int line) { return accepted(line) + "\n" + accepted(line); });
    const Result<void> played = play();
    ASSERT_FALSE(played);
    EXPECT_EQ(played.error().code, Errc::invalid);
}

TEST_F(PlayerTest, MakesNoNewLinesAfterTheFirstSignalButWaitsForTheAnswers) {
    options.events.reset();
    FakeFeed feed(options.target.socket, 1, [&](int, int line) {
        if (line == 50) signals = 1;
        return accepted(line);
    });
    ASSERT_TRUE(play());
    EXPECT_GE(numbers.accepted, 50U);
    EXPECT_LE(numbers.accepted, 50U + 2 * options.in_flight);
    EXPECT_EQ(numbers.accepted, numbers.sent);
}

TEST_F(PlayerTest, EndsAtOnceAtTheSecondSignal) {
    FakeFeed feed(options.target.socket, 1, [&](int, int line) {
        if (line == 50) signals = 2;
        return line < 50 ? accepted(line) : "";
    });
    EXPECT_FALSE(play());
    EXPECT_LE(numbers.accepted, 49U);  // it does not wait for those under way
    EXPECT_LT(numbers.seconds, 5);
}

TEST_F(PlayerTest, KeepsToItsRateAndItsTime) {
    options.events.reset();
    options.rate = 100;
    options.seconds = 500ms;
    FakeFeed feed(options.target.socket, 1, [](int, int line) { return accepted(line); });
    ASSERT_TRUE(play());
    EXPECT_NEAR(static_cast<double>(numbers.accepted), 51, 1);
    EXPECT_GE(numbers.seconds, 0.49);
}

TEST_F(PlayerTest, CatchesUpWithWhatTheTillsMadeDuringAnOutage) {
    options.rate = 200;
    options.seconds = 400ms;
    options.events.reset();
    FakeFeed feed(options.target.socket, 2, [](int connection, int line) -> std::optional<std::string> {
        if (connection == 1) return std::nullopt;
        return accepted(line);
    });
    ASSERT_TRUE(play());
    EXPECT_NEAR(static_cast<double>(numbers.accepted), 81, 1);
}

TEST_F(PlayerTest, StopsWhenItCannotWriteWhatItWasTold) {
    options.told_file = "/dev/full";
    FakeFeed feed(options.target.socket, 1, [](int, int line) { return accepted(line); });
    const Result<void> played = play();
    ASSERT_FALSE(played);
    EXPECT_NE(played.error().message.find("No space left"), std::string::npos);
}

/// Reads from the scanner's line until there are `lines` carriage returns.
std::string read_scans(int line, int lines) {
    std::string bytes;
    char c = 0;
    pollfd ready{line, POLLIN, 0};
    while (lines > 0 && ::poll(&ready, 1, 10'000) == 1 && ::read(line, &c, 1) == 1) {
        bytes += c;
        if (c == '\r') --lines;
    }
    return bytes;
}

TEST(ScannerPtyTest, SendsCodesOnTheLineBehindItsLinkAndTakesTheLinkAway) {
    const test::TempDir folder;
    const std::string link = folder.file("scanner");
    {
        auto scanner = ScannerPty::open(link);
        ASSERT_TRUE(scanner) << scanner.error().message;
        const FileDescriptor line(::open(link.c_str(), O_RDWR | O_NOCTTY));
        ASSERT_GE(line.get(), 0);
        EXPECT_TRUE((*scanner)->scan("]E0", "4006381333931"));
        EXPECT_TRUE((*scanner)->scan("]E0", "4006381333948"));
        EXPECT_EQ(read_scans(line.get(), 2), "]E04006381333931\r]E04006381333948\r");
    }
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
}

TEST(ScannerPtyTest, LosesScansInsteadOfWaitingWhenNobodyReads) {
    const test::TempDir folder;
    auto scanner = ScannerPty::open(folder.file("scanner"));
    ASSERT_TRUE(scanner);
    int taken = 0;
    while (taken < 100'000 && (*scanner)->scan("]E0", "4006381333931")) ++taken;
    EXPECT_GT(taken, 10);
    EXPECT_LT(taken, 100'000);
}

TEST(ScannerPtyTest, ReplacesAnOldLinkAndNothingElse) {
    const test::TempDir folder;
    std::filesystem::create_symlink("/dev/null", folder.file("old"));
    EXPECT_TRUE(ScannerPty::open(folder.file("old")));
    const std::string file = folder.write("file", "precious");
    EXPECT_FALSE(ScannerPty::open(file));
    EXPECT_EQ(test::content_of(file), "precious");
    EXPECT_FALSE(ScannerPty::open(folder.file("missing/link")));
}

TEST(ScannerPtyTest, OutlivesTheAgentThatReadsIt) {
    const test::TempDir folder;
    auto scanner = ScannerPty::open(folder.file("scanner"));
    ASSERT_TRUE(scanner);
    { const FileDescriptor line(::open(folder.file("scanner").c_str(), O_RDWR | O_NOCTTY)); }
    EXPECT_TRUE((*scanner)->scan("]E0", "4006381333931"));
    const FileDescriptor line(::open(folder.file("scanner").c_str(), O_RDWR | O_NOCTTY));
    EXPECT_EQ(read_scans(line.get(), 1), "]E04006381333931\r");
}

TEST_F(PlayerTest, ScansWhileItSells) {
    options.scanner_link = folder.file("scanner");
    options.scan_rate = 20;
    options.rate = 50;
    options.events = 20;
    FakeFeed feed(options.target.socket, 1, [](int, int line) { return accepted(line); });
    ASSERT_TRUE(play());
    feed.join();
    EXPECT_GE(numbers.scans, 5U);
    EXPECT_EQ(numbers.scans_lost, 0U);
    EXPECT_EQ(joined(feed.lines()), expected(20)) << "scans must change nothing in the lines";
}

}  // namespace
}  // namespace tillpost::simulator
