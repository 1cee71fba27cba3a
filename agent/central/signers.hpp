// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>

#include "platform/error.hpp"

namespace tillpost {

/// Which certificates may sign for which agent. Pure. Fingerprints are 64 lower-case hex digits.
///
/// Device certificates are self-signed: what they say of themselves proves nothing. One counts because a person has
/// named it for that agent, or because it was the first one seen and nobody objected.
struct SignerPolicy {
    std::map<std::string, std::set<std::string>> named;  ///< By source; if there is one, no other is taken.
    bool accept_new = false;                             ///< Take the first one seen of an agent without one.
    bool replace = false;                                ///< A named one takes the recorded one's place.
};

/// What the receiver's file says.
struct SignersKnown {
    std::optional<std::string> recorded;   ///< This agent's
    std::optional<std::string> elsewhere;  ///< Another agent that this certificate is recorded for
};

enum class SignerVerdict { known, record };

/// Errc::rejected, with what to do, when it may not sign for `source`.
Result<SignerVerdict> judge_signer(const SignerPolicy& policy, const std::string& source,
                                   const std::string& fingerprint, const SignersKnown& known);

/// 64 hex digits, with or without colons and capitals, as lower-case digits alone.
std::optional<std::string> plain_fingerprint(const std::string& text);

}  // namespace tillpost
