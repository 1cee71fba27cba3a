// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "agent/wire/tombstones.hpp"

namespace tillpost {

/// Which lost rows of an epoch none of the agent's own events tells of: the agent did not find them damaged, somebody
/// made them so. Sees the epoch's rows in order, once; what tells of one stands behind it. Pure; bounded memory.
class LostRows {
public:
    void row(Epoch epoch, Sequence sequence, std::string_view body);
    void lost_row(Epoch epoch, Sequence sequence, std::string_view reason);
    /// A row as it is sent, without its prefix: a body, or what stands in its place.
    void line(Epoch epoch, Sequence sequence, std::string_view ending);

    /// Of what was seen; begins anew.
    std::vector<Range> take_untold();

private:
    Tombstones stones_;
};

}  // namespace tillpost
