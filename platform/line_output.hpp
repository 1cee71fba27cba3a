// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "platform/clock.hpp"

namespace tillpost {

/// Lines for somebody who may not read them: nobody waits for a pipe that is full, a terminal that is stopped or a log
/// service that hangs. What does not go out at once is kept, at most `most_kept` bytes, and goes first the next time;
/// what finds no place is dropped, and how many lines these were is said in their place. Of a regular file the disk is
/// waited for, since poll(2) knows nothing of it. Any thread.
class LineOutput {
public:
    static constexpr std::size_t most_kept = 64 << 10;

    /// `descriptor` stays its owner's. `dropped`: the line, with its end, that says how many are missing.
    LineOutput(int descriptor, std::function<std::string(std::uint64_t)> dropped);

    /// Whole lines. Nobody is left to tell if it fails.
    void write(std::string_view lines);
    /// Waits for the reader of what is kept, but not longer than that: at the end of a program.
    void finish(Millis most);

private:
    void put_kept();
    /// How much of it has gone out; it waits for nobody.
    std::size_t put(std::string_view text) const;

    int descriptor_;
    bool socket_;
    bool terminal_;
    std::function<std::string(std::uint64_t)> say_dropped_;
    std::mutex mutex_;
    std::string kept_;
    std::uint64_t dropped_ = 0;
};

}  // namespace tillpost
