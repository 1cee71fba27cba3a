// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/store.hpp"

#include <algorithm>
#include <array>

#include "drivers/simulator/broken_line.hpp"

namespace tillpost::simulator {
namespace {

constexpr std::size_t most_follow_ups = 16;
constexpr std::array<std::string_view, 6> actions{"sign_on", "sign_off", "suspend", "resume", "cancel", "reprint"};
constexpr std::int64_t mean_gap_millis = 45'000;  ///< Between two transactions of one till.

std::string subject_of(const Key& key) {
    std::string subject;
    subject.reserve(40);
    return subject.append("pos/").append(key.till).append("/").append(key.business_date).append("/").append(key.number);
}

std::string till_name(unsigned number) {
    std::string digits = std::to_string(number);
    if (digits.size() < 2) digits.insert(0, "0");
    return "T" + digits;
}

}  // namespace

StorePlay::StorePlay(const PlaySettings& settings)
    : settings_(settings),
      random_(settings.seed),
      catalogue_(random_),
      deliveries_(random_),
      clock_(settings.first_day) {
    for (unsigned i = 1; i <= settings.tills; ++i) tills_.push_back({till_name(i)});
    if (settings.whole_days) open_tills();
}

Played StorePlay::next() {
    ++played_;
    if (!due_.empty()) return due();
    Played follow_up;
    if (take_follow_up(follow_up)) return follow_up;
    const PlaySettings::Rates& rates = settings_.rates;
    clock_.advance(StoreClock::Millis(random_.between(1, 2 * mean_gap_millis / settings_.tills)));
    if (settings_.whole_days) {
        if (tills_.front().day->business_date() != clock_.date()) {
            close_tills();
            open_tills();
            return due();
        }
        if (random_.chance(rates.control)) return random_.chance(2'000) ? training() : control();
    }
    if (random_.chance(rates.broken)) return broken();
    if (random_.chance(rates.receiving)) return receiving();
    if (random_.chance(rates.unknown_type)) return unknown_type();
    return transaction();
}

/// The number is taken by finish() only.
Transaction StorePlay::begin_transaction() {
    till_ = &tills_[random_.below(static_cast<std::uint32_t>(tills_.size()))];
    Transaction transaction;
    transaction.type = "sale";
    transaction.key = {till_->name, clock_.date(), std::to_string(till_->next_number)};
    transaction.time = clock_.time();
    transaction.operator_name = "c-" + std::to_string(random_.between(1, 40));
    transaction.store = settings_.store;
    return transaction;
}

void StorePlay::fill(Transaction& transaction, std::vector<Item> items) {
    transaction.items = std::move(items);
    transaction.totals = total(transaction.items);
    transaction.tenders = pay(random_, transaction.totals.gross);
}

Played StorePlay::transaction() {
    Transaction begun = begin_transaction();
    if (!random_.chance(settings_.rates.returns)) return play_sale(std::move(begun));
    if (random_.chance(settings_.rates.unlinked)) {
        return play_return(std::move(begun), {unlinked_return(random_, catalogue_)});
    }
    std::vector<Item> items = sold_.take_back(random_, static_cast<std::size_t>(random_.between(1, 3)));
    if (items.empty()) return play_sale(std::move(begun));
    return play_return(std::move(begun), std::move(items));
}

Played StorePlay::play_return(Transaction transaction, std::vector<Item> items) {
    transaction.type = "return";
    fill(transaction, std::move(items));
    return finish(transaction, Played::Kind::returned);
}

Played StorePlay::play_sale(Transaction transaction) {
    Played::Kind kind = Played::Kind::sale;
    std::vector<Item> items = fill_basket(random_, catalogue_);
    if (random_.chance(settings_.rates.mixed)) {
        std::vector<Item> returned = sold_.take_back(random_, 1);
        if (!returned.empty()) kind = Played::Kind::mixed;
        std::move(returned.begin(), returned.end(), std::back_inserter(items));
    }
    fill(transaction, std::move(items));
    sold_.add(transaction.key, transaction.items);
    if (kind == Played::Kind::sale && random_.chance(settings_.rates.wrong_totals)) {
        kind = Played::Kind::wrong_totals;
        transaction.totals_off = 1;
    } else if (kind == Played::Kind::sale && random_.chance(settings_.rates.wrong_check_digit)) {
        kind = Played::Kind::wrong_check_digit;
        transaction.misprinted = random_.below(static_cast<std::uint32_t>(transaction.items.size()));
    }
    return finish(transaction, kind);
}

Played StorePlay::finish(const Transaction& transaction, Played::Kind kind) {
    ++till_->next_number;
    if (till_->day) till_->day->add(transaction);
    Played played{kind, line_of(transaction), subject_of(transaction.key)};
    if (kind != Played::Kind::unknown_type && kind != Played::Kind::training) plan_follow_up(transaction, played);
    return played;
}

Played StorePlay::due() {
    Played played = std::move(due_.front());
    due_.pop_front();
    return played;
}

/// Each begins with a sign-on, which takes the day's first number.
void StorePlay::open_tills() {
    for (Till& till : tills_) {
        till.day.emplace(till.name, clock_.date(), ++till.sessions, till.next_number);
        const std::string time = StoreClock::opening_time(clock_.date());
        due_.push_back({Played::Kind::till_open, till.day->opening(time), till.day->subject("till_open")});
        const ControlRecord sign_on{
            "control", actions.front(), {till.name, clock_.date(), std::to_string(till.next_number++)}, time, "c-1"};
        till.day->add_control(sign_on.type);
        due_.push_back({Played::Kind::control, line_of(sign_on), subject_of(sign_on.key)});
    }
}

void StorePlay::close_tills() {
    for (Till& till : tills_) {
        if (!till.day) continue;
        const std::string time = StoreClock::closing_time(till.day->business_date());
        due_.push_back(
            {Played::Kind::till_close, till.day->closing(time, till.next_number - 1), till.day->subject("till_close")});
        till.day.reset();
    }
}

std::vector<Played> StorePlay::close() {
    close_tills();
    std::vector<Played> last(std::make_move_iterator(due_.begin()), std::make_move_iterator(due_.end()));
    due_.clear();
    return last;
}

Played StorePlay::control() {
    const Transaction begun = begin_transaction();
    const std::uint32_t roll = random_.below(10);
    ControlRecord record{"control", random_.pick(actions), begun.key, begun.time, begun.operator_name};
    if (roll == 0) record.type = "no_sale";
    if (roll == 1) record.type = "other";
    till_->day->add_control(record.type);
    ++till_->next_number;
    return {Played::Kind::control, line_of(record), subject_of(record.key)};
}

/// A whole sale that is none.
Played StorePlay::training() {
    Transaction transaction = begin_transaction();
    transaction.mode = "training";
    fill(transaction, fill_basket(random_, catalogue_));
    return finish(transaction, Played::Kind::training);
}

Played StorePlay::receiving() {
    const Receiving delivery = deliveries_.next(random_, catalogue_, clock_);
    return {Played::Kind::receiving, line_of(delivery), "receiving/" + delivery.document};
}

Played StorePlay::broken() {
    Transaction transaction = begin_transaction();
    fill(transaction, fill_basket(random_, catalogue_));
    return {Played::Kind::broken, break_line(random_, line_of(transaction)), ""};
}

Played StorePlay::unknown_type() {
    Transaction transaction = begin_transaction();
    transaction.type = "loyalty";
    return finish(transaction, Played::Kind::unknown_type);
}

std::uint64_t StorePlay::when_due() { return played_ + static_cast<std::uint64_t>(random_.between(1, 20)); }

void StorePlay::plan_follow_up(const Transaction& transaction, const Played& played) {
    const bool again = random_.chance(settings_.rates.duplicate);
    const bool otherwise = !again && random_.chance(settings_.rates.conflict);
    if ((!again && !otherwise) || follow_ups_.size() == most_follow_ups) return;
    FollowUp follow_up{when_due(), {}, transaction};
    if (again) follow_up.duplicate = {Played::Kind::duplicate, played.line, played.subject};
    follow_ups_.push_back(std::move(follow_up));
}

bool StorePlay::take_follow_up(Played& played) {
    const auto due = std::find_if(follow_ups_.begin(), follow_ups_.end(),
                                  [this](const FollowUp& follow_up) { return follow_up.due <= played_; });
    if (due == follow_ups_.end()) return false;
    if (due->duplicate.line.empty()) {
        Transaction& other = due->conflict;
        other.type = "sale";
        other.totals_off = 0;
        other.misprinted.reset();
        fill(other, fill_basket(random_, catalogue_));
        played = {Played::Kind::conflict, line_of(other), subject_of(other.key)};
    } else {
        played = std::move(due->duplicate);
    }
    follow_ups_.erase(due);
    return true;
}

}  // namespace tillpost::simulator
