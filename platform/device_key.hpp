// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "platform/error.hpp"

namespace tillpost {

/// The files of this machine's own key: ECDSA P-256, which TPMs know, too.
struct DeviceKeyFiles {
    std::string key;          ///< PEM (PKCS #8), 0600
    std::string certificate;  ///< PEM, self-signed, CN = name, 0644: what central is told to trust
};

/// Creates key and certificate at the first start, durably; later starts check that they are there and belong together.
/// Errc::invalid, with what to do, when they don't. Blocking; for the start only.
Result<void> ensure_device_key(const DeviceKeyFiles& files, const std::string& name);

/// What a person is to do about that error of it, or of a signer with these files: a sentence.
std::string remedy_for_key(const DeviceKeyFiles& files, const Error& error);

/// A private key that more people of this machine can read than its owner and, where it is not ours, its group (as
/// `0640 root:tillpost`).
struct OpenKey {
    unsigned mode = 0;    ///< As it was found
    bool mended = false;  ///< It was ours: it is 0600 now
};
/// Looks whether others can read the key, and makes ours 0600. nullopt: they cannot, or there is no such file.
std::optional<OpenKey> guard_key(const std::string& key_file);

/// SHA-256 of the certificate's DER form in hex: what people compare by telephone.
Result<std::string> certificate_fingerprint(const std::string& certificate_file);

struct NamedFingerprint {
    std::string name;  ///< The certificate's common name
    std::string fingerprint;
};
/// Of each certificate in a PEM file of at most 16 MiB; Errc::invalid when there is none.
Result<std::vector<NamedFingerprint>> certificates_in(const std::string& file);

/// Errc::invalid, with what is wrong, unless TLS can trust the PEM file of at most 16 MiB: a certificate is in it, and
/// none that is damaged.
Result<void> check_authorities(const std::string& file);

}  // namespace tillpost
