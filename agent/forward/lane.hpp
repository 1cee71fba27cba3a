// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tillpost {

/// [order-1] Live events do not wait behind a backlog: by age alone, each event is in one of two lanes.
enum class Lane { backlog, live };

constexpr int lane_count = 2;

}  // namespace tillpost
