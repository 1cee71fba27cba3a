// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/scanner/serial_scanner.hpp"
#include "platform/serial.hpp"
#include "tests/integration/scanner_pty.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

using Strings = std::vector<std::string>;

class HeldSink final : public Sink {
public:
    void submit(Observation observation, Answer answer) override {
        scans.push_back(observation.aim.empty() ? observation.bytes : observation.aim + " " + observation.bytes);
        last = std::move(observation);
        if (refusal.empty()) return answers.push_back(std::move(answer));
        Outcome outcome;
        outcome.reason = refusal;
        answer(outcome);
    }
    void presence(const Presence& news) override { told.push_back(news); }

    Strings scans;
    Observation last;
    std::vector<Answer> answers;
    std::vector<Presence> told;
    std::string refusal;
};

class SerialScannerTest : public LoopTest {
protected:
    SerialScannerTest() {
        settings.name = "scanner-1";
        settings.device = dir.file("by-id");
        settings.longest_code = 64;
        settings.longest_gap = Millis(100);
        settings.first_retry = Millis(5);
        settings.longest_retry = Millis(20);
    }
    void TearDown() override {
        stop_tasks();
        scanner.reset();
        run_for(Millis(1));
    }
    void plug(const Pty& pty) {
        ::unlink(settings.device.c_str());
        ASSERT_EQ(::symlink(pty.path.c_str(), settings.device.c_str()), 0);
    }
    void start() {
        scanner = std::make_unique<SerialScanner>(loop.get_executor(), settings, sink);
        const auto done = scanner->start();
        ASSERT_TRUE(done) << done.error().message;
        spawn("scanner", scanner->run());
    }
    Driver::Health health() const { return scanner->health()[0]; }
    bool is_up(bool up = true) {
        return run_until([&] { return health().up == up; });
    }
    bool scanned(std::size_t count) {
        return run_until([&] { return sink.scans.size() >= count; });
    }
    void start_with(const Pty& pty) {
        plug(pty);
        start();
        ASSERT_TRUE(is_up()) << health().detail;
    }

    TempDir dir;
    SerialScannerSettings settings;
    HeldSink sink;
    std::unique_ptr<SerialScanner> scanner;
};

TEST_F(SerialScannerTest, SubmitsEachCode) {
    const Pty pty;
    start_with(pty);
    pty.send("]E04006381333931\r");
    ASSERT_TRUE(scanned(1));
    EXPECT_EQ(sink.last.kind, Observation::Kind::scan);
    EXPECT_EQ(sink.last.device, "scanner-1");
    EXPECT_EQ(sink.last.bytes, "4006381333931");
    EXPECT_EQ(sink.last.aim, "]E0");
    pty.send(
        "]C101123\x1D"
        "99A\r12\r");
    ASSERT_TRUE(scanned(3));
    EXPECT_EQ(sink.scans, (Strings{"]E0 4006381333931",
                                   "]C1 01123\x1D"
                                   "99A",
                                   "12"}));
    EXPECT_EQ(health().observations, 3U);
    EXPECT_EQ(health().detail, "reads " + settings.device);
}

TEST_F(SerialScannerTest, PassesControlCharactersThatATerminalWouldEat) {
    const Pty pty;
    start_with(pty);
    pty.send("\x03\x04\x11\x13\x1a\x7f\xff\n\x1c\r");
    ASSERT_TRUE(scanned(1));
    EXPECT_EQ(sink.scans[0], "\x03\x04\x11\x13\x1a\x7f\xff\n\x1c");
}

TEST_F(SerialScannerTest, DropsACodeThatStopsHalfWayAndSaysSoInTime) {
    const Pty pty;
    start_with(pty);
    pty.send("400638");
    ASSERT_TRUE(run_until([&] { return health().detail.ends_with("1 code dropped"); })) << "without a further byte";
    pty.send("4006381333931\r");
    ASSERT_TRUE(scanned(1));
    EXPECT_EQ(sink.scans, Strings{"4006381333931"});
}

TEST_F(SerialScannerTest, SaysOfEachReasonThatACodeWasDropped) {
    const Pty pty;
    start_with(pty);
    ::testing::internal::CaptureStderr();
    pty.send("]E0\r" + std::string(100, 'x') + "\r" +
             std::string("4\0"
                         "6\r",
                         4) +
             std::string("4\0"
                         "6\r",
                         4));
    ASSERT_TRUE(run_until([&] { return health().detail.ends_with("4 codes dropped"); })) << health().detail;
    LogLimit::say_due(SteadyTime::max());
    const std::string log = ::testing::internal::GetCapturedStderr();
    std::size_t lines = 0;
    for (std::size_t at = log.find("a code was dropped"); at != std::string::npos; ++lines) {
        at = log.find("a code was dropped", at + 1);
    }
    EXPECT_EQ(lines, 4U) << "three at once, and the second of one reason at the end: " << log;
}

