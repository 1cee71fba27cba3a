// SPDX-License-Identifier: Apache-2.0
#include "agent/central/receiver.hpp"

#include <algorithm>
#include <utility>

#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_receipts_a_turn = 64;
constexpr Millis stop_commits{6'000};
constexpr Millis stop_receipts{2'000};

}  // namespace

Receiver::Receiver(asio::any_io_executor loop, MqttConnection& connection, CentralStore& store,
                   ReceiverSettings settings, Calls calls)
    : connection_(connection),
      store_(store),
      settings_(std::move(settings)),
      calls_(std::move(calls)),
      link_wake_(loop),
      pause_wake_(loop),
      commit_wake_(loop),
      receipt_wake_(loop),
      stop_wake_(loop),
      tasks_(loop, [this](const std::string& task, const std::string& what) {
          fail(Error{Errc::io, "task " + task + ": " + what});
      }) {
    batch_.want_taken = static_cast<bool>(calls_.taken);
}

void Receiver::start() {
    MqttConnection::Events events;
    events.on_message = [this](MqttMessage message) { on_message(std::move(message)); };
    events.on_lost = [this](const Error& why) { on_lost(why); };
    connection_.set_events(std::move(events));
    tasks_.spawn("connection", run_connection());
    tasks_.spawn("commits", run_commits());
    tasks_.spawn("receipts", run_receipts());
}

void Receiver::stop() {
    if (std::exchange(stopping_, true)) return;
    tasks_.spawn("stop", run_stop());
}

void Receiver::enqueue(Item item) {
    if (queued_bytes_ + item.bytes() > settings_.queue_bytes) {
        ++stats_.dropped_messages;
        if (!std::exchange(dropping_, true)) {
            log::warn("the queue is full: messages are dropped until it shrinks; their agents send them again",
                      {{"bytes", queued_bytes_}});
        }
        return;
    }
    queued_bytes_ += item.bytes();
    queue_.push_back(std::move(item));
    commit_wake_.notify();
}

void Receiver::fill_batch() {
    queued_bytes_ -= batch_.bytes;
    batch_.lines.clear();
    batch_.hellos.clear();
    batch_.bytes = 0;
    while (!queue_.empty() && batch_.bytes < settings_.batch_bytes) {
        Item& item = queue_.front();
        batch_.bytes += item.bytes();
        if (item.hello) {
            batch_.hellos.emplace_back(std::move(item.lines.agent), std::move(*item.hello));
        } else {
            batch_.lines.push_back(std::move(item.lines));
        }
        queue_.pop_front();
    }
    if (queued_bytes_ < settings_.queue_bytes / 2) dropping_ = false;
}

asio::awaitable<void> Receiver::run_commits() {
    for (;;) {
        fill_batch();
        if (batch_.bytes == 0) {
            committing_ = false;
            stop_wake_.notify();
            co_await commit_wake_.wait();
            continue;
        }
        committing_ = true;
        const bool committed = co_await commit_batch();
        if (!committed) co_return;
        // Hellos are answered behind what came before them, so that the answer covers it.
        for (auto& [agent, hello] : batch_.hellos) {
            if (!sessions_.greeted(agent, std::move(hello), steady_now())) {
                log::warn("too many agents: a hello stays unanswered", {{"agent", agent.source()}});
            }
        }
        receipt_wake_.notify();
    }
}

Result<Committed> Receiver::commit_on_worker() {
    Result<Committed> committed = store_.commit(batch_.lines, batch_.want_taken);
    if (committed && !committed->taken.empty()) calls_.taken(committed->taken);
    return committed;
}

asio::awaitable<bool> Receiver::commit_batch() {
    bool full = false;
    for (;;) {
        if (batch_.lines.empty()) co_return true;
        auto job = [this] { return commit_on_worker(); };
        const Result<Committed> committed = co_await worker_.run(std::move(job));
        if (committed) {
            if (full) log::warn("there is space again: receipts go on");  // Who was told the one is told the other.
            note(*committed);
            co_return true;
        }
        if (committed.error().code != Errc::full) {
            fail(committed.error());
            co_return false;
        }
        if (!std::exchange(full, true)) {
            log::error("the disk is full: no receipts until there is space", {{"reason", committed.error().message}});
        }
        const SteadyTime again = steady_now() + settings_.full_retry;
        for (;;) {
            if (steady_now() >= again) break;
            co_await commit_wake_.wait_until(again);
        }
    }
}

void Receiver::note(const Committed& committed) {
    ++stats_.batches;
    stats_.lines += committed.counters;
    for (const std::string& alarm : committed.alarms) log::error(alarm);
    for (const auto& [agent, touched] : committed.agents) sessions_.committed(agent, touched, steady_now());
}

asio::awaitable<void> Receiver::run_receipts() {
    for (;;) {
        const std::size_t room = receipt_window_ - std::min(receipts_waiting_, receipt_window_);
        const bool able = online_ && room > 0;
        if (failed_) co_return;
        if (!able || sessions_.next() > steady_now()) {
            stop_wake_.notify();
            const SteadyTime until = able ? sessions_.next() : SteadyTime::max();
            co_await receipt_wake_.wait_until(until);
            continue;
        }
        for (const AgentName& agent : sessions_.call(steady_now(), room)) call(agent);
        std::vector<Sessions::Due> due = sessions_.take(steady_now(), std::min(room, most_receipts_a_turn));
        if (due.empty()) continue;
        const bool sent = co_await send_receipts(std::move(due));
        if (!sent) co_return;
    }
}

/// An agent's share: valid for a minute there, and renewed by each receipt.
std::optional<std::uint64_t> Receiver::granted_rate() const {
    if (!settings_.backlog_rate) return std::nullopt;
    return std::max<std::uint64_t>(1, *settings_.backlog_rate / std::max<std::size_t>(1, agents_online_.size()));
}

Result<std::vector<Receiver::Answer>> Receiver::answer_on_worker(const std::vector<Sessions::Due>& due,
                                                                 std::optional<std::uint64_t> rate) {
    std::vector<Answer> answers;
    for (const Sessions::Due& each : due) {
        Result<Receipt> receipt = store_.receipt(each.agent, each.hello, each.epochs, each.scope);
        if (!receipt) return receipt.error();
        receipt->rate = rate;
        answers.push_back({each.agent, encode(*receipt)});
    }
    return answers;
}

asio::awaitable<bool> Receiver::send_receipts(std::vector<Sessions::Due> due) {
    auto job = [this, due = std::move(due), rate = granted_rate()] { return answer_on_worker(due, rate); };
    answering_ = true;
    Result<std::vector<Answer>> answers = co_await worker_.run(std::move(job));
    answering_ = false;
    if (failed_) co_return false;
    if (!answers) {
        fail(answers.error());
        co_return false;
    }
    for (Answer& answer : *answers) publish(std::move(answer));
    co_return true;
}

void Receiver::publish(Answer answer) {
    ++receipts_waiting_;
    MqttMessage message{answer.agent.topic("receipt"), std::move(answer.payload), false};
    connection_.publish(std::move(message), [this, agent = answer.agent](const Result<void>& outcome) {
        --receipts_waiting_;
        if (outcome) ++stats_.receipts;
        // A broker that refuses one receipt would refuse it again at once: the agent's next hello asks anew.
        const bool again = !outcome && outcome.error().code == Errc::not_connected;
        if (!outcome && !again) refused(agent, outcome.error());
        sessions_.published(agent, !again, steady_now());
        receipt_wake_.notify();
    });
}

void Receiver::call(const AgentName& agent) {
    ++receipts_waiting_;
    const Receipt receipt{std::string(Receipt::no_hello), store_.receiver(), {}, std::nullopt, store_.run()};
    connection_.publish({agent.topic("receipt"), encode(receipt), false}, [this, agent](const Result<void>& outcome) {
        --receipts_waiting_;
        if (!outcome && is_refusal(outcome.error())) refused(agent, outcome.error());
        receipt_wake_.notify();
    });
}

void Receiver::refused(const AgentName& agent, const Error& why) {
    auto line = [topic = agent.topic("receipt"), why = why.message](std::uint64_t times) {
        log::error("the broker refuses a receipt: the agent keeps what it has, and sends no more",
                   {{"topic", topic}, {"why", why}, {"times", times}, {"what_to_do", "let us publish there"}});
    };
    refused_said_.say(steady_now(), std::move(line));
}

bool Receiver::receipts_left() const {
    return online_ && (answering_ || receipts_waiting_ > 0 || sessions_.next() != SteadyTime::max());
}

void Receiver::fail(const Error& error) {
    failed_ = true;
    calls_.on_failure(error);
}

asio::awaitable<void> Receiver::run_stop() {
    const SteadyTime commits = steady_now() + stop_commits;
    for (;;) {
        const bool busy = committing_ || !queue_.empty();
        if (failed_ || !busy || steady_now() >= commits) break;
        co_await stop_wake_.wait_until(commits);
    }
    sessions_.hurry();
    receipt_wake_.notify();
    const SteadyTime receipts = steady_now() + stop_receipts;
    for (;;) {
        if (failed_ || !receipts_left() || steady_now() >= receipts) break;
        co_await stop_wake_.wait_until(receipts);
    }
    co_await connection_.disconnect();
    tasks_.when_idle(calls_.on_stopped);
    tasks_.request_stop();
}

}  // namespace tillpost
