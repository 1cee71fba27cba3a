// SPDX-License-Identifier: Apache-2.0
#include "platform/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

#include "platform/bytes.hpp"
#include "platform/files.hpp"

namespace tillpost::openssl {
namespace {

constexpr std::size_t longest_pem = 64 << 10;

/// OpenSSL would ask for it at the terminal.
int no_pass_phrase(char*, int, int, void*) { return -1; }

}  // namespace

Error unreadable(const std::string& file, std::string_view text, Kind kind) {
    ERR_clear_error();
    const bool is_key = kind == Kind::private_key;
    const std::string what = is_key ? "private key" : "certificate";
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return {Errc::invalid, file + " is empty"};
    if (is_key && text.find("ENCRYPTED") != std::string_view::npos) {
        return {Errc::invalid, file +
                                   " is protected by a pass phrase, which nobody is there to give: write it without "
                                   "one (openssl pkey -in FILE -out FILE)"};
    }
    if (text.find(is_key ? "PRIVATE KEY-----" : "CERTIFICATE-----") == std::string_view::npos)
        return {Errc::invalid, file + " holds no " + what + " (PEM is wanted)"};
    return {Errc::invalid, file + " holds no " + what + " that can be read (PEM is wanted): it is damaged"};
}

Error failure(std::string_view step, Errc code) {
    std::array<char, 256> text{};
    const unsigned long number = ERR_get_error();
    if (number != 0) ERR_error_string_n(number, text.data(), text.size());
    ERR_clear_error();
    return {code, std::string(step) + ": " + (number != 0 ? text.data() : "OpenSSL gives no reason")};
}

Bio read_only(std::string_view bytes) { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

Bio memory() { return Bio(BIO_new(BIO_s_mem())); }

std::string content_of(const Bio& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

Result<Key> load_key(const std::string& file) {
    const Result<std::string> text = read_regular_file(file, longest_pem);
    if (!text) return text.error();
    Key key(PEM_read_bio_PrivateKey(read_only(*text).get(), nullptr, &no_pass_phrase, nullptr));
    if (!key) return unreadable(file, *text, Kind::private_key);
    return key;
}

Result<Certificate> load_certificate(const std::string& file) {
    const Result<std::string> text = read_regular_file(file, longest_pem);
    if (!text) return text.error();
    Certificate certificate(PEM_read_bio_X509(read_only(*text).get(), nullptr, nullptr, nullptr));
    if (!certificate) return unreadable(file, *text, Kind::certificate);
    return certificate;
}

Result<std::string> fingerprint_of(const X509* certificate) {
    Digest digest{};
    unsigned int size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return failure("digest a certificate");
    return to_hex(digest);
}

}  // namespace tillpost::openssl
