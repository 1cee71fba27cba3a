// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>

#include "platform/error.hpp"

namespace tillpost {

class Database;

/// How large a line may be that the broker takes, and what waits for delivery and is larger: it will go to quarantine,
/// and counts as if it were there. Pure. Events that were recorded before a limit was known are not among it.
struct TooLarge {
    std::int64_t line = 0;     ///< Bytes that a line may have, as was learnt last; 0: nobody knows a limit.
    std::int64_t bytes = 0;    ///< Of the larger events, as quarantine would count them, …
    std::int64_t from = 0;     ///< … at these positions: the first …
    std::int64_t upto = 0;     ///< … and the last
    std::int64_t largest = 0;  ///< Of their lines: what a limit has to be for all of them to travel

    /// `confirmed`: the position up to which central has everything. Who was delivered after all, or given up, counts
    /// until then; what a fork owes is added again under its new number.
    std::int64_t waiting(std::int64_t confirmed) const { return upto <= confirmed ? 0 : bytes; }
    bool holds_back(std::size_t line_bytes) const { return line != 0 && static_cast<std::int64_t>(line_bytes) > line; }
    void add(std::int64_t position, std::int64_t size, std::size_t line_bytes, std::int64_t confirmed) {
        if (waiting(confirmed) == 0) *this = {line, 0, position, position, 0};
        bytes += size;
        upto = position;
        largest = std::max(largest, static_cast<std::int64_t>(line_bytes));
    }
    /// Where all that wait fit now, nothing will go to quarantine; where some do, all count until they are there.
    void learn(std::int64_t limit) {
        line = limit;
        if (limit == 0 || limit >= largest) *this = {limit};
    }
    bool has(std::int64_t position) const { return bytes > 0 && from <= position && position <= upto; }
    /// It is in quarantine now.
    void remove(std::int64_t size) { bytes = std::max<std::int64_t>(0, bytes - size); }

    friend bool operator==(const TooLarge&, const TooLarge&) = default;
};

/// As the journal's file has it.
Result<TooLarge> read_too_large(Database& database);
Result<void> write_too_large(Database& database, const TooLarge& large);
/// Of an event with its body, as quarantine would count it.
Result<std::int64_t> bytes_in_quarantine(Database& database, std::int64_t position);

}  // namespace tillpost
