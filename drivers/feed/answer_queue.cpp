// SPDX-License-Identifier: Apache-2.0
#include "drivers/feed/answer_queue.hpp"

#include <utility>

namespace tillpost {
namespace {

constexpr std::size_t kept_answer_capacity = 32 * 1024;  // an idle connection shall not hold on to its largest burst

}  // namespace

AnswerQueue::Ticket AnswerQueue::expect() {
    places_.emplace_back();
    return first_ + places_.size() - 1;
}

void AnswerQueue::answer(Ticket ticket, std::string text) {
    if (ticket < first_ || ticket - first_ >= places_.size()) return;
    std::string& place = places_[ticket - first_];
    if (!place.empty()) return;
    unsent_ += text.size();
    place = std::move(text);
    while (!places_.empty() && !places_.front().empty()) {
        ready_.append(places_.front());
        places_.pop_front();
        ++first_;
    }
}

std::string_view AnswerQueue::begin_write() {
    if (!writing_.empty()) return {};
    writing_.swap(ready_);
    return writing_;
}

void AnswerQueue::end_write() {
    unsent_ -= writing_.size();
    writing_.clear();
    if (unsent_ > 0) return;
    if (writing_.capacity() > kept_answer_capacity) writing_ = {};
    if (ready_.capacity() > kept_answer_capacity) ready_ = {};
}

}  // namespace tillpost
