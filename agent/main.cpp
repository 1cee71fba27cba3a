// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "agent/app.hpp"
#include "agent/control/configuration.hpp"
#include "platform/log.hpp"

namespace {

constexpr const char* default_path = "/etc/tillpost/tillpost.json";

int run(const std::string& path, bool check_only) {
    auto configuration = tillpost::load_configuration(path);
    if (!configuration) {
        std::cerr << "tillpostd: the configuration cannot be used:\n" << configuration.error().message << '\n';
        return 2;
    }
    if (check_only) {
        std::cout << path << " is valid\n";
        return 0;
    }
    tillpost::log::set_level(configuration->log_level);
    boost::asio::io_context loop{1};
    tillpost::App app(loop, std::move(*configuration));
    if (auto started = app.start(); !started) {
        tillpost::log::error("tillpostd cannot start", {{"why", started.error().message}});
        return 1;
    }
    const int code = app.run();
    if (app.looks_up()) std::_Exit(code);  // everything is stored and closed; the loop would wait for the name server
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that hangs up is an error code, here and in Paho's TLS writes
    CLI::App arguments{"Tillpost: captures store events, keeps each one safe, and forwards them to central.",
                       "tillpostd"};
    std::string path = default_path;
    bool check_only = false;
    arguments.add_option("-c,--config", path, "Configuration file")->capture_default_str();
    arguments.add_flag("--check-config", check_only, "Check the configuration and the files that it names, and exit");
    arguments.set_version_flag("--version", std::string("tillpostd " TILLPOST_VERSION));
    arguments.footer(
        "Exit codes: 0 stopped as asked, 1 could not start or the storage failed, 2 wrong configuration or arguments.\n"
        "The log goes to standard error. `tillpost status` shows what a running daemon does.");
    try {
        arguments.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return arguments.exit(error) == 0 ? 0 : 2;
    }
    return run(path, check_only);
}
