// SPDX-License-Identifier: Apache-2.0
#include "agent/central/derived.hpp"

#include <algorithm>
#include <array>

namespace tillpost {
namespace {

constexpr std::size_t longest_quoted = 64;

std::string quoted(std::string_view text) {
    if (text.empty()) return "nothing";
    return "\"" + std::string(text.substr(0, longest_quoted)) + (text.size() > longest_quoted ? "…\"" : "\"");
}

std::optional<std::string> kind_difference(const CentralStore::Row& row) {
    const bool content = row.held.kind == Line::Kind::event;
    const bool known = content || row.held.kind == Line::Kind::withheld || row.held.kind == Line::Kind::lost;
    if (!known) return "is stored with a kind that there is not";
    if (content == row.has_body) return std::nullopt;
    return content ? "is stored as an event, and without its body" : "is stored as one without content, and has a body";
}

}  // namespace

std::optional<std::string> column_difference(const CentralStore::Row& row) {
    if (auto kind = kind_difference(row)) return kind;
    const bool content = row.held.kind == Line::Kind::event;
    const std::optional<Envelope> read = content ? read_envelope(row.body) : std::nullopt;
    const Envelope envelope = read.value_or(Envelope());
    const std::string_view rejected = content ? objection(read, row.source) : std::string_view();
    struct Column {
        const char* name;
        std::string_view stored, said;
    };
    const std::string_view reason = content ? std::string_view() : row.reason;  // a tombstone's is in its line
    const std::array<Column, 6> columns{{{"type", row.type, envelope.type},
                                         {"time", row.time, envelope.time},
                                         {"subject", row.subject, envelope.subject},
                                         {"quality", row.quality, envelope.quality},
                                         {"rejected", row.rejected, rejected},
                                         {"reason", row.reason, reason}}};
    for (const Column& each : columns) {
        if (each.stored == each.said) continue;
        return "is stored with " + quoted(each.stored) + " as its " + each.name + ", and its body says " +
               quoted(each.said);
    }
    const bool none = !content || !rejected.empty();
    if (none && row.effect) return "is stored with an effect, and has none: its content is not here, or not acceptable";
    return std::nullopt;
}

RangeCheck::RangeCheck(CentralStore::Ranges ranges, std::vector<CentralStore::Statements::Named> gone, Fault fault)
    : ranges_(std::move(ranges)), gone_(std::move(gone)), fault_(std::move(fault)) {
    std::stable_sort(gone_.begin(), gone_.end(),
                     [](const auto& a, const auto& b) { return a.range.from < b.range.from; });
}

void RangeCheck::line(const CentralStore::Row& row) {
    if (!begun_ || key_.second != row.epoch || key_.first != row.source) begin({std::string(row.source), row.epoch});
    while (at_ < present_.size() && present_[at_].range.to < row.sequence) leave_range();
    if (at_ == present_.size() || row.sequence < present_[at_].range.from) return not_listed(row.sequence);
    if (row.sequence > next_) missing({next_, row.sequence - 1});
    next_ = row.sequence + 1;
    if (row.sequence != present_[at_].range.to) return;
    if (row.held.chain != present_[at_].hash) {
        fault_(row.epoch, row.sequence,
               event_id(row.epoch, row.sequence) + " ends a range of the table of ranges with another chain hash");
    }
    step();
}

void RangeCheck::begin(std::pair<std::string, Epoch> key) {
    end();
    begun_ = true;
    key_ = std::move(key);
    present_.clear();
    if (const auto found = ranges_.find(key_); found != ranges_.end()) {
        present_ = std::move(found->second);
        ranges_.erase(found);
    }
    at_ = 0;
    unlisted_ = 0;
    next_ = present_.empty() ? 0 : present_.front().range.from;
}

void RangeCheck::end() {
    while (at_ < present_.size()) leave_range();
}

void RangeCheck::step() {
    ++at_;
    if (at_ < present_.size()) next_ = std::max(next_, present_[at_].range.from);
}

void RangeCheck::leave_range() {
    if (next_ <= present_[at_].range.to) missing({next_, present_[at_].range.to});
    step();
}

/// Not here as lines: all of it is to be gone.
void RangeCheck::missing(Range range) {
    for (const auto& each : gone_) {
        if (each.epoch == key_.second && each.range.from <= range.from && each.range.to >= range.from) {
            range.from = each.range.to + 1;
        }
    }
    if (range.from > range.to) return;
    const std::string first = event_id(key_.second, range.from);
    const bool one = range.from == range.to;
    fault_(key_.second, range.from,
           first + (one ? " is" : " to " + event_id(key_.second, range.to) + " are") +
               " missing: the table of ranges has " + (one ? "it" : "them"));
}

void RangeCheck::not_listed(Sequence sequence) {
    const bool goes_on = unlisted_ != 0 && unlisted_ + 1 == sequence;
    unlisted_ = sequence;
    if (goes_on) return;
    fault_(key_.second, sequence,
           event_id(key_.second, sequence) + " is here, and the table of ranges does not have it");
}

void RangeCheck::finish() {
    end();
    present_.clear();
    while (!ranges_.empty()) begin(ranges_.begin()->first);
    end();
    present_.clear();
}

}  // namespace tillpost
