// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/commands.hpp"

#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <iostream>

#include "agent/cli/day_table.hpp"
#include "agent/cli/line_client.hpp"
#include "agent/cli/send_ledger.hpp"
#include "agent/cli/status_table.hpp"
#include "agent/cli/tail_view.hpp"
#include "agent/status/status_json.hpp"
#include "platform/printable.hpp"

namespace tillpost::cli {
namespace {

int fail(const Error& error) {
    complain(error.message);
    return no_daemon;
}

/// The control socket's refusal ("too many connections …"), or that the feed's socket was asked.
Result<void> check_answer(const std::string& socket, const std::string& line) {
    if (const std::string answer = feed_answer(line); !answer.empty()) {
        return Error{Errc::invalid, socket +
                                        " is the feed's socket and not the control socket, which --socket names: "
                                        "it answered: " +
                                        answer};
    }
    const auto shown = TailView().show(line);
    if (!shown && shown.error().code == Errc::rejected) return shown.error();
    return {};
}

// What the signal handler ends: a read that waits returns, and nothing is lost between a check and a wait.
std::atomic<int> interruptible{-1};
std::atomic<bool> interrupted{false};

extern "C" void on_interrupt(int) {
    const int before = errno;
    interrupted = true;
    ::shutdown(interruptible, SHUT_RDWR);
    errno = before;
}

void end_on_interrupt(int socket) {
    interruptible = socket;
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

/// Until the connection ends, or the output does: what became of that is said at the end of the program.
Result<void> print_tail(LineClient& client, bool json) {
    TailView view;
    for (;;) {
        const auto line = client.receive();
        if (!line) return line.error();
        if (!*line) return Error{Errc::not_connected, "tillpostd has stopped"};
        const auto shown = view.show(**line);
        if (!shown) return shown.error();
        if (!json) {
            if (!(std::cout << *shown << std::flush)) return {};
            continue;
        }
        const auto plain = plain_json(**line);
        if (!plain) return plain.error();
        if (!(std::cout << *plain << '\n' << std::flush)) return {};
    }
}

/// A tail may be silent for hours: whether anybody is there is told by another answer, before it begins.
Result<void> await_answer(LineClient& client, const std::string& socket) {
    if (auto done = client.set_patience(LineClient::patience); !done) return done;
    const auto asked = client.send("{\"status\":{}}\n");
    const auto line = client.receive();
    if (!line) return asked ? line.error() : asked.error();
    if (!*line) return Error{Errc::not_connected, "tillpostd closed the connection without an answer"};
    if (auto done = check_answer(socket, **line); !done) return done;
    return client.set_patience(std::chrono::seconds(0));  // for ever
}

}  // namespace

void complain(const std::string& what) { std::cerr << "tillpost: " << printable_lines(what) << std::endl; }

Result<std::string> ask_daemon(const std::string& socket, const std::string& request) {
    auto client = LineClient::connect(socket, "control socket");
    if (!client) return client.error();
    if (auto done = client->set_patience(LineClient::patience); !done) return done.error();
    // A daemon with too many clients answers before it is asked, and closes: its reason is worth more than EPIPE.
    const auto asked = client->send(request);
    auto line = client->receive();
    if (!line) return asked ? line.error() : asked.error();
    if (!*line) return Error{Errc::not_connected, "tillpostd closed the connection without an answer"};
    if (auto done = check_answer(socket, **line); !done) return done.error();
    return **line;
}

int show_status(const std::string& socket, bool json) {
    const auto line = ask_daemon(socket, "{\"status\":{}}\n");
    if (!line) return fail(line.error());
    const auto status = parse_status(*line);
    if (!status) return fail(status.error().with_context("what listens at " + socket + " gave no status"));
    if (json) {
        std::cout << *plain_json(*line) << std::endl;
    } else {
        std::cout << status_table(*status) << std::flush;
    }
    return ok;
}

int show_day(const std::string& socket, const DayOptions& options) {
    const auto line = ask_daemon(socket, day_request(options.date, options.till));
    if (!line) return fail(line.error());
    const auto table = day_table(*line, options.till);
    if (!table) return fail(table.error().with_context("what listens at " + socket + " gave no day"));
    std::cout << (options.json ? *plain_json(*line) + "\n" : table->text) << std::flush;
    return table->complete ? ok : some_refused;
}

int tail(const std::string& socket, bool json) {
    auto client = LineClient::connect(socket, "control socket");
    if (!client) return fail(client.error());
    end_on_interrupt(client->descriptor());
    if (const auto here = await_answer(*client, socket); !here) return interrupted ? ok : fail(here.error());
    const auto asked = client->send("{\"tail\":{}}\n");
    const auto ended = print_tail(*client, json);
    if (interrupted || ended) return ok;
    const bool refused = ended.error().code == Errc::rejected;
    return fail(asked || refused ? ended.error() : asked.error());
}

}  // namespace tillpost::cli
