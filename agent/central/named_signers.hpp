// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/central/signers.hpp"

namespace tillpost {

/// Whose certificate a person names: FILE (a PEM file of device certificates, named after their agents), SOURCE=FILE or
/// SOURCE=FINGERPRINT. Reads the file. Errc::invalid with what is wanted.
Result<void> add_named_signer(const std::string& text, SignerPolicy& policy);

}  // namespace tillpost