TEST_F(SerialScannerTest, DropsLongNoise) {
    const Pty pty;
    start_with(pty);
    ASSERT_EQ(::fcntl(pty.master.get(), F_SETFL, O_NONBLOCK), 0);
    const std::string noise(1000, 'x');
    std::size_t sent = 0;
    ASSERT_TRUE(run_until([&] {
        const ssize_t taken = ::write(pty.master.get(), noise.data(), noise.size());
        if (taken > 0) sent += static_cast<std::size_t>(taken);
        return sent > 100'000;
    }));
    run_for(Millis(20));
    pty.send("\r12\r");
    ASSERT_TRUE(scanned(1));
    EXPECT_EQ(sink.scans, Strings{"12"});
    EXPECT_TRUE(health().detail.ends_with("1 code dropped")) << health().detail;
}

TEST_F(SerialScannerTest, WaitsForADeviceThatIsNotThereYet) {
    start();
    ASSERT_TRUE(run_until([&] { return health().detail.find("is it plugged in?") != std::string::npos; }));
    EXPECT_FALSE(health().up);
    run_for(Millis(50));
    const Pty pty;
    plug(pty);
    ASSERT_TRUE(is_up());
    pty.send("12\r");
    EXPECT_TRUE(scanned(1));
}

TEST_F(SerialScannerTest, LogsThatADeviceIsAwayOnceAndNotWithEveryTry) {
    settings.first_retry = settings.longest_retry = Millis(1);
    ::testing::internal::CaptureStderr();
    start();
    run_for(Millis(100));
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("scanner is not there"), std::string::npos) << log;
    EXPECT_EQ(log.find("scanner is not there"), log.rfind("scanner is not there")) << log;
}

TEST_F(SerialScannerTest, TellsOfAnAbsenceThatLastsAndOfItsEnd) {
    settings.short_absence = Millis(100);
    start();
    ASSERT_TRUE(run_until([&] { return sink.told.size() == 1; })) << "never there";
    EXPECT_EQ(sink.told[0].device, "scanner-1");
    EXPECT_FALSE(sink.told[0].there);
    EXPECT_NE(sink.told[0].detail.find("is it plugged in"), std::string::npos) << sink.told[0].detail;
    EXPECT_GE(sink.told[0].away, settings.short_absence);
    Pty pty;
    plug(pty);
    ASSERT_TRUE(run_until([&] { return sink.told.size() == 2; }));
    EXPECT_TRUE(sink.told[1].there);
    EXPECT_GE(sink.told[1].away, sink.told[0].away);
    ::unlink(settings.device.c_str());
    pty.vanish();
    ASSERT_TRUE(run_until([&] { return sink.told.size() == 3; }));
    EXPECT_FALSE(sink.told[2].there);
    run_for(Millis(150));
    EXPECT_EQ(sink.told.size(), 3U) << "once for each";
}

TEST_F(SerialScannerTest, TellsNothingOfAnAbsenceThatIsShort) {
    Pty pty;
    start_with(pty);
    for (int round = 0; round < 3; ++round) {
        ::unlink(settings.device.c_str());
        pty.vanish();
        ASSERT_TRUE(is_up(false));
        pty = Pty();
        plug(pty);
        ASSERT_TRUE(is_up());
    }
    EXPECT_TRUE(sink.told.empty());
}

TEST_F(SerialScannerTest, ReopensADeviceThatVanishedAndCameBackUnderAnotherName) {
    Pty pty;
    start_with(pty);
    for (int round = 1; round <= 5; ++round) {
        pty.send("1" + std::to_string(round) + "\r");
        ASSERT_TRUE(scanned(static_cast<std::size_t>(round)));
        ::unlink(settings.device.c_str());
        pty.vanish();
        ASSERT_TRUE(is_up(false));
        EXPECT_NE(health().detail, "reads " + settings.device);
        pty = Pty();
        plug(pty);
        ASSERT_TRUE(is_up());
    }
    EXPECT_EQ(sink.scans, (Strings{"11", "12", "13", "14", "15"}));
}

TEST_F(SerialScannerTest, TakesWhatWasScannedJustBeforeTheDeviceVanishedAndDropsTheHalf) {
    Pty pty;
    start_with(pty);
    pty.send("12\r34");
    ASSERT_TRUE(scanned(1));
    ::unlink(settings.device.c_str());
    pty.vanish();
    ASSERT_TRUE(is_up(false));
    ASSERT_TRUE(run_until([&] { return health().detail.ends_with("1 code dropped"); }));
    const Pty next;
    plug(next);
    ASSERT_TRUE(is_up());
    next.send("56\r");
    ASSERT_TRUE(scanned(2));
    EXPECT_EQ(sink.scans, (Strings{"12", "56"}));
}

TEST_F(SerialScannerTest, CountsWhatTheStorageRefuses) {
    sink.refusal = "disk_full: no space left";
    const Pty pty;
    start_with(pty);
    pty.send("12\r34\r");
    ASSERT_TRUE(scanned(2));
    EXPECT_EQ(health().detail, "reads " + settings.device + ", 2 codes refused");
}

