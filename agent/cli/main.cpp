// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "agent/cli/audit_command.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/gs1_command.hpp"
#include "agent/cli/journal_commands.hpp"
#include "agent/cli/pan_scan.hpp"
#include "agent/cli/quarantine_commands.hpp"
#include "agent/cli/reprocess_command.hpp"
#include "agent/cli/schema_commands.hpp"
#include "agent/cli/sockets.hpp"
#include "agent/control/configuration.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/severities.hpp"

namespace {

using tillpost::cli::SendOutput;

constexpr int wrong_usage = 64;  // EX_USAGE, sysexits(3)

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
  tillpost rules                           what is compared at capture
  tillpost journal verify                  check the journal's digests and chains
  tillpost pan-scan                        search the journal's folder for card numbers
  journalctl -u tillpostd -o cat | tillpost pan-scan -
  tillpost gs1 ']C10109506000134352'       read a bar code's GS1 data; needs no daemon

Exit codes:
  0   done
  1   send: an event was refused; validate: one would be marked; quarantine and reprocess: the daemon refuses, with its
      reason; day: it is not complete
  2   tillpostd is not running, not reachable, or the connection was lost; validate: the file cannot be read
  3   send: none was refused, but one went to quarantine; validate: one would go there
  64  wrong arguments
`journal`, `audit`, `pan-scan` and `gs1` have their own: tillpost journal --help
)";

struct Options {
    std::string config;        ///< "": the usual one
    std::string socket, feed;  ///< "": as the configuration says
    bool json = false;
    bool quiet = false;

    SendOutput output() const {
        if (json) return SendOutput::json;
        return quiet ? SendOutput::failures_only : SendOutput::text;
    }
};

/// Of all commands one: it may stand before a command and behind it.
void add_config(CLI::App& app, std::string& config) {
    app.add_option("-c,--config", config,
                   std::string("The daemon's configuration [") + tillpost::cli::default_configuration + "]")
        ->type_name("PATH");
}

/// An empty environment variable counts as none.
void add_sockets(CLI::App& app, Options& options) {
    add_config(app, options.config);
    app.add_option("--socket", options.socket, "The daemon's control socket [as its configuration says]")
        ->envname("TILLPOST_SOCKET")
        ->type_name("PATH");
}

CLI::App* add_status(CLI::App& app, Options& options) {
    CLI::App* status = app.add_subcommand("status", "Show what is captured, waiting, confirmed and connected");
    status->add_flag("--json", options.json, "One line of JSON instead of a table, for programs");
    return status;
}

CLI::App* add_tail(CLI::App& app, Options& options) {
    CLI::App* tail = app.add_subcommand("tail", "Show events as they are captured, sent and confirmed, until Ctrl-C");
    tail->add_flag("--json", options.json, "JSON, one object a line");
    tail->footer(
        "A line is: time, number, \"captured\", type, business key, quality, device. \"… 42 confirmed\" means: every\n"
        "event up to number 42 is.");
    return tail;
}

CLI::App* add_day(CLI::App& app, tillpost::cli::DayOptions& options) {
    CLI::App* day = app.add_subcommand("day", "Show what is complete of a business day, till by till");
    day->add_option("DATE", options.date, "Business date, such as 2026-11-23 [the newest]");
    day->add_option("--till", options.till, "This till only [all]");
    day->add_flag("--json", options.json, "One line of JSON instead of a table, for programs");
    day->footer(
        "Every POS number between first and last is an event or named as missing; captured sums stand against the\n"
        "POS's own closing. Exit code 0: all shown is complete; 1: it is not, or nothing is known of that day.");
    return day;
}

CLI::App* add_send(CLI::App& app, Options& options) {
    CLI::App* send = app.add_subcommand("send", "Send events from standard input, one JSON object a line");
    send->add_option("--feed", options.feed, "The daemon's feed socket [as its configuration says]")->type_name("PATH");
    CLI::Option* quiet = send->add_flag("--quiet", options.quiet, "Print only what was refused or quarantined");
    send->add_flag("--json", options.json, "Print the answers as JSON, with the number of the line")->excludes(quiet);
    send->footer(
        "Each line is answered once its event is on stable storage. Exit code 1: one was refused; 3: none was "
        "refused,\n"
        "but one was quarantined, which means that it is kept and must be looked at.");
    return send;
}

