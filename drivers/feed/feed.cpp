// SPDX-License-Identifier: Apache-2.0
#include "drivers/feed/feed.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <utility>

#include "drivers/feed/answer_line.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::size_t share = 8;  // of the places: an eighth is any user's who needs it

/// Of two that may give way the one that goes first: who never sent a line, then the longest silent.
bool goes_before(const FeedConnection& one, const FeedConnection& other) {
    return std::pair(one.has_spoken(), one.heard_at()) < std::pair(other.has_spoken(), other.heard_at());
}

}  // namespace

/// However run() ends, no connection outlives it.
struct Feed::Closing {
    Feed& feed;
    ~Closing() { feed.close_all(); }
};

Feed::Feed(asio::any_io_executor loop, FeedSettings settings, Sink& sink)
    : loop_(std::move(loop)), shared_{std::move(settings), sink, {}}, closed_one_(loop_) {
    shared_.on_closed = [this](FeedConnection& connection) {
        connections_.erase(connection.shared_from_this());
        if (connections_.empty() && !draining_) shared_.sink.connected(shared_.settings.name, false);
        closed_one_.notify();
    };
}

Feed::~Feed() {
    draining_ = true;  // the sink may have no ear for it any more
    close_all();
}

Result<void> Feed::start() {
    const FeedSettings& settings = shared_.settings;
    Result<PeerRules> rules = PeerRules::of(settings.users, settings.groups);
    if (!rules) return rules.error().with_context(settings.name);
    rules_ = std::move(*rules);
    if (const auto done = start_unix(); !done) return done.error().with_context(settings.name);
    if (const auto done = start_tcp(); !done) return done.error().with_context(settings.name);
    return {};
}

Result<void> Feed::start_unix() {
    const FeedSettings& settings = shared_.settings;
    std::optional<gid_t> group;
    if (!settings.socket_group.empty()) {
        const Result<gid_t> number = group_number(settings.socket_group);
        if (!number) return number.error();
        group = *number;
    }
    Result<UnixListener> unix_socket = listen_unix(settings.socket_path, group);
    if (!unix_socket) return unix_socket.error();
    socket_file_ = std::move(unix_socket->file);
    auto on_socket = [this](Socket socket) { on_unix_socket(std::move(socket)); };
    return listen(std::move(unix_socket->socket), AF_UNIX, std::move(on_socket));
}

Result<void> Feed::start_tcp() {
    if (!shared_.settings.tcp_port) return {};
    Result<FileDescriptor> tcp_socket = listen_loopback(*shared_.settings.tcp_port);
    if (!tcp_socket) return tcp_socket.error();
    tcp_port_ = port_of(tcp_socket->get());
    auto on_socket = [this](Socket socket) { on_tcp_socket(std::move(socket)); };
    return listen(std::move(*tcp_socket), AF_INET, std::move(on_socket));
}

Result<void> Feed::listen(FileDescriptor socket, int family, FeedListener::OnSocket on_socket) {
    auto listener = FeedListener::make(loop_, std::move(socket), family, std::move(on_socket));
    if (!listener) return listener.error();
    listeners_.push_back(std::move(*listener));
    return {};
}

asio::awaitable<void> Feed::run() {
    const Closing closing{*this};
    for (const auto& listener : listeners_) listener->accept();
    for (;;) {
        if (draining_ && connections_.empty()) co_return;
        co_await closed_one_.wait();
    }
}

void Feed::on_unix_socket(Socket socket) {
    const Result<Peer> peer = peer_of(socket.native_handle());
    if (peer && rules_.allows(*peer)) return take(std::move(socket), static_cast<FeedConnection::User>(peer->user));
    const std::string why = peer ? "the user with number " + std::to_string(peer->user) +
                                       " is neither among the feed's users nor in its groups"
                                 : peer.error().message;
    turn_away(std::move(socket), "not_allowed", why, not_allowed_said_);
}

void Feed::on_tcp_socket(Socket socket) {
    const int on = 1;  // answers are small and awaited
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    take(std::move(socket), FeedConnection::over_tcp);
}

Feed::Places Feed::places() const {
    Places places;
    for (const auto& each : connections_) ++places[each->user()];
    return places;
}

/// Of those that are silent and have nothing under way: one that never sent a line before one that did, the longest
/// silent first. The place is taken from the newcomer's own user, or from one with more connections: nobody's many
/// connections keep another user out.
std::shared_ptr<FeedConnection> Feed::longest_silent(FeedConnection::User newcomer, const Places& places) const {
    const SteadyTime limit = std::chrono::steady_clock::now() - shared_.settings.idle;
    std::shared_ptr<FeedConnection> found;
    for (const auto& each : connections_) {
        const bool may_go = each->user() == newcomer || places.at(each->user()) > places.at(newcomer);
        if (!may_go || !each->idle() || each->heard_at() > limit) continue;
        if (!found || goes_before(*each, *found)) found = each;
    }
    return found;
}

/// Who keeps all places busy, a line every few seconds on each, does not keep other users out either: up to its share
/// one gets places at once from whoever has the most, and nothing of that one's is under way.
std::shared_ptr<FeedConnection> Feed::beyond_share(FeedConnection::User newcomer, const Places& places) const {
    const std::size_t own = std::max<std::size_t>(1, shared_.settings.most_connections / share);
    if (places.at(newcomer) >= own) return nullptr;
    const auto fewer = [](const auto& one, const auto& other) { return one.second < other.second; };
    const auto most = std::max_element(places.begin(), places.end(), fewer);
    if (most->second <= own) return nullptr;
    std::shared_ptr<FeedConnection> found;
    for (const auto& each : connections_) {
        if (each->user() != most->first || !each->settled()) continue;
        if (!found || goes_before(*each, *found)) found = each;
    }
    return found;
}

