// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/central/store.hpp"

namespace tillpost {

/// What an event's body says of when it was recorded.
struct EventTime {
    std::string boot;
    Millis since_boot{};
    WallTime wall{};
    bool synced = false;
};
/// nullopt for a body that an agent of ours did not make.
std::optional<EventTime> event_time(std::string_view body);

/// Events of one boot that were recorded while the clock was not synchronised, with about one offset between wall clock
/// and time since boot. Their order never depended on it.
struct Stretch {
    std::string source, boot;
    Epoch epoch = 0;  ///< Of the first event
    Sequence first = 0, last = 0;
    std::uint64_t events = 0;
    WallTime from{}, to{};  ///< As recorded
    Millis begin{}, end{};  ///< The same since boot
    /// Right wall time minus time since boot: known if the clock of that boot was ever right. With it the time since
    /// boot that each event says gives its right time, whatever the wall clock did meanwhile.
    std::optional<Millis> offset;

    WallTime right_from() const { return WallTime(begin + *offset); }
    WallTime right_to() const { return WallTime(end + *offset); }
};

/// Collects times in any order and pairs each stretch with the next synchronised event of its boot, or, if none comes
/// behind it, with the last one before. Pure.
class TimeRepair {
public:
    void add(std::string_view source, Epoch epoch, Sequence sequence, const EventTime& time);
    /// By source, boot and time since boot.
    std::vector<Stretch> finish();

    /// An offset that differs by more begins another stretch: the clock was set.
    static constexpr Millis same_offset{2'000};

private:
    struct Piece {
        Millis first_offset() const { return stretch.from.time_since_epoch() - stretch.begin; }
        Millis last_offset() const { return stretch.to.time_since_epoch() - stretch.end; }
        Stretch stretch;
        bool synced = false;
    };
    std::vector<Piece> pieces_;
};

/// The stored lines of all agents, or of one; they stay as they are.
Result<std::vector<Stretch>> unsynchronised(CentralStore& store, const std::optional<std::string>& source);

std::string times_table(const std::vector<Stretch>& stretches);
std::string times_json(const std::vector<Stretch>& stretches);

}  // namespace tillpost
