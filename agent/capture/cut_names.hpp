// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "platform/bytes.hpp"

namespace tillpost {

/// [once-2] Names for records out of which redaction cuts something, as they came. One thread.
class CutNames {
public:
    CutNames() { fill_random(secret_); }

    /// A hash under a secret that is this object's own: of a record that held card data nothing else may be kept, and
    /// this only in memory. Twice, as RFC 2104 does: nothing that is known of one name tells another.
    Digest name(std::string_view bytes) {
        const Digest inner = sha_({view(secret_), bytes});
        return sha_({view(secret_), view(inner)});
    }

private:
    Digest secret_{};
    Sha256 sha_;
};

}  // namespace tillpost
