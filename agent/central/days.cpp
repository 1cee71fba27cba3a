// SPDX-License-Identifier: Apache-2.0
#include "agent/central/days.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "agent/central/day_stores.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/wire/json_members.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

/// "acme/7" of "acme/0007"
std::string plain(std::string_view store) {
    const std::size_t begin = store.rfind('/') + 1;
    return std::string(store.substr(0, begin)).append(without_zeros(store.substr(begin)));
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
        const std::string_view of = text_in(each, "of");
        // Former releases give a number of sales a currency.
        const std::string_view currency = of.starts_with("count/") ? std::string_view() : text_in(each, "currency");
        differences.push_back({std::string(of), std::string(currency), std::string(text_in(each, "difference"))});
    }
    return differences;
}

/// Those that neither the POS nor a person names.
std::vector<NumberSpan> missing_in(const json& data) {
    std::vector<NumberSpan> spans;
    const auto found = data.find("missing");
    if (found == data.end() || !found->is_array()) return spans;
    const auto says = [](const json& gap, const char* name) { return gap.contains(name) && gap[name] == true; };
    for (const json& gap : *found) {
        if (spans.size() >= BetweenNodes::most_spans) break;
        if (!gap.is_object() || says(gap, "named") || says(gap, "discarded")) continue;
        NumberSpan span{std::string(text_in(gap, "from")), std::string(text_in(gap, "to")), number_in(gap, "count")};
        if (!span.from.empty() && span.count > 0) spans.push_back(std::move(span));
    }
    return spans;
}

std::uint64_t number_in(const json& data, const char* object, const char* name) {
    const auto found = data.find(object);
    return found == data.end() ? 0 : number_in(*found, name);
}

/// The agent's own store, or the other one of its tenant that is named.
std::string store_named(std::string_view source, std::string_view other) {
    std::string store = store_of(source);
    const std::size_t slash = store.find('/');
    return other.empty() || slash == std::string::npos ? store : store.substr(0, slash + 1).append(other);
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

void StoreDays::take(std::string_view source, std::string_view text, std::int64_t position) {
    const json data = json::parse(text, nullptr, false);
    Till till;
    till.store = store_named(source, text_in(data, "store"));
    till.till = text_in(data, "till");
    till.source = source;
    till.revision = number_in(data, "revision");
    till.position = position;
    const std::string date(text_in(data, "business_date"));
    if (till.till.empty() || date.empty() || till.revision == 0) {
        ++unreadable_;
        return;
    }
    const auto complete = data.find("complete");
    till.complete = complete != data.end() && complete->is_boolean() && complete->get<bool>();
    till.reasons = reasons_in(data);
    till.missing = number_in(data, "numbers", "missing");
    till.missing_numbers = missing_in(data);
    till.marked = number_in(data, "counts", "marked");
    till.late = number_in(data, "counts", "late");
    till.quarantined = number_in(data, "counts", "quarantined");
    till.discarded = number_in(data, "numbers", "discarded");
    till.differences = differences_in(data);
    till.closings_fit = text_in(data, "closings_fit");
    till.numbers = numbers_of_node(data);
    note_date(till.source, date);
    const Key key{till.store, till.till};
    const auto known = known_.emplace(key, date).first;
    known->second = std::min(known->second, date);
    const auto [place, fresh] = places_.try_emplace({key, {till.source, date}}, newest_.size());
    if (fresh) {
        newest_.push_back({date, std::move(till)});
        return;
    }
    Till& held = newest_[place->second].till;
    if (held.revision < till.revision) {
        held = std::move(till);
    } else if (held.revision == till.revision) {
        // A copy under another number is behind the copies of what it speaks of.
        held.position = std::max(held.position, position);
    }
}

/// Where no date can be right, the clock here is wrong: the newest one, then.
void StoreDays::note_date(const std::string& source, const std::string& date) {
    if (date_is_given_) return;
    const bool can_be = latest_.empty() || date <= latest_;
    if (!can_be) {
        std::string& newest = implausible_[source];
        newest = std::max(newest, date);
    }
    if (can_be == date_can_be_) {
        date_ = std::max(date_, date);
    } else if (can_be) {
        date_ = date;
        date_can_be_ = true;
    }
}

bool StoreDays::expect_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') return true;
    const std::size_t space = line.find(' ');
    const bool whole = space != std::string_view::npos && line.find('/') < space && space + 1 < line.size();
    if (whole) expect(std::string(line.substr(0, space)), std::string(line.substr(space + 1)));
    return whole;
}

void StoreDays::take_events(std::string_view source, std::string_view other_store, std::string_view till,
                            std::uint64_t events, std::int64_t last) {
    events_[{std::string(source), store_named(source, other_store), std::string(till)}] = {events, last};
}

void StoreDays::take_known(std::string_view source, std::string_view other_store, std::string_view till,
                           std::string_view since) {
    const auto known = known_.emplace(Key{store_named(source, other_store), till}, since).first;
    if (!known->second.empty()) known->second = std::min(known->second, std::string(since));
}