CLI::App* add_schema(CLI::App& app, std::string& name) {
    CLI::App* schema = app.add_subcommand("schema", "Print a JSON Schema of the contract, or list them");
    schema->add_option("TYPE", name, "An event type (sale), or common, envelope, hello, receipt, online, state, echo");
    schema->footer(
        "JSON Schema 2020-12, as it was when this program was built; needs no daemon. Schemas refer to `common` by\n"
        "its $id: give your validator both.");
    return schema;
}

CLI::App* add_validate(CLI::App& app, tillpost::cli::ValidateOptions& options) {
    CLI::App* validate = app.add_subcommand("validate", "Check events as the daemon would, without it");
    validate->add_option("FILE", options.file, "Events, one JSON object a line; - is standard input")->required();
    validate->add_option(
        "-c,--config", options.config,
        "Judge as the daemon with this configuration would: its severities (rules), redaction (privacy) "
        "and business keys (keys)\n[every broken rule is a note, and nothing is redacted]");
    validate->add_flag("--json", options.json, "One JSON object for each line with faults, and one for the sum");
    validate->add_flag("--strict", options.strict, "Advice fails, too: exit code 1");
    validate->footer(
        "Prints the number, rule and place (JSON pointer) of each fault. A rejected line would go to quarantine; a\n"
        "marked one travels, with the marks in its quality. Advice (the mark `incomplete`) speaks against nothing "
        "that\n"
        "is there: it says what a complete record would say besides; days do not count it. Exit code 0: nothing, or\n"
        "advice alone; 1: some are marked, or with --strict there is advice; 3: some are rejected; 2: the file cannot\n"
        "be read.");
    return validate;
}

int run_validate(tillpost::cli::ValidateOptions& options) {
    if (options.config.empty()) return tillpost::cli::validate(options);
    auto configuration = tillpost::read_configuration(options.config);  // A pseudonym's key changes no verdict.
    if (!configuration) {
        tillpost::cli::complain(configuration.error().message);
        return 2;
    }
    tillpost::Intake::Settings intake{
        std::make_shared<const tillpost::KeyRules>(configuration->keys), configuration->name.store,
        tillpost::Severities(configuration->rules).types_off(tillpost::Quality::incomplete)};
    options.judged_by.emplace(
        tillpost::cli::JudgedBy{std::move(configuration->rules), std::move(configuration->privacy), std::move(intake)});
    return tillpost::cli::validate(options);
}

CLI::App* add_audit(CLI::App& app, tillpost::cli::AuditOptions& options) {
    CLI::App* audit = app.add_subcommand("audit", "Prove by seals that nothing was changed, removed or inserted");
    audit->require_subcommand(1);
    audit->footer("tillpostd may go on running. Exit codes: 0 proven; 1 broken; 2 could not be checked.");
    CLI::App* verify = audit->add_subcommand("verify", "Check a journal, or an export, and name what is broken");
    add_config(*verify, options.config);
    CLI::Option* journal = verify->add_option("--journal", options.journal, "Another journal than the configuration's");
    verify->add_option("--work", options.work, "Folder for the copy [beside the journal]");
    verify->add_option("--export", options.files, "Files of `journal export` or `tillpost-central export`")
        ->check(CLI::ExistingFile)
        ->excludes(journal);
    CLI::Option* key =
        verify->add_option("--key", options.key, "Central's private key: opens what `journal export` wrote");
    verify->add_option("--cert", options.certificate, "Central's certificate, for --key")->needs(key);
    verify->add_option("--certificate", options.certificates,
                       "Whose seals count: a fingerprint or a PEM file; may be repeated [this device's]");
    verify->add_option("--at-least", options.expected, "An event's id: its epoch must reach as far; may be repeated");
    verify
        ->add_option("--keep-days", options.keep_days,
                     "Confirmed events younger than this are not to be deleted [the configuration's journal/keep_days]")
        ->check(CLI::Range(0, 3650));
    verify->add_flag("--json", options.json, "One JSON object, for programs");
    verify->footer(
        "tillpostd may go on running: the journal is copied as it was at one moment, and the copy is removed "
        "afterwards\n"
        "(--work names a folder with room for it). Events behind the last seal are chained, but a tail that was "
        "cut off\nleaves no trace in the file itself: say with --at-least how far central has it. This is an audit "
        "trail, not a\ncertified fiscal device.\nExit codes: 0 proven; 1 broken; 2 could not be checked.");
    return verify;
}

