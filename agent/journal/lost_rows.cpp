// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/lost_rows.hpp"

#include <utility>

namespace tillpost {
namespace {

constexpr std::string_view lost_member = "\"lost\":\"";

}  // namespace

/// While nothing is lost only the moves are of use: a copy is told of under its former number.
void LostRows::row(Epoch epoch, Sequence sequence, std::string_view body) {
    const std::string_view type = body_type(body);
    if (stones_.any() || type == "reissued") (void)stones_.take({0, sequence}, epoch, type, body_data(body));
}

void LostRows::lost_row(Epoch epoch, Sequence sequence, std::string_view reason) {
    (void)stones_.add({0, sequence}, epoch, reason, true);
}

void LostRows::line(Epoch epoch, Sequence sequence, std::string_view ending) {
    if (!ending.starts_with(lost_member)) return row(epoch, sequence, ending);
    const std::string_view reason = ending.substr(lost_member.size());
    lost_row(epoch, sequence, reason.substr(0, reason.find('"')));
}

std::vector<Range> LostRows::take_untold() {
    std::vector<Range> untold;
    Tombstones seen = std::exchange(stones_, {});
    seen.settle([](Tombstones::Place) { return true; },
                [&untold](const Tombstones::Finding& finding) {
                    if (finding.standing != Tombstones::Standing::untold) return;
                    untold.push_back({finding.at.sequence, finding.last});
                });
    return untold;
}

}  // namespace tillpost
