// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "drivers/simulator/latencies.hpp"
#include "drivers/simulator/reply.hpp"
#include "drivers/simulator/window.hpp"
#include "platform/error.hpp"

namespace tillpost::simulator {

/// What happened so far.
struct Numbers {
    std::uint64_t sent = 0;      ///< Lines, repeats counted again
    std::uint64_t repeated = 0;  ///< Of `sent`: duplicates, and what was sent again
    std::uint64_t accepted = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t known = 0;    ///< Of the two: answers that name an event told before; the line was a duplicate
    std::uint64_t refused = 0;  ///< Answers; the lines were sent again
    std::uint64_t dropped = 0;  ///< Lines that the agent will never take: too long
    std::uint64_t waiting = 0;  ///< Lines that the tills have and the agent has not answered
    std::uint64_t connections = 0;
    std::uint64_t scans = 0;
    std::uint64_t scans_lost = 0;  ///< Nobody read the scanner's line.
    double seconds = 0;
    bool connected = false;
    Latencies latencies;  ///< From the first time a line is sent to its answer

    /// One line of JSON.
    std::string json() const;
    std::string table() const;
};

/// What the agent has told us is safe, one JSON object a line: the other half of the proof that nothing is lost.
class ToldFile {
public:
    static Result<ToldFile> open(const std::string& path);
    Result<void> add(const Reply& reply, const Window::Settled& settled);
    Result<void> flush();

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    explicit ToldFile(std::FILE* file) : file_(file) {}
    std::unique_ptr<std::FILE, Close> file_;
};

/// Replaces the file in one step: a reader sees the old content or the new one.
Result<void> replace_file(const std::string& path, const std::string& content);

}  // namespace tillpost::simulator
