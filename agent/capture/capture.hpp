// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "agent/capture/day_keeper.hpp"
#include "agent/event/intake.hpp"
#include "agent/journal/journal.hpp"
#include "drivers/driver.hpp"

namespace tillpost {

/// Turns what devices hand over into events and has them recorded. Loop thread only.
///
/// [durable-3] What cannot be parsed or identified goes to quarantine with its bytes, and the stream gets a
/// `quarantined` event; nothing is dropped, and nothing behind it waits.
class Capture final : public Sink {
public:
    /// What was recorded, for those who watch.
    struct Captured {
        const Recorded& recorded;
        const std::string& type;
        const std::string& subject;
        const std::string& device;
    };
    using OnCaptured = std::function<void(const Captured&)>;

    explicit Capture(Journal& journal) : journal_(journal) {}

    /// Called after each commit for each event that is new; must be cheap.
    void set_on_captured(OnCaptured call) { on_captured_ = std::move(call); }

    /// Who keeps the business days, from now on; it must outlive every commit.
    void set_days(DayKeeper* days) { days_ = days; }

    void submit(Observation observation, Answer answer) override;
    /// Records an event of the agent itself, and the business days beside it; done says whether it is durable.
    void record(Event event, std::shared_ptr<const KeptDays> days = nullptr, std::function<void(bool)> done = {});

    std::uint64_t repeated() const { return repeated_; }
    std::uint64_t refused() const { return refused_; }

private:
    Draft draft_of(Observation observation);
    static Draft quarantine(Observation observation, const Rejection& rejection);
    void append(Draft draft, Answer answer);
    void note_day(const Event& event, const Recorded& recorded) const;

    Journal& journal_;
    Intake intake_;
    OnCaptured on_captured_;
    DayKeeper* days_ = nullptr;
    std::uint64_t repeated_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace tillpost
