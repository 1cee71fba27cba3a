// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/cut_records.hpp"

#include <algorithm>

namespace tillpost {

std::optional<std::int64_t> CutRecords::find(const Digest& name) const {
    const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& each) { return each.name == name; });
    return row == rows_.end() || row->position == 0 ? std::nullopt : std::optional(row->position);
}

void CutRecords::add(const Digest& name, std::int64_t position) {
    const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& each) { return each.name == name; });
    if (row != rows_.end()) {
        row->position = position;
        return;
    }
    if (rows_.size() < most_known) {
        rows_.push_back({name, position});
        return;
    }
    rows_[next_] = {name, position};
    next_ = (next_ + 1) % most_known;
}

void CutRecords::drop_behind(std::int64_t position) {
    for (Row& row : rows_) {
        if (row.position > position) row.position = 0;
    }
}

}  // namespace tillpost
