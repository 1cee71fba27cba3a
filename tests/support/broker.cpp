// SPDX-License-Identifier: Apache-2.0
#include "tests/support/broker.hpp"

#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace tillpost::test {
namespace {

constexpr const char* program = "/usr/sbin/mosquitto";
constexpr const char* password_program = "/usr/bin/mosquitto_passwd";

}  // namespace

Broker::Broker(Options options) : options_(std::move(options)), port_(free_port()) {
    if (::access(program, X_OK) != 0) {
        throw std::runtime_error(std::string(program) + " is missing: apt-get install mosquitto (this test needs it)");
    }
    if (!options_.users.empty()) write_users();
}

void Broker::write_users() {
    std::string lines;
    for (const auto& [name, password] : options_.users) lines.append(name).append(":").append(password).append("\n");
    const std::string path = folder_.write("users", lines);
    Process hash(Process::Command{password_program, {"-U", path}});
    if (hash.wait() != 0) throw std::runtime_error("mosquitto_passwd failed: " + hash.errors());
}

void Broker::write_configuration() {
    // As root it would become the user mosquitto, who cannot read our folder.
    std::string text = ::geteuid() == 0 ? "user root\n" : "";
    text += "per_listener_settings false\npersistence false\nlog_dest stderr\nlog_type all\nconnection_messages true\n";
    if (options_.max_inflight) text += "max_inflight_messages " + std::to_string(*options_.max_inflight) + "\n";
    text += std::string("allow_anonymous ") + (options_.anonymous ? "true\n" : "false\n");
    if (!options_.users.empty()) text += "password_file " + folder_.file("users") + "\n";
    if (!options_.acl.empty()) text += "acl_file " + folder_.write("acl", options_.acl) + "\n";
    text += "listener " + std::to_string(port_) + " 127.0.0.1\n";
    if (options_.tls) {
        text += "cafile " + options_.tls->ca_file + "\ncertfile " + options_.tls->certificate_file + "\nkeyfile " +
                options_.tls->key_file + "\n";
        if (options_.tls->require_certificate) text += "require_certificate true\n";
        if (options_.tls->identity_as_username) text += "use_identity_as_username true\n";
    }
    folder_.write("mosquitto.conf", text + options_.extra);
}

void Broker::start() {
    // A free port may be taken by another program before mosquitto binds it; later starts must keep theirs.
    const int tries = started_once_ ? 1 : 5;
    for (int i = 0; i < tries; ++i) {
        if (i > 0) port_ = free_port();
        if (try_start()) {
            started_once_ = true;
            return;
        }
    }
    throw std::runtime_error("mosquitto did not start: " + log());
}

bool Broker::try_start() {
    write_configuration();
    process_.reset();
    process_ = std::make_unique<Process>(Process::Command{program, {"-c", folder_.file("mosquitto.conf")}});
    wait_until([this] { return !process_->running() || log().find(" running\n") != std::string::npos; });
    return process_->running() && accepts(port_);
}

void Broker::stop(int signal) {
    if (!process_) return;
    process_->kill(signal);
    if (!process_->wait()) throw std::runtime_error("mosquitto did not end");
}

std::string Broker::address() const {
    return (options_.tls ? "ssl://localhost:" : "tcp://127.0.0.1:") + std::to_string(port_);
}

}  // namespace tillpost::test
