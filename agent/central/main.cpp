// SPDX-License-Identifier: Apache-2.0
// tillpost-central, the reference receiver.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <utility>

#include "agent/central/program.hpp"
#include "agent/event/identifiers.hpp"
#include "platform/help_format.hpp"
#include "platform/standard_output.hpp"

namespace {

using tillpost::CentralOptions;

void add_connection_options(CLI::App& app, CentralOptions& options) {
    app.add_option("--protocol", options.protocol, "MQTT version: 5, or 3.1.1 for a broker that knows no other")
        ->check(CLI::IsMember({"5", "3.1.1"}))
        ->capture_default_str();
    app.add_option("--client-id", options.client_id, "MQTT client id [made of our name]");
    app.add_option("--ca", options.ca_file, "PEM file of the authorities trusted for the broker (needed for ssl://)");
    app.add_option("--cert", options.certificate_file, "PEM file with our certificate chain");
    app.add_option("--key", options.key_file, "PEM file with our private key");
    app.add_option("--username", options.username, "User name at the broker");
    app.add_option("--password-file", options.password_file, "File whose first line is the password");
}

void add_receiver_options(CLI::App& app, CentralOptions& options) {
    app.add_option("--broker", options.broker, "Broker: ssl://host:8883, or tcp://127.0.0.1:1883 (loopback only)");
    add_connection_options(app, options);
    app.add_option("--db", options.database, "Database file, created if it is missing")->capture_default_str();
    app.add_option("--store", options.stores, "Receive of this store only, TENANT/STORE; may be repeated [all stores]");
    app.add_option(
           "--backlog-rate", options.backlog_rate,
           "Bytes a second of backlog that all agents together may send, in equal shares; new events go beside\n"
           "it. For a centre that comes back to thousands of stores [as fast as they can]")
        ->check(CLI::Range(std::uint64_t{1'000}, std::uint64_t{100'000'000'000}));
    app.add_flag("--summary", options.summary,
                 "Counters instead of a line per event: one updated line on a terminal, and at the end");
    app.add_flag("--quiet", options.quiet, "Print warnings only");
    app.set_version_flag("--version", "tillpost-central " TILLPOST_VERSION);
}

CLI::App* add_conformance(CLI::App& app, CentralOptions& options) {
    CLI::App* command = app.add_subcommand(
        "conformance", "Play an agent against the receiver behind a broker, and say what it does wrong");
    command->add_option("--against,--broker", options.broker, "Broker that the receiver is connected to")->required();
    add_connection_options(*command, options);
    command->add_option("--tenant", options.tenant, "The agent to play")->capture_default_str();
    command->add_option("--store", options.store, "The agent to play")->capture_default_str();
    command->add_option("--node", options.node, "The agent to play [agent-<8 random hex digits>]");
    command->add_option("--case", options.cases, "This case only; may be repeated [all]");
    command->add_option("--patience", options.patience_seconds, "Seconds to wait for what is expected")
        ->check(CLI::Range(1U, 600U))
        ->capture_default_str();
    command->add_option("--restore-command", options.restore_command,
                        "Command that is run with the argument `backup`, and later with `restore`, for the case of an\n"
                        "older backup; it returns once the receiver is connected again");
    command->add_flag("--all", options.all_cases, "A case that is not run fails the test: for CI");
    command->add_flag("--json", options.json, "Print a JSON object a case instead of a table");
    command->footer(
        "Exit codes: 0 all cases that ran passed; 1 one failed, or with --all was not run; 2 could not run.\n"
        "It leaves its events at the receiver, under urn:tillpost:<tenant>:<store>:<node>.");
    return command;
}

/// Of a command that only reads.
void add_database(CLI::App* command, CentralOptions& options) {
    command->add_option("--db", options.database, "A receiver's database file (needed); it may go on running");
    command->add_option("--work", options.work, "Folder for a copy, while a receiver has it open [beside it]");
}

CLI::App* add_check(CLI::App& app, CentralOptions& options) {
    CLI::App* command = app.add_subcommand(
        "check", "Compare what a store was told is durable with what is committed, and verify every chain");
    add_database(command, options);
    command->add_option("--told", options.told_file, "One object a line: {\"epoch\":\"<16 hex>\",\"sequence\":42,…}")
        ->required();
    command->add_flag("--all-told", options.all_told,
                      "The store has an answer to all that it sent: an event that it was not told of is invented");
    command->add_flag("--strict", options.strict,
                      "What was told and is not here is a fault, too, where the agent says so itself (named)");
    command->add_flag("--json", options.json, "Print one JSON object instead of a table");
    command->footer(
        "Exit codes: 0 nothing lost, doubled, invented, reordered or broken; 1 faults found; 2 could not check, or "
        "nothing was told.");
    return command;
}

CLI::App* add_backup(CLI::App& app, CentralOptions& options) {
    CLI::App* command =
        app.add_subcommand("backup", "Write the database as it is at one moment to a file; the receiver goes on");
    command->add_option("FILE", options.backup_file, "New file; one that is there is not replaced")->required();
    command->add_option("--db", options.database, "A receiver's database file (needed); it may go on running");
    command->add_option("--work", options.work, "Folder for a copy meanwhile [where FILE is]");
    command->footer(
        "To restore: stop the receiver, put the file in the place of its database, remove the -wal beside that, start "
        "it.\n"
        "The agents send again what they still hold. Exit codes: 0; 2 nothing was written.");
    return command;
}

CLI::App* add_export(CLI::App& app, CentralOptions& options) {
    CLI::App* command = app.add_subcommand("export", "Write the committed lines in order to standard output");
    add_database(command, options);
    command->add_option("--source", options.source, "Lines of this agent only: urn:tillpost:TENANT:STORE:NODE");
    return command;
}

CLI::App* add_day(CLI::App& app, CentralOptions& options) {
    CLI::App* command = app.add_subcommand(
        "day", "Print of a business day which tills are complete, which differ and by how much, which never reported");
    add_database(command, options);
    const auto check = [](const std::string& text) {
        return tillpost::is_date(text)
                   ? std::string()
                   : "\"" + text + "\" is no business date: expected YYYY-MM-DD, such as 2026-11-23";
    };
    command->add_option("--date,DATE", options.date, "Business date, such as 2026-11-23 [the newest that can be yet]")
        ->check(check);
    command->add_option("--tills", options.tills_file,
                        "File of the tills that must report, TENANT/STORE TILL a line; store 0007 is 7 "
                        "[those that did before]");
    command->add_flag("--json", options.json, "Print one JSON object instead of a table");
    command->footer("Exit codes: 0 all are complete; 1 one is not, or there is none; 2 could not read.");
    return command;
}

CLI::App* add_quarantine(CLI::App& app, CentralOptions& options) {
    CLI::App* command = app.add_subcommand(
        "quarantine", "List what the stores hold back, as far as their events tell, and what was decided on it");
    command->add_option("VERB", options.verb, "list")->check(CLI::IsMember({"list"}));
    add_database(command, options);
    command->add_option("--sort", options.sort, "The oldest first, the largest amount, or the dearest class")
        ->check(CLI::IsMember({"age", "amount", "class"}))
        ->capture_default_str();
    command->add_flag("--all", options.all, "Those that are decided, too");
    command->add_option("--source", options.source, "Of this agent only: urn:tillpost:TENANT:STORE:NODE");
    command->add_flag("--json", options.json, "Print one JSON object instead of a table");
    command->footer(
        "The records themselves stay at the box: `tillpost quarantine` there shows and decides on them.\n"
        "Exit codes: 0 nothing is open; 1 something is; 2 could not read.");
    return command;
}

CLI::App* add_agents(CLI::App& app, CentralOptions& options) {
    CLI::App* command =
        app.add_subcommand("agents", "Print a table of the agents: epochs, gaps, repeats, forks, clones");
    add_database(command, options);
    command->add_flag("--json", options.json, "Print one JSON array instead of a table");
    return command;
}

CLI::App* add_audit(CLI::App& app, CentralOptions& options) {
    CLI::App* command = app.add_subcommand(
        "audit", "Prove by the agents' seals that nothing was changed, removed or inserted, or name what is broken");
    add_database(command, options);
    command->add_option("--source", options.source, "This agent only: urn:tillpost:TENANT:STORE:NODE");
    command
        ->add_option("--certificate", options.trusted,
                     "Whose seals count, besides the signers that the database knows: a fingerprint, or a PEM file; "
                     "of several agents,\nthose whose certificate is not given are not checked; may be repeated")
        ->expected(1)
        ->allow_extra_args(false)  // the files behind it are files
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->add_option("--at-least", options.expected, "An event's id: its epoch must reach as far; may be repeated")
        ->allow_extra_args(false);
    command->add_flag("--json", options.json, "Print one JSON object instead of a table");
    command->footer(
        "What is behind the last seals is proven only as far as it is here: --at-least finds an end that was cut "
        "off.\nExit codes: 0 proven; 1 broken; 2 could not be checked, or no certificate is known; 3 incomplete: the "
        "chain is\nproven, and the content of some events, which are named, is destroyed.");
    return command;
}

CLI::App* add_erase(CLI::App& app, CentralOptions& options) {
    CLI::App* command =
        app.add_subcommand("erase", "Take contents out of the database for good: for a card number that is found late");
    command->add_option("--db", options.database, "Database file (needed) of a receiver that is not running");
    command
        ->add_option("ID", options.names,
                     "Events, such as 00c0ffee00c0ffee-0000000000000042, and lines that were set aside, such as\n"
                     "A0123456789abcdef, as `tillpost pan-scan` names them")
        ->required();
    command->add_option("--reason", options.reason, "Why; kept beside the tombstone, and no card number")->required();
    command->add_option("--actor", options.actor, "Who wants it, as a pseudonym; never a name");
    command->add_option("--source", options.source, "Whose event, if several agents have one of that id");
    command->footer(
        "As long as the box still has the event, erase it there (tillpost journal erase): its sealed event tells of "
        "it, and\ncentral follows. This is for what the box has deleted since: a tombstone stays here, the chain "
        "stays proven, and\n`audit` names what was erased here, by whom and why, as central's own word, which no seal "
        "covers. The file is\nwritten anew: that takes its size again on the disk. Copies, exports and backups are "
        "yours to erase.\n"
        "Exit codes: 0 all are erased; 1 they are, and the file could not be written anew; 2 nothing is erased.");
    return command;
}

CLI::App* add_times(CLI::App& app, CentralOptions& options) {
    CLI::App* command = app.add_subcommand(
        "times", "List what was recorded with a clock that was not synchronised, and the times it should have had");
    add_database(command, options);
    command->add_option("--source", options.source, "This agent only: urn:tillpost:TENANT:STORE:NODE");
    command->add_flag("--json", options.json, "Print one JSON array instead of a table");
    command->footer(
        "The time since boot says how long before the first synchronised event of the same boot something happened. "
        "The stored\nlines stay as they are. Exit codes: 0; 2 could not read.");
    return command;
}

CLI::App* add_trust(CLI::App& app, CentralOptions& options) {
    CLI::App* command = app.add_subcommand(
        "trust", "Record whose certificate counts for an agent's seals and files, so that `audit` need not be told");
    command->add_option("--db", options.database, "Database file (needed) of a receiver that is not running");
    command
        ->add_option(
            "NAME", options.trusted,
            "SOURCE=FINGERPRINT, as `tillpost journal export` prints it; SOURCE=FILE; or a PEM file of device\n"
            "certificates (device.pem), named after their agents. Compare fingerprints by another way than\n"
            "that by which they came")
        ->required();
    command->add_flag("--replace", options.replace, "It takes the place of the recorded one");
    command->footer(
        "Exit codes: 0 all are recorded; 1 another certificate is recorded for one of them; 2 could not read or "
        "write.");
    return command;
}

CLI::App* add_import(CLI::App& app, CentralOptions& options) {
    CLI::App* command = app.add_subcommand(
        "import", "Commit what `tillpost journal export` wrote to a stick, and write the receipts that go back on it");
    command->add_option("FILE", options.files, "Files of an export, in any order; repeated ones count once")
        ->required();
    command->add_option("--db", options.database, "Database file (needed) of a receiver that is not running");
    command->add_option("--cert", options.certificate_file, "The certificate that the boxes export to (PEM)")
        ->required();
    command->add_option("--key", options.key_file, "Its private key (PEM): opens the files and signs the receipts")
        ->required();
    command->add_option("--receipts", options.receipts, "Folder for the receipts, one an agent: NAME.receipt")
        ->required();
    command
        ->add_option("--trust", options.trusted,
                     "Whose signature counts, may be repeated: a PEM file of device certificates (device.pem, named\n"
                     "after their agents), SOURCE=FILE, or SOURCE=FINGERPRINT as `tillpost journal export` prints it.\n"
                     "It is recorded in the database, and need not be given again")
        ->expected(1)
        ->allow_extra_args(false)  // the files behind it are files
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->add_flag("--create", options.create,
                      "Make the database if there is none: for a central that no agent has reached yet");
    command->add_flag("--accept-new", options.accept_new,
                      "Record the certificate of an agent that has none yet; another one is refused from then on");
    command->add_flag("--replace", options.replace, "A certificate of --trust takes the place of the recorded one");
    command->footer(
        "Exit codes: 0 all files taken and answered, nothing is missing; 1 a file was refused, events that the box "
        "had\n"
        "are MISSING (see standard error), or the database failed; 2 could not start: also without a database and\n"
        "--create. Example: tillpost-central import --db central.db --cert central.pem "
        "--key central.key\n"
        "--trust device.pem --receipts /media/stick /media/stick/*.tillpost");
    return command;
}

/// It may stand before the command, as for the receiver itself, or behind it.
bool has_database(const CLI::App& app, const CLI::App& command) {
    const CLI::Option* const own = command.get_option_no_throw("--db");
    if (own == nullptr || own->count() > 0 || app.get_option("--db")->count() > 0) return true;
    std::fprintf(stderr, "tillpost-central: %s wants --db FILE, the receiver's database (see %s --help)\n",
                 command.get_name().c_str(), command.get_name().c_str());
    return false;
}

int run(int argc, char** argv) {
    CentralOptions options;
    CLI::App app(
        "Receives the events of Tillpost agents from an MQTT broker, commits them to a SQLite file and answers each\n"
        "agent with receipts. Prints a line per new event: time, source, sequence, type, subject, quality.\n"
        "Agents free what is receipted: receive an agent's events with one receiver, and back its file up.");
    app.formatter(std::make_shared<tillpost::HelpFormat>());
    app.require_subcommand(0, 1);
    add_receiver_options(app, options);
    const std::pair<CLI::App*, int (*)(const CentralOptions&)> commands[] = {
        {add_backup(app, options), tillpost::run_backup},
        {add_check(app, options), tillpost::run_check},
        {add_export(app, options), tillpost::run_export},
        {add_agents(app, options), tillpost::run_agents},
        {add_audit(app, options), tillpost::run_audit},
        {add_erase(app, options), tillpost::run_erase},
        {add_times(app, options), tillpost::run_times},
        {add_day(app, options), tillpost::run_day},
        {add_quarantine(app, options), tillpost::run_quarantine},
        {add_trust(app, options), tillpost::run_trust},
        {add_import(app, options), tillpost::run_import},
        {add_conformance(app, options), tillpost::run_conformance_command}};
    // Of commands that are there already it is not the footer.
    app.footer(
        "Exit codes: 0 stopped by SIGTERM or SIGINT, 1 the database failed, 2 wrong usage or no start.\n"
        "There is no reload: SIGHUP, SIGUSR1, SIGUSR2 and SIGALRM are said in the log and change nothing.\n"
        "Example: tillpost-central --broker tcp://127.0.0.1:1883 --db central.db --store acme/s1");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? 0 : 2;
    }
    for (const auto& [command, run_command] : commands) {
        if (command->parsed()) return has_database(app, *command) ? run_command(options) : 2;
    }
    if (options.broker.empty()) {
        std::fputs("tillpost-central: --broker is needed (see --help)\n", stderr);
        return 2;
    }
    return tillpost::run_receiver(options);
}

}  // namespace

int main(int argc, char** argv) {
    // A reader of our output that goes away is no reason to stop receiving; the MQTT library wants it, too.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        const int code = run(argc, argv);
        if (auto written = tillpost::flush_standard_output(); code == 0 && !written) {
            std::fprintf(stderr, "tillpost-central: %s\n", written.error().message.c_str());
            return 1;
        }
        return code;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tillpost-central: %s\n", error.what());
        return 2;
    }
}
