// SPDX-License-Identifier: Apache-2.0
#include "agent/status/day_words.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "agent/status/text.hpp"
#include "platform/time_text.hpp"

namespace tillpost {
namespace {

using Said = std::pair<std::string_view, std::string_view>;

constexpr std::array<Said, 12> reasons_said{
    {{"missing_numbers", "numbers are missing"},
     {"unplaced_numbers", "numbers that cannot be ordered, or that redaction has cut"},
     {"no_closing", "the till has not been closed"},
     {"open", "more came after the closing"},
     {"differs", "the closing says other sums"},
     {"repeated_numbers", "numbers used twice"},
     {"unreadable", "parts that could not be read"},
     {"unapplied", "corrections that could not be applied"},
     {"quarantined", "records of the day are in quarantine"},
     {"began_within", "Tillpost was started that day, or later"},
     {"possible_repeats", "records that may have been counted before"},
     {"never_reported", "never reported: the configuration names it, and nothing came of it"}}};
constexpr std::array<Said, 10> unapplied_words{
    {{"", "a former release does not say why"},
     {"not_held", "the journal does not hold what it corrects"},
     {"of_a_sealed_day", "it corrects a day that is no longer kept"},
     {"is_training", "it is training or a test itself"},
     {"of_a_supplement", "it corrects a supplement, which has no sums"},
     {"of_a_void", "it takes a void back: the sale has to be recorded anew"},
     {"of_what_does_not_count",
      "it corrects a correction that was superseded, was not applied, or is of a day that is no longer kept"},
     {"counts_on_another_day",
      "what stands in the place of what it corrects counts on another till or day, which is no longer kept"},
     {"unreadable", "the amounts of what it corrects cannot be read"},
     {"too_many", "as many records of the day as fit are corrected already"}}};
constexpr std::array<Said, 2> beyond_words{
    {{"unbelievable_date", "nobody can believe the date"}, {"too_many", "there are more days than fit"}}};
constexpr std::array<Said, 3> causes_said{{{"till_close", "at the till's closing"},
                                           {"day_end", "at the day's end"},
                                           {"late", "after late events or decisions"}}};

std::string_view said(std::span<const Said> table, std::string_view word, std::string_view otherwise) {
    const auto found =
        std::find_if(table.begin(), table.end(), [word](const Said& each) { return each.first == word; });
    return found == table.end() ? otherwise : found->second;
}

}  // namespace

std::string reason_said(std::string_view reason) { return std::string(said(reasons_said, reason, reason)); }

std::string unapplied_said(std::string_view why) { return std::string(said(unapplied_words, why, why)); }

std::string fit_said(std::string_view closings_fit, bool is_corrected) {
    if (closings_fit == "captured") return "agrees with what was captured, before it was corrected";
    if (closings_fit == "as_closed") return "agrees with what was captured and corrected until it came";
    if (closings_fit != "corrected") return "";
    return is_corrected ? "agrees with what was captured and corrected" : "agrees with what was captured";
}

bool is_told(std::string_view from, std::string_view to) {
    const auto begin = parse_time(from);
    const auto end = parse_time(to);
    return !begin || !end || *end - *begin >= std::chrono::minutes(1);
}

std::string beyond_said(std::string_view why) { return std::string(said(beyond_words, why, why)); }

std::string cause_said(std::string_view cause) { return std::string(said(causes_said, cause, "")); }

}  // namespace tillpost
