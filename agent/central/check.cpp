// SPDX-License-Identifier: Apache-2.0
#include "agent/central/check.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "agent/central/derived.hpp"
#include "agent/central/effect_check.hpp"
#include "agent/central/many_epochs.hpp"
#include "agent/central/own_event.hpp"
#include "agent/central/till_check.hpp"
#include "agent/wire/line.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

constexpr std::array<std::string_view, 4> told_types{"tillpost.sale.v1", "tillpost.return.v1", "tillpost.receiving.v1",
                                                     "tillpost.quarantined.v1"};

constexpr std::size_t most_of_many_epochs = 10;  // agents, before the other findings

bool by_number(const Told& a, const Told& b) { return std::pair(a.epoch, a.sequence) < std::pair(b.epoch, b.sequence); }

/// Goes through the committed lines once, in order.
class Checker {
public:
    Checker(CentralStore& store, const ToldList& told, bool all_told, CentralStore::Statements statements,
            CentralStore::Ranges ranges)
        : store_(store),
          all_told_(all_told),
          ranges_(std::move(ranges), statements.gone,
                  [this](Epoch, Sequence, const std::string& what) { fault(report_.broken, "broken: " + what); }),
          tills_(store, [this](Epoch, Sequence, const std::string& what) { fault(report_.broken, "broken: " + what); }),
          effects_(store),
          told_(told.told),
          found_(told.told.size()),
          losses_(std::move(statements.losses)),
          gone_(std::move(statements.gone)),
          moves_(statements.moves) {
        report_.told = distinct();
        find_copies();
        for (const std::string& sentence : told.reordered) fault(report_.reordered, sentence);
    }

    Result<void> line(const CentralStore::Row& row) {
        if (report_.lines == 0 || row.epoch != epoch_ || row.source != source_) begin_epoch(row);
        ++report_.lines;
        follow_chain(row);
        ranges_.line(row);
        compare_with_told(row);
        count_content(row);
        if (auto done = count_keyless(row); !done) return done;
        if (auto done = effects_.line(row); !done) return done;
        return tills_.line(row);
    }

    Result<CheckReport> finish() {
        ranges_.finish();
        if (auto done = tills_.finish(); !done) return done.error();
        const auto wrong = [this](Epoch, Sequence, const std::string& what) {
            fault(report_.broken, "broken: " + what);
        };
        if (auto done = store_.each_wrong_effect(std::nullopt, wrong); !done) return done.error();
        const auto odd = [this](const std::string& what) { fault(report_.broken, "broken: " + what); };
        if (auto done = store_.each_odd_effect(std::nullopt, odd); !done) return done.error();
        effects_.finish(odd);
        if (auto done = store_.each_stray_row(odd); !done) return done.error();
        for (std::size_t i = 0; i < told_.size(); ++i) {
            if (found_[i] == Found::yes) continue;
            const Result<Fate> fate = follow(told_[i]);
            if (!fate) return fate.error();
            if (*fate == Fate::moved) ++report_.moved;
            if (*fate == Fate::named) ++report_.named;
            if (*fate != Fate::unknown) continue;
            const std::string what = found_[i] == Found::other ? " is there with another subject" : " is missing";
            fault(report_.lost, "lost: " + event_id(told_[i].epoch, told_[i].sequence) + " \"" + told_[i].subject +
                                    "\" was told durable and" + what);
        }
        for (const Told& each : untold_) {
            fault(report_.invented,
                  "invented: " + event_id(each.epoch, each.sequence) + " \"" + each.subject + "\" was told to nobody");
        }
        report_.ok = report_.told - std::min(report_.told, report_.lost + report_.named);
        return std::move(report_);
    }

private:
    enum class Found : std::uint8_t { no, other, yes };
    enum class Fate { unknown, named, moved };
    using Named = CentralStore::Statements::Named;
    using Place = Moves::Place;
    static constexpr std::size_t most_steps = 64;  ///< From one number to the next of one event

