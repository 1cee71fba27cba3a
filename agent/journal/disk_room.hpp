// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>

namespace tillpost {

/// What is known of the disk's space since a commit found none, and what follows of it. Touches nothing itself.
///
/// A reserve is kept for what is dear: free pages inside the file, and place behind its end as long as the disk has it.
/// What is cheap is given up only as far as the reserve cannot be had otherwise.
class DiskRoom {
public:
    static constexpr std::int64_t reserve = 4 << 20;  ///< bytes
    enum class State {
        enough,
        little,  ///< It was full; what is recorded takes the place that the ballast had.
        none,    ///< What is cheap is given up.
    };

    void found_full() { full_ = true; }
    /// The ballast has its place again.
    void came_back() { full_ = placed_ = gave_up_ = false; }
    /// Bytes of free pages in the file.
    void measured(std::int64_t inside) { inside_ = inside; }
    /// Of the reserve what the file has no free pages for: to be taken from the disk. 0 while that was never full.
    std::int64_t wanted() const { return full_ ? std::max<std::int64_t>(reserve - inside_, 0) : 0; }
    /// Whether the disk gave that.
    void placed(bool given) { placed_ = given; }
    /// Something was given up for want of room, …
    void gave_up() { gave_up_ = true; }
    /// … and since then others have made some, for a whole reserve more than is wanted: a little of it is always left.
    void freed() { gave_up_ = false; }

    bool was_full() const { return full_; }
    bool gives_up() const { return gave_up_; }
    std::int64_t inside() const { return inside_; }
    bool has_reserve() const { return placed_ || inside_ >= reserve; }
    bool is_short() const { return full_ && !has_reserve(); }
    /// `next_is_cheap`: nothing is held that central has, and something that it has not.
    State state(bool next_is_cheap) const {
        if (!full_) return State::enough;
        if (is_short() || (gave_up_ && next_is_cheap)) return State::none;
        return inside_ >= reserve ? State::enough : State::little;
    }

private:
    bool full_ = false;  ///< It was, and the ballast is not back since.
    bool placed_ = false;
    bool gave_up_ = false;
    std::int64_t inside_ = 0;
};

}  // namespace tillpost
