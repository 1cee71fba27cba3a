// SPDX-License-Identifier: Apache-2.0
// What a journal that was opened after a fault has to be.
#include "agent/journal/packed_column.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/schema.hpp"
#include "tests/fault/expected.hpp"

namespace tillpost::test {
namespace {

std::string named(const Place& place) { return event_id(place.first, place.second); }

Draft probe() {
    Draft draft;
    draft.event.type = "scan";
    draft.event.data = R"({"n":"the first one after the fault"})";
    draft.device = "test";
    return draft;
}

bool says_quarantined(const Stream& stream, const Place& place, const std::string& rule) {
    return std::any_of(stream.quarantined.begin(), stream.quarantined.end(),
                       [&](const auto& each) { return each.event == named(place) && each.rule == rule; });
}

std::ptrdiff_t times_lost(const Stream& stream, const Place& place, std::string_view reason) {
    return std::count_if(stream.losses.begin(), stream.losses.end(),
                         [&](const auto& each) { return each.place == place && each.reason == reason; });
}

/// The digest in the line that was read back when the event was acknowledged.
std::optional<Digest> told_digest(const std::string& line) {
    Sha256 sha;
    const auto told = parse_line(sha, line);
    return told ? std::optional(told->digest) : std::nullopt;
}

}  // namespace

std::optional<std::string> History::broken(Store& store, const std::string& source, When when) const {
    const Expected all = expected(when);
    const EpochSummary live = store.live();
    if (auto fault = wrong_epoch(live, all, when)) return fault;
    if (auto fault = wrong_mark(live, all, when)) return fault;
    Stream stream;
    if (auto fault = stream.read(store, source)) return fault;
    if (auto fault = wrong_events(stream, all, when)) return fault;
    if (auto fault = wrong_losses(stream, all, {live.epoch, live.first})) return fault;
    if (auto fault = wrong_quarantine(store, all, stream)) return fault;
    return wrong_repeats(store, all);
}

std::optional<std::string> History::wrong_epoch(const EpochSummary& live, const Expected& expected, When when) const {
    if (live.first > may_be_gone(live.epoch, when) + 1) return "event " + std::to_string(live.first - 1) + " is gone";
    if (!expected.epoch || live.epoch == *expected.epoch) return std::nullopt;
    const bool forks = std::any_of(expected.unsure.begin(), expected.unsure.end(),
                                   [](const Change* each) { return each->kind == Change::Kind::fork; });
    if (!forks) return "another epoch is live than the one devices were told";
    if (live.confirmed != 0) return "a new epoch has a confirmed mark";
    return std::nullopt;
}

std::optional<std::string> History::wrong_mark(const EpochSummary& live, const Expected& expected, When when) const {
    if (expected.epoch && live.epoch != *expected.epoch) return std::nullopt;
    const auto deleted = std::find_if(prunable_.rbegin(), prunable_.rend(), [&](const Numbered& each) {
        return each.when <= when && each.epoch == live.epoch;
    });
    Sequence lowest = deleted == prunable_.rend() ? 0 : deleted->value;
    bool fits = false;
    for (std::size_t i = 0; i < marks_.size() && marks_[i].when <= when; ++i) {
        fits = fits || (i >= newest(written_, when, 0) && marks_[i].value == live.confirmed);
        if (deleted != prunable_.rend() && marks_[i].when >= deleted->when) lowest = std::min(lowest, marks_[i].value);
    }
    if (!fits) {
        return "confirmed is " + std::to_string(live.confirmed) +
               ", which is neither the mark written last nor a later one";
    }
    if (live.confirmed + 1 < live.first && lowest + 1 >= live.first) {
        return "deleted up to " + std::to_string(live.first - 1) + ", and the mark that allowed it is not written";
    }
    return std::nullopt;
}

// Each acknowledged event is there once: under its first number with the same bytes, or withheld, and that is said.
std::optional<std::string> History::wrong_events(const Stream& stream, const Expected& expected, When when) const {
    std::size_t tombstones = 0;
    for (const auto& [data, known] : expected.events) {
        const Place place = known.place();
        const std::string name = named(place) + " (" + data.substr(0, 20) + ")";
        const std::string& told = *known.line;
        const auto digest = told_digest(told);
        const bool quarantined = says_quarantined(stream, place, "larger_than_packet");
        const Change* withheld = expected.change(place, Change::Kind::withheld);
        if (const auto whole = stream.whole.find(data); whole != stream.whole.end()) {
            if (whole->second.first != place) return name + " is there as " + named(whole->second.first);
            const bool was_whole = digest && told.find(",\"withheld\":") == std::string::npos;
            if (was_whole && told.substr(line_prefix_size) != whole->second.text) return name + " is another one";
            const bool gone = quarantined || (withheld != nullptr && expected.unsure.count(withheld) == 0);
            if (gone) return name + " was withheld, and its content travels";
            continue;
        }
        const auto tombstone = digest ? stream.withheld.find(*digest) : stream.withheld.end();
        if (tombstone != stream.withheld.end()) {
            ++tombstones;
            const bool shed = tombstone->second.text.ends_with(R"("withheld":"shed"})");
            if (shed && business_class(known.draft->event.type) == BusinessClass::critical) return name + " was shed";
            if (shed && times_lost(stream, place, "shed") != 1) return name + " was shed, and not said so once";
            if (!shed && (withheld == nullptr || !quarantined)) return name + " is withheld for no reason";
            continue;
        }
        if (damaged_.count(place) != 0 && times_lost(stream, place, "unreadable") == 1) continue;
        if (place.second > may_be_gone(place.first, when)) return "lost: " + name;
    }
    if (tombstones != stream.withheld.size()) return "a tombstone of no event that was acknowledged";
    if (!stream.lost.empty()) return "a lost line at " + named(stream.lost.front().first);
    return std::nullopt;
}

std::optional<std::string> History::wrong_losses(const Stream& stream, const Expected& expected,
                                                 const Place& begin) const {
    for (const Stream::Loss& loss : stream.losses) {
        const bool pruned = loss.place.first == begin.first && loss.place.second < begin.second;
        const bool shed = std::any_of(stream.withheld.begin(), stream.withheld.end(),
                                      [&](const auto& each) { return each.second.first == loss.place; });
        const bool explained = loss.reason == "shed" ? shed || pruned : damaged_.count(loss.place) != 0;
        if (!explained) return "said to be lost, and is not: " + named(loss.place);
    }
    std::size_t said = 0;
    for (const Change* change : expected.changes) {
        if (change->kind == Change::Kind::fork) continue;
        const bool there = says_quarantined(stream, change->place, change->rule());
        if (!there && expected.unsure.count(change) == 0) return named(change->place) + " was quarantined unsaid";
        if (there) ++said;
    }
    if (said != stream.quarantined.size()) return "quarantined for no reason, or twice";
    return std::nullopt;
}

std::optional<std::string> History::wrong_quarantine(const Store& store, const Expected& expected,
                                                     const Stream& stream) const {
    std::set<std::string> explained;
    std::int64_t quarantined = expected.quarantined + static_cast<std::int64_t>(stream.quarantined.size());
    for (const auto attempt : expected.in_flight) {
        std::size_t there = 0;
        std::size_t all = 0;
        for (const Draft& draft : attempt->drafts) {
            explained.insert(draft.event.data);
            if (!expected.only_once(draft)) continue;
            ++all;
            if (stream.whole.count(draft.event.data) == 0) continue;
            ++there;
            if (draft.quarantine) ++quarantined;
        }
        if (there != 0 && there != all) {
            return "half a transaction: " + std::to_string(there) + " of " + std::to_string(all) + " events";
        }
        if (there != 0) quarantined -= attempt->decided;
    }
    for (const auto& [data, entry] : stream.whole) {
        if (explained.count(data) == 0 && expected.events.count(data) == 0) return "invented: " + data.substr(0, 40);
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
        if (!answer.repeat && answer.sequence != next++) return "the new number is " + std::to_string(answer.sequence);
        if (i < expected.keys.size()) {
            const Place first = expected.keys[i].place();
            if (answer.repeat && answer.sequence == first.second && answer.epoch == first.first) continue;
            return "the repeat of the acknowledged " + named(first) + " got " + named({answer.epoch, answer.sequence});
        }
        const bool second_time = i + 1 < answers->size() && (i - expected.keys.size()) % 2 == 1;
        if (second_time && answer.sequence != (*answers)[i - 1].sequence) {
            return "what was in flight is recorded twice: " + std::to_string(answer.sequence);
        }
    }
    return std::nullopt;
}

namespace {

/// What is kept beside the quarantine is what is in it; empty if so.
std::string wrong_beside_quarantine(Database& database) {
    constexpr std::pair<const char*, const char*> all[] = {
        {"records wait in quarantine that the table of waiting ones lacks",
         "SELECT count(*) FROM quarantine WHERE decision IS NULL AND about IS NULL AND position NOT IN "
         "(SELECT position FROM waiting)"},
        {"records wait that do not",
         "SELECT count(*) FROM waiting WHERE position NOT IN (SELECT position FROM "
         "quarantine WHERE decision IS NULL AND about IS NULL)"},
        {"more records wait than are counted",
         "SELECT (SELECT count(*) FROM waiting) - (SELECT value FROM counter WHERE name = 'waiting')"},
        {"more bytes are in quarantine than are counted",
         "SELECT (SELECT coalesce(sum(length(bytes) + 512), 0) FROM quarantine) - "
         "(SELECT value FROM counter WHERE name = 'quarantine_bytes')"},
        {"more bytes in quarantine are decided on than are counted",
         "SELECT (SELECT coalesce(sum(length(bytes) + 512), 0) FROM quarantine WHERE decision IS NOT NULL) - "
         "(SELECT value FROM counter WHERE name = 'decided_bytes')"},
        {"more bytes wait that are too large for the broker than are counted",
         "SELECT (SELECT coalesce(sum(length(body) + 512), 0) FROM event, too_large WHERE line > 0 AND body IS NOT "
         "NULL "
         "AND length(unpacked(body)) + 174 > line AND event.position BETWEEN too_large.position AND upto) - "
         "(SELECT bytes FROM too_large)"}};
    for (const auto& [what, sql] : all) {
        const Result<std::int64_t> number = database.integer(sql);
        if (!number) return "what is kept beside the quarantine cannot be read: " + number.error().message;
        if (*number != 0) return std::to_string(*number) + " " + what;
    }
    return "";
}

}  // namespace

std::optional<std::string> History::broken_quarantine(const std::string& path, When when) const {
    const Expected all = expected(when);
    if (all.quarantined == 0 && all.changes.empty()) return std::nullopt;
    auto database = Database::open({path, journal_application_id});
    if (!database) return "the quarantine does not open: " + database.error().message;
    if (auto done = define_packing(**database); !done) return "packing: " + done.error().message;
    if (std::string wrong = wrong_beside_quarantine(**database); !wrong.empty()) return wrong;
    auto query = (*database)->prepare("SELECT position, rule, unpacked(bytes), about FROM quarantine");
    if (!query) return "the quarantine cannot be read: " + query.error().message;
    std::map<std::string, std::string> found;
    std::multiset<std::string> of_events;
    for (;;) {
        const Result<bool> row = query->step();
        if (!row) return "the quarantine cannot be read: " + row.error().message;
        if (!*row) break;
        const std::int64_t position = query->integer(0);
        const std::string content = std::string(query->bytes(1)) + ":" + std::string(query->bytes(2));
        found["Q" + std::to_string(position >> sequence_bits) + "-" + std::to_string(sequence_at(position))] = content;
        if (!query->is_null(3)) of_events.insert(content);
    }
    for (const auto& [data, known] : all.events) {
        const auto& quarantine = known.draft->quarantine;
        if (quarantine && found[known.answer->quarantine_id] != quarantine->rule + ":" + quarantine->bytes) {
            return "the bytes of " + known.answer->quarantine_id + " are not in quarantine";
        }
    }
    for (const Change* change : all.changes) {
        if (change->kind == Change::Kind::fork || all.unsure.count(change) != 0) continue;
        if (of_events.count(change->rule() + ":" + change->body) != 1) {
            return "the content of " + named(change->place) + " is not in quarantine once";
        }
    }
    return std::nullopt;
}

}  // namespace tillpost::test
