// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "agent/wire/seal.hpp"

namespace tillpost {

/// An event behind the last seal.
struct UnsealedEvent {
    Sequence sequence = 0;
    Digest chain{};
    bool lost = false;
    std::string type;
    std::size_t bytes = 0;
    WallTime recorded{};
};

/// What the live epoch's next seal will say: the events behind the last one. Pure.
class Unsealed {
public:
    /// From `first` on; `before` is chain(first - 1).
    void begin(Sequence first, const Digest& before);
    /// The next event, by the type of its body; without a body, by what stands in its place.
    void add(std::string_view type, std::size_t bytes);
    /// An event of this epoch is lost: new, or one that was sealed before.
    void add_anchor(const Seal::Anchor& anchor);

    Sequence first() const { return first_; }
    std::uint64_t count() const { return count_; }
    std::uint64_t bytes() const { return bytes_; }
    bool has_anchors() const { return !anchors_.empty(); }
    /// A till was closed behind the last seal.
    bool till_closed() const { return till_closed_; }
    /// Behind the last seal an event says why others have no content: no audit proves that of them before it is sealed.
    void note_told() { told_ = true; }
    bool told() const { return told_; }
    /// More than the last seal itself.
    bool anything() const { return count_ > (first_ == 1 ? 0U : 1U) || has_anchors(); }

    /// All of them; the caller adds epoch, head, time, cause and signature.
    Seal seal() const;

private:
    Sequence first_ = 1;
    Digest before_{};
    std::uint64_t count_ = 0;
    std::uint64_t bytes_ = 0;  ///< Of their bodies
    bool till_closed_ = false;
    bool told_ = false;
    TypeCounts totals_;  ///< By type
    std::vector<Seal::Anchor> anchors_;
};

}  // namespace tillpost