    /// An event that is not under its number: is it under a later one, or does the agent say why not?
    Result<Fate> follow(const Told& told) {
        std::vector<Place> places{{told.epoch, told.sequence}};
        Fate fate = Fate::unknown;
        for (std::size_t i = 0; i < places.size() && i < most_steps; ++i) {
            if (named(losses_, places[i]) || named(gone_, places[i])) fate = Fate::named;
            for (const Place& next : moves_.next(places[i])) {
                bool same = false;
                const auto visit = [&](const CentralStore::Row& row) { same = is_told(row, told); };
                const Result<bool> found = store_.find(next.first, next.second, visit);
                if (!found) return found.error();
                if (same) return Fate::moved;
                places.push_back(next);
            }
        }
        return fate;
    }

    /// Under which numbers what was told travelled again.
    void find_copies() {
        for (std::size_t told = 0; told < told_.size(); ++told) {
            std::vector<Place> places{{told_[told].epoch, told_[told].sequence}};
            for (std::size_t i = 0; i < places.size() && i < most_steps; ++i) {
                for (const Place& next : moves_.next(places[i])) {
                    copies_.emplace(next, told);
                    places.push_back(next);
                }
            }
        }
    }

    /// An old image gives numbers again: what was told of another event under the former number is none of this one.
    bool is_copy(const CentralStore::Row& row) const {
        const auto [first, last] = copies_.equal_range({row.epoch, row.sequence});
        return std::any_of(first, last, [&](const auto& each) { return !is_other(row, told_[each.second]); });
    }

    static bool has_mark(const CentralStore::Row& row, std::string_view mark) {
        Envelope envelope;
        envelope.quality = row.quality;
        return envelope.has_mark(mark);
    }

    bool is_told(const CentralStore::Row& row, const Told& told) {
        if (row.held.kind == Line::Kind::withheld) ++report_.withheld;
        return row.held.kind != Line::Kind::lost && !is_other(row, told);
    }

    /// A quarantined record has the subject that could be read of it, if any.
    static bool is_other(const CentralStore::Row& row, const Told& told) {
        const bool comparable = row.held.kind == Line::Kind::event && row.type != told_types.back();
        return comparable && !told.subject.empty() && told.subject != row.subject;
    }

    static bool named(const std::vector<Named>& ranges, Place place) {
        const auto holds = [place](const Named& each) {
            return each.epoch == place.first && each.range.from <= place.second && place.second <= each.range.to;
        };
        return std::any_of(ranges.begin(), ranges.end(), holds);
    }

    /// The numbers of expected_..last that are gone; sets `previous_` if the last one is.
    Sequence pass_gone(Sequence last) {
        Sequence passed = 0;
        for (const Named& each : gone_) {
            if (each.epoch != epoch_ || each.range.to < expected_ || each.range.from > last) continue;
            passed += std::min(each.range.to, last) - std::max(each.range.from, expected_) + 1;
            if (each.range.to == last) previous_ = {Line::Kind::withheld, {}, each.after};
        }
        return std::min(passed, last + 1 - expected_);
    }

    std::size_t distinct() const {
        std::size_t count = 0;
        for (std::size_t i = 0; i < told_.size(); ++i) {
            if (i == 0 || by_number(told_[i - 1], told_[i])) ++count;
        }
        return count;
    }

    void fault(std::size_t& count, std::string_view sentence) {
        ++count;
        if (report_.findings.size() < CheckReport::most_findings) report_.findings.push_back(printable(sentence));
    }

    void begin_epoch(const CentralStore::Row& row) {
        ++report_.epochs;
        source_ = row.source;
        epoch_ = row.epoch;
        expected_ = 1;
        previous_ = {Line::Kind::event, {}, chain_start(sha_, source_, epoch_)};
    }

