// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/wire/protocol.hpp"

namespace tillpost {

/// The numbers that an event had before, by the `reissued` events of a stream that is read in its order. Pure; bounded
/// memory.
///
/// A `reissued` event may itself be among the lines that travel again. Its copy speaks of where it was first: of the
/// lines behind it there, whatever stands behind the copy. Which of them are copies is known when all are: a fork that
/// comes before the former one's lines have all travelled moves the rest of an older epoch in front of what brought its
/// beginning.
class FormerNumbers {
public:
    using Place = std::pair<Epoch, Sequence>;
    /// What a `reissued` event says: these lines of a former epoch stand again behind it.
    struct Head {
        Epoch former = 0;
        Range range;
    };
    /// Consecutive lines of a former epoch, and where they stand now: behind the number `marker` of `into`.
    struct Run {
        Sequence marker = 0;
        Epoch former = 0;
        Range range;
    };
    static constexpr std::size_t most = std::size_t{1} << 20;  ///< Runs into one epoch
    static constexpr std::size_t most_numbers = 64;            ///< Of one event

    /// The `reissued` event of that place says so. False: there are too many to follow.
    bool add(Place event, const Head& head);
    /// The same, in any order.
    bool add(const std::vector<std::pair<Place, Head>>& heads);
    /// The same, of the text of its data; true also for what says nothing.
    bool take(Place event, std::string_view data);
    /// Where the event of that place was one move before.
    std::optional<Place> before(Place place) const;
    /// The place, and those where its event was before, the newest first.
    std::vector<Place> of(Place place) const;
    /// By the epoch that they lead into, ascending by `marker`.
    const std::map<Epoch, std::vector<Run>>& runs() const { return runs_; }

private:
    using Heads = std::map<Epoch, std::map<Sequence, Head>>;

    bool note(Place event, const Head& head);
    bool append(Place event, const Head& head);
    void settle();

    Heads heads_;  ///< Where they were read
    std::map<Epoch, std::vector<Run>> runs_;
};

}  // namespace tillpost
