// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/capture/capture.hpp"
#include "agent/capture/reprocess_json.hpp"
#include "agent/journal/journal.hpp"

namespace tillpost {

/// Where people have events mapped again by the present configuration: what is another event today is replaced by a
/// correction, and what is held back no longer is released, unless another event has its business key. Loop thread
/// only.
///
/// [human-1] Nothing here is done without somebody asking for it; who asked, and why, is in each correction.
class ReprocessDesk {
public:
    ReprocessDesk(Capture& capture, Journal& journal) : capture_(capture), journal_(journal) {}

    /// The answer to one request of the control socket, with its line break. `user`: the machine's number of who asks.
    asio::awaitable<std::string> answer(std::string request, std::uint32_t user);

private:
    using Slice = ReprocessSlice;

    asio::awaitable<Result<Slice>> events(ReprocessRequest request);
    asio::awaitable<Result<Slice>> quarantine(ReprocessRequest request);
    asio::awaitable<Result<void>> release(ReprocessRequest request, std::string id, Slice& slice);
    bool is_too_large(Draft& draft, const std::string& id) const;
    void look_at(const HeldPage::Copy& held, const ReprocessRequest& request, Slice& slice,
                 std::vector<Correction>& corrections);
    std::optional<Event> released(const QuarantineRecord& record, const ReprocessRequest& request);
    std::string beside_in_dry_run(const Event& event, const std::string& id, std::size_t content);
    QuarantineDecision decision_on(const QuarantineRecord& record, const ReprocessRequest& request, Event event) const;

    /// A record that a dry run would release.
    struct Would {
        std::string id;
        std::size_t content;  ///< Its data's hash
    };
    static constexpr std::size_t most_would = 20'000;  ///< Behind that a dry run may say that too many are released.

    Capture& capture_;
    Journal& journal_;
    std::map<std::string, Would> would_;  ///< By business key: of the dry run under way that began last
};

}  // namespace tillpost
