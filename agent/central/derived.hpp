// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/central/store.hpp"

/// What the file says beside the agents' lines, held against the lines: the chain proves those alone, and people query
/// the rest.
namespace tillpost {

/// The first column of the row that says what its line does not, in words: "is stored with the type …, and its body
/// says …"; nullopt when all agree. `effect` only as far as one row can tell: see CentralStore::each_wrong_effect().
std::optional<std::string> column_difference(const CentralStore::Row& row);

/// Compares the table `range` with the lines, which come in order.
class RangeCheck {
public:
    using Fault = std::function<void(Epoch epoch, Sequence sequence, const std::string& what)>;
    RangeCheck(CentralStore::Ranges ranges, std::vector<CentralStore::Statements::Named> gone, Fault fault);

    void line(const CentralStore::Row& row);
    void finish();

private:
    using Ranges = std::vector<CentralStore::StoredRange>;
    void begin(std::pair<std::string, Epoch> key);
    void end();
    /// The next range is the present one.
    void step();
    void leave_range();
    void missing(Range range);
    void not_listed(Sequence sequence);

    CentralStore::Ranges ranges_;
    std::vector<CentralStore::Statements::Named> gone_;  ///< Of all epochs, by range.from within each
    Fault fault_;
    bool begun_ = false;
    std::pair<std::string, Epoch> key_;
    Ranges present_;
    std::size_t at_ = 0;     ///< In present_
    Sequence next_ = 0;      ///< What is expected of the range at at_
    Sequence unlisted_ = 0;  ///< The last one that no range has: a run is named once
};

}  // namespace tillpost
