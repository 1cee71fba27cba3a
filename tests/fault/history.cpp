// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/history.hpp"

#include "tests/fault/expected.hpp"

namespace tillpost::test {
namespace {

/// Those that were begun before `died`, and what was known of them then.
template <class Transaction>
std::vector<Transaction> known_at(const std::vector<Transaction>& all, History::When died) {
    std::vector<Transaction> known;
    for (Transaction each : all) {
        const bool answered = each.ended <= died;
        if (!answered && each.begun >= died) continue;
        if (!answered && each.outcome == History::Outcome::done) each.outcome = History::Outcome::unknown;
        each.begun = each.ended = 0;
        known.push_back(std::move(each));
    }
    return known;
}

}  // namespace

void History::live_epoch(When when, Epoch epoch) { epochs_.push_back({when, epoch}); }

void History::begin_anew() {
    marks_ = {{0, 0}};
    written_.clear();
    epochs_.clear();
}

std::uint64_t History::newest(const std::vector<Numbered>& numbers, When when, std::uint64_t otherwise) const {
    for (const Numbered& each : numbers) {
        if (each.when <= when) otherwise = each.value;
    }
    return otherwise;
}

Sequence History::may_be_gone(Epoch epoch, When when) const {
    Sequence upto = 0;
    for (const Numbered& each : prunable_) {
        if (each.when <= when && each.epoch == epoch) upto = std::max(upto, each.value);
    }
    return upto;
}

History History::as_at(When died) const {
    const auto reached = [died](std::vector<Numbered> numbers) {
        std::erase_if(numbers, [died](const Numbered& each) { return each.when > died; });
        for (Numbered& each : numbers) each.when = 0;
        return numbers;
    };
    History history;
    history.marks_ = reached(marks_);
    history.written_ = reached(written_);
    history.forgotten_ = reached(forgotten_);
    history.prunable_ = reached(prunable_);
    history.epochs_ = reached(epochs_);
    history.damaged_ = damaged_;
    history.attempts_ = known_at(attempts_, died);
    history.changes_ = known_at(changes_, died);
    return history;
}

History::Expected History::expected(When when) const {
    Expected expected;
    const Sequence keys_gone = newest(forgotten_, when, 0);
    for (const Attempt& attempt : attempts_) {
        if (attempt.outcome == Outcome::refused || attempt.begun > when) continue;
        if (attempt.outcome == Outcome::unknown || attempt.ended > when) {
            if (when > attempt.begun || attempt.outcome == Outcome::unknown) expected.in_flight.push_back(&attempt);
            continue;
        }
        expected.quarantined -= attempt.decided;
        for (std::size_t i = 0; i < attempt.drafts.size(); ++i) {
            const Expected::Known known{&attempt.drafts[i], &attempt.answers[i], &attempt.lines[i]};
            if (!known.answer->repeat && known.draft->quarantine) ++expected.quarantined;
            expected.events.emplace(known.draft->event.data, known);
            if (has_key(*known.draft) && known.answer->sequence > keys_gone) expected.keys.push_back(known);
        }
    }
    for (const Change& change : changes_) {
        if (change.outcome == Outcome::refused || change.begun > when) continue;
        expected.changes.push_back(&change);
        if (change.outcome == Outcome::unknown || change.ended > when) expected.unsure.insert(&change);
    }
    if (!epochs_.empty() && epochs_.front().when <= when) expected.epoch = newest(epochs_, when, 0);
    return expected;
}

std::size_t History::acknowledged(When when) const { return expected(when).events.size(); }

std::vector<Draft> History::to_be_resent(When when) const {
    const Expected all = expected(when);
    std::vector<Draft> drafts;
    for (const Expected::Known& known : all.keys) drafts.push_back(*known.draft);
    for (const Attempt* attempt : all.in_flight) {
        std::copy_if(attempt->drafts.begin(), attempt->drafts.end(), std::back_inserter(drafts), &has_key);
    }
    return drafts;
}

}  // namespace tillpost::test
