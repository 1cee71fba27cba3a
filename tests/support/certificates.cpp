// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace tillpost::test {
namespace {

void require(bool ok, const std::string& step) {
    if (!ok) throw std::runtime_error("make test certificates: " + step);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    require(extension != nullptr, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

void set_name(X509* certificate, const std::string& common_name) {
    const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, text, -1, -1, 0);
}

}  // namespace

void Certificates::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void Certificates::Free::operator()(x509_st* certificate) const { X509_free(certificate); }

Certificates::Certificates() : ca_key_(EVP_EC_gen("P-256")), ca_file_(folder_.file("ca.crt")) {
    require(ca_key_ != nullptr, "key");
    // Two authorities of one name would be told apart by their keys only, which changes what OpenSSL says.
    const std::string name = folder_.path().substr(folder_.path().rfind('-') + 1);
    ca_ = build({"ca", "Tillpost test authority " + name}, ca_key_, true);
    write(ca_file_, ca_.get());
}

Certificates::~Certificates() = default;

Certificates::Pair Certificates::expired() {
    Request request{"expired", "localhost", "DNS:localhost,IP:127.0.0.1"};
    request.valid_from_seconds = -7200;
    request.valid_to_seconds = -3600;
    return issue(request);
}

Certificates::Pair Certificates::client(const std::string& common_name) {
    Request request{"client-" + common_name, common_name};
    request.server = false;
    return issue(request);
}

Certificates::Pair Certificates::issue(const Request& request) {
    const Pair pair{folder_.file(request.file + ".crt"), folder_.file(request.file + ".key")};
    const Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "key");
    const Certificate certificate = build(request, key, false);
    write(pair.certificate_file, certificate.get());
    std::FILE* out = std::fopen(pair.key_file.c_str(), "w");
    require(out != nullptr, pair.key_file);
    const int written = PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    require(std::fclose(out) == 0 && written == 1, pair.key_file);
    return pair;
}

Certificates::Certificate Certificates::build(const Request& request, const Key& key, bool authority) {
    Certificate certificate(X509_new());
    X509* const raw = certificate.get();
    X509* const issuer = authority ? raw : ca_.get();
    X509_set_version(raw, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(raw), request.valid_from_seconds);
    X509_gmtime_adj(X509_getm_notAfter(raw), request.valid_to_seconds);
    X509_set_pubkey(raw, key.get());
    set_name(raw, request.common_name);
    X509_set_issuer_name(raw, X509_get_subject_name(issuer));
    if (authority) {
        add_extension(raw, issuer, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(raw, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        add_extension(raw, issuer, NID_ext_key_usage, request.server ? "serverAuth" : "clientAuth");
    }
    if (!request.alternative_names.empty()) add_extension(raw, issuer, NID_subject_alt_name, request.alternative_names);
    require(X509_sign(raw, ca_key_.get(), EVP_sha256()) > 0, "sign " + request.file);
    return certificate;
}

void Certificates::write(const std::string& path, x509_st* certificate) const {
    std::FILE* out = std::fopen(path.c_str(), "w");
    require(out != nullptr, path);
    const int written = PEM_write_X509(out, certificate);
    require(std::fclose(out) == 0 && written == 1, path);
}

}  // namespace tillpost::test
