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

    /// The agents whose receipt is due, the longest waiting first. Each has one receipt under way until published().
    std::vector<Due> take(SteadyTime now, std::size_t most);
    /// The broker has the receipt; or it has not, then another one is due.
    void published(const AgentName& agent, bool delivered, SteadyTime now);
    /// When take() has something next; SteadyTime::max() if nothing is due.
    SteadyTime next() const { return due_.empty() ? SteadyTime::max() : due_.begin()->first; }
    /// From now on whatever would be due some time is due at once: for a stop.
    void hurry();

    std::size_t size() const { return agents_.size(); }

    static constexpr Millis join{50};                       ///< Commits within this time share a receipt.
    static constexpr Millis pace{900};                      ///< Between two receipts of an agent …
    static constexpr std::uint64_t many = 1024;             ///< … unless so many lines were committed meanwhile.
    static constexpr std::size_t most_summaries = 500'000;  ///< Epochs of all hellos together

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
    std::size_t summaries_ = 0;
    bool hurried_ = false;
};

}  // namespace tillpost
