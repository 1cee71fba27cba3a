// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/cli/gs1_command.hpp"
#include "agent/cli/rules_view.hpp"
#include "agent/cli/sockets.hpp"
#include "agent/cli/subcommands.hpp"
#include "agent/control/configuration.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/severities.hpp"
#include "platform/files.hpp"
#include "platform/standard_output.hpp"

namespace tillpost::cli {
namespace {

constexpr const char* examples = R"(Examples:
  tillpost status                          what tillpostd does, in words
  tillpost status --json | jq .waiting     how many events are not confirmed yet
  tillpost tail                            events as they are captured, sent and confirmed; ends on Ctrl-C
  tillpost day 2026-11-23                  what is complete of a business day, and what is missing
  tillpost send < day.jsonl                send events again: known ones are recognised
  echo '{"type":"scan","code":"4006381333931"}' | tillpost send --quiet

  tillpost validate day.jsonl              check events without a daemon
  tillpost schema sale                     what a sale looks like, as JSON Schema
  tillpost audit verify                    prove that nothing in it was changed, removed or inserted
  tillpost quarantine list                 what waits for a decision of yours
  tillpost reprocess --dry-run             what would be another event under the present configuration
  tillpost rules                           what is compared at capture, and what comes of it
  tillpost journal verify                  check the journal's digests and chains
  tillpost pan-scan                        search the journal's folder for card numbers
  journalctl -u tillpostd -o cat | tillpost pan-scan -
  tillpost gs1 ']C10109506000134352'       read a bar code's GS1 data; needs no daemon

Exit codes:
  0   done
  1   send: an event was refused; validate: one would be marked; quarantine and reprocess: the daemon refuses, with its
      reason; day: it is not complete
  2   tillpostd is not running, not reachable, or the connection was lost; validate: the file cannot be read,
      or has no lines
  3   send: none was refused, but one went to quarantine; validate: one would go there
  64  wrong arguments
  74  its output could not be written, as to a full disk
`journal`, `audit`, `pan-scan` and `gs1` have their own: tillpost journal --help
)";

int run_validate(ValidateOptions& options) {
    if (options.config.empty()) return validate(options);
    auto configuration = read_configuration(options.config);  // A pseudonym's key changes no verdict.
    if (!configuration) {
        complain(configuration.error().message);
        return 2;
    }
    Intake::Settings intake{std::make_shared<const KeyRules>(configuration->keys, configuration->name.store),
                            Severities(configuration->rules).types_off(Quality::incomplete)};
    options.judged_by.emplace(
        JudgedBy{std::move(configuration->rules), std::move(configuration->privacy), std::move(intake)});
    return validate(options);
}

/// By the configuration that is named; else by the usual one, if this machine has it.
int show_rules(const CommonOptions& options) {
    std::vector<RuleSetting> configured;
    const std::string file = options.config.empty() ? default_configuration : options.config;
    if (!options.config.empty() || file_exists(file)) {
        auto configuration = read_configuration(file);
        if (!configuration) {
            complain(configuration.error().message);
            return 2;
        }
        configured = std::move(configuration->rules);
    }
    const Severities severities(std::move(configured));
    std::cout << (options.json ? rules_json(severities) : rules_text(severities)) << std::flush;
    return 0;
}

/// All that a command line may say; `chosen` is what its command does.
struct CommandLine {
    CommonOptions options;
    DayOptions day;
    ValidateOptions validate;
    SchemaOptions schema;
    QuarantineOptions quarantine;
    QuarantineCommand quarantine_command = nullptr;
    ReprocessOptions reprocess;
    JournalOptions journal;
    JournalCommand journal_command = nullptr;
    AuditOptions audit;
    PanScanOptions pan_scan;
    Gs1Arguments gs1;
    std::function<int()> chosen;

