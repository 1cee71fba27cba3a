// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {

/// The deadline of a condition that must come true: only a test that fails waits so long, however slow the machine is.
constexpr Millis long_time{60'000};

/// A child process. It is killed with the object, and by the kernel with the test's thread that started it.
class Process {
public:
    struct Command {
        std::string program;  ///< A path, or a name that is looked up in PATH.
        std::vector<std::string> arguments;
        std::vector<std::string> environment{};  ///< "NAME=value", added to the test's own.
        std::string directory{};                 ///< To run in; "" for the test's own.
    };

    explicit Process(const Command& command);
    /// Runs `body` in a fork without exec; only while the test has no other threads.
    explicit Process(const std::function<void()>& body);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    bool running();
    void kill(int signal);
    /// The exit code, or 128 + the signal's number; nullopt when it still runs at the deadline.
    std::optional<int> wait(Millis within = long_time);
    /// Sends SIGTERM, and SIGKILL when that does not end it in time.
    std::optional<int> stop(Millis within = long_time);

    /// What it wrote so far.
    std::string output() const { return content_of(folder_.file("out")); }
    std::string errors() const { return content_of(folder_.file("err")); }

private:
    /// In the child: our end with the parent's, standard streams into files.
    void prepare_child(pid_t parent) const;
    void start(const Command& command);

    TempDir folder_;
    pid_t pid_ = -1;
    std::optional<int> status_;
};

/// A built program's path (TILLPOST_BIN, set for every test by CMake).
std::string program_path(const std::string& name);

/// More rounds: `./dev test --long` sets TILLPOST_LONG.
bool long_run();

/// Where a test leaves moments to chance: another one in each run, printed, with how to have it again (TILLPOST_SEED).
unsigned seed_of_run();

/// Waits without a loop: tries every few milliseconds until the predicate holds.
bool wait_until(const std::function<bool()>& holds, Millis within = long_time);

/// A TCP port of 127.0.0.1 that nobody listens on, and that no other test program gets while this one runs.
int free_port();
/// True when something accepts connections on 127.0.0.1:port.
bool accepts(int port);
/// … at that path; the file is there a moment before.
bool accepts(const std::string& unix_socket);

}  // namespace tillpost::test
