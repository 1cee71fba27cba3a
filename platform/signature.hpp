// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "platform/device_key.hpp"
#include "platform/error.hpp"

namespace tillpost {

/// Signs messages for one certificate; tests bring one that fails. Thread-safe.
class MessageSigner {
public:
    virtual ~MessageSigner() = default;
    /// ECDSA over SHA-256, DER (RFC 3279, section 2.2.3); another kind of key signs in its own way.
    virtual Result<std::string> sign(std::string_view message) const = 0;
    /// DER.
    virtual const std::string& certificate() const = 0;
};

/// Reads the files once. Blocking; for the start.
Result<std::unique_ptr<MessageSigner>> load_message_signer(const DeviceKeyFiles& files);

/// Stands for a key that cannot be used: signs nothing, and says why each time.
std::unique_ptr<MessageSigner> make_no_signer(Error why);

/// Errc::invalid, with what is wrong, unless the certificate's key made this signature of this message. Whether that
/// certificate is to be believed is for the caller to decide.
Result<void> verify_message(std::string_view certificate, std::string_view message, std::string_view signature);

}  // namespace tillpost
