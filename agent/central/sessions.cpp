// SPDX-License-Identifier: Apache-2.0
#include "agent/central/sessions.hpp"

#include <algorithm>
#include <utility>

namespace tillpost {

bool Sessions::greeted(const AgentName& agent, Hello hello, SteadyTime now) {
    const auto found = agents_.find(agent);
    const std::size_t before = found == agents_.end() ? 0 : found->second.hello.epochs.size() + 1;
    const std::size_t after = summaries_ - before + hello.epochs.size() + 1;
    if (after > most_summaries) return false;
    summaries_ = after;
    uncalled_.erase(agent);
    State& state = agents_[agent];
    state.hello = std::move(hello);
    state.answer = true;
    state.since = now;
    schedule(agent, state);
    return true;
}

void Sessions::committed(const AgentName& agent, const Committed::Touched& touched, SteadyTime now) {
    const auto found = agents_.find(agent);
    if (found == agents_.end() || touched.epochs.empty()) return;
    State& state = found->second;
    if (!dirty(state)) state.since = now;
    state.epochs.insert(touched.epochs.begin(), touched.epochs.end());
    state.lines += touched.lines;
    schedule(agent, state);
}

void Sessions::present(const AgentName& agent, SteadyTime now) {
    if (hurried_ || uncalled_.size() == most_uncalled) return;
    if (uncalled_.empty()) call_at_ = std::max(call_at_, now);
    uncalled_.insert(agent);
}

std::vector<AgentName> Sessions::call(SteadyTime now, std::size_t most) {
    std::vector<AgentName> called;
    if (now < call_at_) return called;
    while (!uncalled_.empty() && called.size() < std::min(most, calls_at_once)) {
        called.push_back(std::move(uncalled_.extract(uncalled_.begin()).value()));
    }
    call_at_ = now + call_step;
    return called;
}

void Sessions::schedule(const AgentName& agent, State& state) {
    due_.erase({state.due, agent});
    state.due = SteadyTime::max();
    if (!dirty(state) || state.under_way) return;
    if (state.answer || hurried_) {
        state.due = state.since;
    } else {
        state.due = state.since + join;
        const bool before = state.last != SteadyTime::min();
        if (before && state.lines < many) state.due = std::max(state.due, state.last + pace);
    }
    due_.emplace(state.due, agent);
}

std::vector<Sessions::Due> Sessions::take(SteadyTime now, std::size_t most) {
    std::vector<Due> taken;
    while (!due_.empty() && due_.begin()->first <= now && taken.size() < most) {
        const AgentName agent = due_.begin()->second;
        State& state = agents_.at(agent);
        Due due{agent, {}, std::move(state.epochs), CentralStore::Scope::besides_only};
        if (state.answer) due.scope = CentralStore::Scope::all;
        state.sent = due;
        state.epochs.clear();
        state.lines = 0;
        state.answer = false;
        state.under_way = true;
        state.last = now;
        schedule(agent, state);
        due.hello = state.hello;
        taken.push_back(std::move(due));
    }
    return taken;
}

void Sessions::published(const AgentName& agent, bool delivered, SteadyTime now) {
    const auto found = agents_.find(agent);
    if (found == agents_.end()) return;
    State& state = found->second;
    state.under_way = false;
    if (!delivered) {
        if (!dirty(state)) state.since = now;
        state.epochs.merge(state.sent.epochs);
        if (state.sent.scope == CentralStore::Scope::all) state.answer = true;
    }
    schedule(agent, state);
}

void Sessions::hurry() {
    hurried_ = true;
    uncalled_.clear();
    for (auto& [agent, state] : agents_) schedule(agent, state);
}

}  // namespace tillpost