// A batch scanner gives an inventory at once. What nobody reads yet waits in the device, or the terminal.
TEST_F(SerialScannerTest, ReadsNoFurtherWhileTheStorageIsBehindAndLosesNothing) {
    const Pty pty;
    start_with(pty);
    const auto sent = [&](std::size_t count) { return run_until([&] { return health().observations == count; }); };
    std::string codes;
    for (int k = 0; k < 64; ++k) codes += "12\r";
    std::size_t count = 0;
    while (count < SerialScanner::most_waiting) {
        count += 64;
        const bool last = count >= SerialScanner::most_waiting;
        pty.send(codes + (last ? "78" : ""));  // and half a code
        ASSERT_TRUE(sent(count));
    }
    pty.send("90\r" + codes + codes);
    run_for(settings.longest_gap * 2);
    EXPECT_EQ(sink.scans.size(), count);
    EXPECT_TRUE(health().detail.ends_with("not read on before the storage has 1024 codes")) << health().detail;
    Outcome accepted;
    accepted.kind = Outcome::Kind::accepted;
    std::exchange(sink.answers[0], nullptr)(accepted);
    ASSERT_TRUE(scanned(count + 129));
    EXPECT_EQ(sink.scans[count], "7890");
    for (auto& answer : sink.answers) {
        if (answer) std::exchange(answer, nullptr)(accepted);
    }
    EXPECT_EQ(health().detail, "reads " + settings.device);
}

TEST_F(SerialScannerTest, StopsWhileTheStorageIsBehind) {
    const Pty pty;
    start_with(pty);
    std::string codes;
    for (std::size_t k = 0; k < SerialScanner::most_waiting; ++k) codes += "1\r";
    pty.send(codes);
    ASSERT_TRUE(scanned(SerialScanner::most_waiting));
    scanner->drain();
    EXPECT_TRUE(is_up(false));
    EXPECT_EQ(health().detail.substr(0, 7), "stopped");
}

TEST_F(SerialScannerTest, SurvivesAnswersThatComeAfterIt) {
    const Pty pty;
    start_with(pty);
    pty.send("12\r");
    ASSERT_TRUE(scanned(1));
    stop_tasks();
    scanner.reset();
    Outcome refused;
    refused.reason = "shutdown: too late";
    sink.answers[0](refused);
}

// However far apart the looks at a device are that has been away for a while.
TEST_F(SerialScannerTest, TellsOfAnAbsenceAsSoonAsItHasLasted) {
    settings.short_absence = Millis(50);
    settings.first_retry = settings.longest_retry = Millis(3'600'000);
    start();
    ASSERT_TRUE(run_until([&] { return sink.told.size() == 1; }));
    EXPECT_FALSE(sink.told[0].there);
}

TEST_F(SerialScannerTest, EndsByItselfWhenDrained) {
    const Pty pty;
    start_with(pty);
    scanner->drain();
    ASSERT_TRUE(run_until([&] { return tasks.idle(); }));
    EXPECT_FALSE(health().up);
    EXPECT_EQ(health().detail, "stopped");
    EXPECT_TRUE(open_serial({settings.device, 9600, "8N1"})) << "others may have the device now";
}

TEST_F(SerialScannerTest, EndsByItselfWhenDrainedWhileTheDeviceIsAway) {
    settings.first_retry = settings.longest_retry = Millis(60'000);
    start();
    ASSERT_TRUE(run_until([&] { return health().detail != "not started"; }));
    scanner->drain();
    EXPECT_TRUE(run_until([&] { return tasks.idle(); }));
}

TEST_F(SerialScannerTest, RefusesSettingsThatNoDeviceCouldWorkWith) {
    const auto failure = [&](auto change) {
        SerialScannerSettings wrong = settings;
        change(wrong);
        const auto done = SerialScanner(loop.get_executor(), wrong, sink).start();
        return done ? "started" : done.error().message;
    };
    EXPECT_EQ(failure([](auto&) {}), "started");
    EXPECT_EQ(failure([](auto& wrong) { wrong.suffix = ""; }), "scanner scanner-1: no suffix");
    EXPECT_EQ(failure([](auto& wrong) { wrong.longest_code = 0; }), "scanner scanner-1: longest_code is 0");
    EXPECT_EQ(failure([](auto& wrong) { wrong.framing = "9X1"; }),
              "scanner scanner-1: framing \"9X1\" is not like \"8N1\"");
    EXPECT_EQ(failure([](auto& wrong) { wrong.speed = 9601; }), "scanner scanner-1: speed 9601 is not a usual one");
    EXPECT_NE(failure([](auto& wrong) { wrong.first_retry = Millis(0); }), "started");
    EXPECT_NE(failure([](auto& wrong) { wrong.longest_retry = Millis(1); }), "started");
}

}  // namespace
}  // namespace tillpost::test
