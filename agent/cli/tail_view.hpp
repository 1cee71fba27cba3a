// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "platform/error.hpp"

namespace tillpost::cli {

/// Turns the control socket's lines into those of `tillpost tail`:
///
///     11:15:30+01:00 42 captured sale pos/T01/2026-11-23/0007 ok feed
///     11:15:31+01:00 43 captured quarantined - ok feed: not_json
///     11:15:32+01:00 44 captured seal - ok journal
///     … 42 sent
///     … 40 confirmed
///
/// Sent and confirmed mean: everything up to that number. Times are the machine's local ones. No I/O; harmless for a
/// terminal.
class TailView {
public:
    /// With line breaks; "" for a line that says nothing. Errc::rejected with the daemon's reason when it refuses;
    /// Errc::invalid for what is no line of a tail.
    Result<std::string> show(std::string_view line);

private:
    /// Numbers start anew with an epoch, so a new one is said.
    std::string introduce(const std::string& epoch);
    std::string epoch_;
};

/// A JSON line, written anew in ASCII without control characters; Errc::invalid if it is not JSON.
Result<std::string> plain_json(std::string_view line);

}  // namespace tillpost::cli
