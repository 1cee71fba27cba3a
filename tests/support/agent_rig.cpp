// SPDX-License-Identifier: Apache-2.0
#include "tests/support/agent_rig.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <iterator>
#include <sstream>

namespace tillpost::test {
namespace {

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

}  // namespace

AgentRig::AgentRig(Options options) : options_(std::move(options)), broker_(options_.broker) {}

std::string AgentRig::journal() const {
    return (options_.journal_folder.empty() ? folder_.path() : options_.journal_folder) + "/journal.db";
}

void AgentRig::write_configuration() const {
    std::ostringstream text;
    text << R"({"agent":{"tenant":"acme","store":"0042","node":"till-01"},)"
         << R"("journal":{"path":")" << journal() << R"("},)"
         << R"("broker":{"address":[")" << (options_.agent_broker.empty() ? address() : options_.agent_broker) << "\""
         << options_.more_addresses << "]" << options_.broker_keys << "},"
         << R"("delivery":{"first_retry_ms":500)" << (options_.delivery.empty() ? "" : ",") << options_.delivery << "},"
         << R"("feed":{"socket":")" << folder_.file("feed.sock") << '"' << options_.feed_keys << "},"
         << R"("control":{"socket":")" << folder_.file("control.sock") << R"("})" << options_.more_keys << "}";
    (void)folder_.write("tillpost.json", text.str());
}

AgentRig::Options AgentRig::impatient() {
    Options options;
    options.broker_keys = R"(,"keep_alive_s":5,"connect_timeout_s":2)";
    return options;
}

void AgentRig::start_agent() {
    write_configuration();  // the broker's port may have changed at its first start
    agent_.reset();
    std::vector<std::string> command = words(options_.agent_runner);
    for (const std::string& word : {program_path("tillpostd"), std::string("--config"), path("tillpost.json")}) {
        command.push_back(word);
    }
    const std::string program = command.front();
    command.erase(command.begin());
    agent_ = std::make_unique<Process>(Process::Command{program, std::move(command), options_.agent_environment});
    const bool answers = wait_until([this] { return !status().empty() || !agent_->running(); });
    if (!answers || !agent_->running()) ADD_FAILURE() << "tillpostd does not run: " << agent_->errors();
}

void AgentRig::start_central() {
    std::vector<std::string> arguments{"--broker", address(), "--db", path("central.db"), "--summary"};
    for (std::string& word : words(options_.central_keys)) arguments.push_back(std::move(word));
    central_ = std::make_unique<Process>(Process::Command{program_path("tillpost-central"), std::move(arguments)});
    // From its first line on it takes signals.
    EXPECT_TRUE(wait_until([this] { return !central_->errors().empty(); })) << "tillpost-central says nothing";
}

void AgentRig::stop_central() {
    if (!central_) return;
    const auto code = central_->stop();
    EXPECT_EQ(code.value_or(-1), 0) << central_->errors();
    central_.reset();
}

void AgentRig::kill_central() {
    central_->kill(SIGKILL);
    (void)central_->wait();
    central_.reset();
}

void AgentRig::kill_agent() {
    agent_->kill(SIGKILL);
    (void)agent_->wait();
}

std::unique_ptr<Process> AgentRig::start_store(std::vector<std::string> arguments) {
    // A full disk refuses everything until the agent's next try to connect.
    std::vector<std::string> ours{"--socket", path("feed.sock"), "--told", path("told.jsonl"), "--give-up", "330"};
    const bool dated = std::find(arguments.begin(), arguments.end(), "--start-date") != arguments.end();
    if (!dated) ours.insert(ours.end(), {"--start-date", "2026-11-23"});
    arguments.insert(arguments.begin(), ours.begin(), ours.end());
    return std::make_unique<Process>(Process::Command{program_path("tillpost-sim"), std::move(arguments)});
}

std::string AgentRig::status() const {
    Process tillpost({program_path("tillpost"), {"--socket", path("control.sock"), "status", "--json"}});
    return tillpost.wait(Millis(5'000)) == 0 ? tillpost.output() : "";
}

long long AgentRig::number(const std::string& name) const {
    const std::string text = status();
    const std::string key = "\"" + name + "\":";
    const auto at = text.find(key);
    return at == std::string::npos ? -1 : std::atoll(text.c_str() + at + key.size());
}

Millis AgentRig::next_try_in() const {
    const std::string text = status();
    const std::string key = "next try at ";
    const auto at = text.find(key);
    std::tm utc{};
    const char* const rest =
        at == std::string::npos ? nullptr : ::strptime(text.c_str() + at + key.size(), "%FT%T", &utc);
    if (rest == nullptr) return Millis(0);
    const auto next = std::chrono::system_clock::from_time_t(::timegm(&utc));
    return std::chrono::duration_cast<Millis>(next - std::chrono::system_clock::now());
}

bool AgentRig::everything_confirmed() const { return number("waiting") == 0; }

std::size_t AgentRig::told() const {
    const std::string text = content_of(path("told.jsonl"));
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

int AgentRig::check() {
    Process check({program_path("tillpost-central"),
                   {"check", "--db", path("central.db"), "--told", path("told.jsonl"), "--all-told"}});
    const int code = check.wait().value_or(-1);
    std::cout << check.output() << check.errors();
    return code;
}

long long AgentRig::counted_by_check(const std::string& name) {
    Process check({program_path("tillpost-central"),
                   {"check", "--db", path("central.db"), "--told", path("told.jsonl"), "--json"}});
    (void)check.wait();
    const std::string text = check.output();
    const std::string key = "\"" + name + "\":";
    const auto at = text.find(key);
    return at == std::string::npos ? -1 : std::atoll(text.c_str() + at + key.size());
}

void AgentRig::expect_all_delivered(Process* store, const std::string& context) {
    if (store != nullptr) {
        store->kill(SIGTERM);
        ASSERT_EQ(store->wait().value_or(-1), 0) << context << store->output() << store->errors();
    }
    // After a long outage the next try to connect is up to five minutes away.
    ASSERT_TRUE(wait_until([this] { return everything_confirmed(); }, Millis(330'000)))
        << context << status() << agent_->errors();
    EXPECT_EQ(stop_agent().value_or(-1), 0) << context << agent_->errors();
    stop_central();
    EXPECT_EQ(check(), 0) << context;
}

FeedClient::FeedClient(const std::string& socket_path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_path.c_str(), sizeof(address.sun_path) - 1);
    const timeval ten_seconds{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &ten_seconds, sizeof(ten_seconds));
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        ADD_FAILURE() << "connect to " << socket_path << ": " << std::strerror(errno);
    }
}

FeedClient::~FeedClient() { ::close(socket_); }

bool FeedClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool FeedClient::send_some(std::string_view bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

std::string FeedClient::receive() {
    for (;;) {
        const auto end = buffer_.find('\n');
        if (end != std::string::npos) {
            std::string line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return line;
        }
        std::array<char, 4096> part;
        const ssize_t got = ::recv(socket_, part.data(), part.size(), 0);
        if (got <= 0) return "";
        buffer_.append(part.data(), static_cast<std::size_t>(got));
    }
}

std::string FeedClient::ask(std::string_view line) {
    if (!send(std::string(line) + "\n")) return "";
    return receive();
}

}  // namespace tillpost::test
