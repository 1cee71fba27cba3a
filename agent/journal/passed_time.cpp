// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/passed_time.hpp"

#include <algorithm>

namespace tillpost {

Millis PassedTime::at(const Timestamp& now, const std::string& boot) {
    if (!kept_) kept_ = Kept{{}, boot, now.since_boot, {}, false};
    const bool same_boot = boot == kept_->boot;
    if (same_boot) kept_->passed += std::max(Millis(0), now.since_boot - kept_->since_boot);
    kept_->was_off = kept_->was_off || !same_boot;
    kept_->boot = boot;
    kept_->since_boot = now.since_boot;
    if (!now.synced) return kept_->passed;
    const Millis ahead = now.wall.time_since_epoch() - kept_->passed;
    if (kept_->was_off && kept_->ahead) kept_->passed += std::clamp(ahead - *kept_->ahead, Millis(0), most_off);
    kept_->was_off = false;
    kept_->ahead = now.wall.time_since_epoch() - kept_->passed;
    return kept_->passed;
}

void AgeMarks::restore(std::optional<Mark> written, Mark newest) {
    written_ = written;
    newest_ = newest;
}

void AgeMarks::note(Mark mark) {
    if (mark.position != newest_.position) newest_ = mark;
}

std::optional<Mark> AgeMarks::take(Millis now, Millis step) {
    const bool is_new = !written_ || newest_.position != written_->position;
    if (!is_new || (written_ && now < written_->at + step)) return std::nullopt;
    written_ = newest_;
    return newest_;
}

}  // namespace tillpost
