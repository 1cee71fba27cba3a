// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "platform/error.hpp"

/// Files that travel on a stick: signed by one party, readable by one other. CMS (RFC 5652): SignedData inside
/// AuthEnvelopedData with AES-256-GCM (RFC 5083, 5084), DER; `openssl cms` can make and read them.
namespace tillpost {

struct Signer {
    std::string key_file;
    std::string certificate_file;
};

/// Signed, with the signer's certificate inside.
Result<std::string> sign(std::string_view content, const Signer& signer);
/// Encrypted to the certificate's owner.
Result<std::string> seal(std::string_view content, const std::string& recipient_certificate_file);
/// What seal() hid. Errc::invalid when it is for another recipient or was changed.
Result<std::string> unseal(std::string_view sealed, const Signer& recipient);

/// Errc::invalid, with what is wrong, unless the signer's key belongs to the certificate.
Result<void> check_signer(const Signer& signer);

struct Verified {
    std::string content;
    std::string signer;  ///< The certificate's common name
};
/// What sign() signed, if the signer's certificate is, or is vouched for by, one of those in the PEM file.
Result<Verified> verify(std::string_view signed_content, const std::string& trusted_file);

struct Signed {
    std::string content;
    std::string fingerprint;  ///< SHA-256 of the signer's certificate in hex, as certificate_fingerprint() gives it
};
/// What sign() signed, and with whose certificate. The signature holds; whether that certificate is to be believed is
/// for the caller to decide. Exactly one signer is taken.
Result<Signed> open_signed(std::string_view signed_content);

}  // namespace tillpost