    void follow_chain(const CentralStore::Row& row) {
        const std::string text = row.line();
        const Result<Line> line = parse_line(sha_, text);
        const std::string id = event_id(row.epoch, row.sequence);
        bool gap = row.sequence != expected_;
        if (gap) {
            previous_.kind = Line::Kind::lost;
            const Sequence gone = pass_gone(row.sequence - 1);
            report_.gone += gone;
            const Sequence missing = row.sequence - expected_ - gone;
            report_.gaps += missing - std::min(missing, moves_.count(epoch_, {expected_, row.sequence - 1}));
            gap = previous_.kind == Line::Kind::lost;
        }
        if (const auto different = column_difference(row)) {
            fault(report_.broken, "broken: " + id + " " + *different);
        } else if (!line || line->sequence != row.sequence || line->digest != row.held.digest) {
            fault(report_.broken, "broken: " + id + ": the stored line does not have the stored digest");
        } else if (row.held.kind == Line::Kind::lost || previous_.kind == Line::Kind::lost || gap) {
            ++report_.anchored;
        } else if (chain_next(sha_, previous_.chain, row.epoch, row.sequence, line->digest) != row.held.chain) {
            fault(report_.broken, "broken: " + id + " does not follow from the line before it");
        }
        expected_ = row.sequence + 1;
        previous_ = row.held;
    }

    void compare_with_told(const CentralStore::Row& row) {
        const Told key{row.epoch, row.sequence, {}};
        const auto [first, last] = std::equal_range(told_.begin(), told_.end(), key, by_number);
        if (first == last) {
            if (!was_told(row) || is_copy(row)) return;
            ++report_.untold;
            // What has no key may be here twice: its first answer was lost, and it was sent again.
            if (all_told_ && !row.subject.empty())
                untold_.push_back({row.epoch, row.sequence, std::string(row.subject)});
            return;
        }
        if (row.held.kind == Line::Kind::withheld) ++report_.withheld;
        if (row.held.kind == Line::Kind::lost) return;
        for (auto told = first; told != last; ++told) {
            found_[static_cast<std::size_t>(told - told_.begin())] = is_other(row, *told) ? Found::other : Found::yes;
        }
    }

    /// Is it an event that a device or feed is told of? Copies were told under their first number, and what the agent
    /// itself puts into quarantine nobody is told.
    static bool was_told(const CentralStore::Row& row) {
        if (std::find(told_types.begin(), told_types.end(), row.type) == told_types.end()) return false;
        if (!row.effect && !has_mark(row, "possible_repeat")) return false;
        if (row.type != told_types.back()) return true;
        const Result<OwnEvent> event = read_own_event(row.type, data_of(row.body));
        return !event || !std::holds_alternative<Quarantined>(*event);
    }

    void count_content(const CentralStore::Row& row) {
        if (!row.effect || row.subject.empty() || has_mark(row, "conflict")) return;
        const Digest digest = sha_({row.source, "\n", row.subject, "\n", row.type, "\n", data_of(row.body)});
        const std::string key(view(digest).substr(0, 16));
        const auto [known, first] = contents_.emplace(key, event_id(row.epoch, row.sequence));
        if (first) return;
        fault(report_.doubled, "doubled: " + event_id(row.epoch, row.sequence) + " \"" + std::string(row.subject) +
                                   "\" counts again what " + known->second + " counts");
    }

    /// What has no key may say twice what another one says; only of what was released it is known to be the same.
    Result<void> count_keyless(const CentralStore::Row& row) {
        if (!row.effect || !row.subject.empty() || body_attribute(row.body, "causationid").empty()) return {};
        const Result<bool> twice = store_.counts_otherwise({row.position, row.held.digest, row.type, row.body});
        if (!twice) return twice.error();
        if (!*twice) return {};
        fault(report_.doubled, "doubled: " + event_id(row.epoch, row.sequence) +
                                   " counts what a person released, and another event counts it, too");
        return {};
    }

    CentralStore& store_;
    const bool all_told_;
    RangeCheck ranges_;
    TillCheck tills_;
    EffectCheck effects_;
    const std::vector<Told>& told_;
    std::vector<Found> found_;
    std::vector<Told> untold_;  ///< With all_told_
    const std::vector<Named> losses_, gone_;
    const Moves moves_;
    std::multimap<Place, std::size_t> copies_;  ///< Where what was told may be, too: which of told_
    CheckReport report_;
    Sha256 sha_;
    std::string source_;
    Epoch epoch_ = 0;
    Sequence expected_ = 1;
    Held previous_;
    std::unordered_map<std::string, std::string> contents_;  ///< By 16 bytes of digest: the event that counts it
};

}  // namespace

