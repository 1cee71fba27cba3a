// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/delivery_world.hpp"

#include <algorithm>
#include <array>

namespace tillpost::test {
namespace {

using namespace std::chrono_literals;

constexpr auto bad_time = 10min;
constexpr auto fair_time = 5h;
constexpr std::uint64_t most_a_second = 2'000;  // decisions
constexpr std::uint64_t longest_line = 700;

std::uint64_t bytes_of(Sequence sequence) { return 200 + sequence * 7919 % (longest_line - 200); }

}  // namespace

DeliverySettings DeliveryWorld::chosen(std::mt19937_64& random) {
    DeliverySettings settings;
    settings.confirm = random() % 4 == 0 ? DeliverySettings::Confirm::broker : DeliverySettings::Confirm::central;
    settings.order = random() % 4 == 0 ? DeliverySettings::Order::strict : DeliverySettings::Order::lanes;
    settings.window = 1 + static_cast<std::uint32_t>(random() % 8);
    settings.flow_events = 20 + random() % 100;
    settings.flow_bytes = 20'000 + random() % 50'000;
    settings.longest_retry = Millis(60'000);
    return settings;
}

DeliveryWorld::DeliveryWorld(std::uint64_t seed)
    : random_(seed), settings_(chosen(random_)), delivery_(settings_, [this] { return random_(); }) {
    journal_.live.epoch = 1;
    journal_.live.ordinal = 1;
    receive_maximum_ = 1 + static_cast<std::uint32_t>(random_() % 20);
    if (random_() % 3 == 0) message_limit_ = longest_line + random_() % 4'000;
    // By the broker's word alone what it discards is delivered.
    const bool by_central = settings_.confirm == DeliverySettings::Confirm::central;
    constexpr std::array ways{TooLarge::refuse, TooLarge::close, TooLarge::discard};
    too_large_ = ways[random_() % (by_central ? 3 : 2)];
    for (std::uint64_t backlog = random_() % 150; backlog > 0; --backlog) capture();
    delivery_.journal_has(journal_.live, now_);
    plan();
}

void DeliveryWorld::require(bool holds, const char* what) {
    if (!holds && broken_.empty()) broken_ = what;
}

/// What happens to the store from outside, all of it in the bad time.
void DeliveryWorld::plan() {
    const auto sometime = [this] { return Millis(random_() % Millis(bad_time).count()); };
    for (int i = 0; i < 60; ++i) later(sometime(), [this] { capture(); });
    for (std::uint64_t i = random_() % 4; i > 0; --i) later(sometime(), [this] { fork(); });
    for (std::uint64_t i = random_() % 4; i > 0; --i) later(sometime(), [this] { prune(); });
    for (std::uint64_t i = random_() % 5; i > 0; --i) later(sometime(), [this] { lose_connection(); });
    for (std::uint64_t i = random_() % 3; i > 0; --i) {
        const Rate rate{200 + random_() % 10'000, random_() % 2 == 0 ? std::nullopt : std::optional(1 + random_() % 9)};
        later(sometime(), [this, rate] { delivery_.limit(rate, now_); });
    }
    for (std::uint64_t i = random_() % 3; i > 0; --i) {
        later(sometime(), [this] { backup_ = central_; });
        later(sometime(), [this] { restore_central(); });
        later(sometime(), [this] { central_here_ = false; });
        later(sometime(), [this] { central_here_ = true; });
    }
    later(bad_time, [this] {
        // An idle agent learns at its next hello only that central was restored meanwhile.
        fair_ = true;
        central_here_ = true;
        if (!restored_) return;
        delivery_.disconnected();
        connect();
    });
    later(0ms, [this] { connect(); });
}

void DeliveryWorld::capture() {
    journal_.contents.push_back(++contents_);
    ++journal_.live.last;
    delivery_.journal_has(journal_.live, now_);
}

/// The epoch is closed, and what it owes goes on in a new one: what is not confirmed, and what a restored central lost.
void DeliveryWorld::fork() {
    const std::set<Sequence>& there = central_.epochs[journal_.live.epoch].sequences;
    const bool by_central = settings_.confirm == DeliverySettings::Confirm::central;
    std::vector<Content> owed;
    for (Sequence n = journal_.live.first; n <= journal_.live.last; ++n) {
        const Content content = journal_.contents[n - 1];
        if (n > journal_.live.confirmed || (by_central && there.count(n) == 0)) owed.push_back(content);
    }
    for (Sequence n = 1; by_central && n < journal_.live.first; ++n) {
        if (there.count(n) == 0) gone_.insert(journal_.contents[n - 1]);
    }
    const Epoch epoch = journal_.live.epoch + 1;
    journal_ = Journal();
    journal_.live.epoch = epoch;
    journal_.live.ordinal = static_cast<std::uint32_t>(epoch);
    journal_.contents = std::move(owed);
    journal_.live.last = journal_.contents.size();
    delivery_.journal_has(journal_.live, now_);
}

void DeliveryWorld::prune() {
    if (journal_.live.confirmed < journal_.live.first) return;
    journal_.live.first += random_() % (journal_.live.confirmed - journal_.live.first + 2);
    delivery_.journal_has(journal_.live, now_);
}

void DeliveryWorld::restore_central() {
    if (settings_.confirm == DeliverySettings::Confirm::broker) return;
    // What a closed epoch has confirmed is reissued when central lost it; here central keeps it.
    for (auto& [epoch, committed] : central_.epochs) {
        if (epoch != journal_.live.epoch) backup_.epochs[epoch] = committed;
    }
    std::set<Content> lost;
    const auto& live = backup_.epochs[journal_.live.epoch].sequences;
    for (Sequence n = 1; n <= journal_.contents.size(); ++n) {
        if (live.count(n) == 0) lost.insert(journal_.contents[n - 1]);
    }
    backup_.effects.clear();
    for (const Content content : central_.effects) {
        if (lost.count(content) == 0) backup_.effects.insert(content);
    }
    central_ = backup_;
    central_knows_.reset();
    restored_ = true;
}

void DeliveryWorld::connect() {
    connected_ = true;
    ++connection_;
    delivery_.connected(receive_maximum_, 0, now_);
    if (bad(40)) later(delay(60'000), [this] { lose_connection(); });
}

void DeliveryWorld::lose_connection() {
    if (connected_ && !fair_) break_connection();
}

void DeliveryWorld::break_connection() {
    connected_ = false;
    last_hello_.number = 0;
    delivery_.lost(false, now_);
    later(delay(20'000), [this] {
        if (!connected_) connect();
    });
}

/// What the Forwarder does until it must wait.
void DeliveryWorld::act() {
    for (;;) {
        const Delivery::Decision decision = delivery_.next(now_);
        ++decisions_;
        if (now_ - second_ >= 1s) {
            second_ = now_;
            this_second_ = 0;
        }
        require(++this_second_ <= most_a_second, "a busy loop: too many decisions in a second");
        if (!broken_.empty()) return;
        switch (decision.action) {
            case Delivery::Decision::Action::hello: hello(); break;
            case Delivery::Decision::Action::send: send(decision); break;
            case Delivery::Decision::Action::give_up: lose_connection(); break;
            case Delivery::Decision::Action::wait:
                require(decision.until > now_, "a busy loop: it waits for the past");
                timer_ = decision.until;
                return;
        }
        check();
    }
}

void DeliveryWorld::send(const Delivery::Decision& decision) {
    Range range{decision.range.from, decision.range.from};
    const bool again = range.from <= journal_.live.confirmed;
    require(range.from >= journal_.live.first && decision.range.to <= journal_.live.last, "a range out of bounds");
    require(!again || decision.range.to <= journal_.live.confirmed, "what is confirmed is mixed with what is not");
    std::uint64_t bytes = bytes_of(range.from);
    while (range.to < decision.range.to && bytes + bytes_of(range.to + 1) <= decision.bytes) {
        bytes += bytes_of(++range.to);
    }
    Packet packet{journal_.live.epoch, range, {}};
    for (Sequence n = range.from; n <= range.to; ++n) packet.contents.push_back(journal_.contents[n - 1]);
    if (again) require(take_asked(range), "sent again more often than it was asked for");
    const Delivery::Ticket ticket = ++ticket_;
    delivery_.sent(decision.lane, range, bytes, ticket, now_);
    delivery_.paid(decision.lane, ticket, bytes, now_);
    if (bytes > message_limit_) return answer_too_large(packet, ticket, again);
    const bool refused = bad(4);
    const std::uint64_t connection = connection_;
    later(delay(200), [this, ticket, connection, refused, again, packet] {
        if (connection != connection_ || !connected_) return;
        if (refused && again) ask(packet.range);
        if (refused) return delivery_.refused(ticket, now_);
        at_broker_.insert(packet.contents.begin(), packet.contents.end());
        answer(ticket);
    });
    if (refused || bad(15)) return;
    for (int copies = bad(10) ? 2 : 1; copies > 0; --copies) {
        later(delay(bad(20) ? 30'000 : 300), [this, packet] { arrive(packet); });
    }
}

/// For each number: how often it may go again.
void DeliveryWorld::ask(Range range) {
    for (Sequence n = range.from; n <= range.to; ++n) asked_.insert({journal_.live.epoch, n});
}

bool DeliveryWorld::take_asked(Range range) {
    for (Sequence n = range.from; n <= range.to; ++n) {
        const auto at = asked_.find({journal_.live.epoch, n});
        if (at == asked_.end()) return false;
        asked_.erase(at);
    }
    return true;
}

void DeliveryWorld::answer_too_large(const Packet& packet, Delivery::Ticket ticket, bool again) {
    require(packet.range.from < packet.range.to, "one event alone fits");
    later(delay(200), [this, ticket, again, range = packet.range, connection = connection_] {
        if (connection != connection_ || !connected_) return;
        if (again && too_large_ == TooLarge::refuse) ask(range);
        switch (too_large_) {
            case TooLarge::refuse: return require(!delivery_.too_large(ticket, now_), "an event is given up that fits");
            case TooLarge::discard: return (void)delivery_.acknowledged(ticket, now_);
            case TooLarge::close: return break_connection();
        }
    });
}

void DeliveryWorld::answer(Delivery::Ticket ticket) {
    const auto upto = delivery_.acknowledged(ticket, now_);
    if (!upto) return;
    require(*upto <= journal_.live.last, "the broker confirms beyond the last event");
    for (Sequence n = journal_.live.confirmed + 1; n <= *upto; ++n) {
        require(at_broker_.count(journal_.contents[n - 1]) != 0, "confirmed without the broker's acknowledgement");
    }
    journal_.live.confirmed = std::max(journal_.live.confirmed, *upto);
    delivery_.journal_has(journal_.live, now_);
}

void DeliveryWorld::arrive(const Packet& packet) {
    if (!central_here_) return;  // the broker keeps nothing for it
    Committed& epoch = central_.epochs[packet.epoch];
    for (Sequence n = packet.range.from; n <= packet.range.to; ++n) {
        if (n > epoch.upto) epoch.sequences.insert(n);
        central_.effects.insert(packet.contents[n - packet.range.from]);
    }
    if (central_knows_) later(delay(1'000), [this, quoted = *central_knows_] { receipt(quoted); });
}

void DeliveryWorld::hello() {
    delivery_.hello_sent(now_);
    last_hello_ = {random_() | 1, journal_.live};
    if (bad(25)) return;
    later(delay(500), [this, said = last_hello_] {
        if (!central_here_) return;
        central_knows_ = said;
        receipt(said);
    });
}

/// From committed storage only. What is pruned at the agent is passed by `gone`.
void DeliveryWorld::receipt(const HelloSent& quoted) {
    if (!central_here_) return;
    Committed& epoch = central_.epochs[quoted.live.epoch];
    Sequence upto = 0;
    while (epoch.sequences.count(upto + 1) != 0 || upto + 1 < quoted.live.first) {
        if (epoch.sequences.insert(++upto).second && quoted.live.epoch == journal_.live.epoch) {
            gone_.insert(journal_.contents[upto - 1]);
        }
    }
    std::vector<Range> also;
    std::vector<Range> need;
    Sequence end = upto;
    for (auto at = epoch.sequences.upper_bound(upto); at != epoch.sequences.end() && also.size() < 4; ++at) {
        if (*at > end + 1) need.push_back({end + 1, *at - 1});
        if (*at > end + 1) also.push_back({*at, *at});
        if (!also.empty()) also.back().to = *at;
        end = *at;
    }
    if (bad(20)) return;
    if (chance(70)) need.clear();
    if (upto > 0 && chance(20)) {
        const Sequence from = 1 + random_() % upto;
        need.insert(need.begin(), {from, from + random_() % (upto - from + 1)});
    }
    if (chance(10)) delivery_.granted(bad(20) ? 0 : 100 + random_() % 10'000, now_);
    later(delay(bad(10) ? 20'000 : 200), [this, quoted, upto, also, need] { confirm(quoted, upto, also, need); });
}

void DeliveryWorld::confirm(const HelloSent& quoted, Sequence upto, const std::vector<Range>& also,
                            const std::vector<Range>& need) {
    const bool ours = connected_ && quoted.number == last_hello_.number && quoted.live.epoch == journal_.live.epoch;
    if (!ours || settings_.confirm == DeliverySettings::Confirm::broker) return;
    journal_.live.confirmed = upto;
    for (const Range& range : need) {
        if (range.from <= upto) ask(range);
    }
    answered_ = connection_;
    delivery_.journal_has(journal_.live, now_);
    delivery_.receipt({upto, also, std::nullopt, false}, need, now_);
    delivery_.journal_has(journal_.live, now_);
}

void DeliveryWorld::check() {
    require(delivery_.outstanding_events() <= settings_.flow_events, "more events outstanding than the flow limit");
    require(delivery_.outstanding_bytes() <= settings_.flow_bytes + longest_line, "more bytes than the flow limit");
    require(delivery_.in_flight() <= std::max(1U, std::min(settings_.window, receive_maximum_)),
            "the window is broken");
}

bool DeliveryWorld::finished() const {
    const bool asked = settings_.confirm == DeliverySettings::Confirm::broker || answered_ == connection_ || !restored_;
    return fair_ && asked && journal_.live.confirmed == journal_.live.last;
}

DeliveryWorld::Report DeliveryWorld::run() {
    std::uint64_t events = 0;
    while (broken_.empty() && !finished() && now_ - start_ < bad_time + fair_time) {
        act();
        check();
        const bool timer_first = agenda_.empty() || timer_ < agenda_.begin()->first;
        if (timer_first && timer_ == SteadyTime::max()) {
            require(false, "it waits for ever");
            break;
        }
        now_ = std::max(now_, timer_first ? timer_ : agenda_.begin()->first);
        if (timer_first) continue;
        const auto what = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        what();
        check();
        ++events;
    }
    require(finished(), "not everything is confirmed though the line is fair");
    const std::set<Content>& there =
        settings_.confirm == DeliverySettings::Confirm::central ? central_.effects : at_broker_;
    for (Content content = 1; content <= contents_ && broken_.empty(); ++content) {
        require(there.count(content) != 0 || gone_.count(content) != 0, "an event was confirmed and never arrived");
    }
    return {broken_, decisions_, events};
}

}  // namespace tillpost::test
