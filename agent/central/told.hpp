// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "agent/wire/protocol.hpp"

namespace tillpost {

/// What the store was told: this event is durable under this number.
struct Told {
    Epoch epoch = 0;
    Sequence sequence = 0;
    std::string subject;  ///< "" if it has none
};

struct ToldList {
    std::vector<Told> told;  ///< Sorted by number, without repeats
    std::size_t lines = 0;
    bool torn = false;  ///< The last line was cut off by a crash of the writer; it is left out.
    /// Told first in another order than that of their numbers, by one till on one day: a sentence each. None of an
    /// epoch whose numbers were given twice.
    std::vector<std::string> reordered;
};
/// One object a line: {"epoch":"<16 hex>","sequence":42,"subject":"…","repeat":false}; `subject` and `repeat` may be
/// missing. Errc::invalid with the line's number.
Result<ToldList> read_told(std::string_view text);

}  // namespace tillpost
