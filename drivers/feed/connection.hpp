// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "drivers/driver.hpp"
#include "drivers/feed/answer_queue.hpp"
#include "drivers/feed/line_framer.hpp"
#include "drivers/feed/settings.hpp"

namespace tillpost {

class FeedConnection;

/// What the connections of a feed have in common. Its owner closes every connection before it goes.
struct FeedShared {
    FeedSettings settings;
    Sink& sink;
    std::function<void(FeedConnection&)> on_closed;
    std::uint64_t lines = 0;    ///< Handed to the sink.
    std::uint64_t refused = 0;  ///< Here: too long, incomplete, at shutdown
    /// Filled and used up within one turn of the loop, so that one is enough and an idle connection needs none.
    std::array<char, 64 * 1024> input{};
};

/// One peer of the feed: moves bytes between its socket, the framer, the sink and the queue of answers. Loop thread.
///
/// Callbacks instead of two coroutines: proceed() looks at what holds now and does the next steps; at most one wait
/// for input and one write are under way, and keep the object alive. What the sink answers later finds it by a weak
/// pointer, or not at all. After close() nothing of FeedShared is touched.
class FeedConnection : public std::enable_shared_from_this<FeedConnection> {
public:
    using Socket = asio::generic::stream_protocol::socket;
    static constexpr std::size_t most_unsent = 256 * 1024;  ///< Bytes of answers; beyond it we stop reading.

    FeedConnection(Socket socket, FeedShared& shared);

    void start() { proceed(); }
    /// Refuses what the peer has sent and is not yet handed over, answers what is, then closes.
    void drain();
    void close();

private:
    void proceed();
    void proceed_soon();
    void read();
    void end_of_input();
    void take_rest();
    std::string_view take_lines(std::string_view input);
    void take(const LineFramer::Line& line);
    void refuse(std::string_view reason);
    void submit(std::string_view line);
    void answered(AnswerQueue::Ticket ticket, const Outcome& outcome);
    void write();
    void wait_for_input();

    Socket socket_;
    FeedShared& shared_;
    LineFramer framer_;
    AnswerQueue answers_;
    std::string rest_;  ///< Read, and not taken yet because the queue of answers was full; at most one input buffer.
    std::size_t rest_taken_ = 0;
    bool waiting_ = false;  ///< For input.
    bool posted_ = false;   ///< proceed() is.
    bool ended_ = false;    ///< The peer sends no more.
    bool draining_ = false;
    bool closed_ = false;
};

}  // namespace tillpost