void StoreDays::take_coverage(std::string_view source, std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    const std::string date(text_in(data, "business_date"));
    Coverage coverage{store_of(source), std::string(source), std::string(text_in(data, "device")),
                      std::string(text_in(data, "till")), std::string(text_in(data, "upto"))};
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

std::vector<StoreDays::Till> StoreDays::reported() const {
    std::vector<Till> tills;
    for (const Certificate& each : newest_) {
        if (each.date != date_) continue;
        Till& till = tills.emplace_back(each.till);
        const auto events = events_.find({till.source, till.store, till.till});
        if (!till.complete || events == events_.end() || events->second.last <= till.position) continue;
        till.complete = false;
        till.reasons.emplace_back("events_behind");
    }
    return tills;
}

/// Those of which there are events and no certificate, and those of which there is nothing, or word that they are
/// silent.
void StoreDays::add_others(std::vector<Till>& tills) const {
    std::set<SourceKey> of_source;
    std::set<Key> of_store;
    for (const Till& each : tills) {
        of_source.insert({each.source, each.store, each.till});
        of_store.insert({each.store, each.till});
    }
    const auto add = [&tills](const std::string& store, const std::string& name) -> Till& {
        Till& till = tills.emplace_back();
        till.store = store;
        till.till = name;
        return till;
    };
    for (const auto& [key, events] : events_) {
        if (of_source.contains(key)) continue;
        const auto& [source, store, name] = key;
        Till& till = add(store, name);
        till.source = source;
        till.events = events.count;
        of_store.insert({store, name});
    }
    const auto spelled = spellings();
    for (const auto& [key, since] : known_) {
        const auto as_sent = since.empty() ? spelled.find(plain(key.first)) : spelled.end();
        const Key named{as_sent != spelled.end() ? as_sent->second : key.first, key.second};
        if (since <= date_ && of_store.insert(named).second) add(named.first, named.second);
    }
    for (const Key& silent : silent_all_day(tills)) {
        if (of_store.insert(silent).second) add(silent.first, silent.second);
    }
}

/// Those that their node's configuration names, and of which it heard nothing; it does not say of which of its stores,
/// so one of that name that has come over that node may be it.
std::vector<StoreDays::Key> StoreDays::silent_all_day(const std::vector<Till>& tills) const {
    std::set<Key> came;
    for (const Till& each : tills) came.insert({each.source, each.till});
    const auto all = coverage();
    for (const Coverage& each : all) {
        if (each.heard > 0) came.insert({each.source, each.till});
    }
    std::vector<Key> silent;
    for (const Coverage& each : all) {
        if (!each.till.empty() && !came.contains({each.source, each.till})) silent.emplace_back(each.store, each.till);
    }
    return silent;
}

/// How the agents write each store, by what it is without zeros in front; none that they write in two ways.
std::map<std::string, std::string> StoreDays::spellings() const {
    std::map<std::string, std::string> spelled;
    const auto note = [&spelled](const std::string& store) {
        const auto [known, fresh] = spelled.emplace(plain(store), store);
        if (!fresh && known->second != store) known->second.clear();
    };
    for (const Certificate& each : newest_) note(each.till.store);
    for (const auto& [key, events] : events_) note(std::get<1>(key));
    for (const auto& [key, coverage] : coverage_) note(coverage.store);
    std::erase_if(spelled, [](const auto& each) { return each.second.empty(); });
    return spelled;
}

std::vector<StoreDays::Till> StoreDays::tills() const {
    std::vector<Till> tills = reported();
    add_others(tills);
    std::sort(tills.begin(), tills.end(), [](const Till& a, const Till& b) {
        return std::tie(a.store, a.till, a.source) < std::tie(b.store, b.till, b.source);
    });
    for (std::size_t i = 1; i < tills.size(); ++i) {
        if (tills[i].store == tills[i - 1].store && tills[i].till == tills[i - 1].till)
            tills[i].is_one_of_several = tills[i - 1].is_one_of_several = true;
    }
    for (const SharedTill& shared : shared_of(tills)) {
        for (Till& till : tills) {
            if (till.store != shared.store || till.till != shared.till) continue;
            till.complete = till.complete && shared.numbers.fits();
            if (shared.numbers.missing_count > 0) till.reasons.emplace_back("missing_between_nodes");
            if (shared.numbers.twice_count > 0) till.reasons.emplace_back("on_several_nodes");
        }
    }
    return tills;
}

std::vector<StoreDays::Implausible> StoreDays::implausible() const {
    std::vector<Implausible> all;
    for (const auto& [source, date] : implausible_) {
        if (date != date_) all.push_back({source, date});
    }
    return all;
}

std::vector<StoreDays::SharedTill> shared_of(const std::vector<StoreDays::Till>& tills) {
    std::vector<StoreDays::SharedTill> shared;
    for (auto first = tills.begin(); first != tills.end();) {
        const auto end = std::find_if(first, tills.end(), [&](const auto& each) {
            return each.store != first->store || each.till != first->till;
        });
        std::vector<const NodeNumbers*> nodes;
        for (auto at = first; at != end; ++at) {
            if (at->revision > 0) nodes.push_back(&at->numbers);
        }
        if (nodes.size() > 1) shared.push_back({first->store, first->till, nodes.size(), between_nodes(nodes)});
        first = end;
    }
    return shared;
}

}  // namespace tillpost
