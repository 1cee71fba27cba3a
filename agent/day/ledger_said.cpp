// SPDX-License-Identifier: Apache-2.0
// Which of the POS's closings stand, and what they say of the day's numbers.
#include <algorithm>

#include "agent/day/ledger.hpp"
#include "agent/event/cut_text.hpp"

namespace tillpost::day {
namespace {

/// What is compared in a way of its own.
bool is_beside(std::string_view name) {
    return name == "count/numbers" || name.starts_with("count/tender/") || name == "batches";
}

DayClosing closing_of(std::string_view subject, const DayFacts& facts) {
    DayClosing closing{std::string(subject), facts.currency, {}, {}, facts.first_number, facts.last_number};
    closing.missing = facts.missing;
    closing.session = facts.session;
    for (const DayFacts::Amount& each : facts.amounts) {
        DaySums& sums = is_beside(each.name) ? closing.beside : closing.sums;
        (void)add(sums[each.name], {each.amount, each.base, each.count});
    }
    return closing;
}

bool says_the_same(const DayClosing& a, const DayClosing& b) {
    return a.currency == b.currency && a.sums == b.sums && a.beside == b.beside && a.first == b.first &&
           a.last == b.last;
}

/// A POS may give each closing a number, and so a key of its own. A session's name alone does not do: some count them
/// by the day, others by the shift, and a few call all of them 1.
bool are_of_one_session(const DayClosing& a, const DayClosing& b) {
    if (!a.subject.empty() && a.subject == b.subject) return true;
    const bool named = !a.session.empty() && !is_cut(a.session) && !is_cut(a.first);
    return named && a.session == b.session && a.first == b.first && a.currency == b.currency;
}

bool stands(const std::vector<DayClosing>& said, std::vector<DayClosing>::const_iterator at) {
    return !at->is_out && std::none_of(std::next(at), said.end(), [at](const DayClosing& later) {
        return !later.is_out && are_of_one_session(*at, later);
    });
}

}  // namespace

std::vector<DayClosing> closings_that_stand(const std::vector<DayClosing>& said) {
    std::vector<DayClosing> found;
    for (auto at = said.begin(); at != said.end(); ++at) {
        if (stands(said, at)) found.push_back(*at);
    }
    return found;
}

/// Of too many the first one that does not stand is forgotten: it cannot come back then.
bool DayLedger::has_room_for(const DayClosing& closing) {
    const auto same_session = [&closing](const DayClosing& other) { return are_of_one_session(closing, other); };
    const bool is_anew = std::any_of(closings.begin(), closings.end(), same_session);
    if (closings.size() >= most_closings && !is_anew) return false;
    auto at = said_closings.cbegin();
    while (said_closings.size() >= most_said_closings && at != said_closings.cend()) {
        at = stands(said_closings, at) ? std::next(at) : said_closings.erase(at);
    }
    return true;
}

void DayLedger::hear_closing(const DayEvent& event) {
    closed_by = event.id;
    DayClosing closing = closing_of(event.subject, *event.facts);
    closing.record = event.record();
    closing.behind = business;
    if (has_room_for(closing)) {
        said_closings.push_back(std::move(closing));
    } else {
        ++unreadable;
    }
    settle_closings();
    if (closings.size() > 1) return;
    // The POS may know what was corrected until then. Beside other sessions it speaks of its own alone.
    behind_out = {};
    behind_in = {};
}

std::uint64_t DayLedger::unplaced() const {
    std::uint64_t count = numbers.unplaced();
    for (const DayClosing& each : closings) {
        count += (is_cut(each.first) ? 1U : 0U) + (is_cut(each.last) ? 1U : 0U);
        count += static_cast<std::uint64_t>(std::count_if(each.missing.begin(), each.missing.end(), is_cut));
    }
    return count;
}

/// Of those that stand the numbers are the day's: what only others have said is forgotten.
void DayLedger::settle_closings() {
    closings = closings_that_stand(said_closings);
    if (closings.size() < said_closings.size()) numbers.forget_expected();
    std::uint64_t upto = 0;
    for (const DayClosing& each : closings) {
        numbers.expect(each.first, each.last);
        for (const std::string& number : each.missing) numbers.name_missing(number);
        upto = std::max(upto, each.behind);
    }
    open_after_close = !closings.empty() && business > upto;
}

/// One that a former release has taken in is known by what it says.
std::vector<DayClosing>::iterator DayLedger::closing_for(const DayOriginal& record) {
    const auto found = std::find_if(said_closings.begin(), said_closings.end(), [&record](const DayClosing& each) {
        return !each.record.empty() && record.is(each.record);
    });
    if (found != said_closings.end() || record.type != "till_close" || !record.facts) return found;
    const DayClosing said = closing_of({}, *record.facts);
    return std::find_if(said_closings.begin(), said_closings.end(),
                        [&said](const DayClosing& each) { return each.record.empty() && says_the_same(each, said); });
}

/// A correction takes it back, or lets it stand again; nothing, if the record is no closing.
void DayLedger::let_stand(const std::string& record, bool stands_again) {
    const auto found = std::find_if(said_closings.begin(), said_closings.end(),
                                    [&record](const DayClosing& each) { return each.record == record; });
    if (found == said_closings.end() || found->is_out != stands_again) return;
    found->is_out = !stands_again;
    settle_closings();
}

void DayLedger::say_closing_anew(const DayOriginal& before, const DayEvent* event) {
    const auto found = closing_for(before);
    if (found == said_closings.end()) {
        if (event != nullptr) hear_closing(*event);
        return;
    }
    if (event == nullptr) {
        said_closings.erase(found);
    } else {
        DayClosing now = closing_of(event->subject, *event->facts);
        if (says_the_same(now, *found) && now.missing == found->missing) return;
        now.record = found->record;
        now.behind = found->behind;
        now.is_out = found->is_out;
        *found = std::move(now);
    }
    numbers.forget_expected();
    settle_closings();
    dirty = true;
    late_waits = late_waits || revision > 0;
}

}  // namespace tillpost::day
