// SPDX-License-Identifier: Apache-2.0
#include "agent/central/till_check.hpp"

#include "agent/central/position.hpp"

namespace tillpost {
namespace {

Sequence sequence_at(std::int64_t position) { return static_cast<Sequence>(position) & last_sequence; }

}  // namespace

Result<void> TillCheck::line(const CentralStore::Row& row) {
    if (row.source != source_) {
        if (auto done = finish(); !done) return done;
        source_ = row.source;
    }
    if (!row.effect || row.held.kind != Line::Kind::event) return {};
    const auto envelope = read_envelope(row.body);
    if (!envelope || !envelope->is_of_a_day()) return {};
    Counted& counted = counted_[{envelope->business_date, std::string(envelope->other_store()), envelope->till}];
    ++counted.events;
    if (row.position > counted.last) counted = {counted.events, row.position, row.epoch};
    return {};
}

Result<void> TillCheck::finish() {
    if (source_.empty()) return {};
    auto done = store_.each_till_of_agent(source_, [this](const auto& stored) { compare(stored); });
    if (!done) return done;
    for (const auto& [key, counted] : counted_) {
        const Sequence sequence = sequence_at(counted.last);
        fault_(counted.epoch, sequence,
               event_id(counted.epoch, sequence) +
                   " is of a till and business date that the table of tills does not have");
    }
    counted_.clear();
    return {};
}

/// What is erased is counted no more, and may have been the newest.
void TillCheck::compare(const CentralStore::TillOfDay& stored) {
    const auto found = counted_.find({std::string(stored.date), std::string(stored.store), std::string(stored.till)});
    const Counted counted = found == counted_.end() ? Counted{} : found->second;
    if (found != counted_.end()) counted_.erase(found);
    const bool last_fits = stored.last == counted.last || (stored.last > counted.last && stored.is_tombstone);
    if (counted.events == stored.events && last_fits) return;
    const Epoch epoch = counted.events > 0 ? counted.epoch : stored.epoch;
    const Sequence sequence = sequence_at(counted.events > 0 ? counted.last : stored.last);
    fault_(epoch, sequence,
           "the table of tills has " + std::to_string(stored.events) +
               " events of a till and business date, the newest " + event_id(stored.epoch, sequence_at(stored.last)) +
               ", and " + std::to_string(counted.events) + " are here" +
               (counted.events > 0 ? ", the newest " + event_id(epoch, sequence) : ""));
}

}  // namespace tillpost
