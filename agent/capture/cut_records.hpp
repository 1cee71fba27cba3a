// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "platform/bytes.hpp"

namespace tillpost {

/// [once-2] Records out of which redaction cut something, as they came: two that differed only in that are one and the
/// same afterwards, and only this tells a record that is sent again from another one. Nothing of it is ever stored; a
/// restart, and more than most_known of them, forget: what comes then is recorded once more, marked. One thread.
class CutRecords {
public:
    static constexpr std::size_t most_known = 1024;

    CutRecords();

    /// A hash under a secret that is this object's own: of a record that held card data nothing else may be kept.
    Digest name(std::string_view bytes);
    bool knows(const Digest& name) const;
    /// It is recorded.
    void add(const Digest& name);

private:
    Digest secret_{};
    Sha256 sha_;
    std::vector<Digest> known_;
    std::size_t next_ = 0;  ///< Of known_, once it is full: the oldest one
};

}  // namespace tillpost
