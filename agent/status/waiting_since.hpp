// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "platform/clock.hpp"

namespace tillpost {

/// Since when the oldest unconfirmed event waits, from what the journal's numbers were and when. Pure.
///
/// Of a long backlog the time is an earlier one than the event's own, by one thirty-second of the backlog's events at
/// most.
class WaitingSince {
public:
    static constexpr std::size_t most_marks = 64;

    /// The epoch's last and last confirmed sequence are these now.
    void note(std::uint64_t last, std::uint64_t confirmed, WallTime now) {
        if (last < last_) marks_.clear();  // another epoch
        const auto done = [confirmed](const Mark& mark) { return mark.upto <= confirmed; };
        marks_.erase(marks_.begin(), std::find_if_not(marks_.begin(), marks_.end(), done));
        if (marks_.empty()) step_ = 1;
        const std::uint64_t known = marks_.empty() ? confirmed : marks_.back().upto;
        if (last > known) add({known + 1, last, now});
        last_ = last;
    }
    /// The oldest one was recorded then: for a start with a backlog.
    void began(WallTime time) {
        if (!marks_.empty() && time < marks_.front().since) marks_.front().since = time;
    }
    /// nullopt: nothing waits.
    std::optional<WallTime> since() const {
        return marks_.empty() ? std::optional<WallTime>() : std::optional<WallTime>(marks_.front().since);
    }

private:
    struct Mark {
        std::uint64_t from, upto;
        WallTime since;  ///< Of the first of them.
    };
    void add(Mark mark) {
        if (!marks_.empty() && mark.upto - marks_.back().from < step_) {
            marks_.back().upto = mark.upto;
            return;
        }
        marks_.push_back(mark);
        if (marks_.size() == most_marks) join_pairs();
    }
    void join_pairs() {
        std::vector<Mark> joined;
        for (std::size_t at = 0; at < marks_.size(); at += 2) {
            joined.push_back({marks_[at].from, marks_[at + 1].upto, marks_[at].since});
        }
        marks_ = std::move(joined);
        step_ *= 2;
    }

    std::vector<Mark> marks_;
    std::uint64_t step_ = 1;  ///< Events that a mark stands for, at least.
    std::uint64_t last_ = 0;
};

}  // namespace tillpost
