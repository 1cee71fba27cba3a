// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/event/gs1/measure_template.hpp"
#include "agent/event/intake.hpp"
#include "agent/journal/journal.hpp"
#include "drivers/driver.hpp"
#include "platform/clock.hpp"

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

    /// `in_store_numbers`: how the shop's own numbers with a price or weight are built.
    Capture(Journal& journal, const Clock& clock, std::vector<gs1::MeasureTemplate> in_store_numbers)
        : journal_(journal), clock_(clock), in_store_numbers_(std::move(in_store_numbers)) {}

    /// Called after each commit for each event that is new; must be cheap.
    void set_on_captured(OnCaptured call) { on_captured_ = std::move(call); }

    void submit(Observation observation, Answer answer) override;
    /// Records an event of the agent itself.
    void record(Event event);

    std::uint64_t repeated() const { return repeated_; }
    std::uint64_t refused() const { return refused_; }

private:
    Draft draft_of(Observation observation);
    Event scan_of(const Observation& observation) const;
    static Draft quarantine(Observation observation, const Rejection& rejection);
    void append(Draft draft, Answer answer);

    Journal& journal_;
    const Clock& clock_;
    std::vector<gs1::MeasureTemplate> in_store_numbers_;
    Intake intake_;
    OnCaptured on_captured_;
    std::uint64_t repeated_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace tillpost
