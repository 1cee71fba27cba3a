// SPDX-License-Identifier: Apache-2.0
#include "platform/device_key.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>

#include "platform/bytes.hpp"
#include "platform/files.hpp"
#include "platform/openssl.hpp"
#include "platform/sealed_file.hpp"

namespace tillpost {
namespace {

using openssl::Bio;
using openssl::Certificate;
using openssl::content_of;
using openssl::failure;
using openssl::Key;
using openssl::load_certificate;
using openssl::load_key;
using openssl::memory;

struct FreeParts {
    void operator()(STACK_OF(X509_INFO) * parts) const { sk_X509_INFO_pop_free(parts, &X509_INFO_free); }
};
using Parts = std::unique_ptr<STACK_OF(X509_INFO), FreeParts>;

constexpr std::size_t longest_list = 16 << 20;
constexpr long valid_seconds = 20L * 365 * 24 * 3600;  // self-signed: whoever trusts it pins it

Result<std::string> make_key_pem(Key& key) {
    key.reset(EVP_EC_gen("P-256"));
    if (!key) return failure("make the device key", Errc::io);
    const Bio out = memory();
    if (PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return failure("write the device key", Errc::io);
    }
    return content_of(out);
}

Result<std::string> make_certificate_pem(EVP_PKEY* key, const std::string& name) {
    const Certificate certificate(X509_new());
    X509* raw = certificate.get();
    const auto* common_name = reinterpret_cast<const unsigned char*>(name.data());
    X509_NAME* subject = X509_get_subject_name(raw);
    const bool made = X509_set_version(raw, X509_VERSION_3) == 1 &&
                      ASN1_INTEGER_set_uint64(X509_get_serialNumber(raw), random_number() >> 1) == 1 &&
                      // A till's clock may be years behind at its first start.
                      ASN1_TIME_set_string(X509_getm_notBefore(raw), "20200101000000Z") == 1 &&
                      X509_gmtime_adj(X509_getm_notAfter(raw), valid_seconds) != nullptr &&
                      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, common_name,
                                                 static_cast<int>(name.size()), -1, 0) == 1 &&
                      X509_set_issuer_name(raw, subject) == 1 && X509_set_pubkey(raw, key) == 1 &&
                      X509_sign(raw, key, EVP_sha256()) > 0;
    if (!made) return failure("make the device certificate", Errc::io);
    const Bio out = memory();
    if (PEM_write_bio_X509(out.get(), raw) != 1) return failure("write the device certificate", Errc::io);
    return content_of(out);
}

/// Seals say that they are ECDSA P-256: whoever checks them takes no other key.
Result<void> check_kind(const std::string& file) {
    const Result<Key> key = load_key(file);
    if (!key) return {};  // what cannot be read says so itself, below
    std::array<char, 64> group{};
    const bool named = EVP_PKEY_get_group_name(key->get(), group.data(), group.size(), nullptr) == 1;
    ERR_clear_error();
    if (named && std::string_view(group.data()) == SN_X9_62_prime256v1) return {};
    return Error{Errc::invalid,
                 file +
                     " is no ECDSA P-256 key, and seals and exports are signed with one: move it and its "
                     "certificate away, and a new pair is made, which central has to trust"};
}

}  // namespace

