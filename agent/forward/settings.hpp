// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/forward/rate_limit.hpp"
#include "platform/clock.hpp"

namespace tillpost {

struct DeliverySettings {
    enum class Confirm {
        central,  ///< An event leaves the journal on the final consumer's receipt.
        broker    ///< … on the broker's PUBACK: what the broker loses then is lost.
    };
    enum class Order {
        lanes,  ///< New events do not wait behind a backlog.
        strict  ///< By sequence alone.
    };
    enum class Compress { none, zstd };
    Compress compress = Compress::none;  ///< zstd: MQTT 5 only
    Confirm confirm = Confirm::central;
    Order order = Order::lanes;
    Millis live_for{5'000};                 ///< So long after its capture an event is live.
    std::uint32_t largest_packet = 0;       ///< What the broker takes, where it does not say so itself; 0 for no limit.
    std::uint64_t batch_bytes = 64 * 1024;  ///< Lines of one message together, at most; a larger event goes alone.
    std::uint32_t window = 16;              ///< Messages sent and not acknowledged by the broker …
    std::uint64_t window_bytes = 2 << 20;   ///< … and their bytes, at most: the line's own measure is often less.
    std::uint64_t flow_events = 16'384;     ///< Sent and not covered by a receipt, at most …
    std::uint64_t flow_bytes = 16ULL << 20;  ///< … over all epochs.
    Millis first_retry{1'000};               ///< Full jitter from here, doubling …
    Millis longest_retry{300'000};           ///< … up to here, for ever.
    /// Full jitter over this after a connection that had been stable: a broker that restarts drops a whole fleet at one
    /// moment, and 100,000 agents in 20 s are 5,000 connects a second.
    Millis spread_retry{20'000};
    Millis stable_after{60'000};  ///< A connection that lasted so long starts the next backoff anew.
    /// After a connection that did not last, but over which events were confirmed: short outages in a row must not add
    /// up to minutes, nor may a broker that dies of its fleet have it back at once.
    Millis longest_retry_after_use{60'000};
    Millis idle_hello{2 * 3600 * 1000};  ///< With nothing to send: central is asked this often, or half as often.
    Millis progress_timeout{15'000};     ///< Without a receipt's progress for so long: probe.
    Millis keep_alive{30'000};           ///< Of the connection
    bool other_brokers = false;          ///< There is one to go to when nothing comes forward over the present one.
    /// Without the broker's answer to any message of events for so long, and the time that the line needs for them: the
    /// connection is given up, whatever else the broker may answer.
    Millis patience() const { return keep_alive * 9 / 4; }
    std::vector<DailyRate> rates;  ///< Of messages of events, for lines that are paid by the byte.
};

}  // namespace tillpost
