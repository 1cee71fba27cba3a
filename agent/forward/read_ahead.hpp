// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "agent/journal/record.hpp"
#include "agent/wire/protocol.hpp"

namespace tillpost {

/// Lines that were read and not sent yet: a few chunks, each as large as a message, so that reading goes on while
/// messages are on their way. Pure.
class ReadAhead {
public:
    struct Lines {
        Range range;
        std::string text;
    };
    static constexpr std::size_t most_chunks = 4;

    /// The oldest chunk makes room when there are too many.
    void put(StoredLines lines);
    /// Lines from `range.from` on, until range.to or the bytes (at least one line); nullopt if it must be read first.
    std::optional<Lines> take(Range range, std::uint64_t bytes);
    /// What to read next for `range`: its first part that is not here.
    std::optional<Range> missing(Range range) const;
    /// Room for one more chunk beside one for a live event.
    bool wants_more() const { return chunks_.size() + 1 < most_chunks; }
    void clear() { chunks_.clear(); }

private:
    std::vector<StoredLines> chunks_;  ///< The oldest first.
};

}  // namespace tillpost
