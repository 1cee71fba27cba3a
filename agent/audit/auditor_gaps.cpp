// SPDX-License-Identifier: Apache-2.0
// What an audit makes of numbers that are not here: `gone` events lead across, and copies under later numbers.
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/audit/auditor.hpp"
#include "agent/wire/json_members.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::size_t most_looks = 64;       ///< For one event, under its later numbers
constexpr std::size_t most_heirs = 8;        ///< Epochs of which each is tried first
constexpr std::size_t most_missing = 4'096;  ///< Runs of a gap; what is behind them is missing, too

std::optional<Sequence> number(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    const auto value = found->get<Sequence>();
    return value > 0 && value <= last_sequence ? std::optional(value) : std::nullopt;
}

std::optional<Range> range_in(const json& data) {
    const auto from = number(data, "from");
    const auto to = number(data, "to");
    return from && to && *from <= *to ? std::optional(Range{*from, *to}) : std::nullopt;
}

bool is_lost(const Digest& digest) { return digest == Digest{}; }

/// How many of them are tried first, one after the other; at least once it is tried.
std::size_t heirs_of(const std::vector<Moves::Place>& next) {
    return std::max<std::size_t>(1, std::min(next.size(), most_heirs));
}

std::string names(Epoch epoch, Range range) {
    const std::string first = event_id(epoch, range.from);
    return range.from == range.to ? first : first + " to " + event_id(epoch, range.to);
}

std::string missing_words(Epoch epoch, Range range) {
    return names(epoch, range) + (range.from == range.to ? " is missing" : " are missing");
}

}  // namespace

/// What led across a gap, and what did not.
struct Auditor::Bridge {
    Gap gap;  ///< Led across up to `at`
    std::uint64_t moved = 0;
    bool sealed = true;  ///< Each copy stands before a seal that counts.
    std::vector<Range> missing{};
    std::vector<std::pair<Place, Digest>> heads{};  ///< Chain hashes for which seals wait
};

void Auditor::take_gap(const Line& line) {
    const Range range{expected_, line.sequence - 1};
    const std::optional<Digest> before = std::exchange(previous_, std::nullopt);
    tally_from_ = 0;
    certificates_.unknown();
    expected_ = line.sequence + 1;  // not followed
    copies_to_ = last_sequence;     // what says so may be missing
    if (epoch_.closed && range.from == *epoch_.closed + 1) return;
    if (gaps_.size() == most_open) return fault(range.from, missing_words(epoch_.epoch, range));
    gaps_.push_back(
        {report_.epochs.size() - 1, epoch_.epoch, range, range.from, before, line.kind, line.digest, line.chain});
}

void Auditor::take_gone(const Line& line, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto epoch = number_from_hex(text_in(data, "epoch"));
    const auto before = digest_from_hex(text_in(data, "before"));
    const auto after = digest_from_hex(text_in(data, "after"));
    const auto range = range_in(data);
    if (!epoch || !before || !after || !range) return;
    const Gone gone{report_.epochs.size() - 1, {line.epoch, line.sequence}, *epoch, *range, *before, *after};
    for (Gap& gap : gaps_) (void)lead_across(gone, gap);
    if (gone_.size() < most_open) gone_.push_back(gone);  // for gaps that copies lead into
}

bool Auditor::lead_across(const Gone& gone, Gap& gap) const {
    // Some of what is gone may have come all the same, and then stands between two gaps.
    if (gap.epoch != gone.epoch || gap.at < gone.range.from || gap.at > gone.range.to) return false;
    if (report_.epochs[gap.index].source != report_.epochs[gone.index].source) return false;
    if (gap.at == gone.range.from && (!gap.chain || *gap.chain != gone.before)) return false;
    const bool beyond = gone.range.to > gap.range.to;
    const std::optional<Digest> there = beyond ? chain_at_(gone.epoch, gone.range.to) : std::nullopt;
    if (there && *there != gone.after) return false;
    gap.chain = beyond ? std::optional<Digest>() : gone.after;
    gap.at = std::min(gone.range.to, gap.range.to) + 1;
    Sequence& said = gap.said[gone.by.first];
    said = std::max(said, gone.by.second);
    return true;
}

void Auditor::take_reissued(const Line& line, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto former = number_from_hex(text_in(data, "epoch"));
    if (former && mentions_.size() < most_open)
        mentions_.push_back({report_.epochs.size() - 1, line.sequence, *former});
    const auto range = range_in(data);
    if (!former || !range) return;
    copies_to_ = std::max(copies_to_, line.sequence + 1 + (range->to - range->from));
    if (moves_count_ == most_held) {
        return fault(line.sequence, id(line.sequence) + " tells of later numbers, with too many others to follow");
    }
    ++moves_count_;
    moves_[epoch_.source].push_back({*former, *range, epoch_.epoch, line.sequence});
}

