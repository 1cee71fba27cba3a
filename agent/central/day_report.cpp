// SPDX-License-Identifier: Apache-2.0
// What people and programs read of the stores' days.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/central/day_stores.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_silent_lines = 12;  ///< Of tills of a store of which nothing is known but the name

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all.append(all.empty() ? "" : ", ").append(text);
    return all;
}

/// "till-1" of urn:tillpost:acme:s1:till-1
std::string node_of(const std::string& source) { return source.substr(source.rfind(':') + 1); }

std::string line_of(const StoreDays::Till& till) {
    std::string line = till.store + " " + till.till;
    if (till.is_one_of_several) line += " (" + node_of(till.source) + ")";
    line += ": ";
    if (till.revision == 0 && till.events == 0) return printable(line + "never reported") + "\n";
    if (till.revision == 0) {
        const bool one = till.events == 1;
        return printable(line + "no certificate, " + std::to_string(till.events) + (one ? " event is" : " events are") +
                         " here") +
               "\n";
    }
    line += till.complete ? "complete" : "NOT complete: " + joined(till.reasons);
    line += ", revision " + std::to_string(till.revision);
    if (till.missing > 0) {
        line += ", " + std::to_string(till.missing) + " numbers missing";
        if (!till.missing_numbers.empty()) line += " (" + text_of(till.missing_numbers, till.missing) + ")";
    }
    if (till.marked > 0) line += ", " + std::to_string(till.marked) + " marked";
    if (till.late > 0) line += ", " + std::to_string(till.late) + " late";
    if (till.quarantined > 0) line += ", " + std::to_string(till.quarantined) + " in quarantine";
    if (till.discarded > 0) line += ", " + std::to_string(till.discarded) + " discarded by a person";
    if (!till.differences.empty()) line += "; closing - captured: " + text_of(till.differences);
    if (till.closings_fit == "captured") line += "; closing fits what was captured, before it was corrected";
    if (till.closings_fit == "as_closed") line += "; closing fits what was captured and corrected until it came";
    return printable(line) + "\n";
}

/// "acme/s1 T01: 2 nodes have it; missing between them: 3 to 5"
std::string line_of(const StoreDays::SharedTill& shared) {
    std::string line = shared.store + " " + shared.till + ": " + std::to_string(shared.nodes) + " nodes have it";
    const BetweenNodes& numbers = shared.numbers;
    if (numbers.missing_count > 0) line += "; missing between them: " + text_of(numbers.missing, numbers.missing_count);
    if (numbers.twice_count > 0) line += "; on more than one: " + text_of(numbers.twice, numbers.twice_count);
    return printable(line) + "\n";
}

/// "1 h 28 min"
std::string span_of(std::uint64_t seconds) {
    const std::string minutes = std::to_string(seconds / 60 % 60) + " min";
    return seconds < 3600 ? minutes : std::to_string(seconds / 3600) + " h " + minutes;
}

std::string line_of(const StoreDays::Coverage& of) {
    std::string line = of.store + " feed " + of.device + (of.till.empty() ? "" : " till " + of.till) + ": heard ";
    line += span_of(of.heard);
    const std::pair<const char*, std::uint64_t> others[]{
        {", silent ", of.silent}, {", unconnected ", of.unconnected}, {", down ", of.down}, {", unknown ", of.unknown}};
    for (const auto& [name, seconds] : others) {
        if (seconds >= 60) line += name + span_of(seconds);
    }
    return printable(line + " of its trading hours until " + of.upto) + "\n";
}

}  // namespace

bool all_complete(const std::vector<StoreDays::Till>& tills) {
    return !tills.empty() && std::all_of(tills.begin(), tills.end(), [](const auto& till) { return till.complete; });
}

std::string table_of(const StoreDays& days) {
    const auto tills = days.tills();
    const auto shared = shared_of(tills);
    std::size_t complete = 0;
    std::size_t silent = 0;
    std::size_t uncertified = 0;
    std::size_t all = 0;
    std::string text;
    auto till = tills.begin();
    for (const StoreDay& store : stores_of(tills)) {
        text += printable(line_of(store)) + "\n";
        all += store.tills;
        complete += store.complete;
        silent += store.silent.size();
        uncertified += store.uncertified.size();
        std::size_t silent_lines = 0;
        for (; till != tills.end() && till->store == store.store; ++till) {
            const bool is_silent = till->revision == 0;
            if (!is_silent || ++silent_lines <= most_silent_lines) text += "  " + line_of(*till);
        }
        if (silent_lines > most_silent_lines) {
            text += "  " + std::to_string(silent_lines - most_silent_lines) +
                    " more tills have not reported: --json names all\n";
        }
        for (const StoreDays::SharedTill& each : shared) {
            if (each.store == store.store) text += "  " + line_of(each);
        }
    }
    for (const StoreDays::Coverage& each : days.coverage()) text += line_of(each);
    for (const StoreDays::Implausible& each : days.implausible()) {
        text += printable(each.source + " has certified " + each.date +
                          ", which is later than tomorrow by the clock here: is the clock of that box right?") +
                "\n";
    }
    text += days.date().empty() ? std::string("no certificates") : days.date() + ": " + std::to_string(all);
    if (!days.date().empty()) {
        text += " tills, " + std::to_string(complete) + " complete, " + std::to_string(silent) + " never reported";
    }
    if (uncertified > 0) text += ", " + std::to_string(uncertified) + " without a certificate";
    if (days.unreadable() > 0)
        text += ", " + std::to_string(days.unreadable()) + " certificates or coverages cannot be read";
    return text + "\n";
}

