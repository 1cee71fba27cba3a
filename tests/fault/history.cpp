// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/history.hpp"

#include <algorithm>
#include <limits>

#include "agent/journal/position.hpp"
#include "agent/journal/schema.hpp"

namespace tillpost::test {
namespace {

bool has_key(const Draft& draft) { return !draft.event.subject.empty() && !draft.quarantine; }

std::string number(Sequence sequence) { return std::to_string(sequence); }

Draft probe() {
    Draft draft;
    draft.event.type = "scan";
    draft.event.data = R"({"n":"the first one after the fault"})";
    draft.device = "test";
    return draft;
}

}  // namespace

std::string data_of(std::string_view line) {
    constexpr std::string_view member = "\"data\":";
    const auto at = line.find(member);
    if (at == std::string_view::npos || line.empty()) return {};
    return std::string(line.substr(at + member.size(), line.size() - at - member.size() - 1));
}

/// What has to be in the journal, and what may be.
struct History::Expected {
    struct Known {
        const Draft* draft;
        const Recorded* answer;
        const std::string* line;
    };
    std::map<Sequence, Known> events;
    std::vector<Known> keys;
    std::set<std::string> data;  ///< of events
    std::vector<const Attempt*> in_flight;
    std::int64_t quarantined = 0;
    Sequence may_be_gone = 0;  ///< The highest sequence that retention may have deleted.
    std::optional<Epoch> epoch;

