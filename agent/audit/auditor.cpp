// SPDX-License-Identifier: Apache-2.0
#include "agent/audit/auditor.hpp"

#include <algorithm>
#include <utility>

#include "platform/signature.hpp"

namespace tillpost {
namespace {

constexpr std::size_t kept_faults = 1'000;

std::string_view data_of(std::string_view body) {
    constexpr std::string_view name = ",\"data\":";
    const std::size_t at = body.find(name);
    if (at == std::string_view::npos || !body.ends_with('}')) return {};
    const std::size_t begin = at + name.size();
    return body.substr(begin, body.size() - 1 - begin);
}

std::string tally_name(const Line& line) {
    if (line.kind == Line::Kind::withheld) return std::string(withheld_type);
    if (line.kind == Line::Kind::lost) return std::string(lost_type);
    const std::string_view type = body_type(line.body);
    return std::string(is_type_name(type) ? type : other_types);
}

void note_signer(std::set<std::string>& signers, const std::string& signer) {
    if (signers.size() < AuditReport::most_signers) signers.insert(signer);
}

}  // namespace

std::optional<AuditExpectation> expectation_from(std::string_view id) {
    const auto number = number_of_event(id);
    return number ? std::optional(AuditExpectation{number->first, number->second}) : std::nullopt;
}

Auditor::Auditor(AuditTrust trust, ChainAt chain_at, DigestAt digest_at)
    : trust_(std::move(trust)), chain_at_(std::move(chain_at)), digest_at_(std::move(digest_at)) {}

void Auditor::begin(AuditEpoch epoch) {
    epoch_ = std::move(epoch);
    const Digest start = chain_start(sha_, epoch_.source, epoch_.epoch);
    previous_ = epoch_.before;
    if (epoch_.first == 1 && epoch_.before && *epoch_.before != start) {
        previous_ = start;
        report_.epochs.push_back({epoch_.source, epoch_.epoch, 1, 0, 0, 0});
        fault(1, "the epoch " + to_hex(epoch_.epoch) + " does not begin as " + epoch_.source + "'s does");
        report_.epochs.pop_back();
    }
    if (epoch_.first == 1) previous_ = start;
    expected_ = epoch_.first;
    last_seal_ = 0;
    last_break_ = 0;
    last_head_.reset();
    tally_from_ = epoch_.first;
    tally_.clear();
    copies_to_ = 0;
    known_.insert(epoch_.epoch);
    certificates_.begin(epoch_.source, epoch_.first == 1 && epoch_.ordinal == 1U);
    report_.epochs.push_back({epoch_.source, epoch_.epoch, epoch_.first, epoch_.first - 1, 0, 0});
    heads_.emplace_back();
}

void Auditor::fault_at(std::size_t index, Sequence sequence, std::string what) {
    ++report_.fault_count;
    if (report_.faults.size() < kept_faults) report_.faults.push_back({index, sequence, std::move(what)});
}

void Auditor::fault(Sequence sequence, std::string what) {
    fault_at(report_.epochs.empty() ? 0 : report_.epochs.size() - 1, sequence, std::move(what));
}

void Auditor::fault_of(Epoch epoch, Sequence sequence, std::string what) {
    const auto here = std::find_if(report_.epochs.begin(), report_.epochs.end(),
                                   [epoch](const AuditReport::Stretch& each) { return each.epoch == epoch; });
    fault_at(static_cast<std::size_t>(here - report_.epochs.begin()), sequence, std::move(what));
}

void Auditor::note(std::string what) {
    if (report_.notes.size() < AuditReport::most_notes)
        report_.notes.push_back(std::move(what));
    else if (report_.notes.size() == AuditReport::most_notes)
        report_.notes.emplace_back("there is more to note than this");
}

void Auditor::line(const Line& line) {
    ++report_.events;
    ++report_.epochs.back().events;
    if (line.epoch != epoch_.epoch) {
        fault(expected_, event_id(line.epoch, line.sequence) + " stands in the epoch " + to_hex(epoch_.epoch));
        return;
    }
    if (line.sequence < expected_) {
        fault(line.sequence, id(line.sequence) + " is here twice, or out of order");
        return;
    }
    if (line.sequence > expected_) take_gap(line);
    if (line.sequence == expected_) follow(line);
    if (line.kind != Line::Kind::event) take_stone(line);
    if (line.kind == Line::Kind::event) {
        take_own(line);
        if (auto wrong = certificates_.take(line)) fault(line.sequence, *std::move(wrong));
    }
    keep_copy(line);
    if (tally_from_ != 0) ++tally_[tally_name(line)];
    previous_ = line.chain;
    expected_ = line.sequence + 1;
    report_.epochs.back().last = line.sequence;
    heads_.back() = line.chain;
}

void Auditor::follow(const Line& line) {
    if (line.kind == Line::Kind::lost) {
        if (breaks_.size() < most_open) {
            breaks_.push_back({report_.epochs.size() - 1, epoch_.epoch, line.sequence, previous_, line.chain,
                               std::max(last_seal_, last_break_)});
            last_break_ = line.sequence;
        } else {
            fault(line.sequence, id(line.sequence) + " is lost, with too many others to follow");
        }
        return;
    }
    if (!previous_) {
        note(id(line.sequence) +
             " begins a piece: what is before it is not here, so that its own bytes are proven by "
             "nothing");
        return;
    }
    if (chain_next(sha_, *previous_, epoch_.epoch, line.sequence, line.digest) == line.chain) return;
    fault(line.sequence, id(line.sequence) +
                             " does not follow from the event before it: one of the two was changed, "
                             "or stands under another number");
}

void Auditor::take_own(const Line& line) {
    const std::string_view type = body_type(line.body);
    const std::string_view data = data_of(line.body);
    if (type == "seal") return take_seal(line, data);
    if (type == "gone") take_gone(line, data);
    if (type == "quarantined") take_quarantined(line, data);
    if (type == "reissued") take_reissued(line, data);
    if (type == "released" || type == "corrected" || type == "discarded") return take_decided(line, type, data);
    const Tombstones::Place at{report_.epochs.size() - 1, line.sequence};
    if (tombstones_[epoch_.source].take(at, epoch_.epoch, type, data)) return;
    fault(line.sequence, id(line.sequence) + " tells of lost content, with too many others to follow");
}

void Auditor::take_seal(const Line& line, std::string_view data) {
    const auto bad = [&](const std::string& why) {
        ++report_.seals_bad;
        fault(line.sequence, "the seal " + id(line.sequence) + " is bad: " + why);
    };
    const Result<Seal> seal = decode_seal(data);
    if (!seal) return bad(seal.error().message);
    const Result<void> holds = verify_message(seal->certificate, sealed_message(*seal, epoch_.source), seal->signature);
    if (!holds) return bad(holds.error().message);
    if (body_attribute(line.body, "recordedtime") != seal->time) return bad("it was recorded at another time");
    const std::string signer = fingerprint_of(seal->certificate);
    const Standing standing = this->standing(signer);
    if (standing == Standing::other) {
        note_strange(signer, line.sequence, "the seal " + id(line.sequence), Strange::What::seal);
        if (has_own_signer(epoch_.source) || fitted_.contains(epoch_.source)) return;
    }
    if (seal->epoch != epoch_.epoch) return take_former_seal(line, *seal, signer, standing);
    if (!seal_fits(line, *seal)) return;
    last_seal_ = line.sequence;
    last_head_ = seal->head;
    tally_from_ = line.sequence;
    tally_.clear();
    settle_breaks(line, *seal);
    if (standing == Standing::unknown) {
        ++report_.seals_unknown;
        note_unknown(signer, epoch_.source);
    }
    if (standing != Standing::counts) return;
    ++report_.seals_good;
    note_signer(report_.signers, signer);
    report_.epochs.back().sealed = line.sequence;
}

/// A copy, or the last word on an epoch that a fork closed. What it covers may be elsewhere by now.
void Auditor::take_former_seal(const Line& line, const Seal& seal, const std::string& signer, Standing standing) {
    if (standing == Standing::unknown) {
        ++report_.seals_unknown;
        note_unknown(signer, epoch_.source);
    }
    if (standing != Standing::counts) return;
    settle_breaks(line, seal);
    const std::optional<Digest> head = chain_at_(seal.epoch, seal.last);
    if (!head || *head != seal.head) {
        ++report_.seals_elsewhere;
        const Place place(seal.epoch, seal.last);
        if (!head && waiting_.size() < most_open) waiting_.try_emplace(place, Head{seal.head, signer, epoch_.source});
        if (!head) return;
        note("the seal " + id(line.sequence) + " was made over another history of the epoch " + to_hex(seal.epoch) +
             " than the one that is here: the agent forked, as a journal that is restored from an old image does");
        return;
    }
    take_former_head({seal.head, signer, epoch_.source}, {seal.epoch, seal.last});
}

void Auditor::take_former_head(const Head& head, Place place) {
    ++report_.seals_good;
    note_signer(report_.signers, head.signer);
    for (AuditReport::Stretch& each : report_.epochs) {
        const bool covered = each.epoch == place.first && each.source == head.source;
        if (covered) each.sealed = std::max(each.sealed, std::min(place.second, each.last));
    }
}

/// Behind a gap the event that the seal follows is not here: what leads across is held against the seal's own chain
/// hash (joins), and so must the head be.
bool Auditor::head_fits(const Line& line, const Seal& seal) {
    if (previous_) return seal.head == *previous_;
    return chain_next(sha_, seal.head, epoch_.epoch, line.sequence, line.digest) == line.chain;
}

bool Auditor::seal_fits(const Line& line, const Seal& seal) {
    std::string why;
    const std::string range = id(seal.first) + " to " + id(seal.last);
    const bool from_start = seal.first == 1 && seal.before != chain_start(sha_, epoch_.source, epoch_.epoch);
    const bool from_seal = seal.first == last_seal_ && last_head_ && *last_head_ != seal.before;
    const bool from_here = seal.first == epoch_.first && epoch_.before && *epoch_.before != seal.before;
    if (seal.last + 1 != line.sequence) {
        why = "it does not stand behind the event up to which it was made";
    } else if (!head_fits(line, seal)) {
        why = "the chain had another head when it was made: of " + range +
              ", or before, one was changed, removed or "
              "inserted";
    } else if (from_start || from_seal || from_here) {
        why = "the chain began otherwise when it was made: before " + id(seal.first) + " one was changed";
    } else if (epoch_.ordinal && *epoch_.ordinal != seal.ordinal) {
        why = "the epoch was number " + std::to_string(seal.ordinal) + " when it was made, and is " +
              std::to_string(*epoch_.ordinal);
    } else if (tally_from_ == seal.first && !totals_fit(seal)) {
        why = "its totals are not those of " + range;
    }
    if (why.empty()) return true;
    ++report_.seals_bad;
    fault(line.sequence, "the seal " + id(line.sequence) + " does not fit: " + why);
    return false;
}

/// Content may have been withheld or brought since: what differs must be no more than that.
bool Auditor::totals_fit(const Seal& seal) const {
    std::map<std::string, std::int64_t, std::less<>> balance;
    std::uint64_t sum = 0;
    for (const auto& [type, count] : seal.totals) {
        balance[type] -= static_cast<std::int64_t>(std::min(count, last_sequence));
        sum += std::min(count, last_sequence);
    }
    for (const auto& [type, count] : tally_) balance[type] += static_cast<std::int64_t>(count);
    std::int64_t brought = 0;
    std::int64_t taken = 0;
    for (const auto& [type, count] : balance) {
        if (type == withheld_type || type == lost_type || type == other_types) continue;
        brought += std::max<std::int64_t>(count, 0);
        taken += std::max<std::int64_t>(-count, 0);
    }
    const auto of = [](const auto& counts, std::string_view name) {
        for (const auto& [type, count] : counts) {
            if (type == name) return static_cast<std::int64_t>(std::min(count, last_sequence));
        }
        return std::int64_t{0};
    };
    const std::int64_t may_bring =
        of(seal.totals, withheld_type) + of(seal.totals, lost_type) + of(seal.totals, other_types);
    const std::int64_t may_take = of(tally_, withheld_type) + of(tally_, lost_type) + of(tally_, other_types);
    return sum == seal.count() && brought <= may_bring && taken <= may_take;
}

void Auditor::settle_breaks(const Line& line, const Seal& seal) {
    for (const Seal::Anchor& anchor : seal.anchors) {
        const auto settled = std::find_if(breaks_.begin(), breaks_.end(), [&](const Break& each) {
            return each.epoch == seal.epoch && each.sequence == anchor.sequence && each.after == anchor.after &&
                   (!each.before || *each.before == anchor.before);
        });
        if (settled == breaks_.end()) continue;
        note_break(line, seal, *settled);
        breaks_.erase(settled);
    }
}

/// What no seal before the break had covered has been proven only since the agent found it.
void Auditor::note_break(const Line& line, const Seal& seal, const Break& at) {
    if (at.sequence <= at.proven + 1) return;
    note(event_id(at.epoch, at.sequence) + " is lost, and " + event_id(at.epoch, at.proven + 1) + " to " +
         event_id(at.epoch, at.sequence - 1) + " before it were sealed only when the agent found that, at " +
         seal.time + " (" + id(line.sequence) + "): that they were not changed before, no seal proves");
}

void Auditor::expect(Epoch epoch, Sequence last, const std::string& who) {
    auto here = report_.epochs.end();  // of several pieces the one that goes furthest
    for (auto each = report_.epochs.begin(); each != report_.epochs.end(); ++each) {
        if (each->epoch != epoch) continue;
        if (here == report_.epochs.end() || each->last > here->last) here = each;
    }
    if (here != report_.epochs.end() && here->last >= last) return;
    const bool any = here != report_.epochs.end();
    const Sequence from = any ? here->last + 1 : 1;
    fault_at(static_cast<std::size_t>(here - report_.epochs.begin()), from,
             event_id(epoch, from) + " to " + event_id(epoch, last) + " are missing at the end: " + who);
}

/// Those that no seal vouches for; a run is named once. In the tail nothing is vouched for yet.
void Auditor::fault_breaks() {
    for (std::size_t i = 0; i < breaks_.size(); ++i) {
        const Break& each = breaks_[i];
        if (each.sequence > report_.epochs[each.index].sealed) continue;
        const bool goes_on =
            i > 0 && breaks_[i - 1].index == each.index && breaks_[i - 1].sequence + 1 == each.sequence;
        if (goes_on) continue;
        fault_at(
            each.index, each.sequence,
            event_id(each.epoch, each.sequence) + " is lost, and no seal vouches for the break of the chain there");
    }
}

AuditReport Auditor::finish() {
    settle_signers();
    settle_gaps();
    report_.certificates = certificates_.recomputed();
    report_.certificates_open = certificates_.not_recomputed();
    report_.corrections_open = certificates_.corrections_open();
    fault_breaks();
    settle_tombstones();
    for (const Mention& each : mentions_) {
        if (known_.contains(each.epoch)) continue;
        const std::string by = event_id(report_.epochs[each.index].epoch, each.sequence);
        const std::string what = "the epoch " + to_hex(each.epoch) + ", which " + by + " names, is not here";
        if (partial_) note(what);
        if (!partial_) fault_at(each.index, each.sequence, what);
    }
    std::stable_sort(report_.faults.begin(), report_.faults.end(), [](const auto& a, const auto& b) {
        return std::pair(a.epoch, a.sequence) < std::pair(b.epoch, b.sequence);
    });
    if (report_.faults.size() > AuditReport::most_faults) report_.faults.resize(AuditReport::most_faults);
    return std::move(report_);
}

}  // namespace tillpost
