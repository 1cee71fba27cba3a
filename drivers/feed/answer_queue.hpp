// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace tillpost {

/// Puts the answers of one connection, which come in any order, into the order of their lines, and gathers what can
/// be written. No I/O. Bounded by full(): who asks it before each expect() holds at most `window` places, and
/// `most_unsent` bytes plus the answers of those places.
class AnswerQueue {
public:
    using Ticket = std::uint64_t;

    AnswerQueue(std::size_t window, std::size_t most_unsent) : window_(window), most_unsent_(most_unsent) {}

    /// Takes the next place in the order.
    Ticket expect();
    /// Fills a place with what is to be written; not empty. A second answer to the same place is ignored.
    void answer(Ticket ticket, std::string text);

    /// No further line may be taken: too many wait for their answer, or the peer does not read its answers.
    bool full() const { return places_.size() >= window_ || unsent_ >= most_unsent_; }
    /// An answer has not come yet.
    bool due() const { return !places_.empty(); }
    /// Every answer came and was written.
    bool idle() const { return places_.empty() && unsent_ == 0; }

    /// All that can be written now, as one piece that stays valid until end_write(); "" when there is nothing, or when
    /// a write is under way.
    std::string_view begin_write();
    void end_write();

private:
    std::size_t window_;
    std::size_t most_unsent_;
    std::deque<std::string> places_;  ///< From first_ on; "" still waits.
    Ticket first_ = 0;
    std::size_t unsent_ = 0;  ///< Bytes in places_, ready_ and writing_.
    std::string ready_;
    std::string writing_;
};

}  // namespace tillpost
