// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "agent/capture/cut_names.hpp"
#include "agent/capture/day_keeper.hpp"
#include "agent/event/gs1/measure_template.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "agent/event/severities.hpp"
#include "agent/event/till_numbers.hpp"
#include "agent/journal/journal.hpp"
#include "drivers/driver.hpp"
#include "platform/clock.hpp"
#include "platform/log_limit.hpp"

namespace tillpost {

/// What was told of a held record when it came, and cannot be told of it now: the clock has gone on.
void mark_as_held(const QuarantineRecord& record, Event& event);

/// Turns what devices hand over into events and has them recorded. Loop thread only.
///
/// [durable-3] What cannot be parsed or identified goes to quarantine with its bytes, and the stream gets a
/// `quarantined` event; nothing is dropped, and nothing behind it waits. So does what breaks a rule that holds records
/// back by the configuration.
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
        const std::string& rule;  ///< Why it is in quarantine; "" if it is not.
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
        /// How the shop's numbers with a price or weight are built.
        std::vector<gs1::MeasureTemplate> in_store_numbers{};
        Severities severities{};
        Intake::Settings intake{};
    };

    Capture(Journal& journal, const Clock& clock, Settings settings)
        : journal_(journal),
          clock_(clock),
          redactor_(std::move(settings.privacy)),
          in_store_numbers_(std::move(settings.in_store_numbers)),
          severities_(std::move(settings.severities)),
          intake_(std::move(settings.intake)) {}

    /// At the start: the numbers that tills have given before.
    Result<void> recall_numbers();
    static constexpr std::size_t recalled_keys = 4096;  ///< The newest, of all tills together.

    /// Called after each commit for each event that is new; must be cheap.
    void set_on_captured(OnCaptured call) { on_captured_ = std::move(call); }

    /// Who keeps the business days, from now on; it must outlive every commit.
    void set_days(DayKeeper* days) { days_ = days; }

    void submit(Observation observation, Answer answer) override;
    bool has_room() const override { return journal_.has_room(); }
    void connected(const std::string& device, bool any) override {
        if (days_ != nullptr) days_->connected(device, any);
    }
    void presence(const Presence& news) override;
    /// What a line says, without recording it: for people who decide on quarantine. Redacted first.
    std::variant<Event, Rejection> read(std::string line);
    /// What a person typed, as it may be recorded.
    std::string without_card_data(std::string text);
    /// What an event of the journal is today: its source, redacted, read again as it was read then. What only the
    /// events before it and the clock could tell stays as it was told. A Rejection: it would be none today.
    std::variant<Event, Rejection> map_again(const HeldPage::Copy& held);
    /// The broken rule that would keep this event in quarantine.
    std::optional<Rejection> held_back(const Event& event) const { return severities_.held_back(event); }
    /// Whether that rule holds a record of that type back by the present configuration.
    bool holds_again(std::string_view rule, std::string_view type) const { return severities_.holds_back(rule, type); }
    /// The draft is about to be recorded: marks it late if it is. What recorded() needs of it.
    Event about_to_record(Draft& draft) const;
    /// It is recorded, for the first time: whoever watches is told, and its business day.
    /// `held_for`: the rule for which intake holds it in quarantine.
    void recorded(const Event& event, const std::string& device, const Recorded& place,
                  const std::string& held_for = {}) const;
    /// The same of what a desk has recorded: intake has not seen its number, which is not missing now.
    void recorded_at_desk(const Event& event, const std::string& device, const Recorded& place);
    /// A person has decided on a record in quarantine: its business day is told.
    void decided(const QuarantineRecord& record, QuarantineDecision::Kind kind, const Recorded& told) const;
    /// Records an event of the agent itself, and the business days beside it; done says whether it is durable.
    void record(Event event, std::shared_ptr<const KeptDays> days = nullptr, std::function<void(bool)> done = {});

    std::uint64_t repeated() const { return repeated_; }
    std::uint64_t held_again() const { return held_again_; }
    std::uint64_t refused() const { return refused_; }
    /// nullptr if there was nothing.
    const Redacted* redacted(std::string_view device) const;

private:
    Draft draft_of(Observation observation);
    std::vector<std::string> redact(Observation& observation);
    void count(const std::string& device, const Redaction& redaction);
    Event scan_of(const Observation& observation, WallTime when) const;
    Event scan_again(std::string_view data, WallTime when);
    static Draft quarantine(Observation observation, const Rejection& rejection);
    void mark_by_others(Event& event);
    void note_held_again(const Recorded& first, const std::string& device);
    void append(Draft draft, Answer answer, std::string till_number = {});

    Journal& journal_;
    const Clock& clock_;
    WallTime minute_{};              ///< Now, and …
    std::chrono::sys_days today_{};  ///< … which day it is here
    Redactor redactor_;
    std::vector<gs1::MeasureTemplate> in_store_numbers_;
    Severities severities_;
    TillNumbers numbers_;
    std::string till_number_;  ///< The business key of the draft that was made last, if it is that of a till's number.
    CutNames cut_names_;
    std::optional<Digest> cut_;  ///< The name of the draft that was made last, if redaction made it ambiguous.
    Intake intake_;
    std::vector<Redacted> redacted_;
    OnCaptured on_captured_;
    DayKeeper* days_ = nullptr;
    std::uint64_t repeated_ = 0;
    std::uint64_t held_again_ = 0;  ///< Of those, what is in quarantine
    LogLimit held_again_limit_;
    std::uint64_t refused_ = 0;
};

}  // namespace tillpost
