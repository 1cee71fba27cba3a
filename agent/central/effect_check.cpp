// SPDX-License-Identifier: Apache-2.0
#include "agent/central/effect_check.hpp"

#include "agent/central/envelope.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {

// One look-up a line, side by side as the entries lie: less than sorting all digests to compare them would take.
Result<void> EffectCheck::line(const CentralStore::Row& row) {
    if (row.held.kind != Line::Kind::event || !row.rejected.empty()) return {};
    const auto envelope = read_envelope(row.body);
    const std::int64_t recorded = envelope ? envelope->recorded_digits() : 0;
    const Result<bool> there = store_.is_in_effects(row.position, recorded, row.held.digest);
    if (!there) return there.error();
    if (*there) return {};
    auto found = unknown_.find(row.source);
    if (found == unknown_.end()) {
        found = unknown_.emplace(row.source, Unknown{0, event_id(row.epoch, row.sequence)}).first;
    }
    ++found->second.count;
    return {};
}

void EffectCheck::finish(const CentralStore::OddEffect& visit) {
    for (const auto& [source, unknown] : unknown_) {
        visit(std::to_string(unknown.count) + " events of " + source + " are here, the first " + unknown.first +
              ", and the table of effects does not have them under the time that they were recorded at: sent again, "
              "they would count twice");
    }
    unknown_.clear();
}

}  // namespace tillpost
