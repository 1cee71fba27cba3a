// SPDX-License-Identifier: Apache-2.0
// `tillpost-central trust`: whose seals and files count, once for all.
#include <cstdio>

#include "agent/central/named_signers.hpp"
#include "agent/central/program.hpp"
#include "agent/central/store.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

int complain_of_trust(const Error& error) {
    std::fprintf(stderr, "tillpost-central trust: %s\n", printable(error.message).c_str());
    return 2;
}

Result<void> record(CentralStore& store, const SignerPolicy& policy, const std::string& source,
                    const std::string& fingerprint) {
    const Result<SignersKnown> known = store.signers_known(source, fingerprint);
    if (!known) return known.error();
    const Result<SignerVerdict> verdict = judge_signer(policy, source, fingerprint, *known);
    if (!verdict) return verdict.error();
    if (*verdict == SignerVerdict::record) {
        if (auto done = store.record_signer(source, fingerprint); !done) return done;
    }
    std::printf("%s: %s, %s\n", source.c_str(), fingerprint.c_str(),
                *verdict == SignerVerdict::record ? "recorded" : "known already");
    return {};
}

}  // namespace

int run_trust(const CentralOptions& options) {
    SignerPolicy policy;
    policy.replace = options.replace;
    for (const std::string& text : options.trusted) {
        if (auto done = add_named_signer(text, policy); !done) return complain_of_trust(done.error());
    }
    for (const auto& [source, fingerprints] : policy.named) {
        if (fingerprints.size() == 1) continue;
        return complain_of_trust({Errc::invalid, source + ": named with two certificates, and one counts"});
    }
    const SystemClock clock;
    const auto store = CentralStore::open(options.database, CentralStore::Missing::refuse, clock);
    if (!store) return complain_of_trust(store.error());
    int code = 0;
    for (const auto& [source, fingerprints] : policy.named) {
        const Result<void> done = record(**store, policy, source, *fingerprints.begin());
        if (!done) code = done.error().code == Errc::rejected ? 1 : 2;
        if (!done) complain_of_trust(done.error());
        if (code == 2) break;
    }
    return code;
}

}  // namespace tillpost
