// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/wire/former_numbers.hpp"
#include "agent/wire/protocol.hpp"

namespace tillpost {

/// The reason of a tombstone, or of a lost line, whose bytes the disk had changed, or somebody on it.
constexpr std::string_view damaged_reason = "damaged_on_disk";
/// The reason of a tombstone whose content no packet of the broker was large enough for: it waits in quarantine.
constexpr std::string_view too_large_reason = "larger_than_packet";
/// The reason of a tombstone whose content a person took out at the box, which tells of it in a `loss` event; …
constexpr std::string_view erased_reason = "erased";
/// … and of one that was taken out of a receiver's file alone, of which no event of the agent tells.
constexpr std::string_view erased_here_reason = "erased_at_central";
/// The reason of a `loss` event about rows that are lost, and of which no event of the agent told: it found them so.
constexpr std::string_view unexplained_reason = "unexplained";

/// Which numbers of one agent have no content, and which of its own events say why: `loss` and `quarantined`. Neither
/// the reason nor the absence of content is hashed, so a tombstone or a lost line that no event tells of was made by
/// somebody else. What is told of one number of an event holds for all: a receiver erases the copies, too.
/// Pure; bounded memory.
class Tombstones {
public:
    /// Where a line stands: which one of the audit's epochs, and its number.
    struct Place {
        std::size_t index = 0;
        Sequence sequence = 0;
    };
    enum class Standing {
        told,        ///< A sealed event speaks of it, or one that is no less sealed than the place itself.
        disowned,    ///< One does, and says that the agent found it so and does not know why.
        untold,      ///< None does.
        unsealed,    ///< One does, behind the last seal: whoever has the file may have put it there.
        unreadable,  ///< None does, but later ones are lost or gone that may have.
    };
    /// Places one behind the other of which the same is to be said.
    struct Finding {
        Place at;
        Sequence last = 0;
        Epoch epoch = 0;
        std::string reason;  ///< As the lines say it
        bool lost = false;   ///< The digest is gone, too.
        Standing standing = Standing::untold;
    };

    /// A line without content; `lost`: its digest is gone, too. False if there are too many to follow.
    bool add(Place at, Epoch epoch, std::string_view reason, bool lost = false);
    bool any() const { return !stones_.empty(); }
    /// The event at `by` says why these have none. False if there are too many to follow.
    bool tell(Place by, Epoch epoch, Range range, std::string_view reason);
    /// What an event of the agent says of content, by its type and the text of its data: `loss`, `quarantined`, `gone`,
    /// `reissued`; nothing for others. False if there are too many to follow.
    bool take(Place at, Epoch epoch, std::string_view type, std::string_view data);
    /// What stood there cannot be read any more, and may have told of those before it.
    void note_unreadable(Epoch epoch, Sequence sequence);
    /// By the `reissued` events that it has taken.
    const FormerNumbers& former_numbers() const { return former_; }

    /// All of them. Call once; `sealed`: does a seal that counts cover the place?
    void settle(const std::function<bool(Place)>& sealed, const std::function<void(const Finding&)>& visit);

    static constexpr std::size_t most_followed = std::size_t{1} << 20;  ///< Runs of them, and of what is told

private:
    using Reason = std::uint8_t;
    struct Stone {
        Place at;
        Epoch epoch;
        Sequence last;
        Reason reason;
        bool lost;
    };
    struct Told {
        Epoch epoch;
        Reason reason;
        Range range;
        Place by;
    };
    struct Copies {
        Range range;
        Epoch into;
        Sequence marker;
    };
    using Numbers = std::vector<FormerNumbers::Place>;  ///< Of one event

    Reason reason_of(std::string_view text);
    bool take_loss(Place at, std::string_view data);
    bool take_quarantined(Place at, std::string_view data);
    void take_gone(std::string_view data);
    Standing standing_of(Epoch epoch, Sequence sequence, Reason reason) const;
    static void put_in_order(std::vector<Told>& told);
    static bool told_in(const std::vector<Told>& ordered, Epoch epoch, Sequence sequence, Reason reason);
    void put_copies_in_order();
    void note_damaged();
    void add_others(FormerNumbers::Place place, Numbers& numbers) const;
    void visit_runs(const Stone& stone, const std::function<bool(Place)>& sealed,
                    const std::function<void(const Finding&)>& visit) const;

    std::vector<std::string> reasons_{std::string(unexplained_reason), std::string(damaged_reason)};
    std::vector<Stone> stones_;
    std::vector<Told> told_, sealed_told_;
    std::map<Epoch, Sequence> unreadable_;  ///< The highest
    FormerNumbers former_;
    std::map<Epoch, std::vector<Copies>> copies_;  ///< Its runs by the former epoch, ascending
};

}  // namespace tillpost
