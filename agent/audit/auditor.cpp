// SPDX-License-Identifier: Apache-2.0
#include "agent/audit/auditor.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "platform/signature.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::size_t kept_faults = 1'000;

std::string_view data_of(std::string_view body) {
    constexpr std::string_view name = ",\"data\":";
    const std::size_t at = body.find(name);
    if (at == std::string_view::npos || !body.ends_with('}')) return {};
    const std::size_t begin = at + name.size();
    return body.substr(begin, body.size() - 1 - begin);
}

template <class Read>
auto member(const json& object, const char* name, Read read) -> decltype(read(std::string_view())) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end() || !found->is_string()) return std::nullopt;
    return read(found->get_ref<const std::string&>());
}

std::optional<Sequence> number(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<Sequence>();
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

Auditor::Auditor(AuditTrust trust, ChainAt chain_at) : trust_(std::move(trust)), chain_at_(std::move(chain_at)) {}

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
    known_.insert(epoch_.epoch);
    certificates_.begin(epoch_.source, epoch_.first == 1 && epoch_.ordinal == 1U);
    report_.epochs.push_back({epoch_.source, epoch_.epoch, epoch_.first, epoch_.first - 1, 0, 0});
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
    if (tally_from_ != 0) ++tally_[tally_name(line)];
    previous_ = line.chain;
    expected_ = line.sequence + 1;
    report_.epochs.back().last = line.sequence;
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

void Auditor::take_gap(const Line& line) {
    const Range range{expected_, line.sequence - 1};
    tally_from_ = 0;
    certificates_.unknown();
    expected_ = line.sequence + 1;  // not followed
    if (epoch_.closed && range.from == *epoch_.closed + 1) return;
    if (gaps_.size() == most_open) {
        fault(range.from, id(range.from) + " to " + id(range.to) + " are missing");
        return;
    }
    gaps_.push_back(
        {report_.epochs.size() - 1, epoch_.epoch, range, range.from, previous_, line.kind, line.digest, line.chain});
}

void Auditor::take_own(const Line& line) {
    const std::string_view type = body_type(line.body);
    const std::string_view data = data_of(line.body);
    if (type == "seal") return take_seal(line, data);
    if (type == "gone") take_gone(data);
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
        ++report_.seals_other;
        fault(line.sequence, "the seal " + id(line.sequence) + " is signed by another key: the certificate " + signer);
        return;
    }
    if (seal->epoch != epoch_.epoch) return take_former_seal(line, *seal, signer);
    if (!seal_fits(line, *seal)) return;
    last_seal_ = line.sequence;
    last_head_ = seal->head;
    tally_from_ = line.sequence;
    tally_.clear();
    settle_breaks(line, *seal);
    if (standing == Standing::unknown) {
        ++report_.seals_unknown;
        note_signer(report_.unknown_signers, signer);
        return;
    }
    ++report_.seals_good;
    note_signer(report_.signers, signer);
    report_.epochs.back().sealed = line.sequence;
}

/// A copy, or the last word on an epoch that a fork closed. What it covers may be elsewhere by now.
void Auditor::take_former_seal(const Line& line, const Seal& seal, const std::string& signer) {
    const std::optional<Digest> head = chain_at_(seal.epoch, seal.last);
    if (!head || *head != seal.head) {
        ++report_.seals_elsewhere;
        if (!head) return;
        note("the seal " + id(line.sequence) + " was made over another history of the epoch " + to_hex(seal.epoch) +
             " than the one that is here: the agent forked, as a journal that is restored from an old image does");
        return;
    }
    ++report_.seals_good;
    note_signer(report_.signers, signer);
    for (AuditReport::Stretch& each : report_.epochs) {
        const bool covered = each.epoch == seal.epoch && each.source == epoch_.source;
        if (covered) each.sealed = std::max(each.sealed, std::min(seal.last, each.last));
    }
}

bool Auditor::seal_fits(const Line& line, const Seal& seal) {
    std::string why;
    const std::string range = id(seal.first) + " to " + id(seal.last);
    const bool from_start = seal.first == 1 && seal.before != chain_start(sha_, epoch_.source, epoch_.epoch);
    const bool from_seal = seal.first == last_seal_ && last_head_ && *last_head_ != seal.before;
    const bool from_here = seal.first == epoch_.first && epoch_.before && *epoch_.before != seal.before;
    if (seal.last + 1 != line.sequence) {
        why = "it does not stand behind the event up to which it was made";
    } else if (previous_ && seal.head != *previous_) {
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
    note(id(at.sequence) + " is lost, and " + id(at.proven + 1) + " to " + id(at.sequence - 1) +
         " before it were sealed only when the agent found that, at " + seal.time + " (" + id(line.sequence) +
         "): that they were not changed before, no seal proves");
}

void Auditor::take_gone(std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto epoch = member(data, "epoch", number_from_hex);
    const auto before = member(data, "before", digest_from_hex);
    const auto after = member(data, "after", digest_from_hex);
    const auto from = number(data, "from");
    const auto to = number(data, "to");
    if (!epoch || !before || !after || !from || !to || *to < *from) return;
    for (Gap& gap : gaps_) {
        // Some of what is gone may have come all the same, and then stands between two gaps.
        if (gap.epoch != *epoch || gap.at < *from || gap.at > *to) continue;
        if (gap.at == *from && (!gap.chain || *gap.chain != *before)) continue;
        const bool beyond = *to > gap.range.to;
        const std::optional<Digest> there = beyond ? chain_at_(*epoch, *to) : std::nullopt;
        if (there && *there != *after) continue;
        gap.chain = beyond ? std::optional<Digest>() : after;
        gap.at = std::min(*to, gap.range.to) + 1;
    }
}

/// The same keys count for a file as for the seals in it: what a head says, and where lines end, is no better than its
/// signature.
void Auditor::signed_by(const std::string& fingerprint, const std::string& file, Sequence first) {
    if (standing(fingerprint) != Standing::other) return;
    fault(first, file + ", from " + id(first) + " on, is signed by another key: the certificate " + fingerprint);
}

Auditor::Standing Auditor::standing(const std::string& fingerprint) const {
    const auto own = trust_.by_source.find(epoch_.source);
    const bool none = trust_.all.empty() && (own == trust_.by_source.end() || own->second.empty());
    if (none) return Standing::unknown;
    const bool counts =
        trust_.all.contains(fingerprint) || (own != trust_.by_source.end() && own->second.contains(fingerprint));
    return counts ? Standing::counts : Standing::other;
}

void Auditor::settle_gap(const Gap& gap) {
    const Sequence next = gap.range.to + 1;
    const bool led = gap.at == next;
    const bool joins = led && (!gap.chain || gap.kind == Line::Kind::lost ||
                               chain_next(sha_, *gap.chain, gap.epoch, next, gap.digest) == gap.next);
    if (joins) {
        report_.gone += gap.range.to + 1 - gap.range.from;
        return;
    }
    const std::string first = event_id(gap.epoch, gap.range.from);
    const bool one = gap.range.from == gap.range.to;
    fault_at(gap.index, gap.range.from,
             first + (one ? " is missing" : " to " + event_id(gap.epoch, gap.range.to) + " are missing"));
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
    for (const Gap& gap : gaps_) settle_gap(gap);
    report_.certificates = certificates_.recomputed();
    report_.certificates_open = certificates_.not_recomputed();
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