/// Where the medium cannot be asked again.
void Auditor::keep_copy(const Line& line) {
    if (digest_at_ || line.sequence > copies_to_) return;
    if (copies_.size() < most_held) {
        copies_.emplace(std::pair(line.epoch, line.sequence), line.digest);
    } else {
        holds_all_copies_ = false;
    }
}

std::optional<Digest> Auditor::digest_held(Place place) const {
    if (digest_at_) return digest_at_(place.first, place.second);
    const auto found = copies_.find(place);
    return found == copies_.end() ? std::nullopt : std::optional(found->second);
}

/// Under the nearest of its later numbers; among several, one of the epoch `first` comes first.
std::optional<std::pair<Auditor::Place, Digest>> Auditor::copy_of(const Moves& moves, Place place, Epoch first) const {
    std::vector<Place> looked{place};
    for (std::size_t i = 0; i < looked.size(); ++i) {
        std::vector<Place> next = moves.next(looked[i]);
        std::stable_partition(next.begin(), next.end(), [first](const Place& each) { return each.first == first; });
        for (const Place& each : next) {
            if (looked.size() == most_looks) return std::nullopt;
            if (const auto digest = digest_held(each)) return std::pair(each, *digest);
            looked.push_back(each);
        }
    }
    return std::nullopt;
}

bool Auditor::is_sealed(Place place) const {
    return std::any_of(report_.epochs.begin(), report_.epochs.end(), [place](const AuditReport::Stretch& each) {
        return each.epoch == place.first && each.first <= place.second && place.second <= each.sealed;
    });
}

Auditor::Bridge Auditor::bridge(const Gap& from, const Moves& moves, Epoch heir) {
    Bridge bridge{from};
    Gap& gap = bridge.gap;
    const auto note_head = [&](Place place) {
        if (gap.chain && waiting_.contains(place)) bridge.heads.emplace_back(place, *gap.chain);
    };
    note_head({gap.epoch, gap.at - 1});
    while (gap.at <= gap.range.to) {
        if (const auto copy = copy_of(moves, {gap.epoch, gap.at}, heir)) {
            const Digest& digest = copy->second;
            if (is_lost(digest)) gap.chain.reset();
            if (gap.chain) gap.chain = chain_next(sha_, *gap.chain, gap.epoch, gap.at, digest);
            note_head({gap.epoch, gap.at});
            bridge.sealed = bridge.sealed && is_sealed(copy->first);
            ++bridge.moved;
            ++gap.at;
            continue;
        }
        const auto leads = [&](const Gone& gone) { return lead_across(gone, gap); };
        if (std::any_of(gone_.begin(), gone_.end(), leads)) continue;
        const Sequence next = std::min(moves.first_from({gap.epoch, gap.at + 1}), gap.range.to + 1);
        const bool goes_on = !bridge.missing.empty() && bridge.missing.back().to + 1 == gap.at;
        if (!goes_on) bridge.missing.push_back({gap.at, next - 1});
        bridge.missing.back().to = next - 1;
        gap.chain.reset();
        gap.at = next;
        if (++missed_ <= most_missed && bridge.missing.size() < most_missing) continue;
        bridge.missing.back().to = gap.range.to;
        gap.at = gap.range.to + 1;
    }
    return bridge;
}

/// Does the line behind the gap follow? Where its chain begins anew, or the one before it is not known, nothing says
/// otherwise.
bool Auditor::joins(const Gap& gap) {
    const Sequence next = gap.range.to + 1;
    return gap.at == next && (!gap.chain || gap.kind == Line::Kind::lost ||
                              chain_next(sha_, *gap.chain, gap.epoch, next, gap.digest) == gap.next);
}

/// What is told twice, as by two lives of one journal, may be another content in each: each epoch is tried first.
Auditor::Bridge Auditor::best_bridge(const Gap& gap, const Moves& moves) {
    const std::vector<Place> next = moves.next({gap.epoch, gap.at});
    std::optional<Bridge> best;
    for (std::size_t i = 0; i < heirs_of(next); ++i) {
        Bridge tried = bridge(gap, moves, next.empty() ? Epoch{0} : next[i].first);
        if (tried.missing.empty() && joins(tried.gap)) return tried;
        if (!best) best = std::move(tried);
    }
    return std::move(*best);
}

