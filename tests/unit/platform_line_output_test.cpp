// SPDX-License-Identifier: Apache-2.0
// Whoever reads our lines may hang: nothing waits for it, what is kept has a bound, and what is missing is counted.
#include "platform/line_output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "platform/files.hpp"

namespace tillpost {
namespace {

struct Ends {
    FileDescriptor reads, writes;
};

Ends pipe_ends() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

Ends socket_ends() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// The program's end of a terminal; raw, so that a line's end stays one.
Ends terminal_ends() {
    int screen = -1;
    int program = -1;
    EXPECT_EQ(::openpty(&screen, &program, nullptr, nullptr, nullptr), 0);
    termios settings{};
    EXPECT_EQ(::tcgetattr(program, &settings), 0);
    ::cfmakeraw(&settings);
    EXPECT_EQ(::tcsetattr(program, TCSANOW, &settings), 0);
    return {FileDescriptor(screen), FileDescriptor(program)};
}

std::string number(int n) { return std::to_string(n) + "\n"; }

std::string dropped(std::uint64_t lines) { return "missing " + std::to_string(lines) + "\n"; }

/// All that is there now.
std::string taken(int descriptor) {
    std::string all;
    std::array<char, 65536> part;
    ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
    for (ssize_t got = 0; (got = ::read(descriptor, part.data(), part.size())) > 0;) {
        all.append(part.data(), static_cast<std::size_t>(got));
    }
    return all;
}

struct Kind {
    const char* name;
    Ends (*make)();
};

class LineOutputTest : public ::testing::TestWithParam<Kind> {};

TEST_P(LineOutputTest, WaitsForNobodyAndCountsWhatIsMissing) {
    const Ends ends = GetParam().make();
    LineOutput output(ends.writes.get(), dropped);
    constexpr int lines = 200'000;                            // more than any of them takes, and than is kept
    for (int n = 0; n < lines; ++n) output.write(number(n));  // a write that waited would never end
    std::string all;
    for (int quiet = 0; quiet < 3;) {
        output.write("");
        const std::string part = taken(ends.reads.get());
        quiet = part.empty() ? quiet + 1 : 0;
        all += part;
    }
    output.write("last\n");
    all += taken(ends.reads.get());
    int next = 0;
    std::size_t at = 0;
    for (; all.compare(at, number(next).size(), number(next)) == 0; ++next) at += number(next).size();
    EXPECT_GE(at, LineOutput::most_kept - 10) << "what is kept follows whole and in order";
    EXPECT_EQ(all.substr(at), dropped(static_cast<std::uint64_t>(lines - next)) + "last\n");
}

TEST_P(LineOutputTest, GivesASlowReaderTimeAtTheEnd) {
    Ends ends = GetParam().make();
    LineOutput output(ends.writes.get(), dropped);
    int lines = 0;
    std::string whole;
    while (whole.size() < (std::size_t{1} << 20)) whole += number(lines++);
    output.write(whole);
    const std::string rest(LineOutput::most_kept / 2, '-');
    output.write(rest + "\n");
    std::string all;
    std::thread reader([&] {
        std::array<char, 1000> part;
        while (all.find("end\n") == std::string::npos) {
            const ssize_t got = ::read(ends.reads.get(), part.data(), part.size());
            if (got <= 0) return;
            all.append(part.data(), static_cast<std::size_t>(got));
        }
    });
    output.finish(Millis(60'000));
    output.write("end\n");
    output.finish(Millis(60'000));
    reader.join();
    EXPECT_TRUE(all.ends_with("end\n"));
}

TEST_P(LineOutputTest, ANobodyAtTheEndCostsItsTimeAndNoMore) {
    const Ends ends = GetParam().make();
    LineOutput output(ends.writes.get(), dropped);
    for (int n = 0; n < 200'000; ++n) output.write(number(n));
    output.finish(Millis(1));
}

INSTANTIATE_TEST_SUITE_P(Each, LineOutputTest,
                         ::testing::Values(Kind{"pipe", pipe_ends}, Kind{"socket", socket_ends},
                                           Kind{"terminal", terminal_ends}),
                         [](const auto& info) { return info.param.name; });

TEST(GoneOutputTest, KeepsNothingForAReaderThatIsGone) {
    Ends ends = socket_ends();
    LineOutput output(ends.writes.get(), dropped);
    ends.reads = FileDescriptor();
    for (int n = 0; n < 100'000; ++n) output.write(number(n));
    output.finish(Millis(60'000));  // at once: nothing waits
    const int number_of_none = ends.writes.get();
    ends.writes = FileDescriptor();
    LineOutput closed(number_of_none, dropped);
    closed.write("nobody\n");
    closed.finish(Millis(60'000));
}

}  // namespace
}  // namespace tillpost