Result<void> ensure_device_key(const DeviceKeyFiles& files, const std::string& name) {
    const std::string step = "device key";
    Key key;
    if (!file_exists(files.key)) {
        if (file_exists(files.certificate)) {
            return Error{Errc::invalid, step + ": there is the certificate " + files.certificate + " and not its key " +
                                            files.key + ": put it back, or remove the certificate"};
        }
        const Result<std::string> pem = make_key_pem(key);
        if (!pem) return pem.error().with_context(step);
        if (auto done = write_file(files.key, *pem, 0600); !done) return done.error().with_context(step);
    }
    if (auto done = check_kind(files.key); !done) return done.error().with_context(step);
    if (!file_exists(files.certificate)) {
        if (!key) {
            Result<Key> loaded = load_key(files.key);
            if (!loaded) return loaded.error().with_context(step);
            key = std::move(*loaded);
        }
        const Result<std::string> pem = make_certificate_pem(key.get(), name);
        if (!pem) return pem.error().with_context(step);
        if (auto done = write_file(files.certificate, *pem, 0644); !done) return done.error().with_context(step);
    }
    if (auto done = check_signer({files.key, files.certificate}); !done) {
        return Error{done.error().code, step + ": " + done.error().message +
                                            ": put back the one that belongs to it, or remove both and have central "
                                            "trust the new one"};
    }
    return {};
}

std::string remedy_for_key(const DeviceKeyFiles& files, const Error& error) {
    constexpr const char* then = "; then systemctl restart tillpostd";
    if (error.code == Errc::full) {
        return "make room on the disk of " + files.key + " and " + files.certificate +
               ": what is missing of the pair is made at the next start" + then;
    }
    const bool none = !file_exists(files.key) && !file_exists(files.certificate);
    if (none && error.code == Errc::io) {
        return "see that tillpostd may write " + files.key + " and " + files.certificate +
               " (folder, owner, disk): there was no pair yet, and it is made at the next start" + then;
    }
    return "put " + files.key + " and " + files.certificate +
           " back from a copy; without one move both away, and a new pair is made, which central has to trust" + then;
}

std::optional<OpenKey> guard_key(const std::string& key_file) {
    const FileDescriptor file(::open(key_file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat found {};
    if (file.get() < 0 || ::fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
    const bool ours = found.st_uid == ::geteuid();
    const mode_t open = found.st_mode & (ours ? S_IRWXG | S_IRWXO : S_IWGRP | S_IRWXO);
    if (open == 0) return std::nullopt;
    return OpenKey{found.st_mode & 0777U, ours && ::fchmod(file.get(), S_IRUSR | S_IWUSR) == 0};
}

Result<std::string> certificate_fingerprint(const std::string& certificate_file) {
    const Result<Certificate> certificate = load_certificate(certificate_file);
    if (!certificate) return certificate.error();
    return openssl::fingerprint_of(certificate->get());
}

Result<std::vector<NamedFingerprint>> certificates_in(const std::string& file) {
    const Result<std::string> pem = read_file(file, longest_list);
    if (!pem) return pem.error();
    const Bio bio = openssl::read_only(*pem);
    std::vector<NamedFingerprint> found;
    for (;;) {
        const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!certificate) break;
        std::array<char, 256> name{};
        const X509_NAME* subject = X509_get_subject_name(certificate.get());
        (void)X509_NAME_get_text_by_NID(subject, NID_commonName, name.data(), static_cast<int>(name.size()));
        Result<std::string> fingerprint = openssl::fingerprint_of(certificate.get());
        if (!fingerprint) return fingerprint.error();
        found.push_back({name.data(), std::move(*fingerprint)});
    }
    ERR_clear_error();
    if (found.empty()) return Error{Errc::invalid, file + " has no certificates in it (PEM is wanted)"};
    return found;
}

// As OpenSSL does it for a connection: one part that it cannot read, and it trusts none of the file.
Result<void> check_authorities(const std::string& file) {
    const Result<std::string> pem = read_regular_file(file, longest_list);
    if (!pem) return pem.error();
    const Parts parts(PEM_X509_INFO_read_bio(openssl::read_only(*pem).get(), nullptr, nullptr, nullptr));
    int certificates = 0;
    for (int i = 0; i < sk_X509_INFO_num(parts.get()); ++i) {
        if (sk_X509_INFO_value(parts.get(), i)->x509 != nullptr) ++certificates;
    }
    if (certificates == 0) return openssl::unreadable(file, *pem, openssl::Kind::certificate);
    return {};
}

}  // namespace tillpost
