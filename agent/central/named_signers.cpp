// SPDX-License-Identifier: Apache-2.0
#include "agent/central/named_signers.hpp"

#include "agent/wire/stick.hpp"
#include "platform/device_key.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

std::string source_in(const std::string& client_id) {
    std::string source = "urn:tillpost:" + client_id;
    for (char& c : source) {
        if (c == '.') c = ':';
    }
    return source;
}

}  // namespace

Result<void> add_named_signer(const std::string& text, SignerPolicy& policy) {
    const std::size_t equals = text.starts_with("urn:") ? text.find('=') : std::string::npos;
    const std::string source = equals == std::string::npos ? "" : text.substr(0, equals);
    const std::string value = source.empty() ? text : text.substr(equals + 1);
    if (!source.empty() && !agent_with_source(source)) {
        return Error{Errc::invalid, source + ": urn:tillpost:TENANT:STORE:NODE is wanted"};
    }
    if (const auto fingerprint = plain_fingerprint(value); fingerprint && !source.empty()) {
        policy.named[source].insert(*fingerprint);
        return {};
    }
    const auto certificates = certificates_in(value);
    if (!certificates) return certificates.error();
    for (const NamedFingerprint& each : *certificates) {
        const std::string named = source.empty() ? source_in(each.name) : source;
        if (!agent_with_source(named)) {
            return Error{Errc::invalid, value + ": the certificate of \"" + printable(each.name) +
                                            "\" names no agent (TENANT.STORE.NODE): give SOURCE=" + value};
        }
        policy.named[named].insert(each.fingerprint);
    }
    return {};
}

}  // namespace tillpost
