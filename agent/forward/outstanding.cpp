// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/outstanding.hpp"

#include <algorithm>
#include <iterator>

namespace tillpost {

void Outstanding::add(Range range, std::uint64_t bytes, Ticket ticket, Lane lane) {
    insert(range.from, {range.to, bytes, ticket, lane});
}

void Outstanding::insert(Sequence from, const Part& part) {
    Load& load = loads_[static_cast<std::size_t>(part.lane)];
    load.events += part.to - from + 1;
    load.bytes += part.bytes;
    parts_.emplace(from, part);
}

Outstanding::Parts::const_iterator Outstanding::from(Range range) const {
    const auto at = parts_.upper_bound(range.from);
    const bool reaches = at != parts_.begin() && std::prev(at)->second.to >= range.from;
    return reaches ? std::prev(at) : at;
}

void Outstanding::remove(Range range) {
    if (range.from > range.to) return;
    auto at = from(range);
    while (at != parts_.end() && at->first <= range.to) {
        const Sequence begin = at->first;
        const Part part = at->second;
        at = parts_.erase(at);
        const std::uint64_t events = part.to - begin + 1;
        Load& load = loads_[static_cast<std::size_t>(part.lane)];
        load.events -= events;
        load.bytes -= part.bytes;
        // What is left of a message keeps its share of the bytes.
        if (begin < range.from) {
            insert(begin, {range.from - 1, part.bytes * (range.from - begin) / events, part.ticket, part.lane});
        }
        if (part.to > range.to) {
            insert(range.to + 1, {part.to, part.bytes * (part.to - range.to) / events, part.ticket, part.lane});
        }
    }
}

std::vector<Range> Outstanding::of(Ticket ticket) const {
    std::vector<Range> ranges;
    for (const auto& [from, part] : parts_) {
        if (part.ticket == ticket) ranges.push_back({from, part.to});
    }
    return ranges;
}

std::optional<Outstanding::Message> Outstanding::first(const std::function<bool(Ticket)>& wanted) const {
    for (const auto& [from, part] : parts_) {
        if (wanted(part.ticket)) return Message{{from, part.to}, part.bytes, part.ticket};
    }
    return std::nullopt;
}

Outstanding::Ticket Outstanding::newest(Range range) const {
    Ticket ticket = 0;
    for (auto at = from(range); at != parts_.end() && at->first <= range.to; ++at) {
        ticket = std::max(ticket, at->second.ticket);
    }
    return ticket;
}

Ranges Outstanding::later_than(Ticket ticket) const {
    Ranges ranges;
    for (const auto& [from, part] : parts_) {
        if (part.ticket > ticket) ranges.add({from, part.to});
    }
    return ranges;
}

void Outstanding::clear() {
    parts_.clear();
    loads_ = {};
}

}  // namespace tillpost
