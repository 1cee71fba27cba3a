// SPDX-License-Identifier: Apache-2.0
#include "agent/status/silence_words.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace tillpost {
namespace {

constexpr std::size_t most_named = 8;

std::string names_of(const std::vector<std::string>& tills) {
    std::string text;
    for (std::size_t i = 0; i < tills.size() && i < most_named; ++i) text += (i == 0 ? "" : ", ") + tills[i];
    if (tills.size() > most_named) text += " and " + std::to_string(tills.size() - most_named) + " more";
    return text;
}

}  // namespace

std::string silence_unwatched(const DaySettings& settings, const std::vector<std::string>& heard) {
    if (settings.hours.empty()) {
        return "a feed or till that falls silent is not noticed: say in feed/trading_hours when records should come, "
               "and "
               "name the tills in feed/tills";
    }
    std::vector<std::string> others;
    const auto is_other = [&settings](const std::string& till) {
        return std::find(settings.tills.begin(), settings.tills.end(), till) == settings.tills.end();
    };
    std::copy_if(heard.begin(), heard.end(), std::back_inserter(others), is_other);
    if (!others.empty())
        return "tills that are heard and whose own silence is not noticed: " + names_of(others) + " (feed/tills)";
    if (settings.tills.empty()) return "a single till that falls silent is not noticed: name the tills in feed/tills";
    return "";
}

}  // namespace tillpost