    void on(CLI::App* command, std::function<int()> run) {
        command->callback([this, run = std::move(run)] { chosen = run; });
    }
};

/// Behind the command or before it; `validate` judges by none unless one is named.
void complete_configurations(CommandLine& line) {
    const std::string& named = line.options.config;
    if (line.validate.config.empty()) line.validate.config = named;
    const std::string usual = named.empty() ? default_configuration : named;
    for (std::string* const own : {&line.audit.config, &line.journal.config, &line.pan_scan.config}) {
        if (own->empty()) *own = usual;
    }
}

/// That of the two sockets which the command speaks to. `ok`, or the exit code behind what was said.
enum class Speaks { control, feed };
int find_socket(CommandLine& line, Speaks to) {
    CommonOptions& options = line.options;
    const auto sockets = sockets_of(options.config);
    if (!sockets) {
        complain(sockets.error().message);
        return wrong_usage;
    }
    if (options.socket.empty()) options.socket = sockets->control;
    if (options.feed.empty()) options.feed = sockets->feed;
    line.quarantine.socket = options.socket;
    const std::string file = options.config.empty() ? default_configuration : options.config;
    if (to == Speaks::feed && options.feed.empty()) {
        complain(file +
                 " names no feed, so that tillpostd takes no records from a socket: set /feed/socket there, as "
                 "\"feed\": {\"socket\": \"/run/tillpost/feed.sock\"}, and restart it; or name its socket with --feed");
        return no_daemon;
    }
    if (to == Speaks::control && options.socket.empty()) {
        complain(file +
                 " says that tillpostd has no control socket (/control/socket is \"\"): name a path there and restart "
                 "it; or name its socket with --socket");
        return no_daemon;
    }
    if (to == Speaks::control && options.socket == sockets->feed) {  // it would take the question for a record
        complain(options.socket + " is the feed's socket, and --socket names the control socket" +
                 (sockets->control.empty() ? "" : ": " + sockets->control));
        return wrong_usage;
    }
    return ok;
}

void add_offline_commands(CLI::App& app, CommandLine& line) {
    line.on(add_validate(app, line.validate), [&line] { return run_validate(line.validate); });
    line.on(add_schema(app, line.schema), [&line] { return show_schema(line.schema); });
    CLI::App* rules = app.add_subcommand(
        "rules", "List what is compared at capture, under which name, in which types, and what comes of it");
    rules->add_flag("--json", line.options.json, "JSON, one object a line");
    line.on(rules, [&line] { return show_rules(line.options); });
    line.on(add_journal(app, line.journal, line.journal_command),
            [&line] { return line.journal_command(line.journal); });
    line.on(add_audit(app, line.audit), [&line] { return verify_audit(line.audit); });
    line.on(add_pan_scan(app, line.pan_scan), [&line] { return pan_scan(line.pan_scan); });
    line.on(add_gs1(app, line.gs1), [&line] { return read_gs1(line.gs1); });
}

/// Those that ask a daemon, or hand something over to it.
void add_daemon_commands(CLI::App& app, CommandLine& line) {
    const auto on = [&line](CLI::App* command, std::function<int()> ask, Speaks to = Speaks::control) {
        line.on(command, [&line, ask = std::move(ask), to] {
            const int found = find_socket(line, to);
            return found == ok ? ask() : found;
        });
    };
    CommonOptions& options = line.options;
    on(add_status(app, options), [&] { return show_status(options.socket, options.json); });
    on(add_tail(app, options), [&] { return tail(options.socket, options.json); });
    on(add_day(app, line.day), [&] { return show_day(options.socket, line.day); });
    on(
        add_send(app, options),
        [&] { return send(options.feed, options.output(), std::chrono::seconds(options.give_up)); }, Speaks::feed);
    on(add_quarantine(app, line.quarantine, line.quarantine_command),
       [&] { return line.quarantine_command(line.quarantine); });
    on(add_reprocess(app, line.reprocess), [&] { return reprocess(options.socket, line.reprocess); });
}

int run(int argc, char** argv) {
    CommandLine line;
    CLI::App app{"Talks to tillpostd, the in-store edge agent: its state, its events, its feed.", "tillpost"};
    app.set_version_flag("--version", std::string("tillpost " TILLPOST_VERSION));
    app.set_help_all_flag("--help-all", "Print the help of every command and exit");
    app.require_subcommand(0, 1);  // with (1), a misspelt command would be told "a subcommand is required"
    app.fallthrough();             // --socket may stand behind the command as well
    add_sockets(app, line.options);
    add_daemon_commands(app, line);
    add_offline_commands(app, line);
    app.footer(examples);  // of commands that are there already it is not the footer
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : wrong_usage;
    }
    if (!line.chosen) {
        std::cerr << app.help() << std::flush;
        return wrong_usage;
    }
    complete_configurations(line);
    return line.chosen();
}

}  // namespace
}  // namespace tillpost::cli

int main(int argc, char** argv) {
    try {
        const int code = tillpost::cli::run(argc, argv);
        const auto written = tillpost::flush_standard_output();
        if (written) return code;
        tillpost::cli::complain(written.error().message);
        return tillpost::cli::no_output;
    } catch (const std::exception& error) {
        tillpost::cli::complain(error.what());
        return tillpost::cli::no_daemon;
    }
}
