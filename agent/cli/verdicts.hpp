// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/cli/text_lines.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "agent/event/severities.hpp"
#include "platform/bytes.hpp"

namespace tillpost::cli {

/// Judges lines as the daemon would, and puts it into words. Pure; one thread.
class Verdicts {
public:
    /// Every broken rule is a note, and nothing is redacted …
    explicit Verdicts(bool json) : json_(json), intake_(showing_all({})) {}
    /// … or as a daemon's configuration says.
    Verdicts(bool json, std::vector<RuleSetting> rules, PrivacySettings privacy, Intake::Settings intake)
        : json_(json),
          intake_(showing_all(std::move(intake))),
          severities_(std::move(rules)),
          redactor_(std::move(privacy)) {}

    /// What is to be printed about that line, "" if it is fine: a record, or an event as the agent sends it.
    std::string judge(std::uint64_t number, std::string_view line);
    /// About one object of a text over several lines, the first of which has that number: a record, or an event, of
    /// which the data are judged, as its bytes are no longer those that the agent sends.
    std::string judge_object(std::uint64_t number, std::string_view object);
    /// About a line that the feed refuses because of its length.
    std::string too_long(std::uint64_t number, std::size_t most);
    /// About a text over several lines that does not go on from there.
    std::string no_objects(std::uint64_t number, const std::string& detail);
    /// The last line.
    std::string summary() const;
    /// 0, 1 (marked; if `strict`, with advice, too), 3 (rejected)
    int exit_code(bool strict) const;
    bool has_judged() const { return lines_ > 0; }

    static constexpr std::size_t most_shown = 4'096;  ///< Faults of one line

private:
    static Intake::Settings showing_all(Intake::Settings settings) {
        settings.most_marks = most_shown;
        return settings;
    }
    std::string judge_record(const PlacedText& record, std::string_view sent_as = {});
    std::string judge_sent(const PlacedText& line);
    std::string judge_own(const PlacedText& data, std::string_view type);
    std::string judge_rewritten(const PlacedText& event);
    std::string marked(const PlacedText& record, const Event& event);
    std::string rejected(const PlacedText& record, const Rejection& rejection);

    bool json_;
    Intake intake_;
    Severities severities_;
    std::optional<Redactor> redactor_;
    Sha256 sha_;
    std::uint64_t lines_ = 0;
    std::uint64_t advised_ = 0;  ///< Nothing speaks against what is there; something is missing
    std::uint64_t marked_ = 0;
    std::uint64_t rejected_ = 0;
    std::uint64_t rewritten_ = 0;  ///< Events whose digests could not be looked at
    bool has_objects_ = false;     ///< What was judged are objects, not lines
};

/// What a rule of a mark or rejection means; "" for one that says it all.
std::string_view meaning_of(std::string_view rule);

}  // namespace tillpost::cli
