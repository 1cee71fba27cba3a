// SPDX-License-Identifier: Apache-2.0
#include "tests/support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <system_error>

#include "platform/files.hpp"

namespace tillpost::test {
namespace {

[[noreturn]] void fail(const std::string& step) { throw std::system_error(errno, std::generic_category(), step); }

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> merged_environment(const std::vector<std::string>& added) {
    std::vector<std::string> result(added);
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const std::string name = text.substr(0, text.find('=') + 1);
        const auto same = [&name](const std::string& other) { return other.starts_with(name); };
        if (std::none_of(added.begin(), added.end(), same)) result.push_back(text);
    }
    return result;
}

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool bind_now(const FileDescriptor& socket, const sockaddr* address, std::size_t size) {
    if (socket.get() < 0) fail("open a socket");
    return ::bind(socket.get(), address, static_cast<socklen_t>(size)) == 0;
}

bool bound_by_nobody(int port) {
    const sockaddr_in address = loopback(port);
    return bind_now(FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
                    reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// A name in the kernel, until this process ends: of two test programs one gets it.
bool claim(int port) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = "tillpost test port " + std::to_string(port);
    std::memcpy(address.sun_path + 1, name.data(), name.size());  // behind a NUL: not in the file system
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const std::size_t size = offsetof(sockaddr_un, sun_path) + 1 + name.size();
    if (!bind_now(socket, reinterpret_cast<const sockaddr*>(&address), size)) return false;
    static std::vector<FileDescriptor> claimed;
    claimed.push_back(std::move(socket));
    return true;
}

}  // namespace

Process::Process(const Command& command) { start(command); }

Process::Process(const std::function<void()>& body) {
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) {
        prepare_child(parent);
        body();
        ::_exit(0);
    }
}

Process::~Process() {
    if (running()) {
        ::kill(pid_, SIGKILL);
        wait();
    }
}

void Process::start(const Command& command) {
    std::vector<std::string> words{command.program};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> environment = merged_environment(command.environment);
    const std::vector<char*> argv = pointers(words);
    const std::vector<char*> envp = pointers(environment);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) {
        prepare_child(parent);
        if (command.directory.empty() || ::chdir(command.directory.c_str()) == 0) {
            ::execvpe(argv[0], argv.data(), envp.data());
        }
        ::_exit(127);
    }
}

void Process::prepare_child(pid_t parent) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(126);  // it died before the line above
    const int none = ::open("/dev/null", O_RDONLY);
    const int out = ::open(folder_.file("out").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int err = ::open(folder_.file("err").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (::dup2(none, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) ::_exit(126);
    ::close_range(3, ~0U, 0);
}

bool Process::running() {
    if (pid_ < 0 || status_) return false;
    int raw = 0;
    if (::waitpid(pid_, &raw, WNOHANG) == pid_) {
        status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    }
    return !status_;
}

void Process::kill(int signal) {
    if (running()) ::kill(pid_, signal);
}

std::optional<int> Process::wait(Millis within) {
    wait_until([this] { return !running(); }, within);
    return status_;
}

std::optional<int> Process::stop(Millis within) {
    kill(SIGTERM);
    if (!wait(within)) {
        kill(SIGKILL);
        wait();
    }
    return status_;
}

std::string program_path(const std::string& name) {
    const char* folder = std::getenv("TILLPOST_BIN");
    if (folder == nullptr) throw std::runtime_error("set TILLPOST_BIN to the build's bin folder (ctest does)");
    return std::string(folder) + "/" + name;
}

unsigned seed_of_run() {
    const char* given = std::getenv("TILLPOST_SEED");
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()() % 1'000'000;
    std::printf("seed %u (TILLPOST_SEED=%u repeats it)\n", seed, seed);
    std::fflush(stdout);
    return seed;
}

bool long_run() { return std::getenv("TILLPOST_LONG") != nullptr; }

bool wait_until(const std::function<bool()>& holds, Millis within) {
    const SteadyTime end = std::chrono::steady_clock::now() + within;
    for (;;) {
        if (holds()) return true;
        if (std::chrono::steady_clock::now() >= end) return false;
        ::poll(nullptr, 0, 5);
    }
}

int free_port() {
    // Below those that the kernel gives by itself: while a test's broker is down nobody else may be given its port, or
    // its agent speaks to another test's programs.
    constexpr int first = 12'000, count = 20'000;
    for (int i = 0; i < count; ++i) {
        const int port = first + (static_cast<int>(::getpid()) * 37 + i) % count;
        if (claim(port) && bound_by_nobody(port)) return port;
    }
    errno = EADDRINUSE;
    fail("find a free port");
}

bool accepts(int port) {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool accepts(const std::string& unix_socket) {
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, unix_socket.c_str(), sizeof address.sun_path - 1);
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace tillpost::test
