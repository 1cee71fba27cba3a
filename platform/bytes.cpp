// SPDX-License-Identifier: Apache-2.0
#include "platform/bytes.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>

namespace tillpost {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

// OpenSSL's digest and random calls fail only without memory or entropy; there is no way to go on safely.
void require(bool ok) {
    if (!ok) std::abort();
}

int value_of(char digit) {
    const auto at = digits.find(digit);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out) {
    if (text.size() != out.size() * 2) return false;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = value_of(text[2 * i]);
        const int low = value_of(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

}  // namespace

void Sha256::Free::operator()(evp_md_st* method) const { EVP_MD_free(method); }
void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : method_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    require(method_ != nullptr && context_ != nullptr);
}

Digest Sha256::operator()(std::initializer_list<std::string_view> parts) {
    require(EVP_DigestInit_ex2(context_.get(), method_.get(), nullptr) == 1);
    for (const std::string_view part : parts) {
        require(EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1);
    }
    Digest digest;
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    return digest;
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
    std::size_t at = out.size();
    out.resize(at + bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        out[at++] = digits[byte >> 4];
        out[at++] = digits[byte & 15];
    }
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    append_hex(text, bytes);
    return text;
}

std::string to_hex(std::uint64_t number) {
    std::string text(16, '0');
    for (std::size_t i = 16; i-- > 0; number >>= 4) text[i] = digits[number & 15];
    return text;
}

std::optional<Digest> digest_from_hex(std::string_view text) {
    Digest digest;
    if (!read_hex(text, digest)) return std::nullopt;
    return digest;
}

std::optional<std::uint64_t> number_from_hex(std::string_view text) {
    std::array<std::uint8_t, 8> bytes;
    if (!read_hex(text, bytes)) return std::nullopt;
    std::uint64_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8 | byte;
    return number;
}

std::string to_base64(std::string_view bytes) {
    const std::size_t size = 4 * ((bytes.size() + 2) / 3);
    std::string text(size + 1, '\0');  // OpenSSL ends it with a NUL
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    text.resize(size);
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(size) - std::min(padding, static_cast<std::size_t>(size)));
    if (to_base64(bytes) != text) return std::nullopt;
    return bytes;
}

void fill_random(std::span<std::uint8_t> bytes) {
    require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
}

std::uint64_t random_number() {
    std::array<std::uint8_t, 8> bytes;
    fill_random(bytes);
    std::uint64_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8 | byte;
    return number;
}

}  // namespace tillpost
