// SPDX-License-Identifier: Apache-2.0
#include "agent/central/days.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "agent/central/day_stores.hpp"

namespace tillpost {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string text_in(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t number_in(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::vector<std::string> reasons_in(const json& data) {
    std::vector<std::string> reasons;
    const auto found = data.find("reasons");
    if (found == data.end() || !found->is_array()) return reasons;
    for (const json& each : *found) {
        if (each.is_string()) reasons.push_back(each.get<std::string>());
    }
    return reasons;
}

std::vector<StoreDays::Difference> differences_in(const json& data) {
    std::vector<StoreDays::Difference> differences;
    const auto found = data.find("differences");
    if (found == data.end() || !found->is_array()) return differences;
    for (const json& each : *found) {
        const std::string of = text_in(each, "of");
        // Former releases give a number of sales a currency.
        const std::string currency = of.starts_with("count/") ? "" : text_in(each, "currency");
        differences.push_back({of, currency, text_in(each, "difference")});
    }
    return differences;
}

std::uint64_t number_in(const json& data, const char* object, const char* name) {
    const auto found = data.find(object);
    return found == data.end() ? 0 : number_in(*found, name);
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all.append(all.empty() ? "" : ", ").append(text);
    return all;
}

/// What comes from a store may not command a terminal.
std::string harmless(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    return text;
}

std::string line_of(const StoreDays::Till& till) {
    std::string line = till.store + " " + till.till + ": ";
    if (till.revision == 0) return harmless(line + "never reported") + "\n";
    line += till.complete ? "complete" : "NOT complete: " + joined(till.reasons);
    line += ", revision " + std::to_string(till.revision);
    if (till.missing > 0) line += ", " + std::to_string(till.missing) + " numbers missing";
    if (till.quarantined > 0) line += ", " + std::to_string(till.quarantined) + " in quarantine";
    if (till.discarded > 0) line += ", " + std::to_string(till.discarded) + " discarded by a person";
    if (!till.differences.empty()) line += "; closing - captured: " + text_of(till.differences);
    if (till.closings_fit == "captured") line += "; closing fits what was captured, before it was corrected";
    return harmless(std::move(line)) + "\n";
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
        if (seconds > 0) line += name + span_of(seconds);
    }
    return harmless(line + " of its trading hours until " + of.upto) + "\n";
}

}  // namespace

std::string store_of(std::string_view source) {
    constexpr std::string_view start = "urn:tillpost:";
    const std::size_t node = source.rfind(':');
    if (!source.starts_with(start) || node < start.size()) return std::string(source);
    std::string store(source.substr(start.size(), node - start.size()));
    std::replace(store.begin(), store.end(), ':', '/');
    return store;
}

void StoreDays::take(std::string_view source, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    Till till{store_of(source),
              text_in(data, "till"),
              std::string(source),
              number_in(data, "revision"),
              false,
              {},
              0,
              0,
              0,
              {}};
    const std::string date = text_in(data, "business_date");
    if (till.till.empty() || date.empty() || till.revision == 0) {
        ++unreadable_;
        return;
    }
    const auto complete = data.find("complete");
    till.complete = complete != data.end() && complete->is_boolean() && complete->get<bool>();
    till.reasons = reasons_in(data);
    till.missing = number_in(data, "numbers", "missing");
    till.quarantined = number_in(data, "counts", "quarantined");
    till.discarded = number_in(data, "numbers", "discarded");
    till.differences = differences_in(data);
    till.closings_fit = text_in(data, "closings_fit");
    const Key key{till.store, till.till};
    const auto known = known_.emplace(key, date).first;
    known->second = std::min(known->second, date);
    const auto [place, fresh] = places_.try_emplace({key, {till.source, date}}, newest_.size());
    if (fresh) {
        newest_.push_back({date, std::move(till)});
    } else if (newest_[place->second].till.revision < till.revision) {
        newest_[place->second].till = std::move(till);
    }
    if (!date_is_given_) date_ = std::max(date_, date);
}

void StoreDays::take_coverage(std::string_view source, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const std::string date = text_in(data, "business_date");
    Coverage coverage{store_of(source), std::string(source), text_in(data, "device"), text_in(data, "till"),
                      text_in(data, "upto")};
    if (date.empty() || coverage.device.empty() || coverage.upto.empty() || !data.contains("seconds")) {
        ++unreadable_;
        return;
    }
    const json& seconds = data["seconds"];
    coverage.heard = number_in(seconds, "heard");
    coverage.silent = number_in(seconds, "silent");
    coverage.unconnected = number_in(seconds, "unconnected");
    coverage.down = number_in(seconds, "down");
    coverage.unknown = number_in(seconds, "unknown");
    Coverage& newest = coverage_[{date, coverage.source, coverage.device, coverage.till}];
    if (newest.upto <= coverage.upto) newest = std::move(coverage);
}

std::vector<StoreDays::Coverage> StoreDays::coverage() const {
    std::vector<Coverage> found;
    for (auto at = coverage_.lower_bound({date_, "", "", ""}); at != coverage_.end(); ++at) {
        if (std::get<0>(at->first) != date_) break;
        found.push_back(at->second);
    }
    return found;
}

std::vector<StoreDays::Till> StoreDays::tills() const {
    std::vector<Till> tills;
    std::set<Key> reported;
    for (const Certificate& each : newest_) {
        if (each.date != date_) continue;
        reported.insert({each.till.store, each.till.till});
        tills.push_back(each.till);
    }
    for (const auto& [key, since] : known_) {
        if (since <= date_ && !reported.contains(key))
            tills.push_back({key.first, key.second, "", 0, false, {}, 0, 0, 0, {}});
    }
    std::sort(tills.begin(), tills.end(), [](const Till& a, const Till& b) {
        return std::tie(a.store, a.till, a.source) < std::tie(b.store, b.till, b.source);
    });
    return tills;
}

bool all_complete(const std::vector<StoreDays::Till>& tills) {
    return !tills.empty() && std::all_of(tills.begin(), tills.end(), [](const auto& till) { return till.complete; });
}

std::string table_of(const StoreDays& days) {
    const auto tills = days.tills();
    std::size_t complete = 0;
    std::size_t silent = 0;
    std::string text;
    auto till = tills.begin();
    for (const StoreDay& store : stores_of(tills)) {
        text += harmless(line_of(store)) + "\n";
        complete += store.complete;
        silent += store.silent.size();
        for (; till != tills.end() && till->store == store.store; ++till) text += "  " + line_of(*till);
    }
    for (const StoreDays::Coverage& each : days.coverage()) text += line_of(each);
    text += days.date().empty() ? std::string("no certificates") : days.date() + ": " + std::to_string(tills.size());
    if (!days.date().empty()) {
        text += " tills, " + std::to_string(complete) + " complete, " + std::to_string(silent) + " never reported";
    }
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

ordered_json json_of(const std::vector<StoreDay>& stores) {
    ordered_json list = ordered_json::array();
    for (const StoreDay& store : stores) {
        list.push_back({{"store", store.store},
                        {"complete", store.is_complete()},
                        {"tills", store.tills},
                        {"complete_tills", store.complete},
                        {"never_reported", store.silent},
                        {"missing", store.missing},
                        {"differences", json_of(store.differences)}});
    }
    return list;
}

}  // namespace

std::string json_of(const StoreDays& days) {
    const auto tills = days.tills();
    ordered_json list = ordered_json::array();
    for (const StoreDays::Till& till : tills) {
        ordered_json each{{"store", till.store}, {"till", till.till}, {"reported", till.revision > 0}};
        if (till.revision > 0) {
            each["source"] = till.source;
            each["revision"] = till.revision;
        }
        each["complete"] = till.complete;
        each["reasons"] = till.reasons;
        each["missing"] = till.missing;
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
    const ordered_json all{{"business_date", days.date()},    {"complete", all_complete(tills)},
                           {"unreadable", days.unreadable()}, {"stores", json_of(stores_of(tills))},
                           {"tills", std::move(list)},        {"coverage", std::move(heard)}};
    return all.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tillpost
