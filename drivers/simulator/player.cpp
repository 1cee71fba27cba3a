// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/player.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>

namespace tillpost::simulator {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Clock::duration report_interval = std::chrono::milliseconds(200);
constexpr Clock::duration first_connect_delay = std::chrono::milliseconds(10);
constexpr Clock::duration longest_connect_delay = std::chrono::milliseconds(500);
constexpr Clock::duration first_refusal_delay = std::chrono::milliseconds(100);
constexpr Clock::duration longest_refusal_delay = std::chrono::seconds(2);
constexpr Seconds longest_farewell{5};  ///< After a signal, for the last answers.

Clock::duration from(Seconds seconds) { return std::chrono::duration_cast<Clock::duration>(seconds); }

}  // namespace

Player::Player(const Options& options, const std::atomic<int>& signals)
    : options_(options),
      signals_(signals),
      play_(options.play),
      scans_(options.play.seed ^ 0x5ca9),
      window_(options.in_flight),
      connect_delay_(first_connect_delay),
      refusal_delay_(first_refusal_delay) {}

Result<void> Player::run() {
    if (Result<void> opened = open_files(); !opened) return opened;
    started_ = progress_ = next_connect_ = send_again_ = next_scan_ = next_report_ = Clock::now();
    const Result<void> played = play();
    const Result<void> reported = report(Clock::now());
    return played ? reported : played;
}

Result<void> Player::open_files() {
    if (!options_.told_file.empty()) {
        Result<ToldFile> told = ToldFile::open(options_.told_file);
        if (!told) return told.error();
        told_ = std::move(*told);
    }
    if (options_.scanner_link.empty()) return {};
    auto scanner = ScannerPty::open(options_.scanner_link);
    if (!scanner) return scanner.error();
    scanner_ = std::move(*scanner);
    return {};
}

Result<void> Player::play() {
    for (;;) {
        const Time now = Clock::now();
        if (is_over(now)) end_days();
        if (is_over(now) && window_.waiting() == 0 && played_ >= due(now)) return {};
        if (connection_ && window_.waiting() == 0) progress_ = now;
        if (gave_up(now)) return given_up(now);
        if (!connection_ && now >= next_connect_) connect(now);
        if (connection_) send(now);
        scan(now);
        if (now >= next_report_) {
            if (Result<void> reported = report(now); !reported) return reported;
        }
        wait(now);
        if (!connection_) continue;
        if (Result<void> received = receive(Clock::now()); !received) return received;
    }
}

void Player::connect(Time now) {
    Result<Connection> connection = Connection::open(options_.target);
    next_connect_ = now + connect_delay_;
    connect_delay_ = std::min(2 * connect_delay_, longest_connect_delay);
    if (!connection) {
        const bool first = unreachable_.empty();
        unreachable_ = connection.error().message;
        // Later the summary counts the connections.
        if (first && numbers_.connections == 0) {
            std::fprintf(stderr, "tillpost-sim: no agent there yet: %s\n", unreachable_.c_str());
        }
        return;
    }
    unreachable_.clear();
    connection_ = std::move(*connection);
    ++numbers_.connections;
}

void Player::disconnect(Time now) {
    connection_.reset();
    window_.connection_lost();
    next_connect_ = now + connect_delay_;
}

bool Player::is_over(Time now) const {
    if (signals_ > 0) return true;
    if (options_.events && played_ >= *options_.events) return true;
    return options_.seconds && now - started_ >= *options_.seconds;
}

std::uint64_t Player::due(Time now) const {
    if (signals_ > 0) return played_;
    if (last_) return *last_;
    Seconds elapsed = now - started_;
    if (options_.seconds) elapsed = std::min(elapsed, *options_.seconds);
    const bool at_full_speed = options_.rate <= 0;
    if (at_full_speed && is_over(now)) return played_;
    const double most = at_full_speed ? 1e18 : std::floor(elapsed.count() * options_.rate) + 1;
    const auto lines = static_cast<std::uint64_t>(most);
    return options_.events ? std::min(lines, *options_.events) : lines;
}

/// The tills are closed behind what they have made already.
void Player::end_days() {
    if (!options_.play.whole_days || last_) return;
    for (Played& closing : play_.close()) stock_.push_back(std::move(closing));
    last_ = played_ + stock_.size();
}

void Player::send(Time now) {
    const std::uint64_t until = due(now);
    for (; window_.has_room() && played_ < until; ++played_) window_.add(next_played());
    if (now < send_again_) return;
    for (const std::string* line = window_.next(); line != nullptr; line = window_.next()) {
        connection_->push(*line);
        window_.sent(now);
    }
    connection_->flush();
}

Played Player::next_played() {
    if (stock_.empty()) {
        ++made_;
        return play_.next();
    }
    Played played = std::move(stock_.front());
    stock_.pop_front();
    return played;
}

Result<void> Player::receive(Time now) {
    const bool open = connection_->receive();
    for (auto line = connection_->next_line(); line; line = connection_->next_line()) {
        if (Result<void> taken = take(*line, now); !taken) return taken;
    }
    if (!open) disconnect(now);
    return {};
}

