// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/status/outbox.hpp"
#include "agent/status/status.hpp"
#include "agent/status/tail_json.hpp"
#include "platform/listening_socket.hpp"
#include "platform/log_limit.hpp"
#include "platform/task_group.hpp"
#include "platform/wake.hpp"

namespace tillpost {

namespace asio = boost::asio;

/// Answers `tillpost status`, `tail` and `quarantine` on a Unix socket: requests and answers are JSON, one a line.
///
///     {"status":{}}    one line, the Status
///     {"tail":{}}      lines until the client leaves: captured, sent, confirmed; and skipped, when it reads too slowly
///     {"quarantine.<verb>":{…}}    one line, what the quarantine's desk answers (agent/capture/quarantine_json.hpp)
///     {"reprocess.<what>":{…}}     one line, what a slice of mapping again came to (agent/capture/reprocess_json.hpp)
///
///     {"day":{"date":"2026-11-23","till":"T01"}}    one line, the day's certificates; both members may be left out
///
/// Anything else is answered by {"error":"…"}. Loop thread only. While nobody tails, captured(), sent() and
/// confirmed() cost one comparison.
class ControlServer {
public:
    ControlServer(asio::any_io_executor loop, std::string path, std::function<Status()> status);
    ~ControlServer();
    /// Who answers what is asked of quarantine: a line for a line. `user`: the kernel's word of who connected.
    using Desk = std::function<asio::awaitable<std::string>(std::string request, std::uint32_t user)>;
    void set_quarantine(Desk desk) { quarantine_ = std::move(desk); }
    void set_reprocess(Desk desk) { reprocess_ = std::move(desk); }
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    /// Who answers "day": gets date and till, gives one line of JSON of at most most_unwritten bytes.
    using Day = std::function<std::string(const std::string& date, const std::string& till)>;
    void set_day(Day day) { day_ = std::move(day); }

    /// Binds the socket; run() answers on it.
    Result<void> start();
    /// Runs until close() or a cancellation; when it has ended, no client is left.
    asio::awaitable<void> run();

    bool tailed() const { return tails_ > 0; }
    void captured(const CapturedEvent& event);
    void sent(const std::string& epoch, std::uint64_t upto);
    void confirmed(const std::string& epoch, std::uint64_t upto);

    /// Removes the socket's file and drops the clients.
    void close();

    /// A further one takes the place of the client that has asked for nothing for the longest time. Where all of
    /// them tail, or wait for an answer, it is told so, and closed.
    static constexpr std::size_t most_clients = 16;
    /// A tail may stay for weeks: some places are always left for who asks once.
    static constexpr std::size_t most_tails = 12;
    /// Bytes with the line break; then the client is dropped. A corrected record is within one.
    static constexpr std::size_t longest_request = 1 << 20;
    static constexpr std::size_t most_unwritten = 256 << 10;  ///< Bytes kept for a client that does not read.

private:
    using Socket = asio::local::stream_protocol::socket;
    struct Client {
        Client(Socket connected, const asio::any_io_executor& loop) : socket(std::move(connected)), wake(loop) {}
        Socket socket;
        std::array<char, 16 << 10> part{};
        Outbox outbox{most_unwritten};
        Wake wake;                          ///< For the writer.
        std::optional<std::uint32_t> user;  ///< Who connected; nullopt: the kernel does not say.
        bool tailing = false;
        bool waits = false;    ///< For an answer of a desk.
        bool dropped = false;  ///< Another has its place.
        bool leaving = false;  ///< It asks for nothing more: write what waits, then close.
        int tasks = 2;
    };
    using ClientAt = std::list<Client>::iterator;

    asio::awaitable<void> accept_clients();
    asio::awaitable<void> read_requests(ClientAt client);
    asio::awaitable<void> write_answers(ClientAt client);
    void admit(Socket socket);
    bool make_room();
    static void refuse(Socket socket);
    /// Takes the whole lines off `pending`; false: the client must go.
    asio::awaitable<bool> answer_lines(Client& client, std::string& pending);
    bool answer(Client& client, std::string_view line);
    /// nullptr for what is answered at once.
    const Desk* desk_for(std::string_view line) const;
    asio::awaitable<bool> answer_at_desk(Client& client, const Desk& desk, std::string line);
    bool begin_tailing(Client& client);
    void stop_tailing(Client& client);
    void task_done(ClientAt client);
    void tell_tails(const std::string& line);

    asio::any_io_executor loop_;
    std::string path_;
    std::function<Status()> status_;
    Desk quarantine_, reprocess_;
    Day day_;
    std::unique_ptr<SocketFile> file_;
    asio::local::stream_protocol::acceptor acceptor_;
    asio::steady_timer pause_;
    LogLimit failures_said_;
    std::list<Client> clients_;  ///< Who was heard last comes last.
    std::size_t tails_ = 0;
    bool closed_ = false;
    Wake idle_;
    TaskGroup tasks_;
};

}  // namespace tillpost
