// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/event/gs1/measure_template.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "agent/journal/journal.hpp"
#include "drivers/driver.hpp"
#include "platform/clock.hpp"

namespace tillpost {

/// Turns what devices hand over into events and has them recorded. Loop thread only.
///
/// [durable-3] What cannot be parsed or identified goes to quarantine with its bytes, and the stream gets a
/// `quarantined` event; nothing is dropped, and nothing behind it waits.
/// [privacy-1] Whatever comes is redacted before anything else is done with it: what is parsed, hashed, recorded,
/// answered, counted in quarantine or logged is made of the result.
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

    /// What was cut out of what one device handed over, since the start.
    struct Redacted {
        std::string device;
        std::uint64_t observations = 0;  ///< In which there were card data.
        std::uint64_t numbers = 0;
        std::uint64_t secrets = 0;  ///< Tracks, security codes, PINs.
    };

    struct Settings {
        PrivacySettings privacy{};
        std::vector<gs1::MeasureTemplate>
            in_store_numbers{};  ///< How the shop's numbers with a price or weight are built.
    };

    Capture(Journal& journal, const Clock& clock, Settings settings)
        : journal_(journal),
          clock_(clock),
          redactor_(std::move(settings.privacy)),
          in_store_numbers_(std::move(settings.in_store_numbers)) {}

    /// Called after each commit for each event that is new; must be cheap.
    void set_on_captured(OnCaptured call) { on_captured_ = std::move(call); }

    void submit(Observation observation, Answer answer) override;
    /// Records an event of the agent itself.
    void record(Event event);

    std::uint64_t repeated() const { return repeated_; }
    std::uint64_t refused() const { return refused_; }
    /// nullptr if there was nothing.
    const Redacted* redacted(std::string_view device) const;

private:
    Draft draft_of(Observation observation);
    std::vector<std::string> redact(Observation& observation);
    void count(const std::string& device, const Redaction& redaction);
    Event scan_of(const Observation& observation) const;
    static Draft quarantine(Observation observation, const Rejection& rejection);
    void append(Draft draft, Answer answer);

    Journal& journal_;
    const Clock& clock_;
    Redactor redactor_;
    std::vector<gs1::MeasureTemplate> in_store_numbers_;
    Intake intake_;
    std::vector<Redacted> redacted_;
    OnCaptured on_captured_;
    std::uint64_t repeated_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace tillpost
