// SPDX-License-Identifier: Apache-2.0
// [privacy-1] What erased events said of their day, and may be a card number, is not kept beside them.
#include <algorithm>

#include "agent/day/book.hpp"
#include "agent/event/redaction/card_number.hpp"

namespace tillpost::day {
namespace {

constexpr std::size_t shown_digits = 4;
constexpr const char* masked_original = "***";  ///< Of a correction that could not be applied

std::string masked_name(std::string name) {
    if (!may_hold_card_number(name)) return name;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t left = static_cast<std::size_t>(std::count_if(name.begin(), name.end(), is_digit));
    for (char& c : name) {
        if (is_digit(c) && left-- > shown_digits) c = '*';
    }
    return name;
}

}  // namespace

std::vector<std::string> DayLedger::texts() const {
    std::vector<std::string> all = repeated;
    for (PosNumbers::Run& run : numbers.runs(PosNumbers::most_ranges)) {
        for (std::string* text : {&run.first, &run.last, &run.turns_after, &run.goes_on_at}) {
            all.push_back(std::move(*text));
        }
    }
    for (const DayClosing& each : said_closings) {
        for (const std::string* text : {&each.subject, &each.session, &each.first, &each.last}) all.push_back(*text);
        all.insert(all.end(), each.missing.begin(), each.missing.end());
    }
    for (const DayUnapplied& each : unapplied) all.push_back(each.corrects);
    return all;
}

void DayLedger::forget(const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    const auto goes = [&texts](const std::string& text) {
        return std::find(texts.begin(), texts.end(), text) != texts.end();
    };
    for (const std::string& text : texts) numbers.forget(text);
    std::erase_if(repeated, goes);
    if (std::any_of(said_closings.begin(), said_closings.end(),
                    [&goes](const DayClosing& each) { return goes(each.subject) || goes(each.session); })) {
        // Of which session they are is not known any more: what a later one has said anew does not come back.
        std::erase_if(said_closings, [this](const DayClosing& each) {
            return !each.is_out && std::find(closings.begin(), closings.end(), each) == closings.end();
        });
    }
    for (DayClosing& each : said_closings) {
        for (std::string* text : {&each.subject, &each.session, &each.first, &each.last}) {
            if (goes(*text)) text->clear();
        }
        std::erase_if(each.missing, goes);
    }
    closings = closings_that_stand(said_closings);
    for (DayUnapplied& each : unapplied) {
        if (goes(each.corrects)) each.corrects = masked_original;
    }
    dirty = true;
    late_waits = late_waits || revision > 0;
}

void DayBook::forget(const std::vector<DaySaid>& all) {
    std::map<Key, std::uint64_t> gone;
    for (const DaySaid& each : all) {
        const auto found = ledgers_.find(each.key);
        if (found == ledgers_.end()) continue;
        found->second.forget(each.texts);
        changed_.insert(each.key);
        gone[each.key] += each.events;
    }
    for (const auto& [key, events] : gone) {
        if (events >= ledgers_.at(key).events && may_hold_card_number(key.first)) mask_till(key);
    }
}

/// Nothing else has told of the till on that day. Its other days are others' to erase.
void DayBook::mask_till(const Key& key) {
    auto node = ledgers_.extract(key);
    DayLedger& ledger = node.mapped();
    ledger.till = masked_name(std::move(ledger.till));
    ledger.store = masked_name(std::move(ledger.store));
    while (ledgers_.contains(ledger.key())) ledger.till.insert(0, 1, '*');
    ledger.dirty = true;
    ledger.late_waits = ledger.late_waits || ledger.revision > 0;
    node.key() = ledger.key();
    changed_.insert(key);
    changed_.insert(node.key());
    ledgers_.insert(std::move(node));
    const std::string& till = key.first;
    const auto other = ledgers_.lower_bound({till, ""});
    if (other != ledgers_.end() && other->first.first == till) return;
    const auto is_its = [&till](const auto& each) { return each.first.first == till; };
    sealed_upto_.erase(till);
    std::erase_if(odd_sealed_, [&till](const Key& each) { return each.first == till; });
    std::erase_if(unbelieved_.named, is_its);
    std::erase_if(crowded_out_.named, is_its);
}

}  // namespace tillpost::day