namespace {

ordered_json json_of(const std::vector<StoreDays::Difference>& differences) {
    ordered_json list = ordered_json::array();
    for (const StoreDays::Difference& each : differences) {
        ordered_json one{{"of", each.of}};
        if (!each.currency.empty()) one["currency"] = each.currency;
        one["difference"] = each.difference;
        list.push_back(std::move(one));
    }
    return list;
}

ordered_json json_of(const std::vector<StoreDay::Difference>& differences) {
    ordered_json list = ordered_json::array();
    for (const StoreDay::Difference& each : differences) {
        ordered_json one{{"of", each.of}};
        if (!each.currency.empty()) one["currency"] = each.currency;
        one["above"] = each.above ? each.above->text() : "?";
        one["below"] = each.below ? each.below->text() : "?";
        list.push_back(std::move(one));
    }
    return list;
}

ordered_json json_of(const std::vector<NumberSpan>& spans) {
    ordered_json list = ordered_json::array();
    for (const NumberSpan& span : spans) {
        list.push_back({{"from", span.from}, {"to", span.to}, {"count", span.count}});
    }
    return list;
}

ordered_json json_of(const std::vector<StoreDays::SharedTill>& shared) {
    ordered_json list = ordered_json::array();
    for (const StoreDays::SharedTill& each : shared) {
        list.push_back({{"store", each.store},
                        {"till", each.till},
                        {"nodes", each.nodes},
                        {"missing", each.numbers.missing_count},
                        {"missing_between_nodes", json_of(each.numbers.missing)},
                        {"on_several_nodes", json_of(each.numbers.twice)}});
    }
    return list;
}

ordered_json json_of(const std::vector<StoreDays::Implausible>& all) {
    ordered_json list = ordered_json::array();
    for (const StoreDays::Implausible& each : all) {
        list.push_back({{"source", each.source}, {"business_date", each.date}});
    }
    return list;
}

ordered_json json_of(const std::vector<StoreDay>& stores) {
    ordered_json list = ordered_json::array();
    for (const StoreDay& store : stores) {
        list.push_back({{"store", store.store},
                        {"complete", store.is_complete()},
                        {"tills", store.tills},
                        {"complete_tills", store.complete},
                        {"never_reported", store.silent},
                        {"missing", store.missing},
                        {"differences", json_of(store.differences)},
                        {"without_certificate", store.uncertified}});
    }
    return list;
}

}  // namespace

std::string json_of(const StoreDays& days) {
    const auto tills = days.tills();
    ordered_json list = ordered_json::array();
    for (const StoreDays::Till& till : tills) {
        ordered_json each{{"store", till.store}, {"till", till.till}, {"reported", till.revision > 0}};
        if (till.revision > 0 || till.events > 0) each["source"] = till.source;
        if (till.revision > 0) each["revision"] = till.revision;
        if (till.events > 0) each["events"] = till.events;
        each["complete"] = till.complete;
        each["reasons"] = till.reasons;
        each["missing"] = till.missing;
        each["missing_numbers"] = json_of(till.missing_numbers);
        each["marked"] = till.marked;
        each["late"] = till.late;
        each["quarantined"] = till.quarantined;
        each["discarded"] = till.discarded;
        each["differences"] = json_of(till.differences);
        if (!till.closings_fit.empty()) each["closings_fit"] = till.closings_fit;
        list.push_back(std::move(each));
    }
    ordered_json heard = ordered_json::array();
    for (const StoreDays::Coverage& each : days.coverage()) {
        ordered_json one{{"store", each.store}, {"source", each.source}, {"device", each.device}};
        if (!each.till.empty()) one["till"] = each.till;
        one["upto"] = each.upto;
        one["seconds"] = {{"heard", each.heard},
                          {"silent", each.silent},
                          {"unconnected", each.unconnected},
                          {"down", each.down},
                          {"unknown", each.unknown}};
        heard.push_back(std::move(one));
    }
    const ordered_json all{{"business_date", days.date()},
                           {"complete", all_complete(tills)},
                           {"unreadable", days.unreadable()},
                           {"implausible", json_of(days.implausible())},
                           {"stores", json_of(stores_of(tills))},
                           {"tills", std::move(list)},
                           {"shared_tills", json_of(shared_of(tills))},
                           {"coverage", std::move(heard)}};
    return all.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tillpost
