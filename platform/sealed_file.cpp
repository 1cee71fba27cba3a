// SPDX-License-Identifier: Apache-2.0
#include "platform/sealed_file.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include <array>

#include "platform/files.hpp"
#include "platform/openssl.hpp"

namespace tillpost {
namespace {

using openssl::Bio;
using openssl::Certificate;
using openssl::Cms;
using openssl::content_of;
using openssl::failure;
using openssl::Key;
using openssl::load_certificate;
using openssl::load_key;
using openssl::memory;
using openssl::read_only;

constexpr std::size_t longest_trust = 16 << 20;
constexpr unsigned int binary = CMS_BINARY | CMS_NOSMIMECAP;

struct FreeStore {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
};
using Store = std::unique_ptr<X509_STORE, FreeStore>;

Result<std::string> der_of(const Cms& cms) {
    const Bio out = memory();
    if (i2d_CMS_bio(out.get(), cms.get()) != 1) return failure("write CMS");
    return content_of(out);
}

Result<Cms> cms_from(std::string_view der) {
    Cms cms(d2i_CMS_bio(read_only(der).get(), nullptr));
    if (!cms) return failure("this is no CMS file");
    return cms;
}

/// Whether an RSA (key transport) or EC (key agreement) recipient is this certificate.
bool meant_for(CMS_ContentInfo* cms, X509* certificate) {
    STACK_OF(CMS_RecipientInfo)* recipients = CMS_get0_RecipientInfos(cms);
    for (int i = 0; i < sk_CMS_RecipientInfo_num(recipients); ++i) {
        CMS_RecipientInfo* each = sk_CMS_RecipientInfo_value(recipients, i);
        const int type = CMS_RecipientInfo_type(each);
        if (type == CMS_RECIPINFO_TRANS && CMS_RecipientInfo_ktri_cert_cmp(each, certificate) == 0) return true;
        if (type != CMS_RECIPINFO_AGREE) continue;
        STACK_OF(CMS_RecipientEncryptedKey)* keys = CMS_RecipientInfo_kari_get0_reks(each);
        for (int k = 0; k < sk_CMS_RecipientEncryptedKey_num(keys); ++k) {
            CMS_RecipientEncryptedKey* key = sk_CMS_RecipientEncryptedKey_value(keys, k);
            if (CMS_RecipientEncryptedKey_cert_cmp(key, certificate) == 0) return true;
        }
    }
    return false;
}

Result<Store> trust(const std::string& file) {
    const Result<std::string> pem = read_file(file, longest_trust);
    if (!pem) return pem.error();
    Store store(X509_STORE_new());
    const Bio bio = read_only(*pem);
    int count = 0;
    for (;; ++count) {
        const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!certificate) break;
        if (X509_STORE_add_cert(store.get(), certificate.get()) != 1) return failure("take a certificate of " + file);
    }
    ERR_clear_error();
    if (count == 0) return Error{Errc::invalid, file + " has no certificates in it"};
    // A device's own certificate is self-signed and pinned: it is trusted as it is, whatever it says it is for.
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
    return store;
}

}  // namespace

Result<std::string> sign(std::string_view content, const Signer& signer) {
    const Result<Key> key = load_key(signer.key_file);
    if (!key) return key.error();
    const Result<Certificate> certificate = load_certificate(signer.certificate_file);
    if (!certificate) return certificate.error();
    const Cms cms(CMS_sign(certificate->get(), key->get(), nullptr, read_only(content).get(), binary));
    if (!cms) return failure("sign with " + signer.key_file);
    return der_of(cms);
}

Result<std::string> seal(std::string_view content, const std::string& recipient_certificate_file) {
    const Result<Certificate> recipient = load_certificate(recipient_certificate_file);
    if (!recipient) return recipient.error();
    const Cms cms(CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL));
    if (!cms || CMS_add1_recipient_cert(cms.get(), recipient->get(), 0) == nullptr ||
        CMS_final(cms.get(), read_only(content).get(), nullptr, CMS_BINARY) != 1) {
        return failure("encrypt to " + recipient_certificate_file);
    }
    return der_of(cms);
}

Result<std::string> unseal(std::string_view sealed, const Signer& recipient) {
    const Result<Cms> cms = cms_from(sealed);
    if (!cms) return cms.error();
    const int type = OBJ_obj2nid(CMS_get0_type(cms->get()));
    if (type != NID_id_smime_ct_authEnvelopedData && type != NID_pkcs7_enveloped) {
        return Error{Errc::invalid, "this CMS file is not an encrypted one"};
    }
    const Result<Key> key = load_key(recipient.key_file);
    if (!key) return key.error();
    const Result<Certificate> certificate = load_certificate(recipient.certificate_file);
    if (!certificate) return certificate.error();
    if (!meant_for(cms->get(), certificate->get())) {
        ERR_clear_error();
        return Error{Errc::invalid, "it is encrypted to another certificate than " + recipient.certificate_file};
    }
    const Bio out = memory();
    if (CMS_decrypt(cms->get(), key->get(), certificate->get(), nullptr, out.get(), CMS_BINARY) != 1) {
        return failure("decrypt: it was changed, or is for another key");
    }
    return content_of(out);
}

Result<void> check_signer(const Signer& signer) {
    const Result<Key> key = load_key(signer.key_file);
    if (!key) return key.error();
    const Result<Certificate> certificate = load_certificate(signer.certificate_file);
    if (!certificate) return certificate.error();
    if (X509_check_private_key(certificate->get(), key->get()) == 1) return {};
    ERR_clear_error();
    return Error{Errc::invalid, signer.key_file + " is not the key of the certificate " + signer.certificate_file};
}

Result<Signed> open_signed(std::string_view signed_content) {
    const Result<Cms> cms = cms_from(signed_content);
    if (!cms) return cms.error();
    if (sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms->get())) != 1) {
        ERR_clear_error();
        return Error{Errc::invalid, "it is not signed by exactly one party"};
    }
    const Bio out = memory();
    if (CMS_verify(cms->get(), nullptr, nullptr, nullptr, out.get(), CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1) {
        return failure("the signature does not hold: it was changed");
    }
    STACK_OF(X509)* signers = CMS_get0_signers(cms->get());
    const Result<std::string> fingerprint = signers != nullptr && sk_X509_num(signers) == 1
                                                ? openssl::fingerprint_of(sk_X509_value(signers, 0))
                                                : failure("find the signer's certificate");
    sk_X509_free(signers);
    if (!fingerprint) return fingerprint.error();
    return Signed{content_of(out), *fingerprint};
}

Result<Verified> verify(std::string_view signed_content, const std::string& trusted_file) {
    const Result<Cms> cms = cms_from(signed_content);
    if (!cms) return cms.error();
    const Result<Store> store = trust(trusted_file);
    if (!store) return store.error();
    const Bio out = memory();
    if (CMS_verify(cms->get(), nullptr, store->get(), nullptr, out.get(), CMS_BINARY) != 1) {
        return failure("the signature does not hold, or its certificate is not in " + trusted_file);
    }
    Verified verified;
    verified.content = content_of(out);
    STACK_OF(X509)* signers = CMS_get0_signers(cms->get());
    if (signers != nullptr && sk_X509_num(signers) > 0) {
        std::array<char, 256> name{};
        const X509_NAME* subject = X509_get_subject_name(sk_X509_value(signers, 0));
        if (X509_NAME_get_text_by_NID(subject, NID_commonName, name.data(), name.size()) > 0) {
            verified.signer = name.data();
        }
    }
    sk_X509_free(signers);
    return verified;
}

}  // namespace tillpost
