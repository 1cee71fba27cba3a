// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "agent/wire/protocol.hpp"

/// [fork-1] [end-1] What a receipt of the live epoch means for what is held of it. Pure; the Store does it, and the
/// simulated one (tests/unit/delivery_world.hpp).
namespace tillpost::receipt_rules {

/// Whether the chain behind `upto` is known here: it is neither ahead of the last event nor deleted.
inline bool known(const EpochSummary& live, Sequence upto) { return upto <= live.last && upto + 1 >= live.first; }

/// Why what the receiver has cannot come from this journal as it is: it got it from another life of it (an image was
/// restored) or from a clone. "" if nothing speaks for that. `ours`: the chain behind `upto` if it is known.
inline std::string other_history(const EpochSummary& live, const EpochReceipt& receipt,
                                 const std::optional<Digest>& ours) {
    if (receipt.upto > live.last) {
        return "a receipt up to " + std::to_string(receipt.upto) + ", beyond our last event " +
               std::to_string(live.last);
    }
    if (known(live, receipt.upto) && (!ours || *ours != receipt.hash)) {
        return "a receipt up to " + std::to_string(receipt.upto) + " with another chain hash than ours";
    }
    if (!receipt.fork) return "";
    return "the receiver holds another event under the number " + std::to_string(*receipt.fork);
}

/// A range above `upto` counts as arrived only with our own hash; `ours`: the chain at its end.
inline bool covers(const EpochSummary& live, const RangeWithHash& also, const std::optional<Digest>& ours) {
    return also.range.to <= live.last && ours && *ours == also.hash;
}

/// What an event of ours has said to be gone. It is not said again while that event is held: whoever lacks it gets it
/// in its turn. So a mark that is lowered and raised for ever, as by two receivers in turn, costs no event each time.
struct GoneTold {
    Range range{1, 0};
    Sequence by = 0;  ///< In the live epoch
    bool covers(const EpochSummary& live, const Range& other) const {
        return by >= live.first && range.from <= other.from && other.to <= range.to;
    }
};
/// Up to where may be deleted: what central rejects has to be in quarantine before. `kept_from`: the first such event
/// that is not, 0 if there is none.
inline Sequence freed(const EpochSummary& live, Sequence kept_from) {
    return kept_from == 0 ? live.confirmed : std::min(live.confirmed, kept_from - 1);
}

/// The epoch with that as its mark: what is kept of it beside the journal.
inline EpochSummary marked(EpochSummary live, Sequence kept_from) {
    live.confirmed = freed(live, kept_from);
    return live;
}

/// What is asked for and pruned cannot be sent again, and is said.
struct Pruned {
    Range range;
    Digest before;  ///< The chain before it
};
/// `start`: the epoch's chain(0). nullopt: there is nothing to say.
inline std::optional<Pruned> pruned(const EpochSummary& live, const GoneTold& told, const EpochReceipt& receipt,
                                    const Digest& start) {
    if (live.first <= 1) return std::nullopt;
    // The receiver's hash is what it says it has: it is pruned here, too.
    const Range behind{receipt.upto + 1, live.first - 1};
    if (behind.from <= behind.to) {
        if (told.covers(live, behind)) return std::nullopt;
        return Pruned{behind, receipt.hash};
    }
    // Below its own mark the receiver asks for single ranges, before which no hash is left here but the first.
    const auto asked = [&](const Range& each) {
        return each.from < live.first && each.from <= each.to &&
               !told.covers(live, {each.from, std::min(each.to, live.first - 1)});
    };
    if (std::none_of(receipt.need.begin(), receipt.need.end(), asked)) return std::nullopt;
    return Pruned{{1, live.first - 1}, start};
}

/// A receiver whose receipts never fit must not make us send everything again and again.
class ForkPause {
public:
    bool over(Millis since_boot) const { return !forked_at_ || since_boot - *forked_at_ >= least; }
    void forked(Millis since_boot) { forked_at_ = since_boot; }

private:
    static constexpr Millis least{600'000};
    std::optional<Millis> forked_at_;
};

}  // namespace tillpost::receipt_rules
