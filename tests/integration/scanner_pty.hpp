// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include "platform/files.hpp"

namespace tillpost::test {

/// A pseudo terminal: `master` is the scanner's end, `path` the device's.
struct Pty {
    Pty() {
        int master_end = -1;
        int slave_end = -1;
        std::array<char, 256> name{};
        if (::openpty(&master_end, &slave_end, name.data(), nullptr, nullptr) != 0) throw std::runtime_error("openpty");
        master = FileDescriptor(master_end);
        ::close(slave_end);
        path = name.data();
    }
    void send(std::string_view bytes) const {
        ASSERT_EQ(::write(master.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    void vanish() { master = FileDescriptor(); }

    FileDescriptor master;
    std::string path;
};

}  // namespace tillpost::test
