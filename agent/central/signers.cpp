// SPDX-License-Identifier: Apache-2.0
#include "agent/central/signers.hpp"

#include <algorithm>
#include <cctype>

namespace tillpost {
namespace {

Error refusal(const std::string& source, const std::string& fingerprint, const std::string& why) {
    return {Errc::rejected, "signed by the certificate " + fingerprint + " for " + source + ": " + why};
}

}  // namespace

Result<SignerVerdict> judge_signer(const SignerPolicy& policy, const std::string& source,
                                   const std::string& fingerprint, const SignersKnown& known) {
    const auto named = policy.named.find(source);
    const bool is_named = named != policy.named.end() && named->second.contains(fingerprint);
    if (named != policy.named.end() && !is_named) {
        return refusal(source, fingerprint, "--trust names another certificate for this agent");
    }
    if (known.recorded == fingerprint) return SignerVerdict::known;
    if (known.recorded) {
        if (is_named && policy.replace) return SignerVerdict::record;
        return refusal(source, fingerprint,
                       "the one known for this agent is " + *known.recorded +
                           ". If the machine or its key was replaced, compare the fingerprint with what `tillpost "
                           "journal export` printed there, and give --trust " +
                           source + "=" + fingerprint + " --replace");
    }
    if (is_named) return SignerVerdict::record;
    if (policy.accept_new && known.elsewhere) {
        return refusal(source, fingerprint,
                       "this certificate is known as that of " + *known.elsewhere +
                           ". If the agent was renamed, give --trust " + source + "=" + fingerprint);
    }
    if (policy.accept_new) return SignerVerdict::record;
    return refusal(source, fingerprint,
                   "no certificate is known for this agent. Compare the fingerprint with what `tillpost journal "
                   "export` printed there, and give --trust " +
                       source + "=" + fingerprint + " (or --accept-new)");
}

std::optional<std::string> plain_fingerprint(const std::string& text) {
    std::string plain;
    for (const char c : text) {
        if (c == ':') continue;
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
        plain.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    }
    return plain.size() == 64 ? std::optional(plain) : std::nullopt;
}

}  // namespace tillpost
