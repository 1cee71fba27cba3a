// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/broker.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {

/// The whole product as processes: a real broker, tillpost-central, tillpostd and the simulated store.
class AgentRig {
public:
    struct Options {
        Broker::Options broker{};
        std::string broker_keys{};     ///< More members of the configuration's "broker", with a leading comma.
        std::string more_addresses{};  ///< Of other brokers, behind the rig's own: `,"tcp://…"`.
        std::string delivery{};        ///< Members of "delivery".
        std::string feed_keys{};       ///< More members of "feed", with a leading comma.
        std::string more_keys{};       ///< Of the configuration: `,"export":{…}`.
        std::string journal_folder{};  ///< "" for the rig's own.
        std::string central_keys{};    ///< More arguments for tillpost-central, separated by spaces.
        std::string agent_broker{};    ///< The broker's address in the agent's configuration, "" for the rig's own.
        std::string other_broker{};    ///< The address of a broker that agent and central use instead of the rig's own.
        std::string agent_runner{};    ///< What runs tillpostd, as "prlimit --nofile=64", "" for nothing.
        std::vector<std::string> agent_environment{};
    };
    /// Notices a dead line as soon as the configuration allows.
    static Options impatient();
    AgentRig() : AgentRig(Options{}) {}
    explicit AgentRig(Options options);

    void start_agent();  ///< Returns once it answers `tillpost status`.
    void start_central();
    /// Kills the agent as a power cut would kill it, as far as a process can be.
    void kill_agent();
    std::optional<int> stop_agent() { return agent_->stop(); }
    void stop_central();
    void kill_central();
    /// Another address for the agent, from its next start on.
    void lead_agent_to(const std::string& address) { options_.agent_broker = address; }

    /// Other members of "delivery" instead of Options::delivery, from its next start on.
    void deliver_by(std::string delivery) { options_.delivery = std::move(delivery); }
    /// Another environment instead of Options::agent_environment, from its next start on.
    void agent_in(std::vector<std::string> environment) { options_.agent_environment = std::move(environment); }
    /// Another runner instead of Options::agent_runner, from its next start on.
    void run_agent_by(std::string runner) { options_.agent_runner = std::move(runner); }
    /// Other members of the configuration instead of Options::more_keys, from its next start on.
    void configure(std::string more_keys) { options_.more_keys = std::move(more_keys); }

    /// The simulated store; it records what it was told.
    std::unique_ptr<Process> start_store(std::vector<std::string> arguments);

    /// `tillpost status --json`, "" when the daemon does not answer.
    std::string status() const;
    /// A number of the status by its name, -1 without an answer.
    long long number(const std::string& name) const;
    bool everything_confirmed() const;
    /// Until the next try to reach a broker, as the status tells it; zero without one.
    Millis next_try_in() const;
    /// The history checker over what the store was told and what central has: its exit code; its report is printed.
    int check();
    /// One of the history checker's numbers, by its name; -1 without an answer.
    long long counted_by_check(const std::string& name);
    /// The end of a test: the store (if any) closes, everything is confirmed, agent and central stop in good order and
    /// the history is clean.
    void expect_all_delivered(Process* store, const std::string& context = "");

    std::string path(std::string_view name) const { return folder_.file(name); }
    std::size_t told() const;  ///< Answers that the store has written down so far.
    Process& agent() { return *agent_; }
    Process& central() { return *central_; }
    Broker& broker() { return broker_; }
    std::string journal() const;

private:
    void write_configuration() const;
    std::string address() const { return options_.other_broker.empty() ? broker_.address() : options_.other_broker; }

    Options options_;
    TempDir folder_;
    Broker broker_;
    std::unique_ptr<Process> agent_;
    std::unique_ptr<Process> central_;
};

/// A feed's client that speaks line by line.
class FeedClient {
public:
    explicit FeedClient(const std::string& socket_path);
    ~FeedClient();
    FeedClient(const FeedClient&) = delete;
    FeedClient& operator=(const FeedClient&) = delete;

    /// False when the peer has hung up.
    bool send(std::string_view bytes);
    /// Sends without waiting for room; false when the peer has hung up or takes no more now.
    bool send_some(std::string_view bytes);
    /// The next answer without its line break; "" at the end of the stream or after ten seconds.
    std::string receive();
    std::string ask(std::string_view line);

private:
    int socket_;
    std::string buffer_;
};

}  // namespace tillpost::test
