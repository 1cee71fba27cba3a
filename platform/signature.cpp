// SPDX-License-Identifier: Apache-2.0
#include "platform/signature.hpp"

#include <openssl/err.h>

#include <utility>

#include "platform/openssl.hpp"
#include "platform/sealed_file.hpp"

namespace tillpost {
namespace {

using openssl::Certificate;
using openssl::failure;
using openssl::Key;
using Context = std::unique_ptr<EVP_MD_CTX, openssl::Free<&EVP_MD_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

class KeySigner final : public MessageSigner {
public:
    KeySigner(Key key, std::string certificate) : key_(std::move(key)), certificate_(std::move(certificate)) {}

    Result<std::string> sign(std::string_view message) const override {
        const Context context(EVP_MD_CTX_new());
        std::size_t size = 0;
        if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
            EVP_DigestSign(context.get(), nullptr, &size, bytes_of(message), message.size()) != 1) {
            return failure("begin a signature with the device key", Errc::io);
        }
        std::string signature(size, '\0');
        auto* out = reinterpret_cast<unsigned char*>(signature.data());
        if (EVP_DigestSign(context.get(), out, &size, bytes_of(message), message.size()) != 1) {
            return failure("sign with the device key", Errc::io);
        }
        signature.resize(size);
        return signature;
    }

    const std::string& certificate() const override { return certificate_; }

private:
    Key key_;
    std::string certificate_;
};

class NoSigner final : public MessageSigner {
public:
    explicit NoSigner(Error why) : why_(std::move(why)) {}
    Result<std::string> sign(std::string_view) const override { return why_; }
    const std::string& certificate() const override { return none_; }

private:
    Error why_;
    std::string none_;
};

}  // namespace

std::unique_ptr<MessageSigner> make_no_signer(Error why) { return std::make_unique<NoSigner>(std::move(why)); }

Result<std::unique_ptr<MessageSigner>> load_message_signer(const DeviceKeyFiles& files) {
    if (auto done = check_signer({files.key, files.certificate}); !done) return done.error();
    Result<Key> key = openssl::load_key(files.key);
    if (!key) return key.error();
    const Result<Certificate> certificate = openssl::load_certificate(files.certificate);
    if (!certificate) return certificate.error();
    const openssl::Bio out = openssl::memory();
    if (i2d_X509_bio(out.get(), certificate->get()) != 1) return failure("write " + files.certificate + " as DER");
    return std::unique_ptr<MessageSigner>(new KeySigner(std::move(*key), openssl::content_of(out)));
}

Result<void> verify_message(std::string_view certificate, std::string_view message, std::string_view signature) {
    const unsigned char* der = bytes_of(certificate);
    const Certificate parsed(d2i_X509(nullptr, &der, static_cast<long>(certificate.size())));
    if (!parsed || der != bytes_of(certificate) + certificate.size()) {
        ERR_clear_error();
        return Error{Errc::invalid, "its certificate cannot be read"};
    }
    EVP_PKEY* key = X509_get0_pubkey(parsed.get());
    const Context context(EVP_MD_CTX_new());
    const bool holds =
        key != nullptr && context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
        EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1;
    ERR_clear_error();
    if (!holds) return Error{Errc::invalid, "its signature does not hold"};
    return {};
}

}  // namespace tillpost
