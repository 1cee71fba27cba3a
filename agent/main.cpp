// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <string_view>

#include "agent/app.hpp"
#include "agent/control/configuration.hpp"
#include "agent/journal/damage.hpp"
#include "platform/help_format.hpp"
#include "platform/log.hpp"
#include "platform/time_zone.hpp"

namespace {

constexpr const char* default_path = "/etc/tillpost/tillpost.json";
constexpr const char* first_start =
    "Is this a first start? Begin with the example, config/tillpost.json of the sources (installed as "
    "/usr/share/doc/tillpost/tillpost.json): copy it there and change it, or name another file with --config FILE.\n";

int cannot_start(const std::string& why) {
    tillpost::log::error("tillpostd cannot start", {{"why", why}});
    return 1;
}

/// [durable-2] Whatever was answered is on the disk, and there is nothing left to decide anything with: without an
/// allocation, and with the code after which systemd starts the daemon again.
[[noreturn]] void out_of_memory() {
    constexpr std::string_view text =
        "tillpostd: out of memory: stopping on purpose, all that was acknowledged is kept. Give the machine or the "
        "unit (MemoryMax=, LimitAS=) more memory.\n";
    (void)!::write(STDERR_FILENO, text.data(), text.size());
    std::_Exit(1);
}

/// [privacy-1] What a feed hands over stands in our memory before it is redacted, so that no image of it is written:
/// no core file, and no other process of the same user attaches. Swapping is the unit's to forbid (MemorySwapMax=0).
void keep_memory_off_the_disk() {
    constexpr rlimit none{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &none);  // under the unit, which says so itself (LimitCORE=0), it may be refused
#ifndef __SANITIZE_ADDRESS__                // its search for leaks attaches to the process
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) tillpost::log::warn("images of the memory cannot be forbidden");
#endif
}

/// Else a socket or the journal would get one of these numbers, and the log be written into it.
void open_standard_streams() {
    int descriptor = 0;
    while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDWR);
    if (descriptor >= 0) ::close(descriptor);
}

int start_and_run(tillpost::Configuration configuration) {
    std::unique_ptr<boost::asio::io_context> loop;
    std::unique_ptr<tillpost::App> app;
    try {
        loop = std::make_unique<boost::asio::io_context>(1);
        app = std::make_unique<tillpost::App>(*loop, std::move(configuration));
        if (auto started = app->start(); !started) return cannot_start(started.error().message);
    } catch (const std::exception& error) {  // Asio and the libraries, out of descriptors, threads or memory
        return cannot_start(error.what());
    }
    const int code = app->run();
    tillpost::log::finish();
    if (app->looks_up()) std::_Exit(code);  // everything is stored and closed; the loop would wait for the name server
    return code;
}

enum class Check { none, configuration, with_files };

int unusable(const std::string& path, const std::string& why) {
    std::cerr << "tillpostd: the configuration cannot be used:\n" << why << '\n';
    if (::access(path.c_str(), F_OK) != 0) std::cerr << first_start;
    return 2;
}

/// What a start would do with the file at journal/path it does to keep events; whoever only asks is told.
int report(const std::string& path, const tillpost::Configuration& configuration, bool with_files) {
    const std::string& journal = configuration.journal.path;
    const auto wrong = with_files ? tillpost::not_a_journal(journal) : std::nullopt;
    if (wrong) {
        return unusable(
            path, path + ": /journal/path is \"" + journal + "\": expected a journal, or nothing there yet: " + *wrong);
    }
    const auto usable = with_files ? tillpost::check_tls_files(configuration, path) : tillpost::Result<void>();
    if (!usable) return unusable(path, usable.error().message);
    std::cout << path << (with_files ? " is valid\n" : " is valid; the files that it names were not looked at\n");
    for (const std::string& each : tillpost::left_to_defaults(configuration)) std::cout << each << '\n';
    return 0;
}

int run(const std::string& path, Check check) {
    auto configuration =
        check == Check::configuration ? tillpost::read_configuration(path) : tillpost::load_configuration(path);
    if (!configuration) return unusable(path, configuration.error().message);
    if (check != Check::none) return report(path, *configuration, check == Check::with_files);
    if (!configuration->time_zone.empty()) tillpost::use_time_zone(configuration->time_zone);
    tillpost::log::set_level(configuration->log_level);
    if (const auto usable = tillpost::check_tls_files(*configuration, path); !usable) {
        tillpost::log::error(
            "the broker's TLS files cannot be used: events are kept, and none goes over TLS until that is put right",
            {{"why", usable.error().message}});
    }
    return start_and_run(std::move(*configuration));
}

}  // namespace

int main(int argc, char** argv) {
    open_standard_streams();
    std::set_new_handler(&out_of_memory);
    keep_memory_off_the_disk();
    std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error of the write, which says what to do
    std::signal(SIGPIPE, SIG_IGN);  // a peer that hangs up is an error code, here and in Paho's TLS writes
    CLI::App arguments{"Tillpost: captures store events, keeps each one safe, and forwards them to central.",
                       "tillpostd"};
    arguments.formatter(std::make_shared<tillpost::HelpFormat>());
    std::string path = default_path;
    bool check = false;
    bool no_files = false;
    arguments.add_option("-c,--config", path, "Configuration file")->capture_default_str();
    CLI::Option* const check_option =
        arguments.add_flag("--check-config", check, "Check the configuration and the files that it names, and exit");
    arguments
        .add_flag("--no-files", no_files,
                  "With --check-config: not the files and folders that it names, which another machine has")
        ->needs(check_option);
    arguments.set_version_flag("--version", std::string("tillpostd " TILLPOST_VERSION));
    arguments.footer(
        "Exit codes: 0 stopped as asked, 1 could not start or the storage failed, 2 wrong configuration or arguments.\n"
        "The log goes to standard error. `tillpost status` shows what a running daemon does.\n"
        "SIGTERM and SIGINT stop it in good order. There is no reload: restart it to apply another configuration;\n"
        "SIGHUP, SIGUSR1, SIGUSR2 and SIGALRM are said in the log and change nothing.");
    try {
        arguments.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return arguments.exit(error) == 0 ? 0 : 2;
    }
    if (!check) return run(path, Check::none);
    return run(path, no_files ? Check::configuration : Check::with_files);
}
