// SPDX-License-Identifier: Apache-2.0
#include "platform/log_limit.hpp"

#include <algorithm>
#include <vector>

namespace tillpost {
namespace {

thread_local std::vector<LogLimit*> keeping;
thread_local std::function<void()> one_more;

}  // namespace

LogLimit::~LogLimit() { keeping.erase(std::remove(keeping.begin(), keeping.end(), this), keeping.end()); }

void LogLimit::say(SteadyTime now, Line line) {
    ++unsaid_;
    if (!said_ || now - *said_ >= interval_) return say_now(now, line);
    const bool is_first = !std::exchange(line_, std::move(line));
    if (!is_first) return;
    keeping.push_back(this);
    if (one_more) one_more();
}

void LogLimit::say_now(SteadyTime now, const Line& line) {
    keeping.erase(std::remove(keeping.begin(), keeping.end(), this), keeping.end());
    said_ = now;
    line(std::exchange(unsaid_, 0));
    line_ = nullptr;
}

SteadyTime LogLimit::due() {
    SteadyTime first = SteadyTime::max();
    for (const LogLimit* each : keeping) first = std::min(first, *each->said_ + each->interval_);
    return first;
}

void LogLimit::say_due(SteadyTime now) {
    const auto all = keeping;
    for (LogLimit* each : all) {
        const SteadyTime end = *each->said_ + each->interval_;
        if (end <= now) each->say_now(end, each->line_);
    }
}

void LogLimit::on_unsaid(std::function<void()> call) { one_more = std::move(call); }

}  // namespace tillpost
