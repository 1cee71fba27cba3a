// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "agent/wire/protocol.hpp"

namespace tillpost {

/// What is remembered of one line to judge its repeats and its neighbours.
struct Held {
    Line::Kind kind = Line::Kind::event;
    Digest digest{};
    Digest chain{};

    static Held of(const Line& line) { return {line.kind, line.digest, line.chain}; }
};

enum class Verdict {
    fresh,      ///< Not held, and fits its neighbours: take it.
    repeat,     ///< Held, the same.
    fills,      ///< The content of a tombstone that is held: take it.
    divergent,  ///< Held with other content: another history.
    broken,     ///< Does not follow from the line before it, or the one behind it not from it.
    crowded     ///< Would open one more gap than are kept track of; comes again once gaps are closed.
};

/// What becomes of a range that the agent has pruned.
enum class Passing {
    pass,   ///< It fits what is held around it; some of it may be held, too.
    held,   ///< All of it is held or passed already.
    early,  ///< What lies before it is missing, too: it may fit later.
    misfit  ///< The hashes are others than those held: two histories.
};

/// Which sequences of one (source, epoch) are committed, as ranges with their end hashes. Pure.
///
/// A line is taken only if the chain holds towards both neighbours that are held, so within a range every link is
/// verified, and a junction is when its gap closes. Behind a lost line the chain is taken as given.
class Ledger {
public:
    struct Span {
        Sequence last = 0;
        Held at_first;
        Held at_last;
    };
    static constexpr std::size_t most_spans = 4096;

    Ledger(Sha256& sha, std::string_view source, Epoch epoch);

    Epoch epoch() const { return epoch_; }
    bool holds(Sequence sequence) const;
    /// `same`: what is held under this sequence; needed if and only if holds(sequence).
    Verdict judge(Sequence sequence, const Held& line, const Held* same) const;
    /// Does a divergent or broken line follow from the held one before it (`previous`, if there is one)? Then two
    /// histories go on from the same line; if not it may be damage, which must not close an epoch for good.
    bool proves_fork(Sequence sequence, const Held& line, const Held* previous) const;
    /// Does the line follow from the one before it?
    bool links(const Held& previous, Sequence sequence, const Held& line) const;
    /// Takes a line that was judged fresh.
    void add(Sequence sequence, const Held& line);
    /// May the range be passed, with chain(from - 1) = `before` and chain(to) = `after`?
    Passing judge_gone(Range range, const Digest& before, const Digest& after) const;
    /// Passes a range that was judged so: all of it counts as held, and the chain is taken as given at its end and
    /// where something held begins within it.
    void pass(Range range, const Digest& after);

    /// Everything from 1 to here is held; 0 if 1 is not.
    Sequence upto() const;
    Digest hash_of_upto() const;
    Sequence highest() const;
    /// Ranges above upto, lowest first. What ends before `held`, the first event that the agent holds, would be of no
    /// use to it, and take the place of what it must know so as not to send it for ever.
    std::vector<RangeWithHash> also(Sequence held, std::size_t most) const;
    /// What is missing of `within` below the highest held, and of 1..`believed` whether or not more is held.
    std::vector<Range> missing(Range within, Sequence believed, std::size_t most) const;

    const std::map<Sequence, Span>& spans() const { return spans_; }
    /// A span as it was kept; they must not touch.
    void restore(Sequence first, Span span) { spans_.emplace(first, span); }

private:
    using Spans = std::map<Sequence, Span>;
    /// The last span that starts at or below the sequence, or end().
    Spans::const_iterator at_or_below(Sequence sequence) const;
    void insert(Sequence first, Span span);
    const Held* before(Sequence sequence) const;
    const Held* behind(Sequence sequence) const;

    Sha256* sha_;
    Epoch epoch_;
    Digest start_;
    Spans spans_;  ///< By first sequence
};

}  // namespace tillpost