    /// Sent in one of the transactions in flight and in no other, so that it says what became of that one.
    bool only_once(const Draft& draft) const {
        std::size_t attempts = data.count(draft.event.data);
        for (const Attempt* attempt : in_flight) {
            attempts += std::any_of(attempt->drafts.begin(), attempt->drafts.end(),
                                    [&](const Draft& each) { return each.event.data == draft.event.data; });
        }
        return attempts == 1;
    }
};

void History::live_epoch(When when, Epoch epoch) { epochs_.push_back({when, epoch}); }

std::uint64_t History::newest(const std::vector<Numbered>& numbers, When when, std::uint64_t otherwise) const {
    for (const Numbered& each : numbers) {
        if (each.when <= when) otherwise = each.value;
    }
    return otherwise;
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
    history.epochs_ = reached(epochs_);
    for (Attempt attempt : attempts_) {
        const bool answered = attempt.ended <= died;
        if (!answered && attempt.begun >= died) continue;
        if (!answered && attempt.outcome == Attempt::Outcome::recorded) attempt.outcome = Attempt::Outcome::unknown;
        attempt.begun = attempt.ended = 0;
        history.attempts_.push_back(std::move(attempt));
    }
    return history;
}

History::Expected History::expected(When when) const {
    Expected expected;
    const Sequence keys_gone = newest(forgotten_, when, 0);
    for (const Attempt& attempt : attempts_) {
        if (attempt.outcome == Attempt::Outcome::refused || attempt.begun > when) continue;
        if (attempt.outcome == Attempt::Outcome::unknown || attempt.ended > when) {
            if (when > attempt.begun || attempt.outcome == Attempt::Outcome::unknown)
                expected.in_flight.push_back(&attempt);
            continue;
        }
        expected.quarantined -= attempt.decided;
        for (std::size_t i = 0; i < attempt.drafts.size(); ++i) {
            const Expected::Known known{&attempt.drafts[i], &attempt.answers[i], &attempt.lines[i]};
            if (!known.answer->repeat && known.draft->quarantine) ++expected.quarantined;
            expected.events.emplace(known.answer->sequence, known);
            expected.data.insert(known.draft->event.data);
            if (has_key(*known.draft) && known.answer->sequence > keys_gone) expected.keys.push_back(known);
        }
    }
    for (const Numbered& mark : marks_) {
        if (mark.when <= when) expected.may_be_gone = std::max(expected.may_be_gone, mark.value);
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

std::optional<std::string> History::broken(Store& store, const std::string& source, When when) const {
    const Expected all = expected(when);
    if (all.epoch && store.live().epoch != *all.epoch) return "another epoch is live than the one devices were told";
    if (auto fault = wrong_mark(store.live(), when)) return fault;
    if (auto fault = wrong_lines(store, source, all)) return fault;
    return wrong_repeats(store, all);
}

std::optional<std::string> History::broken_quarantine(const std::string& path, When when) const {
    const Expected all = expected(when);
    if (all.quarantined == 0) return std::nullopt;
    auto database = Database::open({path, journal_application_id});
    if (!database) return "the quarantine does not open: " + database.error().message;
    auto query = (*database)->prepare("SELECT position, rule, bytes FROM quarantine");
    if (!query) return "the quarantine cannot be read: " + query.error().message;
    std::map<Sequence, std::string> found;
    for (;;) {
        const Result<bool> row = query->step();
        if (!row) return "the quarantine cannot be read: " + row.error().message;
        if (!*row) break;
        found[sequence_at(query->integer(0))] = std::string(query->bytes(1)) + ":" + std::string(query->bytes(2));
    }
    for (const auto& [sequence, known] : all.events) {
        const auto& quarantine = known.draft->quarantine;
        if (quarantine && found[sequence] != quarantine->rule + ":" + quarantine->bytes) {
            return "the bytes of " + known.answer->quarantine_id + " are not in quarantine";
        }
    }
    return std::nullopt;
}

std::optional<std::string> History::wrong_mark(const EpochSummary& live, When when) const {
    for (std::size_t i = newest(written_, when, 0); i < marks_.size() && marks_[i].when <= when; ++i) {
        if (marks_[i].value == live.confirmed) return std::nullopt;
    }
    return "confirmed is " + number(live.confirmed) + ", which is neither the mark written last nor a later one";
}

std::optional<std::string> History::wrong_lines(Store& store, const std::string& source,
                                                const Expected& expected) const {
    const EpochSummary& live = store.live();
    const auto lines = store.read({live.first, live.last}, std::numeric_limits<std::size_t>::max());
    if (!lines) return "reading failed: " + lines.error().message;
    if (live.first > expected.may_be_gone + 1) return "event " + number(live.first - 1) + " is gone unconfirmed";
    Sha256 sha;
    Digest chain = live.first == 1 ? chain_start(sha, source, live.epoch) : live.before;
    Sequence sequence = live.first;
    std::set<std::string> found;
    for (std::size_t i = 0; i < lines->size(); ++i) {
        const std::string text(lines->line(i));
        const auto line = parse_line(sha, text);
        if (!line) return "event " + number(lines->first + i) + ": " + line.error().message;
        if (lines->first + i != sequence || line->sequence != sequence) return "there is no event " + number(sequence);
        chain = chain_next(sha, chain, live.epoch, sequence, line->digest);
        if (chain != line->chain) return "the chain breaks at event " + number(sequence);
        const std::string data = data_of(text);
        if (!found.insert(data).second) return "doubled: " + data.substr(0, 40);
        const auto known = expected.events.find(sequence);
        if (known != expected.events.end()) {
            const std::string& told = *known->second.line;
            if (told.empty() ? data != known->second.draft->event.data : told != text) {
                return "event " + number(sequence) + " is another one than was acknowledged";
            }
        } else if (expected.data.count(data) != 0) {
            return "doubled under another number: " + data.substr(0, 40);
        }
        ++sequence;
    }
    if (chain != live.head) return "the head is not the newest event's chain";
    if (!expected.events.empty() && expected.events.rbegin()->first >= sequence) {
        return "lost: acknowledged up to " + number(expected.events.rbegin()->first) + ", there are events up to " +
               number(sequence - 1);
    }
    return wrong_quarantine(store, expected, found);
}

std::optional<std::string> History::wrong_quarantine(const Store& store, const Expected& expected,
                                                     const std::set<std::string>& found) const {
    std::set<std::string> explained = expected.data;
    std::int64_t quarantined = expected.quarantined;
    for (const auto attempt : expected.in_flight) {
        std::size_t there = 0;
        std::size_t all = 0;
        for (const Draft& draft : attempt->drafts) {
            explained.insert(draft.event.data);
            if (!expected.only_once(draft)) continue;
            ++all;
            if (found.count(draft.event.data) == 0) continue;
            ++there;
            if (draft.quarantine) ++quarantined;
        }
        if (there != 0 && there != all) {
            return "half a transaction: " + std::to_string(there) + " of " + std::to_string(all) + " events";
        }
        if (there != 0) quarantined -= attempt->decided;
    }
    for (const std::string& data : found) {
        if (explained.count(data) == 0) return "invented: " + data.substr(0, 40);
    }
    if (store.quarantined() != quarantined) {
        return std::to_string(store.quarantined()) + " records in quarantine, expected " + std::to_string(quarantined);
    }
    return std::nullopt;
}

// One transaction: what is known already, what was in flight (twice, the second has to find the first), a new one.
std::optional<std::string> History::wrong_repeats(Store& store, const Expected& expected) const {
    std::vector<Draft> drafts;
    for (const Expected::Known& known : expected.keys) drafts.push_back(*known.draft);
    for (const Attempt* attempt : expected.in_flight) {
        for (const Draft& draft : attempt->drafts) {
            if (has_key(draft)) drafts.insert(drafts.end(), 2, draft);
        }
    }
    drafts.push_back(probe());
    Sequence next = store.live().last + 1;
    const auto answers = store.append(drafts);
    if (!answers) return "recording on failed: " + answers.error().message;
    for (std::size_t i = 0; i < answers->size(); ++i) {
        const Recorded& answer = (*answers)[i];
        if (!answer.repeat && answer.sequence != next++) return "the new number is " + number(answer.sequence);
        if (i < expected.keys.size()) {
            const Recorded& first = *expected.keys[i].answer;
            if (answer.repeat && answer.sequence == first.sequence && answer.epoch == first.epoch) continue;
            return "the repeat of the acknowledged " + number(first.sequence) + " got " + number(answer.sequence);
        }
        const bool second_time = i + 1 < answers->size() && (i - expected.keys.size()) % 2 == 1;
        if (second_time && answer.sequence != (*answers)[i - 1].sequence) {
            return "what was in flight is recorded twice: " + number(answer.sequence);
        }
    }
    return std::nullopt;
}

}  // namespace tillpost::test
