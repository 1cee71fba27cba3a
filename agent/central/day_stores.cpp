// SPDX-License-Identifier: Apache-2.0
#include "agent/central/day_stores.hpp"

#include <algorithm>

#include "agent/event/decimal.hpp"

namespace tillpost {
namespace {

using Difference = StoreDays::Difference;

std::string sum_of(const std::string& a, const std::string& b) {
    const auto left = Decimal::parse(a);
    const auto right = Decimal::parse(b);
    const auto sum = left && right ? left->plus(*right) : std::nullopt;
    return sum ? sum->text() : "?";
}

void add_to(std::vector<Difference>& sums, const Difference& one) {
    const auto same = std::find_if(sums.begin(), sums.end(), [&one](const Difference& each) {
        return each.of == one.of && each.currency == one.currency;
    });
    if (same == sums.end()) return sums.push_back(one);
    same->difference = sum_of(same->difference, one.difference);
}

std::string listed(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all.append(all.empty() ? "" : ", ").append(text);
    return all;
}

std::string tills_of(std::size_t count) { return std::to_string(count) + (count == 1 ? " till" : " tills"); }

}  // namespace

std::vector<StoreDay> stores_of(const std::vector<StoreDays::Till>& tills) {
    std::vector<StoreDay> stores;
    for (const StoreDays::Till& till : tills) {
        if (stores.empty() || stores.back().store != till.store) stores.push_back({till.store, 0, 0, {}, 0, {}});
        StoreDay& store = stores.back();
        ++store.tills;
        if (till.complete) ++store.complete;
        if (till.revision == 0) store.silent.push_back(till.till);
        store.missing += till.missing;
        for (const Difference& each : till.differences) add_to(store.differences, each);
    }
    return stores;
}

std::string text_of(const std::vector<Difference>& differences) {
    std::vector<std::string> texts;
    for (const Difference& each : differences) {
        const bool counted = each.of.starts_with("count/");
        texts.push_back(each.of + " " + each.difference + (counted ? "" : " " + each.currency));
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
    if (store.missing > 0) line += "; " + std::to_string(store.missing) + " numbers missing";
    if (!store.differences.empty()) line += "; closing - captured: " + text_of(store.differences);
    return line;
}

}  // namespace tillpost
