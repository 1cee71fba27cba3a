// SPDX-License-Identifier: Apache-2.0
// What an audit makes of content that is not here: tombstones, and the agent's own events that tell of them.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/audit/auditor.hpp"
#include "agent/wire/json_members.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

std::string names_of(const Tombstones::Finding& finding) {
    const std::string first = event_id(finding.epoch, finding.at.sequence);
    return finding.last == finding.at.sequence ? first : first + " to " + event_id(finding.epoch, finding.last);
}

}  // namespace

void Auditor::take_stone(const Line& line) {
    certificates_.unknown();
    const bool lost = line.kind == Line::Kind::lost;
    ++(lost ? report_.lost : report_.tombstones);
    const Tombstones::Place at{report_.epochs.size() - 1, line.sequence};
    if (tombstones_[epoch_.source].add(at, epoch_.epoch, line.reason, lost)) return;
    fault(line.sequence, id(line.sequence) + " is without content, with too many others to follow");
}

void Auditor::take_quarantined(const Line& line, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto digest = digest_from_hex(text_in(data, "digest"));
    // The bytes that the disk had changed never had the digest of their event.
    if (!digest || text_in(data, "rule") == damaged_reason) return;
    for (const auto& place : tombstones_[epoch_.source].former_numbers().of({epoch_.epoch, line.sequence})) {
        if (held_.size() < most_held) {
            held_.emplace(place, *digest);
        } else if (std::exchange(holds_all_, false)) {
            note("what was decided of quarantine is not compared for all records: there are too many");
        }
    }
}

/// [intact-1] Who decided says what was decided on: the same content as was put into quarantine. Content that is gone
/// has the digest of nothing.
void Auditor::take_decided(const Line& line, std::string_view type, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const auto named = expectation_from(text_in(data, "quarantined"));
    const auto digest = digest_from_hex(text_in(data, "digest"));
    if (!named || !digest) return;
    const auto held = held_.find({named->epoch, named->last});
    const bool gone = type != "released" && *digest == sha_("");
    if (held == held_.end() || held->second == *digest || gone) return;
    fault(line.sequence, id(line.sequence) + " says that a record was " + std::string(type) +
                             " with another content than " + event_id(named->epoch, named->last) +
                             " says was put into quarantine: the content was altered there before");
}

void Auditor::settle_tombstones() {
    const auto sealed = [this](Tombstones::Place at) { return at.sequence <= report_.epochs[at.index].sealed; };
    for (auto& [source, stones] : tombstones_) {
        stones.settle(sealed, [this](const Tombstones::Finding& finding) { settle_tombstone(finding); });
    }
}

void Auditor::erased_here(Epoch epoch, Sequence sequence, std::string words) {
    if (erased_here_.size() < most_held) erased_here_.emplace(std::pair(epoch, sequence), std::move(words));
}

bool Auditor::take_erased_here(const Tombstones::Finding& finding, Sequence sequence) {
    const auto listed = erased_here_.find({finding.epoch, sequence});
    if (listed == erased_here_.end()) return false;
    ++report_.erased_here;
    if (report_.erasures.size() < AuditReport::most_absent) {
        report_.erasures.push_back(event_id(finding.epoch, sequence) + ", " + listed->second);
    }
    return true;
}

/// [privacy-1] What the medium has a record of erasing is one thing, what else is not here another.
void Auditor::settle_tombstone(const Tombstones::Finding& finding) {
    const bool may_be_listed = !finding.lost && finding.standing != Tombstones::Standing::told &&
                               (finding.reason == erased_here_reason || finding.reason == erased_reason);
    if (!may_be_listed) return settle_unlisted(finding);
    Tombstones::Finding run = finding;
    run.last = 0;
    for (Sequence sequence = finding.at.sequence; sequence <= finding.last; ++sequence) {
        if (!take_erased_here(finding, sequence)) {
            if (run.last == 0) run.at.sequence = sequence;
            run.last = sequence;
            continue;
        }
        if (run.last != 0) settle_unlisted(run);
        run.last = 0;
    }
    if (run.last != 0) settle_unlisted(run);
}

void Auditor::settle_unlisted(const Tombstones::Finding& finding) {
    const std::string names = names_of(finding);
    const std::uint64_t count = finding.last + 1 - finding.at.sequence;
    const std::string what = names + (count == 1 ? " is " : " are ") + (finding.lost ? "lost" : "without content") +
                             " (\"" + finding.reason + "\"), and ";
    const auto broken = [&](const std::string& why) { fault_at(finding.at.index, finding.at.sequence, what + why); };
    switch (finding.standing) {
        case Tombstones::Standing::told: return list_absent(finding, names);
        case Tombstones::Standing::disowned:
            return broken(
                "the agent says that it found it so: none of its events tells why, somebody took the content out, and "
                "what stood there is not proven. See who may write to its journal");
        case Tombstones::Standing::untold:
            if (finding.reason == erased_here_reason && partial_) {
                report_.tombstones_unproven += count;
                return note(what + "who erased that, when and why, central's own file says: tillpost-central audit");
            }
            return broken(
                "no event that is here tells of it: what the agent takes out it names in a `loss` or `quarantined` "
                "event; that one is still to come, or the content was removed here");
        case Tombstones::Standing::unsealed:
            report_.tombstones_unproven += count;
            return note(what + "the event that tells of it stands behind the last seal: wait for the next one");
        case Tombstones::Standing::unreadable:
            report_.tombstones_unproven += count;
            return note(what + "later events that may have told of it are lost or deleted themselves");
    }
}

/// What is proven but for its content. Damage may have been a hand: the chain proves what was there, and not what was
/// put in its place.
void Auditor::list_absent(const Tombstones::Finding& finding, const std::string& names) {
    const bool damaged = finding.lost || finding.reason == damaged_reason;
    if (damaged) {
        report_.damaged += finding.last + 1 - finding.at.sequence;
        note(names + (finding.lost ? ": lost" : ": content withheld") + ", \"" + finding.reason +
             "\": changed by the disk, or by somebody on it. What is left of it is in quarantine, what it was a copy "
             "elsewhere may say (central's, if it got there before)");
    }
    ++report_.absent_runs;
    if (report_.absent.size() == AuditReport::most_absent) return;
    report_.absent.push_back({names, finding.reason, finding.lost, damaged});
}

}  // namespace tillpost
