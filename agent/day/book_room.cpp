// SPDX-License-Identifier: Apache-2.0
// Which days a book has room for, and which of them make room. agent/README.md, "The business days", is the rule.
#include <algorithm>
#include <tuple>

#include "agent/day/book.hpp"
#include "agent/day/calendar.hpp"

namespace tillpost::day {
namespace {

constexpr int days_ahead = 2;  ///< Of a business date, as of events that are not marked
constexpr int most_leap = 31;  ///< Days that a clock may go on at once
constexpr int most_pause = 7;  ///< Days between two business days of a till that follow one another

/// By how little they say; of those that say the same the latest date first, as it is the furthest off. What the POS
/// has closed is a day: of those the oldest goes.
bool says_less(const DayLedger& a, const DayLedger& b) {
    const bool open_a = a.closings.empty();
    const bool open_b = b.closings.empty();
    if (open_a != open_b) return open_a;
    if (!open_a) return a.business_date < b.business_date;
    return std::tie(a.events, b.business_date) < std::tie(b.events, a.business_date);
}

}  // namespace

void DayBook::Beyond::note(const Key& key, std::uint64_t count) {
    events += count;
    const auto found = named.find(key);
    if (found != named.end()) {
        found->second += count;
    } else if (named.size() < most_named) {
        named.emplace(key, count);
    }
}

/// The clock goes from days on which the agent has worked to others that are far ahead: until it has been there over a
/// day's end they are not believed.
bool DayBook::leaps_to(const std::string& date) {
    if (today_.empty() || date <= date_after(today_, most_leap)) {
        leapt_.clear();
        return false;
    }
    const bool stays = !leapt_.empty() && date > leapt_ && date <= date_after(leapt_, most_leap);
    if (stays) return false;
    const std::string from = date_after(today_, -most_leap);
    return std::any_of(ledgers_.begin(), ledgers_.end(), [&](const auto& each) {
        return each.second.believed && each.first.second >= from && each.first.second <= latest_;
    });
}

void DayBook::set_today(const std::string& date, bool sure) {
    if (date == today_) leapt_.clear();
    if (date == today_ && sure == sure_) return;
    const bool leaps = leaps_to(date);
    sure_ = sure && !leaps;
    if (leaps) {
        leapt_ = date;
        return;
    }
    leapt_.clear();
    begin_day(date);
    // A wrong clock, or a former release, had days sealed that are not there yet.
    if (sure) std::erase_if(sealed_upto_, [this](const auto& each) { return each.second > latest_; });
}

void DayBook::begin_day(const std::string& date) {
    today_ = date;
    latest_ = date.empty() ? date : date_after(date, days_ahead);
}

bool DayBook::is_believed(const Key& key) const {
    if (today_.empty() || key.second <= latest_) return true;
    if (sure_) return false;
    const auto found = ledgers_.find(key);
    return (found != ledgers_.end() && found->second.believed) || follows_usual(key);
}

bool DayBook::follows_usual(const Key& key) const {
    auto at = ledgers_.lower_bound({key.first, date_after(key.second, -most_pause)});
    for (; at != ledgers_.end() && at->first < key; ++at) {
        if (at->second.believed && !at->second.closings.empty()) return true;
    }
    return false;
}

std::size_t DayBook::odd_days_of(const std::string& till) const {
    std::size_t days = 0;
    for (auto at = ledgers_.lower_bound({till, ""}); at != ledgers_.end() && at->first.first == till; ++at) {
        if (!is_believed(at->first)) ++days;
    }
    return days;
}

/// Of that till, "" for any; ledgers_.end() if there is none.
DayBook::Ledgers::iterator DayBook::weakest_odd(const std::string& till) {
    auto weakest = ledgers_.end();
    for (auto at = ledgers_.lower_bound({till, ""}); at != ledgers_.end(); ++at) {
        if (!till.empty() && at->first.first != till) break;
        if (is_believed(at->first)) continue;
        if (weakest == ledgers_.end() || says_less(at->second, weakest->second)) weakest = at;
    }
    return weakest;
}

/// The oldest of those that certificates tell all of; of the others, if there is none.
DayBook::Ledgers::iterator DayBook::oldest_before(const std::string& date) {
    const auto rank = [](const auto& each) { return std::pair(!each->second.is_told(), each->first.second); };
    auto oldest = ledgers_.end();
    for (auto at = ledgers_.begin(); at != ledgers_.end(); ++at) {
        if (at->first.second >= date) continue;
        if (oldest == ledgers_.end() || rank(at) < rank(oldest)) oldest = at;
    }
    return oldest;
}

bool DayBook::make_room(const Key& key) {
    const bool believed = is_believed(key);
    return make_room_for_till(key, believed) && (ledgers_.size() < most_ledgers || make_room_among_all(key, believed));
}

bool DayBook::make_room_for_till(const Key& key, bool believed) {
    if (!believed) {
        if (odd_days_of(key.first) >= odd_days_of_till) crowd_out(weakest_odd(key.first));
        return true;
    }
    auto oldest = ledgers_.end();
    std::size_t days = 0;
    for (auto at = ledgers_.lower_bound({key.first, ""}); at != ledgers_.end() && at->first.first == key.first; ++at) {
        if (!is_believed(at->first)) continue;
        if (oldest == ledgers_.end()) oldest = at;
        ++days;
    }
    if (days < days_of_till) return true;
    if (key.second > oldest->first.second) {
        crowd_out(oldest);
        return true;
    }
    seal(key);
    return false;
}

/// Days of now make room for none.
bool DayBook::make_room_among_all(const Key& key, bool believed) {
    auto leaves = weakest_odd("");
    if (!believed && leaves != ledgers_.end() && odd_days_of(leaves->first.first) <= odd_days_of(key.first))
        return false;
    if (believed && leaves == ledgers_.end()) {
        const std::string& now = today_.empty() ? key.second : std::min(key.second, today_);
        leaves = oldest_before(date_after(now, -1));
    }
    if (leaves == ledgers_.end()) return false;
    crowd_out(leaves);
    return true;
}

void DayBook::crowd_out(Ledgers::iterator ledger) {
    const Key key = ledger->first;
    if (!ledger->second.is_told()) (is_believed(key) ? crowded_out_ : unbelieved_).note(key, ledger->second.events);
    drop(ledger);
}

void DayBook::seal(const Key& key) {
    std::string& sealed = sealed_upto_[key.first];
    sealed = std::max(sealed, key.second);
    if (sealed_upto_.size() <= most_ledgers) return;
    const auto first = sealed_upto_.begin();
    sealed_upto_.erase(first->first == key.first ? std::next(first) : first);
}

void DayBook::drop(Ledgers::iterator ledger) {
    const Key key = ledger->first;
    if (is_believed(key)) {
        seal(key);
    } else if (odd_sealed_.insert(key).second && odd_sealed_.size() > most_ledgers) {
        const auto first = odd_sealed_.begin();
        odd_sealed_.erase(*first == key ? std::next(first) : first);
    }
    changed_.insert(key);
    ledgers_.erase(ledger);
}

/// An event for which there is no place.
void DayBook::note_beyond(const Key& key) {
    if (odd_sealed_.contains(key)) {
        unbelieved_.note(key, 1);
    } else if (is_sealed(key)) {
        ++sealed_events_;
    } else {
        (is_believed(key) ? crowded_out_ : unbelieved_).note(key, 1);
    }
}

}  // namespace tillpost::day
