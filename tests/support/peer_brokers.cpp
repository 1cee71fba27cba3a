// SPDX-License-Identifier: Apache-2.0
#include "tests/support/peer_brokers.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/broker.hpp"

namespace tillpost::test {
namespace {

constexpr const char* aedes_version = "0.51.3";
constexpr Millis install_time{150'000};
constexpr Millis start_time{90'000};  // Erlang takes half a minute on a busy machine

class Mosquitto final : public PeerBroker {
public:
    Mosquitto() { port_ = broker_.port(); }
    std::string prepare() override { return ""; }
    bool start() override {
        broker_.start();
        return true;
    }
    void kill() override { broker_.stop(SIGKILL); }
    std::string log() const override { return broker_.log(); }

private:
    Broker broker_;
};

class Aedes final : public PeerBroker {
public:
    std::string prepare() override {
        folder_.write("package.json", "{}");
        folder_.write("broker.js",
                      "const aedes = require('aedes')();\n"
                      "require('net').createServer(aedes.handle).listen(Number(process.argv[2]), '127.0.0.1');\n");
        Process npm({"npm",
                     {"install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error",
                      std::string("aedes@") + aedes_version},
                     {},
                     folder_.path()});
        const int code = npm.wait(install_time).value_or(-1);
        if (code == 127) return "npm is not installed (Debian: apt-get install npm)";
        if (code != 0) return "npm cannot install aedes, is its registry out of reach? " + npm.errors();
        return "";
    }
    bool start() override {
        node_ = std::make_unique<Process>(
            Process::Command{"node", {"broker.js", std::to_string(port_)}, {}, folder_.path()});
        return wait_until([this] { return accepts(port_) || !node_->running(); }, start_time) && node_->running();
    }
    void kill() override {
        node_->kill(SIGKILL);
        (void)node_->wait();
    }
    std::string log() const override { return node_ ? node_->output() + node_->errors() : ""; }

private:
    TempDir folder_;
    std::unique_ptr<Process> node_;
};

class RabbitMq final : public PeerBroker {
public:
    std::string prepare() override {
        if (::access(program, X_OK) != 0) return "RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)";
        const auto number = [](int port) { return std::to_string(port); };
        const int distribution = free_port();
        folder_.write("plugins", "[rabbitmq_mqtt].\n");
        folder_.write("rabbitmq.conf", "listeners.tcp.1 = 127.0.0.1:" + number(free_port()) +
                                           "\nmqtt.listeners.tcp.1 = 127.0.0.1:" + number(port_) +
                                           "\nmqtt.allow_anonymous = true\nlog.console = true\nlog.file = false\n");
        const std::string daemon_port = number(free_port());
        environment_ = {"HOME=" + folder_.path(),
                        "ERL_EPMD_PORT=" + daemon_port,
                        "ERL_EPMD_ADDRESS=127.0.0.1",
                        "RABBITMQ_NODENAME=tillpost@localhost",
                        "RABBITMQ_DIST_PORT=" + number(distribution),
                        "RABBITMQ_MNESIA_BASE=" + folder_.file("mnesia"),
                        "RABBITMQ_LOG_BASE=" + folder_.file("log"),
                        "RABBITMQ_PID_FILE=" + folder_.file("pid"),
                        "RABBITMQ_ENABLED_PLUGINS_FILE=" + folder_.file("plugins"),
                        "RABBITMQ_CONFIG_FILE=" + folder_.file("rabbitmq.conf"),
                        "RABBITMQ_CONF_ENV_FILE=" + folder_.file("none")};
        // Ours ends with us; one that the node starts would stay.
        epmd_ = std::make_unique<Process>(Process::Command{"epmd", {"-port", daemon_port, "-address", "127.0.0.1"}});
        return "";
    }
    bool start() override {
        node_ = std::make_unique<Process>(Process::Command{program, {}, environment_});
        return wait_until([this] { return accepts(port_) || !node_->running(); }, start_time) && node_->running();
    }
    void kill() override {
        // The script that started it goes with the node.
        const pid_t node = std::atoi(content_of(folder_.file("pid")).c_str());
        if (node > 1) ::kill(node, SIGKILL);
        node_->kill(SIGKILL);
        (void)node_->wait();
        wait_until([this] { return !accepts(port_); });
    }
    ~RabbitMq() override {
        if (node_) kill();
    }
    std::string log() const override { return node_ ? node_->output() + node_->errors() : ""; }

private:
    static constexpr const char* program = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    TempDir folder_;
    std::vector<std::string> environment_;
    std::unique_ptr<Process> epmd_;
    std::unique_ptr<Process> node_;
};

}  // namespace

std::unique_ptr<PeerBroker> make_mosquitto() { return std::make_unique<Mosquitto>(); }
std::unique_ptr<PeerBroker> make_aedes() { return std::make_unique<Aedes>(); }
std::unique_ptr<PeerBroker> make_rabbitmq() { return std::make_unique<RabbitMq>(); }

}  // namespace tillpost::test
