// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/unsealed.hpp"

#include <algorithm>

namespace tillpost {

void Unsealed::begin(Sequence first, const Digest& before) {
    *this = Unsealed();
    first_ = first;
    before_ = before;
}

void Unsealed::add(std::string_view type, std::size_t bytes) {
    bytes_ += bytes;
    if (!is_type_name(type)) type = other_types;
    ++count_;
    till_closed_ = till_closed_ || type == "till_close";
    const auto by_type = [](const auto& entry, std::string_view name) { return entry.first < name; };
    auto at = std::lower_bound(totals_.begin(), totals_.end(), type, by_type);
    const bool known = at != totals_.end() && at->first == type;
    if (!known && totals_.size() >= most_seal_types && type != other_types) {
        --count_;
        return add(other_types, 0);
    }
    if (!known) at = totals_.insert(at, {std::string(type), 0});
    ++at->second;
}

void Unsealed::add_anchor(const Seal::Anchor& anchor) {
    if (anchors_.size() < most_seal_anchors) anchors_.push_back(anchor);
}

Seal Unsealed::seal() const {
    Seal seal;
    seal.first = first_;
    seal.last = first_ + count_ - 1;
    seal.before = before_;
    seal.totals = totals_;
    seal.anchors = anchors_;
    return seal;
}

}  // namespace tillpost
