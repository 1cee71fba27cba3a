// SPDX-License-Identifier: Apache-2.0
#include "agent/day/certificate.hpp"

#include <nlohmann/json.hpp>

namespace tillpost::day {
namespace {

using nlohmann::ordered_json;

ordered_json gaps_of(const DayLedger& ledger) {
    ordered_json list = ordered_json::array();
    for (const PosNumbers::Gap& gap : ledger.numbers.gaps(most_gaps)) {
        ordered_json each{{"from", gap.from}, {"to", gap.to}, {"count", gap.count}};
        if (gap.named == PosNumbers::Named::by_pos) each["named"] = true;
        if (gap.named == PosNumbers::Named::discarded) each["discarded"] = true;
        list.push_back(std::move(each));
    }
    return list;
}

ordered_json numbers_of(const DayLedger& ledger) {
    const PosNumbers& of = ledger.numbers;
    return {{"series", of.series()},
            {"seen", of.seen()},
            {"missing", of.missing()},
            {"named_missing", of.missing(PosNumbers::Named::by_pos)},
            {"discarded", of.missing(PosNumbers::Named::discarded)},
            {"unplaced", ledger.unplaced()},
            {"repeated", ledger.repeats}};
}

ordered_json series_of(const DayLedger& ledger) {
    ordered_json list = ordered_json::array();
    for (const PosNumbers::Run& run : ledger.numbers.runs(most_runs)) {
        ordered_json each{{"first", run.first}, {"last", run.last}};
        if (!run.turns_after.empty()) {
            each["turns_after"] = run.turns_after;
            each["goes_on_at"] = run.goes_on_at;
        }
        each["seen"] = run.seen;
        each["missing"] = run.missing;
        list.push_back(std::move(each));
    }
    return list;
}

ordered_json counts_of(const DayLedger& ledger, const Circumstances& circumstances) {
    return {{"events", ledger.events},
            {"marked", ledger.marked},
            {"late", ledger.late},
            {"corrected", ledger.corrected},
            {"unapplied", ledger.not_applied},
            {"conflicts", ledger.conflicts},
            {"possible_repeats", ledger.possible_repeats},
            {"unreadable", ledger.unreadable},
            {"quarantined", circumstances.quarantined},
            {"released", ledger.released + circumstances.released},
            {"discarded", ledger.discarded + circumstances.discarded}};
}

/// "tender/cash" → {"type":"cash",…} in the list "tenders", and so on.
void add_sum(ordered_json& to, const std::string& name, const DaySum& sum) {
    const std::size_t slash = name.find('/');
    const std::string group = name.substr(0, slash);
    const std::string rest = slash == std::string::npos ? "" : name.substr(slash + 1);
    const std::string amount = sum.amount.text();
    if (group == "total") {
        to["totals"][rest] = amount;
    } else if (group == "tax") {
        to["taxes"].push_back({{"rate", rest}, {"base", sum.base.text()}, {"amount", amount}});
    } else if (group == "line") {
        const std::size_t end = rest.rfind('/');
        to["lines"].push_back({{"kind", rest.substr(0, end)},
                               {"direction", rest.substr(end + 1)},
                               {"amount", amount},
                               {"count", sum.count}});
    } else if (group == "voided" || group == "cashless") {
        to[group] = {{"amount", amount}, {"count", sum.count}};
    } else {
        const char* const list = group == "tender" ? "tenders" : "movements";
        to[list].push_back({{"type", rest}, {"amount", amount}, {"count", sum.count}});
    }
}

ordered_json sums_of(const DayFigures& figures) {
    ordered_json list = ordered_json::array();
    for (const auto& [currency, sums] : figures.sums) {
        ordered_json each{{"currency", currency}};
        for (const auto& [name, sum] : sums) add_sum(each, name, sum);
        list.push_back(std::move(each));
    }
    return list;
}

ordered_json unapplied_of(const DayLedger& ledger) {
    ordered_json list = ordered_json::array();
    for (const DayUnapplied& each : ledger.unapplied) {
        ordered_json one{{"event", each.event}, {"corrects", each.corrects}};
        if (!each.why.empty()) one["why"] = each.why;
        list.push_back(std::move(one));
    }
    return list;
}

std::string_view name_of(DayLedger::Fit fit) {
    switch (fit) {
        case DayLedger::Fit::corrected: return "corrected";
        case DayLedger::Fit::captured: return "captured";
        case DayLedger::Fit::as_closed: return "as_closed";
        default: return "none";
    }
}

ordered_json differences_of(const DayLedger& ledger) {
    ordered_json list = ordered_json::array();
    for (const DayDifference& each : ledger.differences()) {
        ordered_json one{{"of", each.name}};
        if (!each.currency.empty()) one["currency"] = each.currency;
        one["closing"] = each.closing.text();
        one["captured"] = each.captured.text();
        one["difference"] = each.difference.text();
        list.push_back(std::move(one));
    }
    return list;
}

ordered_json spans_of(const DayLedger& ledger) {
    ordered_json list = ordered_json::array();
    for (const DayLedger::Span& span : ledger.down_spans) {
        list.push_back({{"from", rfc3339(span.from)}, {"to", rfc3339(span.to)}});
    }
    return list;
}

ordered_json not_heard_of(const Circumstances& circumstances) {
    ordered_json list = ordered_json::array();
    for (const HeardSpan& span : circumstances.not_heard) {
        list.push_back({{"from", rfc3339(span.from)}, {"to", rfc3339(span.to)}, {"state", name_of(span.what)}});
    }
    return list;
}

}  // namespace

std::vector<std::string_view> reasons(const DayLedger& ledger, const Circumstances& circumstances) {
    std::vector<std::string_view> found;
    if (ledger.numbers.missing() > 0) found.emplace_back("missing_numbers");
    if (ledger.unplaced() > 0) found.emplace_back("unplaced_numbers");
    if (ledger.closings.empty()) found.emplace_back("no_closing");
    if (ledger.open_after_close) found.emplace_back("open");
    if (ledger.closings_fit() == DayLedger::Fit::none) found.emplace_back("differs");
    if (ledger.repeats > 0) found.emplace_back("repeated_numbers");
    if (ledger.unreadable > 0) found.emplace_back("unreadable");
    if (ledger.not_applied > ledger.settled) found.emplace_back("unapplied");
    if (circumstances.quarantined > 0) found.emplace_back("quarantined");
    if (circumstances.since) found.emplace_back("began_within");
    if (ledger.possible_repeats > 0) found.emplace_back("possible_repeats");
    return found;
}

std::string certificate(const DayLedger& ledger, std::uint32_t revision, const Circumstances& circumstances) {
    const auto why = reasons(ledger, circumstances);
    ordered_json data{{"till", ledger.till}};
    if (!ledger.store.empty()) data["store"] = ledger.store;
    data["business_date"] = ledger.business_date;
    data["revision"] = revision;
    if (!circumstances.cause.empty()) data["cause"] = circumstances.cause;
    data["complete"] = why.empty();
    data["reasons"] = why;
    if (!ledger.numbers.first().empty()) {
        data["first_number"] = ledger.numbers.first();
        data["last_number"] = ledger.numbers.last();
    }
    data["numbers"] = numbers_of(ledger);
    data["series"] = series_of(ledger);
    data["missing"] = gaps_of(ledger);
    data["repeated"] = ledger.repeated;
    data["types"] = ledger.captured.types;
    data["counts"] = counts_of(ledger, circumstances);
    data["sums"] = sums_of(ledger.captured);
    if (ledger.is_corrected()) data["corrected_sums"] = sums_of(ledger.corrected_figures());
    if (!ledger.unapplied.empty()) data["unapplied"] = unapplied_of(ledger);
    data["closings"] = ledger.closings.size();
    if (!ledger.closings.empty()) data["closings_fit"] = name_of(ledger.closings_fit());
    data["differences"] = differences_of(ledger);
    data["down"] = spans_of(ledger);
    data["not_heard"] = not_heard_of(circumstances);
    if (circumstances.asked && ledger.revision > 0) {
        data["certified"] = {{"cause", ledger.cause}, {"time", rfc3339(WallTime(Millis(ledger.certified)))}};
        data["more_since"] = ledger.dirty;
    }
    if (circumstances.since) data["since"] = rfc3339(*circumstances.since);
    return data.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tillpost::day
