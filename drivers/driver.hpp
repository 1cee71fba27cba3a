// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "platform/error.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// What a device or feed handed over, before anybody has looked into it.
struct Observation {
    enum class Kind {
        record,  ///< One JSON object, as POS software sends it: a transaction, a goods receipt, …
        scan     ///< The characters of one bar code.
    };
    Kind kind = Kind::record;
    std::string device;  ///< The configured name of the feed or device: "feed", "scanner-1".
    std::string bytes;
    std::string aim;  ///< scan: AIM symbology identifier (ISO/IEC 15424) such as "]E0", empty if not sent.
};

/// What became of an observation. `accepted` and `quarantined` mean: it is on stable storage.
struct Outcome {
    enum class Kind { accepted, quarantined, refused };
    Kind kind = Kind::refused;
    std::string epoch;           ///< accepted, quarantined: 16 hex digits.
    std::uint64_t sequence = 0;  ///< accepted, quarantined: of the event, or of the `quarantined` event.
    std::string quarantine_id;   ///< quarantined
    std::string rule;            ///< quarantined: why
    std::string field;           ///< quarantined: JSON pointer to the field, "" for the whole record
    std::string reason;          ///< refused: a word for programs, a colon, a sentence for people
};

/// Called exactly once, on the loop, in no particular order.
using Answer = std::function<void(const Outcome&)>;

/// A device that ours must find has been away for longer than a moment, or is back after that.
struct Presence {
    std::string device;  ///< The configured name
    bool there = false;
    std::string detail;  ///< One sentence
    Millis away{};       ///< For so long up to now
};

/// Where drivers deliver. Implemented by agent/capture. Loop thread only.
class Sink {
public:
    virtual ~Sink() = default;
    virtual void submit(Observation observation, Answer answer) = 0;
    /// False: enough waits for the disk. A driver that can make its peers wait submits nothing more until resume(); one
    /// that cannot submits all the same: room is kept for it, and beyond that it is refused (`busy`).
    virtual bool has_room() const { return true; }
    /// Whether anybody is connected to a device that others connect to; called when that changes.
    virtual void connected(const std::string& device, bool any) {
        (void)device;
        (void)any;
    }
    /// What a device cannot have said is told apart from what did not happen.
    virtual void presence(const Presence& news) { (void)news; }
};

/// A device family's or feed's running part. Loop thread only.
class Driver {
public:
    struct Health {
        std::string name;
        bool up = false;
        std::string detail;  ///< What a shop's IT person should know, one sentence.
        std::uint64_t observations = 0;
        std::uint64_t refused = 0;  ///< By the driver itself; the sink counts its own refusals.
        std::map<std::string, std::uint64_t> turned_away{};  ///< Connections refused or closed, by the reason's word
    };
    virtual ~Driver() = default;
    /// Opens what must be there at start (sockets); devices that may come later are opened by run().
    virtual Result<void> start() = 0;
    /// Runs until cancelled; survives and reports every failure of its device.
    virtual asio::awaitable<void> run() = 0;
    /// The sink has room again, after it had none.
    virtual void resume() {}
    /// The daemon is stopping: take nothing new, answer what is under way. run() ends by itself or is cancelled.
    virtual void drain() = 0;
    virtual std::vector<Health> health() const = 0;
};

}  // namespace tillpost
