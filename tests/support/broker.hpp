// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {

/// A real mosquitto (Debian package mosquitto) on 127.0.0.1 with a configuration of its own.
class Broker {
public:
    struct Tls {
        std::string ca_file;  ///< Whose client certificates are taken.
        std::string certificate_file;
        std::string key_file;
        bool require_certificate = false;
        bool identity_as_username = false;
    };
    struct Options {
        bool anonymous = true;
        std::map<std::string, std::string> users{};  ///< name -> password
        std::string acl{};                           ///< Text of the acl_file, "" for none.
        std::optional<int> max_inflight{};           ///< = Receive Maximum in the CONNACK
        std::optional<Tls> tls{};
        std::string extra{};  ///< More lines of mosquitto.conf(5).
    };

    /// Finds a port; does not start it yet. Throws with a sentence when mosquitto is not installed.
    Broker() : Broker(Options{}) {}
    explicit Broker(Options options);

    /// Starts it, again on the same port after a stop(), and returns once the port accepts.
    void start();
    void stop(int signal = SIGTERM);
    /// Takes the ACL away, from the next start() on.
    void allow_everything() { options_.acl.clear(); }
    bool running() { return process_ && process_->running(); }

    int port() const { return port_; }
    /// "tcp://127.0.0.1:port" or, with Tls, "ssl://localhost:port".
    std::string address() const;
    /// What it logged since its last start().
    std::string log() const { return process_ ? process_->errors() : ""; }
    Process& process() { return *process_; }

private:
    void write_configuration();
    void write_users();
    bool try_start();

    Options options_;
    TempDir folder_;
    int port_;
    bool started_once_ = false;
    std::unique_ptr<Process> process_;
};

}  // namespace tillpost::test
