// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "platform/serial.hpp"
#include "tests/integration/scanner_pty.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

struct LineCase {
    const char* framing;
    tcflag_t set;
    tcflag_t clear;
};

class SerialSettingsTest : public ::testing::TestWithParam<LineCase> {};

TEST_P(SerialSettingsTest, BecomeTheLinesFlags) {
    termios before{};
    before.c_cflag = static_cast<tcflag_t>(~0U);
    before.c_iflag = static_cast<tcflag_t>(~0U);
    before.c_lflag = static_cast<tcflag_t>(~0U);
    const auto line = with_settings(before, {"", 19200, GetParam().framing});
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_EQ(line->c_cflag & (CSIZE | PARENB | PARODD | CSTOPB), GetParam().set);
    EXPECT_EQ(line->c_cflag & GetParam().clear, 0U);
    EXPECT_EQ(line->c_iflag & (IXON | IXOFF | ICRNL | INLCR | ISTRIP | IGNPAR | PARMRK | BRKINT), 0U);
    EXPECT_EQ((line->c_iflag & INPCK) != 0, GetParam().framing[1] != 'N');
    EXPECT_EQ(line->c_lflag & (ICANON | ECHO | ISIG), 0U);
    EXPECT_EQ(::cfgetispeed(&*line), static_cast<speed_t>(B19200));
    EXPECT_EQ(::cfgetospeed(&*line), static_cast<speed_t>(B19200));
}

INSTANTIATE_TEST_SUITE_P(Framings, SerialSettingsTest,
                         ::testing::Values(LineCase{"8N1", CS8, CRTSCTS | PARENB | CSTOPB},
                                           LineCase{"8N2", CS8 | CSTOPB, PARENB},
                                           LineCase{"7E1", CS7 | PARENB, PARODD | CSTOPB},
                                           LineCase{"7O2", CS7 | PARENB | PARODD | CSTOPB, CRTSCTS},
                                           LineCase{"8E1", CS8 | PARENB, PARODD}),
                         [](const auto& which) { return std::string("of_") + which.param.framing; });

TEST(SerialTest, NamesASettingThatIsNotKnown) {
    for (const char* framing : {"", "8", "8N", "6N1", "8X1", "8N3", "8N1 ", "n81"})
        EXPECT_FALSE(with_settings(termios{}, {"", 9600, framing})) << framing;
    for (const unsigned speed : {0U, 300U, 9601U, 4'000'000'000U})
        EXPECT_FALSE(with_settings(termios{}, {"", speed, "8N1"})) << speed;
}

TEST(SerialTest, SetsTheLineAndReadsRaw) {
    const Pty pty;
    const auto line = open_serial({pty.path, 38400, "8N2"});
    ASSERT_TRUE(line) << line.error().message;
    termios now{};
    ASSERT_EQ(::tcgetattr(line->get(), &now), 0);
    EXPECT_EQ(::cfgetispeed(&now), static_cast<speed_t>(B38400));
    EXPECT_NE(now.c_cflag & CSTOPB, 0U);
    EXPECT_EQ(now.c_lflag & (ICANON | ECHO), 0U);
    EXPECT_NE(::fcntl(line->get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(line->get(), F_GETFD) & FD_CLOEXEC, 0);
    char byte = 0;
    EXPECT_EQ(::read(line->get(), &byte, 1), -1) << "an idle line is not at its end";
}

TEST(SerialTest, SaysWhenTheDeviceCannotDoTheFraming) {
    const Pty pty;  // Linux' pseudo terminals do eight bits without parity only
    const auto line = open_serial({pty.path, 9600, "7E1"});
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, Errc::invalid);
    EXPECT_EQ(line.error().message, "open " + pty.path + ": the device can't do 9600 baud 7E1");
}

TEST(SerialTest, HasTheDeviceForItselfAlone) {
    const Pty pty;
    auto line = open_serial({pty.path, 9600, "8N1"});
    ASSERT_TRUE(line);
    const auto second = open_serial({pty.path, 9600, "8N1"});
    ASSERT_FALSE(second) << "even for root, whom TIOCEXCL does not stop";
    EXPECT_EQ(second.error().code, Errc::rejected);
    EXPECT_EQ(second.error().message, "open " + pty.path + ": another program has it open (busy)");
    int exclusive = 0;
    EXPECT_EQ(::ioctl(line->get(), TIOCGEXCL, &exclusive), 0);
    EXPECT_EQ(exclusive, 1);
    *line = FileDescriptor();
    EXPECT_TRUE(open_serial({pty.path, 9600, "8N1"}));
}

TEST(SerialTest, SaysWhyADeviceCannotBeOpened) {
    const TempDir dir;
    const auto missing = open_serial({dir.file("gone"), 9600, "8N1"});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::not_connected);
    EXPECT_EQ(missing.error().message, "open " + dir.file("gone") + ": device does not exist: is it plugged in?");
    const auto file = open_serial({dir.write("file", "x"), 9600, "8N1"});
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, Errc::invalid);
    EXPECT_EQ(file.error().message, "open " + dir.file("file") + ": not a serial line");
}

TEST(SerialTest, SaysWhoMayOpenIt) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    const Pty pty;
    ASSERT_EQ(::chmod(pty.path.c_str(), 0600), 0);
    const auto body = [&] {
        if (::setgid(54321) != 0 || ::setuid(54321) != 0) return;
        const auto line = open_serial({pty.path, 9600, "8N1"});
        const std::string text = line ? "opened" : line.error().message;
        [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    };
    Process child{std::function<void()>(body)};
    ASSERT_EQ(child.wait(), 0);
    EXPECT_NE(child.output().find("permission denied: add the daemon's user to the device's group (dialout)"),
              std::string::npos)
        << child.output();
}

}  // namespace
}  // namespace tillpost::test
