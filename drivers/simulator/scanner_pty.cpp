// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/scanner_pty.hpp"

#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>

namespace tillpost::simulator {
namespace {

Result<void> make_link(const std::string& terminal, const std::string& link) {
    namespace fs = std::filesystem;
    std::error_code code;
    const auto type = fs::symlink_status(link, code).type();
    if (type != fs::file_type::not_found && type != fs::file_type::symlink) {
        return Error{make_error_code(Errc::invalid), link + " is in the way: not a symbolic link"};
    }
    const std::string fresh = link + ".new";
    fs::remove(fresh, code);
    fs::create_symlink(terminal, fresh, code);
    if (!code) fs::rename(fresh, link, code);
    if (code) return system_error("linking " + link, code.value());
    return {};
}

}  // namespace

Result<std::unique_ptr<ScannerPty>> ScannerPty::open(const std::string& link) {
    int scanner = -1;
    int line = -1;
    if (::openpty(&scanner, &line, nullptr, nullptr, nullptr) != 0) return system_error("openpty", errno);
    std::unique_ptr<ScannerPty> made(new ScannerPty("", FileDescriptor(scanner), FileDescriptor(line)));
    termios settings{};
    if (::tcgetattr(line, &settings) != 0) return system_error("tcgetattr", errno);
    ::cfmakeraw(&settings);  // no echo back to the scanner before the agent has opened it
    if (::tcsetattr(line, TCSANOW, &settings) != 0) return system_error("tcsetattr", errno);
    if (::fcntl(scanner, F_SETFL, O_NONBLOCK) != 0) return system_error("making the terminal non-blocking", errno);
    std::array<char, PATH_MAX> name{};
    if (const int number = ::ttyname_r(line, name.data(), name.size()); number != 0) {
        return system_error("ttyname", number);
    }
    if (const Result<void> linked = make_link(name.data(), link); !linked) return linked.error();
    made->link_ = link;
    return made;
}

ScannerPty::~ScannerPty() {
    if (!link_.empty()) ::unlink(link_.c_str());
}

bool ScannerPty::scan(std::string_view aim, std::string_view code) {
    std::string bytes(aim);
    bytes.append(code).append("\r");
    return ::write(scanner_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

}  // namespace tillpost::simulator