using QuarantineCommand = int (*)(const tillpost::cli::QuarantineOptions&);

/// The commands below `quarantine`; `chosen` is set to the one that is given.
void add_quarantine(CLI::App& app, tillpost::cli::QuarantineOptions& options, QuarantineCommand& chosen) {
    CLI::App* quarantine = app.add_subcommand("quarantine", "Look at what waits for a person, and decide on it");
    quarantine->require_subcommand(1);
    quarantine->footer(
        "Each decision is taken once, and an event says who took it and when: the machine's user, as the kernel\n"
        "knows it, and --actor.");
    const auto add = [&](const char* name, const char* what, QuarantineCommand command) {
        CLI::App* added = quarantine->add_subcommand(name, what);
        added->add_flag("--json", options.json, "JSON, one object a line");
        added->callback([&chosen, command] { chosen = command; });
        return added;
    };
    CLI::App* list = add("list", "Records that wait for a decision", &tillpost::cli::list_quarantine);
    list->add_option("--sort", options.sort, "The oldest, largest or dearest first")
        ->check(CLI::IsMember({"age", "amount", "class"}))
        ->capture_default_str();
    const auto add_for_one = [&](const char* name, const char* what, QuarantineCommand command) {
        CLI::App* added = add(name, what, command);
        added->add_option("ID", options.id, "Such as Q1-42")->required();
        return added;
    };
    add_for_one("show", "One record with its content", &tillpost::cli::show_quarantined);
    const auto add_words = [&](CLI::App* added) {
        added->add_option("--actor", options.actor, "Who decides, as a pseudonym; never a name");
        return added->add_option("--reason", options.reason, "Why, for those who look later");
    };
    add_words(add_for_one("release", "Let a record travel as it is", &tillpost::cli::release_quarantined));
    CLI::App* correct =
        add_for_one("correct", "Let a corrected record travel in its place", &tillpost::cli::correct_quarantined);
    add_words(correct);
    correct->add_option("FILE", options.file, "The corrected record, one JSON object; - is standard input")->required();
    CLI::App* discard = add("discard", "Delete records for good", &tillpost::cli::discard_quarantined);
    discard->add_option("ID", options.ids, "Such as Q1-42; several may be given");
    discard->add_option("--rule", options.rule, "All that wait because of this rule, such as not_json");
    discard->add_option("--all-older-than", options.older_days, "All that have waited for more than so many days")
        ->check(CLI::Range(0, 36'500));
    discard->add_flag("--yes", options.yes, "Do it; without it a filter only counts");
    add_words(discard)->required();
}

CLI::App* add_reprocess(CLI::App& app, tillpost::cli::ReprocessOptions& options) {
    CLI::App* run = app.add_subcommand("reprocess", "Map what is held again by the present configuration");
    run->add_flag("--dry-run", options.dry_run, "Show what would change, and change nothing");
    run->add_option("--reason", options.reason, "Why; needed, except for --dry-run");
    run->add_option("--actor", options.actor, "Who wants it, as a pseudonym; never a name");
    run->add_option("--from", options.from, "First event, by its number in the present epoch");
    run->add_option("--to", options.to, "Last event, by its number in the present epoch");
    run->add_option("--from-date", options.from_date, "First business day (without one: day of recording), 2026-11-23");
    run->add_option("--to-date", options.to_date, "Last business day");
    run->add_option("--type", options.type, "Only of this type, then or today, such as sale");
    run->add_option("--rule", options.rule, "Only what breaks this rule, then or today, such as totals");
    run->add_flag("--json", options.json, "JSON, one object a line; the last one sums up");
    run->footer(
        "For after a change of the configuration, or of tillpostd. An event whose type, key, quality or data are "
        "others\n"
        "today is replaced by a correction, which says why, who and when; it is no second sale. What is in quarantine "
        "and\n"
        "would pass today is released. Run again, after a kill, too, it does only what is not done. What is no longer\n"
        "held in the journal (journal/keep_days) cannot be mapped again.");
    return run;
}

using JournalCommand = int (*)(const tillpost::cli::JournalOptions&);

/// The commands below `journal`; `chosen` is set to the one that is given.
void add_journal(CLI::App& app, tillpost::cli::JournalOptions& options, JournalCommand& chosen) {
    CLI::App* journal = app.add_subcommand("journal", "Look into, export or recover the journal");
    journal->require_subcommand(1);
    journal->footer(
        "Beside a running tillpostd: the journal is copied as it was at one moment, and the copy is removed afterwards "
        "(--work\nnames a folder with room for it). `import` and `erase` write to the journal: stop tillpostd for "
        "them.\n"
        "Exit codes: 0 done; 1 faults were found, or something could not be read; 2 it could not be done.");
    const auto add = [&](const char* name, const char* what, JournalCommand command) {
        CLI::App* added = journal->add_subcommand(name, what);
        add_config(*added, options.config);
        added->add_option("--journal", options.journal, "Another journal than the configuration's");
        added->add_option("--work", options.work, "Folder for the copy [beside the journal]");
        added->callback([&chosen, command] { chosen = command; });
        return added;
    };
    add("verify", "Check every digest and chain", &tillpost::cli::verify_journal);
    add("stats", "Count events by epoch and type", &tillpost::cli::show_journal_stats);
    CLI::App* out =
        add("export", "Write unconfirmed events to a stick, for central alone to read", &tillpost::cli::export_journal);
    out->add_option("--to", options.target, "Folder, for example of a USB stick")
        ->required()
        ->check(CLI::ExistingDirectory);
    out->add_flag("--all", options.all, "Confirmed events that are still held, too");
    CLI::App* in = add("import", "Take central's receipt files for an export", &tillpost::cli::import_journal);
    in->add_option("FILE", options.files, "Receipt files")->required()->check(CLI::ExistingFile);
    CLI::App* erase = add("erase", "Take the content of events out for good, such as a card number found late",
                          &tillpost::cli::erase_from_journal);
    erase->add_option("ID", options.files, "Events (<epoch>-<sequence>) or quarantine records (Q1-42)")->required();
    erase->add_option("--reason", options.reason, "Why, for those who look later")->required();
    erase->add_option("--actor", options.actor, "Who wants it, as a pseudonym; never a name");
    CLI::App* recover = add("recover", "Read what can be read of a damaged journal, one JSON object a line",
                            &tillpost::cli::recover_journal);
    recover->add_option("--to", options.target, "File to write")->required();
}

CLI::App* add_pan_scan(CLI::App& app, tillpost::cli::PanScanOptions& options) {
    CLI::App* scan = app.add_subcommand("pan-scan", "Search files for card numbers, tracks and security codes");
    add_config(*scan, options.config);
    scan->add_option("PATH", options.paths, "Files, folders, - for standard input [the journal's folder]");
    scan->add_flag("--json", options.json, "One line of JSON instead of words, for programs");
    scan->footer(
        "Reads the files as they are, also while tillpostd runs; of what it finds it shows the last four digits.\n"
        "Exit codes: 0 all searched, nothing found; 1 card data found; 2 something could not be searched or read, as "
        "a\n"
        "compressed file, or there was nothing to search.");
    return scan;
}

int run(int argc, char** argv) {
    Options options;
    std::string schema_name;
    tillpost::cli::ValidateOptions validate_options;
    tillpost::cli::PanScanOptions pan_scan;
    tillpost::cli::JournalOptions journal;
    JournalCommand journal_command = nullptr;
    tillpost::cli::AuditOptions audit_options;
    tillpost::cli::QuarantineOptions quarantine;
    QuarantineCommand quarantine_command = nullptr;
    CLI::App app{"Talks to tillpostd, the in-store edge agent: its state, its events, its feed.", "tillpost"};
    app.footer(examples);
    app.set_version_flag("--version", std::string("tillpost " TILLPOST_VERSION));
    app.set_help_all_flag("--help-all", "Print the help of every command and exit");
    app.require_subcommand(0, 1);  // with (1), a misspelt command would be told "a subcommand is required"
    app.fallthrough();             // --socket may stand behind the command as well
    add_sockets(app, options);
    const CLI::App* status = add_status(app, options);
    const CLI::App* tail = add_tail(app, options);
    tillpost::cli::DayOptions day_options;
    const CLI::App* day = add_day(app, day_options);
    add_send(app, options);
    const CLI::App* validate = add_validate(app, validate_options);
    const CLI::App* schema = add_schema(app, schema_name);
    add_quarantine(app, quarantine, quarantine_command);
    tillpost::cli::ReprocessOptions reprocess_options;
    const CLI::App* reprocess = add_reprocess(app, reprocess_options);
    CLI::App* rules = app.add_subcommand("rules", "List what is compared at capture, and under which name");
    rules->add_flag("--json", options.json, "JSON, one object a line");
    add_journal(app, journal, journal_command);
    const CLI::App* audit = add_audit(app, audit_options);
    const CLI::App* scan = add_pan_scan(app, pan_scan);
    tillpost::cli::Gs1Arguments gs1_arguments;
    const CLI::App* gs1 = tillpost::cli::add_gs1(app, gs1_arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : wrong_usage;
    }
    if (app.get_subcommands().empty()) {
        std::cerr << app.help() << std::flush;
        return wrong_usage;
    }
    if (validate_options.config.empty()) validate_options.config = options.config;
    const std::string usual = options.config.empty() ? tillpost::cli::default_configuration : options.config;
    for (std::string* const own : {&audit_options.config, &journal.config, &pan_scan.config}) {
        if (own->empty()) *own = usual;
    }
    if (audit->parsed()) return tillpost::cli::verify_audit(audit_options);
    if (rules->parsed()) return tillpost::cli::show_rules(options.json);
    if (gs1->parsed()) return tillpost::cli::read_gs1(gs1_arguments);
    if (validate->parsed()) return run_validate(validate_options);
    if (schema->parsed()) return tillpost::cli::show_schema(schema_name);
    if (scan->parsed()) return tillpost::cli::pan_scan(pan_scan);
    if (journal_command != nullptr) return journal_command(journal);
    const auto sockets = tillpost::cli::sockets_of(options.config);
    if (!sockets) {
        tillpost::cli::complain(sockets.error().message);
        return wrong_usage;
    }
    if (options.socket.empty()) options.socket = sockets->control;
    if (options.feed.empty()) options.feed = sockets->feed;
    if (quarantine_command != nullptr) {
        quarantine.socket = options.socket;
        return quarantine_command(quarantine);
    }
    if (reprocess->parsed()) return tillpost::cli::reprocess(options.socket, std::move(reprocess_options));
    if (status->parsed()) return tillpost::cli::show_status(options.socket, options.json);
    if (day->parsed()) return tillpost::cli::show_day(options.socket, day_options);
    if (tail->parsed()) return tillpost::cli::tail(options.socket, options.json);
    return tillpost::cli::send(options.feed, options.output());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        tillpost::cli::complain(error.what());
        return tillpost::cli::no_daemon;
    }
}
