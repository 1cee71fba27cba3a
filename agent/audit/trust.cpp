// SPDX-License-Identifier: Apache-2.0
#include "agent/audit/trust.hpp"

#include <cctype>

#include "platform/device_key.hpp"

namespace tillpost {
namespace {

std::optional<std::string> fingerprint_in(const std::string& text) {
    std::string digits;
    for (const char c : text) {
        if (c != ':') digits += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return digest_from_hex(digits) ? std::optional(digits) : std::nullopt;
}

}  // namespace

Result<AuditTrust> trust_from(const std::vector<std::string>& texts) {
    AuditTrust trust;
    for (const std::string& text : texts) {
        if (const auto fingerprint = fingerprint_in(text)) {
            trust.all.insert(*fingerprint);
            continue;
        }
        const auto certificates = certificates_in(text);
        if (!certificates) return certificates.error().with_context("whose seals count");
        for (const NamedFingerprint& each : *certificates) trust.all.insert(each.fingerprint);
    }
    return trust;
}

Result<std::vector<AuditExpectation>> expectations_from(const std::vector<std::string>& ids) {
    std::vector<AuditExpectation> expected;
    for (const std::string& id : ids) {
        const auto each = expectation_from(id);
        if (!each) return Error{Errc::invalid, id + " is no event's id: <epoch, 16 hex digits>-<sequence> is wanted"};
        expected.push_back(*each);
    }
    return expected;
}

}  // namespace tillpost
