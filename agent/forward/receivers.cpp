// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/receivers.hpp"

#include <algorithm>
#include <utility>

namespace tillpost {

void ReceiptAlarms::wrong(std::string text, WallTime now) { wrong_ = Alarm{std::move(text), now}; }

void ReceiptAlarms::another(std::string text, WallTime now) {
    another_ = Alarm{std::move(text), now};
    heard_ = true;
}

bool ReceiptAlarms::hello_sent() {
    if (std::exchange(heard_, false) || !another_) return false;
    another_.reset();
    return true;
}

std::string ReceiptAlarms::text() const {
    if (!another_) return wrong_ ? wrong_->text : "";
    return another_->text + (wrong_ ? "; " + wrong_->text : "");
}

std::optional<WallTime> ReceiptAlarms::at() const {
    std::optional<WallTime> newest;
    for (const auto* each : {&wrong_, &another_}) {
        if (each->has_value() && (!newest || (*each)->at > *newest)) newest = (*each)->at;
    }
    return newest;
}

ReceiverRuns::Seen ReceiverRuns::heard(const std::string& run) {
    if (!present_) present_ = run;
    if (*present_ == run) return Seen::same;
    const bool back = std::find(former_.begin(), former_.end(), run) != former_.end();
    std::erase(former_, run);
    if (former_.size() == most_former) former_.pop_front();
    former_.push_back(*std::exchange(present_, run));
    return back ? Seen::back : Seen::another;
}

}  // namespace tillpost
