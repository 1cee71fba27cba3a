// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "platform/error.hpp"

/// OpenSSL's objects as C++ owners. For .cpp files of this folder only.
namespace tillpost::openssl {

template <auto free>
struct Free {
    template <class Object>
    void operator()(Object* object) const {
        free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using Bio = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using Cms = std::unique_ptr<CMS_ContentInfo, Free<&CMS_ContentInfo_free>>;

/// What OpenSSL says of its last failure, after "<step>: "; empties its queue.
Error failure(std::string_view step, Errc code = Errc::invalid);

/// Why a file's text gives none of what is wanted, in words: "no start line" is what OpenSSL says of an empty file, and
/// of most others. Empties its queue.
enum class Kind { private_key, certificate };
Error unreadable(const std::string& file, std::string_view text, Kind kind);

Bio read_only(std::string_view bytes);
Bio memory();
std::string content_of(const Bio& bio);

Result<Key> load_key(const std::string& file);
Result<Certificate> load_certificate(const std::string& file);

/// SHA-256 of the DER form in hex.
Result<std::string> fingerprint_of(const X509* certificate);

}  // namespace tillpost::openssl
