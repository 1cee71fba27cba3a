// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace tillpost {

/// What is known of the disk's room since a commit found none, and what follows of it. Touches nothing itself.
///
/// As long as there is a reserve for what is dear, in the file or beside it, nothing cheap is given up.
class DiskRoom {
public:
    static constexpr std::int64_t reserve = 4 << 20;  ///< bytes

    bool was_full() const { return full_; }
    void found_full() { full_ = true; }
    /// A commit found no place while the file system told of so much that is free. With a quota, for example: it is not
    /// believed any more.
    void refused(std::int64_t told_free) { lies_ = lies_ || told_free >= reserve; }
    /// The ballast has its place again.
    void came_back() { full_ = lies_ = false; }
    /// Bytes of free pages in the file, and what the file system tells.
    void measured(std::int64_t inside, std::int64_t told_free) {
        inside_ = inside;
        outside_ = lies_ ? 0 : told_free;
    }
    std::int64_t inside() const { return inside_; }
    bool has_reserve() const { return inside_ + outside_ >= reserve; }
    /// So much that the next events do not take it.
    bool has_plenty() const { return !full_ || inside_ + outside_ >= 2 * reserve; }
    /// What is cheap is given up.
    bool is_short() const { return full_ && !has_reserve(); }

private:
    bool full_ = false;  ///< It was, and the ballast is not back since.
    bool lies_ = false;
    std::int64_t inside_ = 0, outside_ = 0;
};

}  // namespace tillpost