bool Feed::close_spent_one() {
    const auto spent =
        std::find_if(connections_.begin(), connections_.end(), [](const auto& each) { return each->spent(); });
    if (spent == connections_.end()) return false;
    const auto connection = (*spent)->shared_from_this();  // closing takes it off the list
    connection->close();
    return true;
}

bool Feed::make_room(FeedConnection::User newcomer) {
    if (connections_.size() < shared_.settings.most_connections) return true;
    if (close_spent_one()) return true;
    Places taken = places();
    taken.try_emplace(newcomer, 0);
    if (const auto silent = longest_silent(newcomer, taken)) {
        const auto silence =
            std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - silent->heard_at());
        take_place_of(*silent, "idle",
                      "no whole line came for " + std::to_string(silence.count()) +
                          " s and another connection needs the place; connect again when there is something to send");
        return true;
    }
    const auto busy = beyond_share(newcomer, taken);
    if (!busy) return false;
    take_place_of(*busy, "too_many_connections",
                  "another user needs a place and yours has the most, " + std::to_string(taken.at(busy->user())));
    return true;
}

void Feed::take_place_of(FeedConnection& connection, const char* word, const std::string& why) {
    ++shared_.turned_away[word];
    const FeedConnection::User user = connection.user();
    auto line = [feed = shared_.settings.name, why = std::string(word) + ": " + why,
                 user = user == FeedConnection::over_tcp ? "tcp" : std::to_string(user)](std::uint64_t times) {
        log::warn("feed: all connections are taken, one gives way to a new one",
                  {{"feed", feed},
                   {"why", why},
                   {"user", user},
                   {"times", times},
                   {"what_to_do", "see which software opens connections and keeps them, or raise feed/connections"}});
    };
    gave_way_said_[word].say(std::chrono::steady_clock::now(), std::move(line));
    connection.give_way(std::string(word) + ": " + why);
}

void Feed::take(Socket socket, FeedConnection::User user) {
    if (!make_room(user)) {
        const std::string why = "at most " + std::to_string(shared_.settings.most_connections) + " at a time";
        return turn_away(std::move(socket), "too_many_connections", why, too_many_said_);
    }
    boost::system::error_code failure;
    socket.non_blocking(true, failure);
    if (failure) return;  // it closes
    const auto connection = std::make_shared<FeedConnection>(std::move(socket), user, shared_);
    if (connections_.empty()) shared_.sink.connected(shared_.settings.name, true);
    connections_.insert(connection);
    connection->start();
}

void Feed::turn_away(Socket socket, const char* word, const std::string& why, LogLimit& limit) {
    ++shared_.turned_away[word];
    const std::string reason = std::string(word) + ": " + why;
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    const std::string line = refusal_line(reason);
    socket.write_some(asio::buffer(line), ignored);
    // A socket that closes over unread bytes resets the connection, and the peer may miss why.
    socket.read_some(asio::buffer(shared_.input), ignored);
    auto said = [feed = shared_.settings.name, reason](std::uint64_t times) {
        log::warn("feed: connection refused", {{"feed", feed}, {"why", reason}, {"times", times}});
    };
    limit.say(std::chrono::steady_clock::now(), std::move(said));
}

// Each gets one turn, as long as there is room; who then wants more is behind all others.
void Feed::resume() {
    for (std::size_t left = shared_.held.size(); left > 0 && shared_.sink.has_room(); --left) {
        const auto next = shared_.held.front().lock();
        shared_.held.pop_front();
        if (next) next->take_turn();
    }
}

void Feed::drain() {
    draining_ = true;
    close_listeners();
    const auto connections = connections_;  // who has nothing under way closes, and leaves the set
    for (const auto& connection : connections) connection->drain();
    closed_one_.notify();
}

void Feed::close_listeners() {
    for (const auto& listener : listeners_) listener->close();
    listeners_.clear();
    socket_file_.reset();
}

void Feed::close_all() {
    close_listeners();
    const auto connections = connections_;
    for (const auto& connection : connections) connection->close();
}

std::string Feed::turned_away_words() const {
    std::uint64_t all = 0;
    std::string words;
    for (const auto& [word, times] : shared_.turned_away) {
        all += times;
        words += (words.empty() ? "" : ", ") + word + " " + std::to_string(times);
    }
    return all == 0 ? "" : ", " + std::to_string(all) + " turned away since the start (" + words + ")";
}

std::vector<Driver::Health> Feed::health() const {
    Health health;
    health.name = shared_.settings.name;
    health.up = !listeners_.empty();
    health.observations = shared_.lines;
    health.refused = shared_.refused;
    health.turned_away = shared_.turned_away;
    health.detail = health.up ? std::to_string(connections_.size()) + " connections" : "not listening";
    health.detail += turned_away_words();
    for (const auto& listener : listeners_) {
        if (!listener->paused()) continue;
        health.up = false;
        health.detail += ", cannot take more: out of file descriptors or memory";
    }
    return {health};
}

}  // namespace tillpost
