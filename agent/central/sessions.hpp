// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <vector>

#include "agent/central/store.hpp"

namespace tillpost {

/// Knows each agent's last hello and decides when the agent gets a receipt. Pure; times are arguments.
///
/// A hello is answered at once. After a commit a receipt follows within a second: at once (but for a short wait in
/// which further commits join) for the first, then one a second; more often only while so much is committed that the
/// agent's flow limit would make it wait. An agent without a hello gets none: it would not believe it.
class Sessions {
public:
    struct Due {
        AgentName agent;
        Hello hello;
        std::set<Epoch> epochs;  ///< Committed to since the last receipt
        CentralStore::Scope scope = CentralStore::Scope::besides_only;
    };

    /// False: too many agents' hellos are remembered already; this one is not.
    bool greeted(const AgentName& agent, Hello hello, SteadyTime now);
    void committed(const AgentName& agent, const Committed::Touched& touched, SteadyTime now);
    /// It was connected before us, and does not know that we are here: it is to be called, unless it greets first.
    void present(const AgentName& agent, SteadyTime now);
    void left(const AgentName& agent) { uncalled_.erase(agent); }

    /// The agents whose receipt is due, the longest waiting first. Each has one receipt under way until published().
    std::vector<Due> take(SteadyTime now, std::size_t most);
    /// The broker has the receipt; or it has not, then another one is due.
    void published(const AgentName& agent, bool delivered, SteadyTime now);
    /// The agents to be called now. So many a second that a large fleet's hellos do not come all at once.
    std::vector<AgentName> call(SteadyTime now, std::size_t most);
    /// When take() or call() has something next; SteadyTime::max() if nothing is due.
    SteadyTime next() const {
        const SteadyTime call = uncalled_.empty() ? SteadyTime::max() : call_at_;
        return due_.empty() ? call : std::min(call, due_.begin()->first);
    }
    /// From now on whatever would be due some time is due at once: for a stop.
    void hurry();

    std::size_t size() const { return agents_.size(); }

    static constexpr Millis join{50};                       ///< Commits within this time share a receipt.
    static constexpr Millis pace{900};                      ///< Between two receipts of an agent …
    static constexpr std::uint64_t many = 1024;             ///< … unless so many lines were committed meanwhile.
    static constexpr std::size_t most_summaries = 500'000;  ///< Epochs of all hellos together
    static constexpr std::size_t calls_at_once = 10;        ///< … each
    static constexpr Millis call_step{20};                  ///< A fleet of 100,000 is called in 200 s.
    static constexpr std::size_t most_uncalled = 100'000;   ///< Who is beyond that greets when it has waited enough.

private:
    struct State {
        Hello hello;
        std::set<Epoch> epochs;
        std::uint64_t lines = 0;
        bool answer = false;  ///< The hello is not answered yet.
        bool under_way = false;
        Due sent;            ///< While under way: without the hello
        SteadyTime since{};  ///< The first commit that no receipt covers
        SteadyTime last = SteadyTime::min();
        SteadyTime due = SteadyTime::max();
    };
    bool dirty(const State& state) const { return state.answer || !state.epochs.empty(); }
    void schedule(const AgentName& agent, State& state);

    std::map<AgentName, State> agents_;
    std::set<std::pair<SteadyTime, AgentName>> due_;
    std::set<AgentName> uncalled_;
    SteadyTime call_at_{};
    std::size_t summaries_ = 0;
    bool hurried_ = false;
};

}  // namespace tillpost
