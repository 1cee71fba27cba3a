// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <span>

#include "agent/event/redaction/redactor.hpp"
#include "platform/bytes.hpp"

namespace tillpost {

std::string pseudonym(std::string_view key, std::string_view text) {
    constexpr std::size_t kept = 16;
    Digest code;
    unsigned size = 0;
    const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), &size);
    if (done == nullptr) std::abort();  // only without memory
    std::string result = "p:";
    append_hex(result, std::span(code).first(kept));
    return result;
}

}  // namespace tillpost
