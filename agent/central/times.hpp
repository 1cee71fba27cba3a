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

/// Events of one boot that were recorded while the clock was not synchronised, with one offset between wall clock and
/// time since boot. Their order never depended on it.
struct Stretch {
    std::string source, boot;
    Epoch epoch = 0;  ///< Of the first event
    Sequence first = 0, last = 0;
    std::uint64_t events = 0;
    WallTime from{}, to{};        ///< As recorded
    std::optional<Millis> shift;  ///< To be added to their times: known once the clock of that boot was right
};

/// Collects times in any order and pairs each stretch with the next synchronised event of its boot. Pure.
class TimeRepair {
public:
    void add(std::string_view source, Epoch epoch, Sequence sequence, const EventTime& time);
    /// By source, boot and time since boot.
    std::vector<Stretch> finish();

    /// An offset that differs by more begins another stretch: the clock was set.
    static constexpr Millis same_offset{2'000};

private:
    struct Piece {
        Stretch stretch;
        Millis begin{}, end{};  ///< Since boot
        Millis offset{};        ///< Wall time minus time since boot, of the last event
        bool synced = false;
    };
    std::vector<Piece> pieces_;
};

/// The stored lines of all agents, or of one; they stay as they are.
Result<std::vector<Stretch>> unsynchronised(CentralStore& store, const std::optional<std::string>& source);

std::string times_table(const std::vector<Stretch>& stretches);
std::string times_json(const std::vector<Stretch>& stretches);

}  // namespace tillpost
