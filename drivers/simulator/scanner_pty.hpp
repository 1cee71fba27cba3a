// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "platform/error.hpp"
#include "platform/files.hpp"

namespace tillpost::simulator {

/// A bar code scanner on a serial line that is a pseudo terminal. The link goes away with the object.
class ScannerPty {
public:
    /// Makes the terminal and a symbolic link to it; an old link is replaced, any other file is left alone.
    static Result<std::unique_ptr<ScannerPty>> open(const std::string& link);
    ~ScannerPty();
    ScannerPty(const ScannerPty&) = delete;
    ScannerPty& operator=(const ScannerPty&) = delete;

    /// Sends AIM identifier, code and carriage return; false when nobody reads and the line is full.
    bool scan(std::string_view aim, std::string_view code);

private:
    ScannerPty(std::string link, FileDescriptor scanner, FileDescriptor line)
        : link_(std::move(link)), scanner_(std::move(scanner)), line_(std::move(line)) {}

    std::string link_;
    FileDescriptor scanner_;
    FileDescriptor line_;  ///< The agent's end, kept open so that the line lives on when the agent dies.
};

}  // namespace tillpost::simulator
