// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "platform/clock.hpp"

namespace tillpost {

/// [once-2] Since when this file knows what was recorded on this machine. Before that there may have been another
/// journal (the box was imaged anew, its journal removed or restored), whose keys nobody knows here. Pure.
class Birth {
public:
    /// `sure`: the wall clock was synchronised then.
    void set(WallTime at, bool sure);
    WallTime at() const { return at_; }
    bool sure() const { return sure_; }

    /// Whether a record may have been recorded before: by its own time (RFC 3339), or by its business date where that
    /// says nothing. Either may be ""; what has neither is taken for new.
    bool may_come_after(std::string_view time, std::string_view business_date, const Timestamp& now);

private:
    WallTime at_{};
    bool sure_ = true;
    std::string day_;    ///< Of the birth, by the machine's time zone
    std::string later_;  ///< A time that begins with this date or a later one is after the birth in each time zone.
    Millis ahead_{};     ///< By how much the clock of a device was seen ahead of ours
};

}  // namespace tillpost