Result<CheckReport> check(CentralStore& store, const ToldList& told, bool all_told) {
    Result<CentralStore::Statements> statements = store.statements();
    if (!statements) return statements.error();
    Result<CentralStore::Ranges> ranges = store.ranges(std::nullopt);
    if (!ranges) return ranges.error();
    Checker checker(store, told, all_told, std::move(*statements), std::move(*ranges));
    auto visit = [&checker](const CentralStore::Row& row) { return checker.line(row); };
    if (auto done = store.each(std::nullopt, visit); !done) return done.error();
    Result<CheckReport> finished = checker.finish();
    if (!finished) return finished;
    CheckReport& report = *finished;
    const Result<CentralCounters> counters = store.counters();
    if (!counters) return counters.error();
    report.counters = *counters;
    std::vector<std::string> many;
    const auto note_many = [&many](const CentralStore::AgentRow& agent) -> Result<void> {
        if (!has_many_epochs(agent) || many.size() >= most_of_many_epochs) return {};
        many.push_back(about_many_epochs(agent.source, static_cast<std::size_t>(agent.epochs)));
        return {};
    };
    if (auto done = store.each_agent(note_many); !done) return done.error();
    report.findings.insert(report.findings.begin(), many.begin(), many.end());
    return finished;
}

namespace {

struct Named {
    const char* name;
    std::uint64_t value;
    const char* meaning;
};

std::vector<Named> numbers_of(const CheckReport& report) {
    return {
        {"told", report.told, "told durable"},
        {"ok", report.ok, "told durable and committed"},
        {"moved", report.moved, "of them: under a new number, reissued"},
        {"lost", report.lost, "told durable, not committed, and no event says why"},
        {"named", report.named, "told durable, not committed, and the agent says so: loss, gone, quarantined"},
        {"doubled", report.doubled, "the same business content counts twice"},
        {"broken", report.broken, "links of a chain that do not verify; columns and ranges that differ from the lines"},
        {"reordered", report.reordered, "told to one till in another order than that of their numbers"},
        {"invented", report.invented,
         "committed, and told to nobody though the store has all its answers (--all-told)"},
        {"untold", report.untold,
         "committed, told under none of its numbers: the answer may have been lost in a crash"},
        {"withheld", report.withheld, "told durable, content withheld by the agent"},
        {"gaps", report.gaps, "numbers missing below the last of their epoch"},
        {"gone", report.gone, "numbers passed: the agent had pruned them"},
        {"anchored", report.anchored, "links taken as given: behind a gap or a lost line"},
        {"lines", report.lines, "committed lines"},
        {"epochs", report.epochs, "epochs"},
        {"repeats", report.counters.repeats, "lines that came again"},
        {"malformed", report.counters.malformed, "lines set aside: no lines"},
        {"divergent", report.counters.divergent, "lines set aside: other content under a held number"},
        {"misfits", report.counters.broken, "lines set aside: not following from a held neighbour"},
        {"crowded", report.counters.crowded, "times that a line was left for later: too many gaps, or epochs"}};
}

}  // namespace

std::string table(const CheckReport& report) {
    std::string text;
    for (const Named& each : numbers_of(report)) {
        const std::string number = std::to_string(each.value);
        text += each.name + std::string(12 - std::char_traits<char>::length(each.name), ' ');
        text += std::string(12 - std::min<std::size_t>(number.size(), 12), ' ') + number + "  " + each.meaning + "\n";
    }
    for (const std::string& finding : report.findings) text += finding + "\n";
    const char* good = report.named == 0 ? "good\n" : "good, but for what is named above (a fault with --strict)\n";
    text += report.good() ? good : "FAULTS FOUND\n";
    return text;
}

std::string json_text(const CheckReport& report) {
    std::string text = "{";
    for (const Named& each : numbers_of(report)) {
        text += "\"" + std::string(each.name) + "\":" + std::to_string(each.value) + ",";
    }
    text += "\"good\":" + std::string(report.good() ? "true" : "false") + ",\"findings\":[";
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        if (i != 0) text += ',';
        append_json_string(text, report.findings[i]);
    }
    return text + "]}\n";
}

}  // namespace tillpost
