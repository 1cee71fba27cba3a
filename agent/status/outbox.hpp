// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "agent/status/tail_json.hpp"

namespace tillpost {

/// What waits to be written to one client of the control socket, bounded. Pure.
///
/// When it is full, news are skipped until it has been taken, and then their number stands in their place: a slow
/// reader sees a gap where there is one, and costs nobody else anything.
class Outbox {
public:
    explicit Outbox(std::size_t most) : most_(most) {}

    /// Adds a line of news, or counts it as skipped.
    void offer(std::string_view line) {
        if (skipped_ > 0 || !add(line)) ++skipped_;
    }
    /// Adds a line that must not be left out; false if there is no room.
    bool add(std::string_view line) {
        if (waiting_.size() + taken_ + line.size() > most_) return false;
        waiting_ += line;
        return true;
    }
    bool empty() const { return waiting_.empty() && skipped_ == 0; }
    /// Everything that waits; what was taken before is written by now.
    std::string take() {
        if (skipped_ > 0) waiting_ += skipped_line(std::exchange(skipped_, 0));
        taken_ = waiting_.size();
        return std::exchange(waiting_, {});
    }
    /// What was taken last is written.
    void written() { taken_ = 0; }

private:
    std::size_t most_;
    std::string waiting_;
    std::size_t taken_ = 0;  ///< Bytes being written.
    std::uint64_t skipped_ = 0;
};

}  // namespace tillpost
