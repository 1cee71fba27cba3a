// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct evp_md_st;
struct evp_md_ctx_st;

namespace tillpost {

using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 (FIPS 180-4) by OpenSSL; one object hashes many messages. One thread at a time.
class Sha256 {
public:
    Sha256();
    Digest operator()(std::initializer_list<std::string_view> parts);
    Digest operator()(std::string_view message) { return (*this)({message}); }

private:
    struct Free {
        void operator()(evp_md_st* method) const;
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_st, Free> method_;
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// Lower-case hex digits.
std::string to_hex(std::span<const std::uint8_t> bytes);
std::string to_hex(std::uint64_t number);
void append_hex(std::string& out, std::span<const std::uint8_t> bytes);
/// nullopt unless the text is exactly 64 (16) hex digits in lower case.
std::optional<Digest> digest_from_hex(std::string_view text);
std::optional<std::uint64_t> number_from_hex(std::string_view text);

/// RFC 4648, section 4, with padding.
std::string to_base64(std::string_view bytes);
/// nullopt unless to_base64() makes exactly this text of what it stands for.
std::optional<std::string> from_base64(std::string_view text);

/// Cryptographically secure random bytes.
void fill_random(std::span<std::uint8_t> bytes);
std::uint64_t random_number();

/// A digest's bytes as they are hashed and stored.
inline std::string_view view(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace tillpost
