// SPDX-License-Identifier: Apache-2.0
#include "agent/central/set_aside_alarm.hpp"

#include <numeric>
#include <utility>

namespace tillpost {
namespace {

constexpr std::int64_t again_after = 3'600'000;
constexpr std::array<const char*, 3> words{"malformed", "divergent", "broken"};

constexpr const char* foreign_lines =
    "Malformed lines come from no agent of ours, or were damaged on their way: see who may publish on its topic "
    "`events`. ";
constexpr const char* second_history =
    "Divergent ones (a number came again with other content) and broken ones (they do not follow from what is held) "
    "mean a copied or restored journal, damage, or that somebody changed what was sent: compare with the box "
    "(tillpost journal verify) and run `tillpost-central audit` before you rely on it. ";

}  // namespace

void SetAsideAlarm::note(Why why, std::string_view what) {
    ++unsaid_[static_cast<std::size_t>(why)];
    if (first_.empty()) first_ = what;
}

std::optional<std::string> SetAsideAlarm::due(std::int64_t now) {
    const std::uint64_t all = std::accumulate(unsaid_.begin(), unsaid_.end(), std::uint64_t{0});
    if (all == 0) return std::nullopt;
    if (said_ && now >= *said_ && now - *said_ < again_after) return std::nullopt;
    std::string counts;
    for (std::size_t why = 0; why < words.size(); ++why) {
        if (unsaid_[why] == 0) continue;
        counts += (counts.empty() ? "" : ", ") + std::to_string(unsaid_[why]) + " " + words[why];
    }
    const bool foreign = unsaid_[static_cast<std::size_t>(Why::malformed)] > 0;
    const bool second = all > unsaid_[static_cast<std::size_t>(Why::malformed)];
    std::string text = std::to_string(all) + (all == 1 ? " line is" : " lines are") + " set aside" +
                       (said_ ? " since this was last said" : "") + ", without effect (" + counts +
                       "); the first: " + std::exchange(first_, {}) + ". " + (second ? second_history : "") +
                       (foreign ? foreign_lines : "") + "They are kept in the table set_aside";
    unsaid_ = {};
    said_ = now;
    return text;
}

}  // namespace tillpost