Result<void> Player::take(std::string_view line, Time now) {
    const std::optional<Reply> reply = parse_reply(line);
    if (!reply) {
        const std::string start(line.substr(0, 200));
        return Error{make_error_code(Errc::invalid),
                     "the agent answered what the feed's protocol does not know: " + start};
    }
    if (reply->kind == Reply::Kind::refused && !reply->is_final_refusal()) {
        refused(*reply, now);
        return {};
    }
    return settle(*reply, now);
}

Result<void> Player::settle(const Reply& reply, Time now) {
    const std::optional<Window::Settled> settled = window_.settle(now);
    if (!settled) return Error{make_error_code(Errc::invalid), "the agent answered a line that was not sent"};
    progress_ = now;
    connect_delay_ = first_connect_delay;
    refusal_delay_ = first_refusal_delay;
    if (reply.kind == Reply::Kind::refused) {
        ++numbers_.dropped;
        return {};
    }
    ++(reply.kind == Reply::Kind::accepted ? numbers_.accepted : numbers_.quarantined);
    if (told_before(reply)) ++numbers_.known;
    numbers_.latencies.add(settled->waited);
    return told_ ? told_->add(reply, *settled) : Result<void>();
}

// The agent takes the lines in their order, so that a number which is not higher is that of an earlier one.
bool Player::told_before(const Reply& reply) {
    std::uint64_t& upto = told_upto_[reply.epoch];
    if (reply.sequence <= upto) return true;
    upto = reply.sequence;
    return false;
}

/// Without a line in flight the refusal is the connection's: the agent closes it next.
void Player::refused(const Reply&, Time now) {
    ++numbers_.refused;
    window_.refused();
    if (now < send_again_) return;  // one of many lines in flight that met the same wall
    send_again_ = now + refusal_delay_;
    refusal_delay_ = std::min(2 * refusal_delay_, longest_refusal_delay);
}

void Player::scan(Time now) {
    if (!scanner_ || options_.scan_rate <= 0 || now < next_scan_ || is_over(now)) return;
    next_scan_ = std::max(next_scan_ + from(Seconds(1 / options_.scan_rate)), now);
    ++numbers_.scans;
    if (!scanner_->scan("]E0", play_.scanned(scans_))) ++numbers_.scans_lost;
}

Result<void> Player::report(Time now) {
    next_report_ = now + report_interval;
    numbers_.sent = window_.sent();
    numbers_.repeated = window_.repeated();
    const bool counted = options_.rate > 0 || options_.events;
    const std::uint64_t not_played = counted ? std::max(due(now), played_) - played_ : 0;
    numbers_.waiting = window_.waiting() + not_played;
    numbers_.connected = connection_.has_value();
    numbers_.seconds = Seconds(now - started_).count();
    if (told_) {
        if (Result<void> flushed = told_->flush(); !flushed) return flushed;
    }
    return options_.stats_file.empty() ? Result<void>() : replace_file(options_.stats_file, numbers_.json());
}

Player::Duration Player::time_to_next(Time now) const {
    Time next = next_report_;
    if (!connection_) next = std::min(next, next_connect_);
    if (connection_ && window_.next() != nullptr) next = std::min(next, send_again_);
    if (is_over(now)) return std::max(next - now, Duration::zero());
    if (scanner_ && options_.scan_rate > 0) next = std::min(next, next_scan_);
    if (connection_ && options_.rate > 0 && window_.has_room()) {
        next = std::min(next, started_ + from(Seconds(static_cast<double>(played_) / options_.rate)));
    }
    if (options_.seconds) next = std::min(next, started_ + from(*options_.seconds));
    return std::max(next - now, Duration::zero());
}

/// Until the socket is ready or the next thing is due; makes lines in advance while there is time.
void Player::wait(Time now) {
    const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(time_to_next(now)).count();
    const timespec timeout{nanos / 1'000'000'000, nanos % 1'000'000'000};
    const timespec at_once{0, 0};
    pollfd ready{};
    ready.fd = connection_ ? connection_->descriptor() : -1;
    ready.events = POLLIN;
    if (connection_ && connection_->wants_to_write()) ready.events |= POLLOUT;
    for (;;) {
        const bool may_make = stock_.size() < options_.in_flight && !is_over(now);
        const bool must_wait = !may_make || (options_.events && made_ >= *options_.events);
        if (::ppoll(&ready, 1, must_wait ? &timeout : &at_once, nullptr) != 0 || must_wait) return;
        if (Clock::now() - now >= std::chrono::nanoseconds(nanos)) return;
        ++made_;
        stock_.push_back(play_.next());
    }
}

Error Player::given_up(Time now) {
    (void)report(now);  // an error of the file was said by the reports before
    const std::uint64_t lines = numbers_.waiting;
    std::string why = "gave up: " + std::to_string(lines) + (lines == 1 ? " line has" : " lines have") + " no answer";
    if (!unreachable_.empty()) why += "; " + unreachable_;
    return {make_error_code(Errc::timeout), why};
}

bool Player::gave_up(Time now) const {
    if (signals_ > 1) return true;
    const bool waits = window_.waiting() > 0 || !connection_;
    const Seconds limit = signals_ > 0 ? std::min(longest_farewell, options_.give_up) : options_.give_up;
    return waits && now - progress_ >= limit;
}

}  // namespace tillpost::simulator
