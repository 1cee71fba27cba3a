// SPDX-License-Identifier: Apache-2.0
// Central in the simulated store: its own Ledger and Sessions, and around them what its Store does in SQLite.
#include <algorithm>
#include <utility>

#include "tests/unit/delivery_world.hpp"

namespace tillpost::test {
namespace {

const std::string our_receiver(32, 'c');

}  // namespace

/// A backup of its file is put back: it has what it had then, and is another process.
void DeliveryWorld::restore_central() {
    if (!by_central()) return;
    // What a closed epoch has confirmed is reissued when central lost it; here central keeps it.
    for (const auto& [epoch, was] : central_.epochs) {
        if (epoch != journal_.live.epoch) backup_.epochs.insert_or_assign(epoch, was);
    }
    central_ = backup_;
    restored_ = true;
    restored_hello_.clear();
    if (central_here_) start_central();
}

void DeliveryWorld::start_central() {
    central_here_ = true;
    ++run_;
    sessions_ = Sessions();
    if (connected_) sessions_.present(agent_, now_);
    plan_receipts();
}

DeliveryWorld::Committed& DeliveryWorld::committed(Epoch epoch) {
    const auto found = central_.epochs.find(epoch);
    if (found != central_.epochs.end()) return found->second;
    return central_.epochs.emplace(epoch, Committed{Ledger(sha_, agent_.source(), epoch), {}, {}, {}, {}})
        .first->second;
}

void DeliveryWorld::arrive(const Packet& packet) {
    if (!central_here_) return;  // the broker keeps nothing for it
    Committed& epoch = committed(packet.epoch);
    for (Sequence n = packet.range.from; n <= packet.range.to; ++n) {
        const std::size_t at = n - packet.range.from;
        take_line(epoch, n, packet.lines[at], packet.contents[at]);
    }
    sessions_.committed(agent_, {{packet.epoch}, packet.lines.size()}, now_);
    plan_receipts();
}

void DeliveryWorld::take_line(Committed& epoch, Sequence sequence, const Held& line, Content content) {
    const auto same = epoch.held.find(sequence);
    const bool holds = epoch.ledger.holds(sequence);
    if (holds && same == epoch.held.end()) {  // passed as gone: its content turns up later
        const auto before = epoch.held.find(sequence - 1);
        const auto behind = epoch.held.find(sequence + 1);
        const bool fits = (before == epoch.held.end() || epoch.ledger.links(before->second, sequence, line)) &&
                          (behind == epoch.held.end() || epoch.ledger.links(line, sequence + 1, behind->second));
        if (!fits) return;
        epoch.held.emplace(sequence, line);
    } else {
        const Verdict verdict = epoch.ledger.judge(sequence, line, holds ? &same->second : nullptr);
        if (verdict == Verdict::divergent || verdict == Verdict::broken) return refuse_line(epoch, sequence, line);
        if (verdict != Verdict::fresh) return;
        epoch.ledger.add(sequence, line);
        epoch.held.emplace(sequence, line);
    }
    epoch.contents.insert(content);
    if (const auto says = says_gone_.find(content); says != says_gone_.end()) {
        committed(says->second.epoch).waiting.push_back(says->second);
    }
    pass_what_is_gone(epoch);
}

void DeliveryWorld::refuse_line(Committed& epoch, Sequence sequence, const Held& line) {
    const auto previous = epoch.held.find(sequence - 1);
    const bool proven =
        epoch.ledger.proves_fork(sequence, line, previous != epoch.held.end() ? &previous->second : nullptr);
    if (proven) epoch.fork = std::min(epoch.fork.value_or(sequence), sequence);
}

void DeliveryWorld::pass_what_is_gone(Committed& epoch) {
    for (bool again = true; again;) {
        again = false;
        for (const Gone& gone : std::exchange(epoch.waiting, {})) {
            switch (epoch.ledger.judge_gone(gone.range, gone.before, gone.after)) {
                case Passing::held: break;
                case Passing::early: epoch.waiting.push_back(gone); break;
                case Passing::misfit:
                    epoch.fork = std::min(epoch.fork.value_or(gone.range.from), gone.range.from);
                    break;
                case Passing::pass:
                    epoch.ledger.pass(gone.range, gone.after);
                    again = true;
                    for (Sequence n = gone.range.from; n <= gone.range.to && gone.epoch == journal_.live.epoch; ++n) {
                        gone_.insert(journal_.contents[n - 1]);
                    }
                    break;
            }
        }
    }
}

void DeliveryWorld::plan_receipts() {
    if (!central_here_ || sessions_.next() >= receipts_at_) return;
    receipts_at_ = std::max(sessions_.next(), now_);
    later(std::chrono::ceil<Millis>(receipts_at_ - now_), [this] {
        receipts_at_ = SteadyTime::max();
        if (central_here_) send_receipts();
    });
}

void DeliveryWorld::send_receipts() {
    for (const AgentName& each : sessions_.call(now_, 1)) {
        (void)each;
        to_agent({std::string(Receipt::no_hello), our_receiver, {}, std::nullopt, to_hex(run_)});
    }
    for (const Sessions::Due& due : sessions_.take(now_, 1)) {
        send_receipt(due);
        sessions_.published(agent_, true, now_);
    }
    plan_receipts();
}

void DeliveryWorld::send_receipt(const Sessions::Due& due) {
    Receipt receipt{due.hello.number, our_receiver, {}, std::nullopt, to_hex(run_)};
    for (const EpochSummary& wanted : due.hello.epochs) {
        if (due.scope == CentralStore::Scope::all || due.epochs.contains(wanted.epoch)) {
            receipt.epochs.push_back(epoch_receipt(wanted));
        }
    }
    if (chance(10)) receipt.rate = bad(20) ? 0 : 100 + random_() % 10'000;
    to_agent(std::move(receipt));
}

/// From committed storage only. It asks for less than it lacks now and then, and again for what it has.
EpochReceipt DeliveryWorld::epoch_receipt(const EpochSummary& wanted) {
    const Committed& epoch = committed(wanted.epoch);
    EpochReceipt part;
    part.epoch = wanted.epoch;
    part.upto = epoch.ledger.upto();
    part.hash = epoch.ledger.hash_of_upto();
    part.also = epoch.ledger.also(wanted.first, 4);
    part.fork = epoch.fork;
    const Range within{1, std::max(wanted.last, epoch.ledger.highest())};
    if (chance(50)) part.need = epoch.ledger.missing(within, wanted.confirmed, 64);
    if (part.upto > 0 && chance(20)) {
        const Sequence from = 1 + random_() % part.upto;
        part.need.insert(part.need.begin(), {from, from + random_() % (part.upto - from + 1)});
    }
    return part;
}

void DeliveryWorld::to_agent(Receipt receipt) {
    if (bad(20)) return;
    later(delay(bad(10) ? 20'000 : 200), [this, receipt = std::move(receipt)] { receive(receipt); });
}

}  // namespace tillpost::test
