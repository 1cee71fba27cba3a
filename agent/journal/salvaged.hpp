// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/journal/record.hpp"
#include "agent/journal/schema.hpp"

namespace tillpost {

/// A row of the table `event`, without what its place gives it.
struct StoredRow {
    Sequence sequence = 0;
    std::int64_t recorded = 0;
    std::int64_t business_class = 0;
    RowState state = RowState::whole;
    Digest digest{};
    std::string reason;
    std::string body;
};

/// What could be read of a part of a damaged journal, in order.
struct SalvagedRows {
    std::string file;
    EpochSummary former;  ///< Whose rows: epoch and ordinal, confirmed; last: the highest that was found
    std::vector<StoredRow> rows;
    std::vector<Range> lost;
    std::vector<Sequence> places;   ///< Once they are adopted: their numbers in the live epoch, …
    std::vector<BearsOn> bears_on;  ///< … what they correct …
    std::vector<bool> counted;      ///< … and whether the business days know them already: Twins
    bool keys_lost = false;         ///< Of some of `lost`: only the events themselves had them.
    std::int64_t upto = 0;          ///< Positions up to here are done.
};

/// Business keys of it.
struct SalvagedKeys {
    struct Row {
        std::int64_t position = 0;
        std::int64_t recorded = 0;
        std::string key;
        std::string content;
        std::int64_t first = 0;  ///< 0: its event was lost. Sent again, it is taken, marked `possible_repeat`.
    };
    std::string file;
    std::vector<Row> rows;
    std::int64_t upto = 0;
    bool lost = false;  ///< Others, too, which nobody knows.
};

/// What a person can have decided on a record in quarantine; also the type of the event that says so.
constexpr bool is_decision(std::string_view word) {
    return word == "released" || word == "corrected" || word == "discarded";
}

/// Records in quarantine, for people to decide on.
struct SalvagedQuarantine {
    struct Row {
        std::int64_t position = 0;
        std::int64_t recorded = 0;
        std::string device, rule, field, bytes;
        std::optional<std::int64_t> about;
        std::string type, amount;
        std::optional<Digest> digest;  ///< Of the bytes as they came
        std::string decision;          ///< "" while it is open, and then none of the following
        std::int64_t decided = 0, user = 0;
        std::string actor;
        std::optional<std::int64_t> became;
        bool waits = false;  ///< Once it is taken over: it was not here before, and nobody has decided on it.
    };
    std::vector<Row> rows;
    std::int64_t upto = 0;
};

struct SalvageProgress {
    std::int64_t rows = 0;
    std::int64_t keys = 0;
    std::int64_t lost = 0;  ///< Events named as lost so far
};

}  // namespace tillpost
