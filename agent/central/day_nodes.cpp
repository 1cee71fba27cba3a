// SPDX-License-Identifier: Apache-2.0
#include "agent/central/day_nodes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/day/pos_numbers.hpp"
#include "agent/event/number_series.hpp"

namespace tillpost {
namespace {

using day::NumberRanges;
using day::PosNumber;
using nlohmann::json;
using Range64 = std::pair<std::uint64_t, std::uint64_t>;

constexpr std::size_t most_in_text = 8;
constexpr std::size_t most_in_list = 512;  ///< More than a certificate has

std::optional<PosNumber> number_at(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return PosNumber::parse(found->get_ref<const std::string&>());
}

void add_range(const json& object, const char* from, const char* to, NodeNumbers& numbers,
               NumberRanges NodeNumbers::Series::*ranges) {
    const auto first = number_at(object, from);
    const auto last = number_at(object, to);
    if (!first || !last || first->prefix != last->prefix || first->value > last->value) return;
    NodeNumbers::Series& series = numbers.series[first->prefix];
    series.width = std::max({series.width, first->width, last->width});
    if ((series.*ranges).size() < most_in_list) day::unite(series.*ranges, first->value, last->value);
}

const json& list_at(const json& certificate, const char* name) {
    static const json none = json::array();
    const auto found = certificate.is_object() ? certificate.find(name) : certificate.end();
    return found != certificate.end() && found->is_array() ? *found : none;
}

/// The parts of `of` that are not in `taken`.
NumberRanges without(const NumberRanges& of, const NumberRanges& taken) {
    NumberRanges left;
    for (const auto& [first, last] : of) {
        std::uint64_t from = first;
        for (const auto& [cut, upto] : taken) {
            if (upto < from || cut > last) continue;
            if (cut > from) left.emplace(from, cut - 1);
            from = upto + 1;
        }
        if (from <= last) left.emplace(from, last);
    }
    return left;
}

/// All that the nodes say of one series.
struct Together {
    std::string prefix;
    std::size_t width = 0;
    std::vector<Range64> seen;
    NumberRanges not_seen;
};

std::string written(const Together& of, std::uint64_t value) {
    std::string digits = std::to_string(value);
    if (digits.size() < of.width) digits.insert(0, of.width - digits.size(), '0');
    return of.prefix + digits;
}

void add_span(const Together& of, const Range64& range, std::vector<NumberSpan>& spans, std::uint64_t& count) {
    const std::uint64_t size = range.second - range.first + 1;
    count += size;
    if (spans.size() == BetweenNodes::most_spans) return;
    spans.push_back({written(of, range.first), written(of, range.second), size});
}

/// All ranges that some node has of a series of numbers, in order: what of them overlaps is of several nodes, as those
/// of one do not.
void compare_nodes(Together& of, BetweenNodes& found) {
    std::sort(of.seen.begin(), of.seen.end());
    NumberRanges twice;
    NumberRanges all;
    std::uint64_t upto = 0;
    for (const auto& [first, last] : of.seen) {
        if (!all.empty() && first <= upto) day::unite(twice, first, std::min(last, upto));
        day::unite(all, first, last);
        upto = std::max(upto, last);
    }
    NumberRanges gaps;
    for (auto at = all.begin(); at != all.end() && std::next(at) != all.end(); ++at) {
        const std::uint64_t next = std::next(at)->first;
        if (next - at->second <= series_apart) gaps.emplace(at->second + 1, next - 1);
    }
    for (const auto& range : without(gaps, of.not_seen)) add_span(of, range, found.missing, found.missing_count);
    for (const auto& range : twice) add_span(of, range, found.twice, found.twice_count);
}

}  // namespace

NodeNumbers numbers_of_node(const json& certificate) {
    NodeNumbers numbers;
    for (const json& each : list_at(certificate, "series")) {
        const bool turns = number_at(each, "turns_after").has_value();
        add_range(each, "first", turns ? "turns_after" : "last", numbers, &NodeNumbers::Series::seen);
        if (turns) add_range(each, "goes_on_at", "last", numbers, &NodeNumbers::Series::seen);
    }
    // Former releases name the largest series alone.
    if (numbers.series.empty())
        add_range(certificate, "first_number", "last_number", numbers, &NodeNumbers::Series::seen);
    for (const json& each : list_at(certificate, "missing")) {
        add_range(each, "from", "to", numbers, &NodeNumbers::Series::not_seen);
    }
    for (auto& [prefix, series] : numbers.series) series.seen = without(series.seen, series.not_seen);
    return numbers;
}

BetweenNodes between_nodes(const std::vector<const NodeNumbers*>& nodes) {
    std::map<std::string, Together> all;
    for (const NodeNumbers* const node : nodes) {
        for (const auto& [prefix, series] : node->series) {
            Together& of = all[prefix];
            of.prefix = prefix;
            of.width = std::max(of.width, series.width);
            of.seen.insert(of.seen.end(), series.seen.begin(), series.seen.end());
            for (const auto& [first, last] : series.not_seen) day::unite(of.not_seen, first, last);
        }
    }
    BetweenNodes found;
    for (auto& [prefix, of] : all) compare_nodes(of, found);
    return found;
}

std::string text_of(const std::vector<NumberSpan>& spans, std::uint64_t count) {
    std::string text;
    for (std::size_t i = 0; i < spans.size() && i < most_in_text; ++i) {
        const NumberSpan& span = spans[i];
        text.append(text.empty() ? "" : ", ").append(span.from);
        if (span.count > 1) text.append(" to ").append(span.to);
        count -= span.count;
    }
    return count == 0 ? text : text + " and " + std::to_string(count) + " more";
}

}  // namespace tillpost
