// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/driver.hpp"
#include "drivers/feed/answer_queue.hpp"
#include "drivers/feed/line_framer.hpp"
#include "drivers/feed/settings.hpp"
#include "platform/log_limit.hpp"

namespace tillpost {

class FeedConnection;

/// What the connections of a feed have in common. Its owner closes every connection before it goes.
struct FeedShared {
    FeedSettings settings;
    Sink& sink;
    std::function<void(FeedConnection&)> on_closed;
    std::uint64_t lines = 0;                             ///< Handed to the sink.
    std::uint64_t refused = 0;                           ///< Here: too long, incomplete, at shutdown
    std::map<std::string, std::uint64_t> turned_away{};  ///< Connections, by the reason's word
    LogLimit overlong_said{};
    LogLimit http_said{};
    /// Those that wait until the sink has room, in the order in which they get their turn.
    std::deque<std::weak_ptr<FeedConnection>> held{};
    /// Filled and used up within one turn of the loop, so that one is enough and an idle connection needs none.
    std::array<char, FeedSettings::input_bytes> input{};
};

/// One peer of the feed: moves bytes between its socket, the framer, the sink and the queue of answers. Loop thread.
///
/// Callbacks instead of two coroutines: proceed() looks at what holds now and does the next steps; at most one wait
/// for input and one write are under way, and keep the object alive. What the sink answers later finds it by a weak
/// pointer, or not at all. After close() nothing of FeedShared is touched.
class FeedConnection : public std::enable_shared_from_this<FeedConnection> {
public:
    using Socket = asio::generic::stream_protocol::socket;
    static constexpr std::size_t most_unsent =
        FeedSettings::most_unsent;  ///< Bytes of answers; beyond it we stop reading.
    /// Bytes of lines whose answer is due; beyond it we stop reading, so that one peer cannot keep the others waiting.
    static constexpr std::size_t most_waiting = 4 << 20;
    /// At a stop: what comes within this time is still refused, and who has got all answers may close within this one.
    static constexpr Millis refuses_for{1'000};
    static constexpr Millis lingers_for{250};

    /// Who is at the other end: the user's number, or this for TCP, where nobody knows.
    using User = std::int64_t;
    static constexpr User over_tcp = -1;

    FeedConnection(Socket socket, User user, FeedShared& shared);

    void start() { proceed(); }
    /// The sink has room: takes some of what the peer has sent, and leaves the rest to a later turn.
    void take_turn();

    User user() const { return user_; }
    /// We owe it nothing: no line waits for its answer or its turn. The beginning of a line is none, and answers that
    /// the peer does not read keep nobody's place.
    bool idle() const { return !answers_.due() && !held_ && rest_.empty(); }
    /// Nothing at all is under way: no line unanswered, no answer that the peer has not taken, no unread input.
    bool settled() const { return answers_.idle() && rest_.empty() && !held_; }
    /// It is turned away, and nothing waits for the disk any more: it keeps no place, even if it does not read its
    /// answers.
    bool spent() const { return turned_away_ && !answers_.due(); }
    /// It has sent a line before.
    bool has_spoken() const { return spoken_; }
    /// When its last line was complete, or it last took answers; bytes of an unfinished line do not count.
    SteadyTime heard_at() const { return heard_at_; }
    /// Says why, and closes, for an idle one whose place somebody else needs.
    void give_way(std::string_view reason);
    /// Answers what is handed over and refuses what else has come; then ends its own half, and closes when the peer has
    /// ended the other or lingers_for is over. A socket that closes over unread bytes resets the connection instead.
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
    void refuse_overlong();
    void turn_away_http();
    void submit(std::string_view line);
    void answered(AnswerQueue::Ticket ticket, const Outcome& outcome);
    void write();
    void wait_for_input();
    bool is_held_back() const;
    /// No line is taken any more; what was taken is answered.
    bool is_leaving() const { return draining_ || turned_away_; }
    void refuse_what_comes();
    void linger();
    bool discard_input();

    Socket socket_;
    User user_;
    FeedShared& shared_;
    LineFramer framer_;
    AnswerQueue answers_;
    /// Read, and not taken yet: others have their turn, or the queue of answers is full. At most one input buffer.
    std::string rest_;
    std::size_t rest_taken_ = 0;
    std::size_t waiting_bytes_ = 0;  ///< Of lines whose answer is due
    SteadyTime heard_at_ = std::chrono::steady_clock::now();
    bool spoken_ = false;
    bool held_ = false;     ///< Among shared_.held
    bool waiting_ = false;  ///< For input.
    bool posted_ = false;   ///< proceed() is.
    bool ended_ = false;    ///< The peer sends no more.
    bool draining_ = false;
    bool turned_away_ = false;  ///< What comes is not for us: nothing of it is read.
    bool closed_ = false;
    SteadyTime refuses_until_{};                 ///< Once it drains
    std::optional<asio::steady_timer> lingers_;  ///< Our half is ended; what still comes is thrown away.
};

}  // namespace tillpost
