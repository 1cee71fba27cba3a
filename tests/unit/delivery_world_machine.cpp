// SPDX-License-Identifier: Apache-2.0
// The machine in the simulated store: what happens to its journal, and its connection.
#include <algorithm>
#include <utility>

#include "tests/unit/delivery_world.hpp"

namespace tillpost::test {

using namespace std::chrono_literals;

/// What happens to the store from outside, all of it in the bad time.
void DeliveryWorld::plan() {
    const auto sometime = [this] { return Millis(random_() % Millis(bad_time).count()); };
    for (int i = 0; i < 60; ++i) later(sometime(), [this] { capture(); });
    if (chance(30)) later(sometime(), [this] { fork(); });
    for (std::uint64_t i = random_() % 4; i > 0; --i) later(sometime(), [this] { prune(); });
    for (std::uint64_t i = random_() % 3; i > 0; --i) later(sometime(), [this] { start_agent(); });
    if (chance(25)) {
        later(sometime(), [this] { image_.emplace(journal_, contents_); });
        later(sometime(), [this] { restore_image(); });
    }
    for (std::uint64_t i = random_() % 5; i > 0; --i) later(sometime(), [this] { lose_connection(); });
    for (std::uint64_t i = random_() % 3; i > 0; --i) {
        const Rate rate{200 + random_() % 10'000, random_() % 2 == 0 ? std::nullopt : std::optional(1 + random_() % 9)};
        later(sometime(), [this, rate] { delivery_->limit(rate, now_); });
    }
    for (std::uint64_t i = random_() % 3; i > 0; --i) {
        later(sometime(), [this] { backup_ = central_; });
        later(sometime(), [this] { restore_central(); });
        later(sometime(), [this] { central_here_ = false; });
        later(sometime(), [this] { start_central(); });
    }
    later(bad_time, [this] {
        fair_ = true;
        if (!central_here_) start_central();
    });
    later(0ms, [this] { try_to_connect(); });
}

void DeliveryWorld::record(Content content, SteadyTime captured) {
    EpochSummary& live = journal_.live;
    Held line;
    line.digest = sha_(std::to_string(content));
    line.chain = live.head = chain_next(sha_, live.head, live.epoch, ++live.last, line.digest);
    journal_.contents.push_back(content);
    journal_.lines.push_back(line);
    journal_.captured.push_back(captured);
}

void DeliveryWorld::capture() {
    record(++contents_, now_);
    journal_changed();
}

void DeliveryWorld::journal_changed() {
    order_.journal_has(journal_.live);
    delivery_->journal_has(journal_.live, now_);
}

/// The epoch is closed, and all that is held of it goes on in a new one.
void DeliveryWorld::fork() {
    const Journal former = std::exchange(journal_, Journal());
    for (Sequence n = 1; by_central() && n < former.live.first; ++n) {
        if (!central_.has(former.contents[n - 1])) gone_.insert(former.contents[n - 1]);
    }
    EpochSummary& live = journal_.live;
    live.epoch = ++last_epoch_;
    live.ordinal = static_cast<std::uint32_t>(last_epoch_);
    live.before = live.head = chain_start(sha_, agent_.source(), live.epoch);
    for (Sequence n = former.live.first; n <= former.live.last; ++n) record(former.contents[n - 1], SteadyTime());
    order_.another_epoch(live);
    if (delivery_) journal_changed();
}

void DeliveryWorld::prune() {
    EpochSummary& live = journal_.live;
    if (live.confirmed < live.first) return;
    live.first += random_() % (live.confirmed - live.first + 2);
    if (live.first > 1) live.before = journal_.lines[live.first - 2].chain;
    journal_changed();
}

/// Also after a kill: the confirmed mark is written late, but never behind what was deleted by it.
void DeliveryWorld::start_agent() {
    EpochSummary& live = journal_.live;
    if (live.confirmed >= live.first) live.confirmed = live.first - 1 + random_() % (live.confirmed + 2 - live.first);
    if (connected_) break_connection();
    delivery_.emplace(settings_, [this] { return random_(); });
    runs_ = {};
    fork_pause_ = {};
    journal_.gone_told = {};
    order_ = SendingOrder(settings_);
    order_.another_epoch(live);
    for (SteadyTime& each : journal_.captured) each = SteadyTime();  // what was there before is not new
    journal_changed();
}

/// What was recorded since the image is lost with the disk, but for what had gone out; its numbers are used again.
void DeliveryWorld::restore_image() {
    if (!image_) return;
    for (Content content = image_->second + 1; content <= contents_; ++content) gone_.insert(content);
    if (connected_) break_connection();
    journal_ = image_->first;
    start_agent();
}

void DeliveryWorld::try_to_connect() {
    if (connected_) return;
    if (bad(20)) return retry_later();
    connect();
}

void DeliveryWorld::connect() {
    connected_ = true;
    ++connection_;
    reconnect_.connected(now_);
    order_.line_changed();
    delivery_->connected(receive_maximum_, 0, now_);
    if (bad(40)) later(delay(60'000), [this] { lose_connection(); });
    try_size();
}

/// What the Forwarder does before anything else is sent.
void DeliveryWorld::try_size() {
    using Trial = MessageLimit::Trial;
    const auto suspect = delivery_->size().suspect();
    if (!suspect) return;
    Trial outcome = Trial::passed;
    if (suspect->packet > message_limit_ && too_large_ == TooLarge::refuse) outcome = Trial::refused;
    if (suspect->packet > message_limit_ && too_large_ == TooLarge::close) outcome = Trial::closed;
    if (bad(20)) outcome = chance(50) ? Trial::open : Trial::untried;
    if (bad(5)) outcome = Trial::closed;  // by chance at this moment
    const bool one = suspect->one_event();
    require(!delivery_->size_tried(outcome, now_) || (one && outcome == Trial::closed),
            "an event is given up that fits");
    if (outcome != Trial::passed && outcome != Trial::refused) break_connection();
}

void DeliveryWorld::lose_connection() {
    if (connected_ && !fair_) break_connection();
}

void DeliveryWorld::break_connection() {
    connected_ = false;
    hello_number_.clear();
    order_.line_changed();
    delivery_->lost(false, now_);
    retry_later();
}

void DeliveryWorld::retry_later() {
    const Millis wait = reconnect_.delay(now_, random_());
    require(wait <= std::max(settings_.longest_retry, settings_.spread_retry), "it waits too long before it connects");
    later(wait, [this] { try_to_connect(); });
}

}  // namespace tillpost::test
