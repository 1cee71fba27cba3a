// SPDX-License-Identifier: Apache-2.0
#include "agent/central/ledger.hpp"

#include <algorithm>
#include <iterator>

namespace tillpost {

Ledger::Ledger(Sha256& sha, std::string_view source, Epoch epoch)
    : sha_(&sha), epoch_(epoch), start_(chain_start(sha, source, epoch)) {}

Ledger::Spans::const_iterator Ledger::at_or_below(Sequence sequence) const {
    const auto above = spans_.upper_bound(sequence);
    return above == spans_.begin() ? spans_.end() : std::prev(above);
}

bool Ledger::holds(Sequence sequence) const {
    const auto span = at_or_below(sequence);
    return span != spans_.end() && sequence <= span->second.last;
}

const Held* Ledger::before(Sequence sequence) const {
    const auto span = at_or_below(sequence - 1);
    return span != spans_.end() && span->second.last == sequence - 1 ? &span->second.at_last : nullptr;
}

const Held* Ledger::behind(Sequence sequence) const {
    const auto span = spans_.find(sequence + 1);
    return span != spans_.end() ? &span->second.at_first : nullptr;
}

bool Ledger::links(const Held& previous, Sequence sequence, const Held& line) const {
    // A lost line has no digest to compute from; the line behind it starts the chain anew.
    if (previous.kind == Line::Kind::lost || line.kind == Line::Kind::lost) return true;
    return chain_next(*sha_, previous.chain, epoch_, sequence, line.digest) == line.chain;
}

bool Ledger::proves_fork(Sequence sequence, const Held& line, const Held* previous) const {
    if (line.kind == Line::Kind::lost) return false;
    if (sequence != 1 && (previous == nullptr || previous->kind == Line::Kind::lost)) return false;
    const Digest& chain = sequence == 1 ? start_ : previous->chain;
    return chain_next(*sha_, chain, epoch_, sequence, line.digest) == line.chain;
}

Verdict Ledger::judge(Sequence sequence, const Held& line, const Held* same) const {
    if (same != nullptr) {
        if (same->chain != line.chain) return Verdict::divergent;
        // "Lost" says nothing about the content, neither what is held nor what arrives.
        if (same->kind == Line::Kind::lost || line.kind == Line::Kind::lost) return Verdict::repeat;
        if (same->digest != line.digest) return Verdict::divergent;
        const bool fills = same->kind == Line::Kind::withheld && line.kind == Line::Kind::event;
        return fills ? Verdict::fills : Verdict::repeat;
    }
    const Held start{Line::Kind::event, {}, start_};
    const Held* previous = sequence == 1 ? &start : before(sequence);
    const Held* next = behind(sequence);
    if (previous != nullptr && !links(*previous, sequence, line)) return Verdict::broken;
    if (next != nullptr && !links(line, sequence + 1, *next)) return Verdict::broken;
    const bool joins = next != nullptr || before(sequence) != nullptr;
    return !joins && spans_.size() >= most_spans ? Verdict::crowded : Verdict::fresh;
}

void Ledger::add(Sequence sequence, const Held& line) { insert(sequence, {sequence, line, line}); }

void Ledger::insert(Sequence first, Span span) {
    if (const auto next = spans_.find(span.last + 1); next != spans_.end()) {
        span.last = next->second.last;
        span.at_last = next->second.at_last;
        spans_.erase(next);
    }
    const auto above = spans_.upper_bound(first);
    if (above != spans_.begin()) {
        Span& below = std::prev(above)->second;
        if (below.last == first - 1) {
            below.last = span.last;
            below.at_last = span.at_last;
            return;
        }
    }
    spans_.emplace_hint(above, first, span);
}

Passing Ledger::judge_gone(Range range, const Digest& before_it, const Digest& after_it) const {
    const auto span = at_or_below(range.to);
    if (span != spans_.end() && span->first <= range.from && span->second.last >= range.to) return Passing::held;
    const Held end{Line::Kind::withheld, {}, after_it};
    const Held* next = behind(range.to);
    if (next != nullptr && !links(end, range.to + 1, *next)) return Passing::misfit;
    const Held start{Line::Kind::event, {}, start_};
    const Held* previous = range.from == 1 ? &start : before(range.from);
    if (previous != nullptr) return previous->chain == before_it ? Passing::pass : Passing::misfit;
    return holds(range.from - 1) ? Passing::pass : Passing::early;
}

void Ledger::pass(Range range, const Digest& after) {
    // Nothing is ever taken directly before a piece, as that is held: its first hash is never asked for.
    for (Sequence next = range.from; next <= range.to;) {
        if (holds(next)) {
            next = at_or_below(next)->second.last + 1;
            continue;
        }
        const auto above = spans_.upper_bound(next);
        const Sequence last = above == spans_.end() ? range.to : std::min(range.to, above->first - 1);
        const Held end = last == range.to ? Held{Line::Kind::withheld, {}, after} : Held{Line::Kind::lost, {}, {}};
        insert(next, {last, end, end});
        next = last + 1;
    }
}

Sequence Ledger::upto() const {
    const auto first = spans_.find(1);
    return first == spans_.end() ? 0 : first->second.last;
}

Digest Ledger::hash_of_upto() const {
    const auto first = spans_.find(1);
    return first == spans_.end() ? start_ : first->second.at_last.chain;
}

Sequence Ledger::highest() const { return spans_.empty() ? 0 : spans_.rbegin()->second.last; }

std::vector<RangeWithHash> Ledger::also(Sequence held, std::size_t most) const {
    std::vector<RangeWithHash> ranges;
    for (const auto& [first, span] : spans_) {
        if (first == 1 || span.last < held) continue;
        if (ranges.size() == most) break;
        ranges.push_back({{first, span.last}, span.at_last.chain});
    }
    return ranges;
}

std::vector<Range> Ledger::missing(Range within, Sequence believed, std::size_t most) const {
    std::vector<Range> gaps;
    Sequence next = std::max<Sequence>(within.from, 1);
    const auto gap_before = [&](Sequence end, Sequence bound) {
        const Sequence last = std::min(end - 1, bound);
        if (next <= last && gaps.size() < most) gaps.push_back({next, last});
    };
    for (const auto& [first, span] : spans_) {
        gap_before(first, within.to);
        next = std::max(next, span.last + 1);
        if (next > within.to || gaps.size() == most) return gaps;
    }
    gap_before(last_sequence + 1, std::min(believed, within.to));
    return gaps;
}

}  // namespace tillpost
