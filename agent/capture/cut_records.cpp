// SPDX-License-Identifier: Apache-2.0
#include "agent/capture/cut_records.hpp"

#include <algorithm>

namespace tillpost {

CutRecords::CutRecords() { fill_random(secret_); }

// Twice, as RFC 2104 does: nothing that is known of one name tells another.
Digest CutRecords::name(std::string_view bytes) {
    const Digest inner = sha_({view(secret_), bytes});
    return sha_({view(secret_), view(inner)});
}

bool CutRecords::knows(const Digest& name) const {
    return std::find(known_.begin(), known_.end(), name) != known_.end();
}

void CutRecords::add(const Digest& name) {
    if (knows(name)) return;
    if (known_.size() < most_known) {
        known_.push_back(name);
        return;
    }
    known_[next_] = name;
    next_ = (next_ + 1) % most_known;
}

}  // namespace tillpost
