// SPDX-License-Identifier: Apache-2.0
#include "agent/central/day_stores.hpp"

#include <algorithm>

namespace tillpost {
namespace {

using Difference = StoreDays::Difference;

void add_to(std::vector<StoreDay::Difference>& sums, const Difference& one) {
    auto same = std::find_if(sums.begin(), sums.end(), [&one](const StoreDay::Difference& each) {
        return each.of == one.of && each.currency == one.currency;
    });
    if (same == sums.end()) same = sums.insert(same, {one.of, one.currency});
    const auto amount = Decimal::parse(one.difference);
    if (!amount) {
        same->above = same->below = std::nullopt;
        return;
    }
    std::optional<Decimal>& sum = amount->is_negative() ? same->below : same->above;
    if (sum) sum = sum->plus(*amount);
}

/// "tender/cash +100.00 and -2.50 EUR"
std::string said_of(const StoreDay::Difference& difference) {
    std::string text = difference.of;
    const Decimal none;
    if (!difference.above || !difference.below) {
        text += " ?";
    } else {
        const bool above = *difference.above != none;
        const bool below = *difference.below != none;
        if (above) text += " +" + difference.above->text();
        if (below) text.append(above ? " and " : " ").append(difference.below->text());
    }
    return difference.currency.empty() ? text : text + " " + difference.currency;
}

constexpr std::size_t most_listed = 12;  ///< In a line for people; programs get all.

/// "T01, T02 and 130 more"
std::string listed(const std::vector<std::string>& texts) {
    std::string all;
    for (std::size_t i = 0; i < texts.size() && i < most_listed; ++i) all.append(i == 0 ? "" : ", ").append(texts[i]);
    return texts.size() <= most_listed ? all : all + " and " + std::to_string(texts.size() - most_listed) + " more";
}

std::string tills_of(std::size_t count) { return std::to_string(count) + (count == 1 ? " till" : " tills"); }

}  // namespace

std::vector<StoreDay> stores_of(const std::vector<StoreDays::Till>& tills) {
    std::vector<StoreDay> stores;
    std::string last;  ///< The till before, of the same store
    bool was_complete = false;
    for (const StoreDays::Till& till : tills) {
        const bool new_store = stores.empty() || stores.back().store != till.store;
        if (new_store) stores.push_back({till.store, 0, 0, {}, 0, {}});
        StoreDay& store = stores.back();
        const bool again = !new_store && last == till.till;  // over another node
        if (again && was_complete) --store.complete;
        was_complete = till.complete && (!again || was_complete);
        last = till.till;
        if (!again) ++store.tills;
        if (was_complete) ++store.complete;
        if (till.revision == 0) (till.events > 0 ? store.uncertified : store.silent).push_back(till.till);
        store.missing += till.missing;
        for (const Difference& each : till.differences) add_to(store.differences, each);
    }
    for (const StoreDays::SharedTill& shared : shared_of(tills)) {
        const auto store =
            std::find_if(stores.begin(), stores.end(), [&](const auto& each) { return each.store == shared.store; });
        if (store != stores.end()) store->missing += shared.numbers.missing_count;
    }
    return stores;
}

std::string text_of(const std::vector<Difference>& differences) {
    std::vector<std::string> texts;
    for (const Difference& each : differences) {
        texts.push_back(each.of + " " + each.difference + (each.currency.empty() ? "" : " " + each.currency));
    }
    return listed(texts);
}

std::string line_of(const StoreDay& store) {
    if (store.is_complete()) return store.store + ": complete, " + tills_of(store.tills);
    if (store.silent.size() == store.tills) {
        return store.store + ": never reported, " + tills_of(store.tills) + " known: " + listed(store.silent);
    }
    std::string line = store.store + ": NOT complete, " + std::to_string(store.complete) + " of " +
                       tills_of(store.tills) + (store.complete == 1 ? " is" : " are");
    if (!store.silent.empty()) line += "; never reported: " + listed(store.silent);
    if (!store.uncertified.empty()) line += "; no certificate: " + listed(store.uncertified);
    if (store.missing > 0) line += "; " + std::to_string(store.missing) + " numbers missing";
    std::vector<std::string> differences;
    for (const StoreDay::Difference& each : store.differences) differences.push_back(said_of(each));
    if (!differences.empty()) line += "; closing - captured: " + listed(differences);
    return line;
}

}  // namespace tillpost
