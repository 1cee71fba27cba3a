// SPDX-License-Identifier: Apache-2.0
// Whose seals count, and what an audit makes of the others.
#include <algorithm>

#include "agent/audit/auditor.hpp"

namespace tillpost {

/// The same keys count for a file as for the seals in it: what a head says, and where lines end, is no better than its
/// signature.
void Auditor::signed_by(const std::string& fingerprint, const std::string& file, Sequence first) {
    if (standing(fingerprint) != Standing::other) return;
    note_strange(fingerprint, first, file + ", from " + id(first) + " on,", Strange::What::file);
}

bool Auditor::has_own_signer(const std::string& source) const {
    const auto own = trust_.by_source.find(source);
    return own != trust_.by_source.end() && !own->second.empty();
}

Auditor::Standing Auditor::standing(const std::string& fingerprint) {
    const auto own = trust_.by_source.find(epoch_.source);
    const bool is_own = own != trust_.by_source.end() && own->second.contains(fingerprint);
    const bool given = trust_.all.contains(fingerprint);
    if (given) used_.insert(fingerprint);
    if (is_own || given) {
        fitted_.insert(epoch_.source);
        return Standing::counts;
    }
    return trust_.all.empty() && !has_own_signer(epoch_.source) ? Standing::unknown : Standing::other;
}

void Auditor::note_strange(const std::string& signer, Sequence sequence, std::string first, Strange::What what) {
    const auto known = strange_.find({epoch_.source, signer});
    if (known == strange_.end() && strange_.size() == most_open) {
        return fault(sequence, first + " is signed by another key: the certificate " + signer);
    }
    Strange& strange = known != strange_.end() ? known->second
                                               : strange_[{epoch_.source, signer}] = {report_.epochs.size() - 1,
                                                                                      sequence, std::move(first), 0, 0};
    ++(what == Strange::What::seal ? strange.seals : strange.files);
}

void Auditor::note_unknown(const std::string& signer, const std::string& source) {
    if (report_.unknown_signers.size() < AuditReport::most_signers) report_.unknown_signers.insert(signer);
    if (report_.unknown_sources.size() < AuditReport::most_signers) report_.unknown_sources.insert(source);
}

/// A certificate that was given says nothing of which agent it is: where there are several, and of one of them it
/// signed nothing, another one's is unknown, and not wrong.
void Auditor::settle_signers() {
    const auto is_other_source = [this](const AuditReport::Stretch& each) {
        return each.source != report_.epochs.front().source;
    };
    const bool several = std::any_of(report_.epochs.begin(), report_.epochs.end(), is_other_source);
    for (const auto& [who, strange] : strange_) {
        const auto& [source, signer] = who;
        if (several && !has_own_signer(source) && !fitted_.contains(source)) {
            report_.seals_unknown += strange.seals;
            note_unknown(signer, source);
            if (strange.files > 0) {
                not_looked_at(strange.first + " is signed by the certificate " + signer + ", for which nobody vouches");
            }
            continue;
        }
        report_.seals_other += strange.seals;
        const std::uint64_t more = strange.seals + strange.files - 1;
        fault_at(strange.index, strange.sequence,
                 strange.first + " is signed by another key: the certificate " + signer +
                     (more == 0 ? "" : "; so are " + std::to_string(more) + " more seals or files of " + source));
    }
    if (report_.unknown_sources.empty()) return;
    for (const std::string& each : trust_.all) {
        if (!used_.contains(each)) note("no seal here is by the certificate " + each + ", which was given");
    }
}

}  // namespace tillpost
