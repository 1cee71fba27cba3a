// SPDX-License-Identifier: Apache-2.0
// The numbers of a till's day as they are kept in the journal.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/day/pos_numbers.hpp"
#include "agent/event/cut_text.hpp"
#include "agent/event/number_series.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

json json_of(const NumberRanges& ranges) {
    json list = json::array();
    for (const auto& [first, last] : ranges) list.push_back({first, last});
    return list;
}

/// False for what no state() has written.
bool read_ranges(const json& list, NumberRanges& ranges) {
    if (!list.is_array() || list.size() > PosNumbers::most_ranges) return false;
    for (const json& each : list) {
        if (!each.is_array() || each.size() != 2 || !each[0].is_number_unsigned() || !each[1].is_number_unsigned())
            return false;
        const auto first = each[0].get<std::uint64_t>();
        const auto last = each[1].get<std::uint64_t>();
        if (first > last || (!ranges.empty() && first <= ranges.rbegin()->second)) return false;
        ranges.emplace(first, last);
    }
    return true;
}

bool is_number(const json& value) { return value.is_number_unsigned() && value <= largest_number; }

/// False for what no state() has written.
bool read_turn(const json& turns, const std::string& prefix,
               std::optional<std::pair<std::uint64_t, std::uint64_t>>& turn) {
    const auto found = turns.find(prefix);
    if (found == turns.end()) return true;
    if (!found->is_array() || found->size() != 2) return false;
    const json& before = (*found)[0];
    const json& behind = (*found)[1];
    if (!is_number(before) || !is_number(behind) || before <= behind) return false;
    turn = {before.get<std::uint64_t>(), behind.get<std::uint64_t>()};
    return true;
}

/// False for what no state() has written.
bool read_newest(const json& all, const std::string& prefix, std::optional<std::uint64_t>& newest) {
    const auto found = all.find(prefix);
    if (found == all.end()) return true;
    if (!is_number(*found)) return false;
    newest = found->get<std::uint64_t>();
    return true;
}

}  // namespace

// Former releases have lowest and highest number of a prefix where this one has `said`, and read no more than them.
std::string PosNumbers::state() const {
    json list = json::array();
    json said = json::object();
    json discarded = json::object();
    json turns = json::object();
    json newest = json::object();
    for (const auto& [prefix, of] : prefixes_) {
        const auto all = series_of(of);
        std::uint64_t low = all.empty() ? 1 : largest_number;
        std::uint64_t high = 0;
        for (const Series& each : all) {
            low = std::min({low, each.first(), each.parts.back().first});
            high = std::max({high, each.parts.front().second, each.last()});
        }
        list.push_back({prefix, low, high, of.width, json_of(of.seen), json_of(of.named)});
        if (!of.said.empty()) said[prefix] = json_of(of.said);
        if (!of.discarded.empty()) discarded[prefix] = json_of(of.discarded);
        if (of.turn) turns[prefix] = {of.turn->first, of.turn->second};
        if (of.newest) newest[prefix] = *of.newest;
    }
    const json state{{"series", std::move(list)}, {"said", std::move(said)},     {"discarded", std::move(discarded)},
                     {"turns", std::move(turns)}, {"newest", std::move(newest)}, {"unplaced", unplaced_}};
    return state.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::optional<PosNumbers> PosNumbers::from_state(std::string_view text) {
    const json state = json::parse(text, nullptr, false);
    if (!state.is_object() || !state.contains("series") || !state["series"].is_array()) return std::nullopt;
    if (state["series"].size() > most_series || !state.value("unplaced", json()).is_number_unsigned())
        return std::nullopt;
    const json said = state.value("said", json());
    const json discarded = state.value("discarded", json());
    const json turns = state.value("turns", json::object());
    const json newest = state.value("newest", json::object());
    if (!turns.is_object() || !newest.is_object()) return std::nullopt;
    PosNumbers numbers;
    numbers.unplaced_ = state["unplaced"].get<std::uint64_t>();
    for (const json& each : state["series"]) {
        const bool whole = each.is_array() && each.size() == 6 && each[0].is_string() && each[1].is_number_unsigned() &&
                           each[2].is_number_unsigned() && each[3].is_number_unsigned();
        if (!whole) return std::nullopt;
        Prefix of;
        of.width = std::min(each[3].get<std::size_t>(), most_digits);
        if (!read_ranges(each[4], of.seen) || !read_ranges(each[5], of.named)) return std::nullopt;
        const std::string prefix = each[0].get<std::string>();
        if (is_cut(prefix)) {  // former releases ordered what redaction had left of numbers
            numbers.unplaced_ += count_between(of.seen, 0, largest_number);
            continue;
        }
        if (said.is_object() && said.contains(prefix)) {
            if (!read_ranges(said[prefix], of.said)) return std::nullopt;
        } else if (!said.is_object() && each[1] <= each[2]) {
            for (const json& end : {each[1], each[2]}) say(of.said, end.get<std::uint64_t>(), end.get<std::uint64_t>());
        }
        if (discarded.is_object() && discarded.contains(prefix) && !read_ranges(discarded[prefix], of.discarded))
            return std::nullopt;
        if (!read_turn(turns, prefix, of.turn) || !read_newest(newest, prefix, of.newest)) return std::nullopt;
        numbers.prefixes_.emplace(prefix, std::move(of));
    }
    return numbers;
}

}  // namespace tillpost::day
