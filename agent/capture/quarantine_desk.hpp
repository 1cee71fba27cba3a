// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "agent/capture/capture.hpp"
#include "agent/capture/quarantine_json.hpp"
#include "agent/journal/journal.hpp"

namespace tillpost {

/// Where people look at quarantine and decide. Loop thread only.
///
/// [human-1] Nothing here is done without somebody asking for it; who asked is in the event that says so.
class QuarantineDesk {
public:
    QuarantineDesk(Capture& capture, Journal& journal) : capture_(capture), journal_(journal) {}

    /// The answer to one request of the control socket, with its line break. `user`: the machine's number of who asks.
    asio::awaitable<std::string> answer(std::string request, std::uint32_t user);

private:
    Result<QuarantineDecision> decision_on(const QuarantineRecord& record, const QuarantineRequest& request,
                                           std::uint32_t user);
    Result<Draft> released(const QuarantineRecord& record);
    Result<Draft> corrected(const QuarantineRecord& record, const QuarantineRequest& request);
    std::string key_of(const QuarantineRecord& record);
    Result<Event> released_event(const QuarantineRecord& record);
    Result<Event> again(const QuarantineRecord& record);
    Event unread(const QuarantineRecord& record, const Rejection& rejection);

    Capture& capture_;
    Journal& journal_;
};

}  // namespace tillpost
