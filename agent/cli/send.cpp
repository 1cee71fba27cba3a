// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <utility>

#include "agent/cli/commands.hpp"
#include "agent/cli/line_client.hpp"
#include "drivers/feed/line_framer.hpp"

namespace tillpost::cli {
namespace {

constexpr std::size_t window = 64;
constexpr std::size_t longest_event = 1 << 20;
constexpr std::size_t most_unsent = 1 << 20;
constexpr std::chrono::seconds told_after{10};  // of silence

/// Moves lines from standard input to the feed socket and answers to standard output, whichever can go on.
class Sender {
public:
    Sender(LineClient client, SendOutput output, std::chrono::seconds give_up)
        : client_(std::move(client)), ledger_(output), give_up_(give_up) {}

    /// Until every line of the input has its answer, or the connection is lost.
    Result<void> run();
    const SendLedger& ledger() const { return ledger_; }
    /// Some of the input was not sent.
    bool incomplete() const { return !input_ended_ || !input_.empty(); }
    /// The number of a line that was too long to be sent, 0 if none was.
    std::uint64_t overlong() const { return overlong_; }

private:
    bool has_room() const { return ledger_.waiting() < window && outgoing_.size() < most_unsent; }
    void take_lines();
    void take(const std::string& line);
    Result<void> wait();
    int longest_wait() const;
    Result<void> note_silence();
    Result<void> read_input();
    Result<void> write();
    Result<void> read_answers();

    LineClient client_;
    SendLedger ledger_;
    std::chrono::seconds give_up_;
    LineBuffer input_{longest_event};
    std::string outgoing_;
    std::uint64_t line_ = 0;
    std::uint64_t overlong_ = 0;
    bool input_ended_ = false;
    bool silence_said_ = false;
    std::chrono::steady_clock::time_point heard_{};  ///< The last answer, or when the first line behind it went.
};

Result<void> Sender::run() {
    for (;;) {
        take_lines();
        if (input_ended_ && ledger_.waiting() == 0) return {};
        std::cout << std::flush;
        if (auto done = wait(); !done) return done;
    }
}

void Sender::take_lines() {
    while (has_room()) {
        if (input_.overfull()) {
            overlong_ = line_ + 1;
            input_ended_ = true;
            input_ = LineBuffer(longest_event);
            return;
        }
        auto line = input_.next();
        if (!line && input_ended_) {
            take(input_.take_rest());
            return;
        }
        if (!line) return;
        take(*line);
    }
}

/// A blank line is none to the feed either: it would never be answered.
void Sender::take(const std::string& line) {
    ++line_;
    if (LineFramer::is_blank(line)) return;
    if (ledger_.waiting() == 0) heard_ = std::chrono::steady_clock::now();
    outgoing_ += line + "\n";
    ledger_.sent(line_);
}

Result<void> Sender::wait() {
    const bool wants_input = !input_ended_ && has_room();
    std::array<pollfd, 2> files{};
    files[0] = {wants_input ? STDIN_FILENO : -1, POLLIN, 0};
    files[1] = {client_.descriptor(), POLLIN, 0};
    if (!outgoing_.empty()) files[1].events |= POLLOUT;
    if (::poll(files.data(), files.size(), longest_wait()) < 0) {
        if (errno == EINTR) return {};
        return system_error("wait", errno);
    }
    if (auto done = note_silence(); !done && files[1].revents == 0) return done;
    // Answers first: a peer that refuses the connection has said why before it closed.
    if ((files[1].revents & ~POLLOUT) != 0) {
        if (auto done = read_answers(); !done) return done;
    }
    if ((files[1].revents & POLLOUT) != 0) {
        if (auto done = write(); !done) return done;
    }
    return files[0].revents != 0 ? read_input() : Result<void>();
}

/// Milliseconds, as poll(2) wants them: for ever while nothing is waited for.
int Sender::longest_wait() const {
    if (ledger_.waiting() == 0) return -1;
    const auto due = heard_ + (silence_said_ ? give_up_ : std::min(told_after, give_up_));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

Result<void> Sender::note_silence() {
    if (ledger_.waiting() == 0) return {};
    const auto silent = std::chrono::steady_clock::now() - heard_;
    if (silent >= give_up_) {
        return Error{Errc::timeout,
                     "tillpostd has not answered for " + std::to_string(give_up_.count()) + " s: given up"};
    }
    if (silent < told_after || std::exchange(silence_said_, true)) return {};
    complain("tillpostd has not answered for 10 s: waiting (see systemctl status tillpostd)");
    return {};
}

Result<void> Sender::read_input() {
    std::array<char, 65536> part;
    const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
    if (got < 0 && errno != EINTR) return system_error("read standard input", errno);
    if (got == 0) input_ended_ = true;
    if (got > 0) input_.push({part.data(), static_cast<std::size_t>(got)});
    return {};
}

Result<void> Sender::write() {
    const auto sent = client_.send_some(outgoing_);
    // Lost: what the peer said before it closed is still to be read, and then comes the end.
    if (!sent) return read_answers();
    outgoing_.erase(0, *sent);
    return {};
}

Result<void> Sender::read_answers() {
    const auto open = client_.receive_some();
    if (!open) return open.error();
    for (;;) {
        const auto line = client_.next();
        if (!line) break;
        heard_ = std::chrono::steady_clock::now();
        silence_said_ = false;
        const auto shown = ledger_.answer(*line);
        if (!shown) return shown.error();
        std::cout << *shown;
    }
    if (!*open) return Error{Errc::not_connected, "the connection to tillpostd was lost"};
    return {};
}

int report(const Sender& sender, const Result<void>& ran, SendOutput output) {
    std::cout << std::flush;
    const SendLedger& ledger = sender.ledger();
    if (!ran) {
        complain(ran.error().message);
        const std::string unanswered = ledger.unanswered();
        if (!unanswered.empty()) complain(unanswered);
        if (sender.incomplete()) complain("the rest of the input was not sent");
    }
    if (sender.overlong() > 0) {
        complain("line " + std::to_string(sender.overlong()) +
                 " is longer than 1 MiB: it and what follows were not sent");
    }
    if (output == SendOutput::text) complain(ledger.summary());
    if (!ran) return no_daemon;
    return sender.overlong() > 0 ? some_refused : ledger.exit_code();
}

}  // namespace

int send(const std::string& feed, SendOutput output, std::chrono::seconds give_up) {
    auto client = LineClient::connect(feed, "feed socket");
    if (!client) {
        complain(client.error().message);
        return no_daemon;
    }
    Sender sender(std::move(*client), output, give_up);
    return report(sender, sender.run(), output);
}

}  // namespace tillpost::cli