void Auditor::settle_gap(const Gap& gap, const Moves& moves) {
    const std::uint64_t count = gap.range.to + 1 - gap.range.from;
    if (joins(gap)) {
        report_.gone += count;
        said_.push_back(gap);
        return;
    }
    const Bridge found = best_bridge(gap, moves);
    if (found.moved > 0 && !found.missing.empty() && !holds_all_copies_) {
        return not_looked_at(names(gap.epoch, gap.range) +
                             " are not here under these numbers, and of those that `reissued` events give them there "
                             "are too many to compare here: tillpost-central audit does it in central's file");
    }
    if (!found.missing.empty()) {
        report_.moved += found.moved;
        for (const Range& each : found.missing) fault_at(gap.index, each.from, missing_words(gap.epoch, each));
        return;
    }
    if (!joins(found.gap)) {
        const std::string but = ": what `reissued` events say to be their copies does not lead across";
        return fault_at(gap.index, gap.range.from,
                        missing_words(gap.epoch, gap.range) + (found.moved > 0 ? but : std::string()));
    }
    report_.moved += found.moved;
    report_.gone += count - found.moved;
    if (!found.gap.said.empty()) said_.push_back(found.gap);
    settle_moved(found);
}

void Auditor::settle_moved(const Bridge& found) {
    const Gap& gap = found.gap;
    const bool proven = gap.chain && gap.kind != Line::Kind::lost;
    if (proven) {
        for (const auto& [place, chain] : found.heads) settle_waiting(place, chain);
        return;
    }
    if (found.moved == 0) return;
    const std::string what = names(gap.epoch, gap.range) +
                             " are here under later numbers, by what `reissued` events say: some of it, or what is "
                             "behind it, is lost, so that no chain hash proves that these stood there";
    if (found.sealed) return note(what);
    not_looked_at(what + ", and no seal covers them yet: wait for the next one");
}

/// A seal over what is here under later numbers alone.
void Auditor::settle_waiting(Place place, const Digest& chain) {
    const auto found = waiting_.find(place);
    if (found == waiting_.end() || found->second.head != chain) return;
    --report_.seals_elsewhere;
    take_former_head(found->second, place);
    waiting_.erase(found);
}

/// What moved from behind the last event that is here: no gap, but the seals there prove what is before them.
void Auditor::settle_end(std::size_t index, const Moves& moves) {
    const AuditReport::Stretch& here = report_.epochs[index];
    const auto behind = waiting_.lower_bound({here.epoch, last_sequence + 1});
    const bool any = behind != waiting_.begin() && std::prev(behind)->first >= Place(here.epoch, here.last);
    if (!any || !heads_[index]) return;
    const Range range{here.last + 1, std::prev(behind)->first.second};
    const Gap end{index, here.epoch, range, range.from, heads_[index], Line::Kind::lost, {}, {}};
    const std::vector<Place> next = moves.next({here.epoch, range.from});
    for (std::size_t i = 0; i < heirs_of(next); ++i) {
        const Bridge found = bridge(end, moves, next.empty() ? Epoch{0} : next[i].first);
        for (const auto& [place, chain] : found.heads) settle_waiting(place, chain);
    }
}

void Auditor::settle_gaps() {
    std::string source;
    std::optional<Moves> moves;
    const auto moves_of = [&](std::size_t index) -> const Moves& {
        const std::string& its = report_.epochs[index].source;
        if (!moves || source != its) moves.emplace(moves_[its]);
        source = its;
        return *moves;
    };
    for (const Gap& gap : gaps_) settle_gap(gap, moves_of(gap.index));
    for (std::size_t index = 0; index < report_.epochs.size() && !waiting_.empty(); ++index) {
        settle_end(index, moves_of(index));
    }
    settle_said();
}

/// What is deleted no chain hash proves: it is the agent's word, and somebody else's before a seal covers it. Where no
/// certificate counts, the verdict says that.
void Auditor::settle_said() {
    std::string first;
    std::size_t more = 0;
    for (const Gap& gap : said_) {
        if (report_.unknown_sources.contains(report_.epochs[gap.index].source)) continue;
        const auto open =
            std::find_if(gap.said.begin(), gap.said.end(), [this](const Place& each) { return !is_sealed(each); });
        if (open == gap.said.end()) continue;
        if (!first.empty()) ++more;
        if (!first.empty()) continue;
        first = "that the agent had deleted " + names(gap.epoch, gap.range) + " is said only by " +
                event_id(open->first, open->second) + ", which no seal covers yet";
    }
    if (first.empty() || report_.seals_good == 0) return;
    if (more > 0) first += "; so it is with " + std::to_string(more) + " other places";
    not_looked_at(first + ": wait for the next seal, and audit again");
}

}  // namespace tillpost
