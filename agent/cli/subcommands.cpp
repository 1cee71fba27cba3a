// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/subcommands.hpp"

#include <CLI/CLI.hpp>

#include "agent/cli/day_table.hpp"
#include "agent/cli/sockets.hpp"

namespace tillpost::cli {

namespace {

void add_config(CLI::App& app, std::string& config) {
    app.add_option("-c,--config", config, std::string("The daemon's configuration [") + default_configuration + "]")
        ->type_name("PATH");
}

constexpr std::string_view beside_daemon =
    "Beside a running tillpostd: the journal is copied as it was at one moment, and the copy is removed afterwards "
    "(after\nCtrl-C by the next such command, or the daemon's next start). --work names a folder with room for it.";
constexpr std::string_view daemon_stopped = "It writes to the journal: stop tillpostd for it.";

}  // namespace

// An empty environment variable counts as none.
void add_sockets(CLI::App& app, CommonOptions& options) {
    add_config(app, options.config);
    app.add_option("--socket", options.socket, "The daemon's control socket [as its configuration says]")
        ->envname("TILLPOST_SOCKET")
        ->type_name("PATH");
}

CLI::App* add_status(CLI::App& app, CommonOptions& options) {
    CLI::App* status = app.add_subcommand("status", "Show what is captured, waiting, confirmed and connected");
    status->add_flag("--json", options.json, "One line of JSON instead of a table, for programs");
    status->footer("Exit codes: 0 done; 2 tillpostd is not running, or not reachable; 64 wrong arguments.");
    return status;
}

CLI::App* add_tail(CLI::App& app, CommonOptions& options) {
    CLI::App* tail = app.add_subcommand("tail", "Show events as they are captured, sent and confirmed, until Ctrl-C");
    tail->add_flag("--json", options.json, "JSON, one object a line");
    tail->footer(
        "A line is: time, number, \"captured\", type, business key, quality, device; for what is in quarantine the "
        "rule.\n"
        "What the agent records of itself (seals, losses) has the device \"journal\". Behind a `reissued` follow, "
        "unseen,\n"
        "the events that get new numbers. \"… 42 confirmed\" means: every event up to number 42 is.");
    return tail;
}

CLI::App* add_day(CLI::App& app, DayOptions& options) {
    CLI::App* day = app.add_subcommand("day", "Show what is complete of a business day, till by till");
    const auto check = [](const std::string& text) {
        const auto checked = check_business_date(text);
        return checked ? std::string() : checked.error().message;
    };
    day->add_option("--date,DATE", options.date, "Business date, such as 2026-11-23 [the newest that has begun]")
        ->check(check);
    day->add_option("--till", options.till, "This till only [all]");
    day->add_flag("--json", options.json, "One line of JSON instead of a table, for programs");
    day->footer(
        "Every POS number between first and last is an event or named as missing; captured sums stand against the\n"
        "POS's own closing. Exit code 0: all shown is complete; 1: it is not, or nothing is known of that day.");
    return day;
}

CLI::App* add_send(CLI::App& app, CommonOptions& options) {
    CLI::App* send = app.add_subcommand("send", "Send events from standard input, one JSON object a line");
    send->add_option("--feed", options.feed, "The daemon's feed socket [as its configuration says]")->type_name("PATH");
    CLI::Option* quiet = send->add_flag("--quiet", options.quiet, "Print only what was refused or quarantined");
    send->add_flag("--json", options.json, "Print the answers as JSON, with the number of the line")->excludes(quiet);
    send->add_option("--give-up", options.give_up,
                     "Seconds without an answer after which it ends, with exit code 2 [60]")
        ->check(CLI::Range(1, 86'400));
    send->footer(
        "Each line is answered once its event is on stable storage. Exit code 1: one was refused; 3: none was "
        "refused,\n"
        "but one was quarantined, which means that it is kept and must be looked at.");
    return send;
}

CLI::App* add_schema(CLI::App& app, SchemaOptions& options) {
    CLI::App* schema = app.add_subcommand("schema", "Print a JSON Schema of the contract, or list them");
    schema->add_option(
        "TYPE", options.name,
        "An event type (sale; as its events say it, too: tillpost.sale.v1, urn:tillpost:schema:sale:v1), "
        "or common, envelope, hello, receipt, online, state, echo");
    schema->add_flag("--bundle", options.bundle, "With all that it refers to: one schema that needs no other");
    schema->footer(
        "JSON Schema 2020-12, as it was when this program was built; needs no daemon. Schemas refer to `common` by\n"
        "its $id: give your validator both, or one with --bundle.");
    return schema;
}

CLI::App* add_validate(CLI::App& app, ValidateOptions& options) {
    CLI::App* validate = app.add_subcommand("validate", "Check events as the daemon would, without it");
    validate
        ->add_option("FILE", options.file,
                     "Records as a feed sends them, or lines as the agent does (events, journal and central exports), "
                     "or their bodies; - is standard input")
        ->required();
    validate->add_option(
        "-c,--config", options.config,
        "Judge as the daemon with this configuration would: its severities (rules), redaction (privacy) "
        "and business keys (keys)\n[every broken rule is a note, and nothing is redacted]");
    validate->add_flag("--json", options.json, "One JSON object for each line with faults, and one for the sum");
    validate->add_flag("--strict", options.strict, "Advice fails, too: exit code 1");
    validate->footer(
        "FILE has one JSON object a line or, if its first line is \"{\" or \"[\" or goes on in the next one, objects "
        "or a\n"
        "list of them over as many lines as you like (`jq .`); of an event written so the data are judged, and not "
        "its\n"
        "digest. Prints the line, rule and place (JSON pointer) of each fault. A rejected line would go to quarantine; "
        "a\n"
        "marked one travels, with the marks in its quality. Advice (the mark `incomplete`) speaks against nothing "
        "that\n"
        "is there: it says what a complete record would say besides; days do not count it. Exit code 0: nothing, or\n"
        "advice alone; 1: some are marked, or with --strict there is advice; 3: some are rejected; 2: the file cannot\n"
        "be read, or has no lines.");
    return validate;
}

CLI::App* add_audit(CLI::App& app, AuditOptions& options) {
    CLI::App* audit = app.add_subcommand("audit", "Prove by seals that nothing was changed, removed or inserted");
    audit->require_subcommand(1);
    audit->footer(
        "tillpostd may go on running. Exit codes: 0 proven; 1 broken; 2 could not be checked; 3 proven, and content is "
        "destroyed.");
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
        "trail, not a\ncertified fiscal device.\nExit codes: 0 proven; 1 broken; 2 could not be checked; "
        "3 incomplete: the chain is proven,\nand the content of some events, which are named, is destroyed.");
    return verify;
}

/// The commands below `quarantine`; `chosen` is set to the one that is given.
CLI::App* add_quarantine(CLI::App& app, QuarantineOptions& options, QuarantineCommand& chosen) {
    CLI::App* quarantine = app.add_subcommand("quarantine", "Look at what waits for a person, and decide on it");
    quarantine->require_subcommand(1);
    quarantine->footer(
        "Each decision is taken once, and an event says who took it and when: the machine's user, as the kernel\n"
        "knows it, and --actor. A line that is no JSON (rule not_json) lies here as it came but for card data: "
        "policies\n"
        "for people (privacy) go by members and do not reach it. Released, its whole text goes to central; discarded, "
        "it\n"
        "is deleted.");
    const auto add = [&](const char* name, const char* what, QuarantineCommand command) {
        CLI::App* added = quarantine->add_subcommand(name, what);
        added->add_flag("--json", options.json, "JSON, one object a line");
        added->callback([&chosen, command] { chosen = command; });
        return added;
    };
    CLI::App* list = add("list", "Records that wait for a decision", &list_quarantine);
    list->add_option("--sort", options.sort,
                     "The oldest first; amounts currency by currency, the largest of each first; or the most critical "
                     "class first")
        ->check(CLI::IsMember({"age", "amount", "class"}))
        ->capture_default_str();
    const auto add_for_one = [&](const char* name, const char* what, QuarantineCommand command) {
        CLI::App* added = add(name, what, command);
        added->add_option("ID", options.id, "Such as Q1-42")->required();
        return added;
    };
    add_for_one("show", "One record with its content", &show_quarantined);
    const auto add_words = [&](CLI::App* added) {
        added->add_option("--actor", options.actor, "Who decides, as a pseudonym; never a name");
        return added->add_option("--reason", options.reason, "Why, for those who look later");
    };
    add_words(add_for_one("release", "Let a record travel as it is", &release_quarantined));
    CLI::App* correct = add_for_one("correct", "Let a corrected record travel in its place", &correct_quarantined);
    add_words(correct);
    correct->add_option("FILE", options.file, "The corrected record, one JSON object; - is standard input")->required();
    correct->add_option("--as-type", options.as_type,
                        "Its type, if it is meant to be of another one than the record that waits");
    correct->add_flag("--changes-key", options.changes_key,
                      "Its till, number, date or document are meant to be others than those of the record that waits");
    CLI::App* discard = add("discard", "Delete records for good", &discard_quarantined);
    discard->add_option("ID", options.ids, "Such as Q1-42; several may be given");
    discard->add_option("--rule", options.rule, "All that wait because of this rule, such as not_json");
    discard->add_option("--all-older-than", options.older_days, "All that have waited for more than so many days")
        ->check(CLI::Range(0, 36'500));
    discard->add_flag("--yes", options.yes, "Do it; without it a filter only counts");
    add_words(discard)->required();
    return quarantine;
}

CLI::App* add_reprocess(CLI::App& app, ReprocessOptions& options) {
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
    run->add_flag("--verbose", options.verbose,
                  "A line for each change [for the first 20, then how many of each kind]");
    run->add_flag("--json", options.json, "JSON, one object a line for each change; the last one sums up");
    run->footer(
        "For after a change of the configuration, or of tillpostd. An event whose type, key, quality or data are "
        "others\n"
        "today is replaced by a correction, which says why, who and when; it is no second sale. What is in quarantine "
        "and\n"
        "would pass today is released, unless another event has its business key already and says something else: "
        "both\n"
        "would count. Such a record waits, named with that event, for `tillpost quarantine release` (both count, it "
        "is\n"
        "marked conflict), `correct` or `discard`; so do all but the first of several held under one key. Run again,\n"
        "after a kill, too, it does only what is not done. What is no longer held in the journal (journal/keep_days)\n"
        "cannot be mapped again.");
    return run;
}

/// The commands below `journal`; `chosen` is set to the one that is given.
CLI::App* add_journal(CLI::App& app, JournalOptions& options, JournalCommand& chosen) {
    CLI::App* journal = app.add_subcommand("journal", "Look into, export or recover the journal");
    journal->require_subcommand(1);
    journal->footer("Each of them has a --help of its own.");
    const auto add = [&](const char* name, const char* what, JournalCommand command, std::string_view where,
                         std::string_view more = "") {
        CLI::App* added = journal->add_subcommand(name, what);
        added->footer(
            std::string(where) + std::string(more) +
            "\nExit codes: 0 done; 1 faults were found, or something could not be read; 2 it could not be done.");
        add_config(*added, options.config);
        added->add_option("--journal", options.journal, "Another journal than the configuration's");
        added->add_option("--work", options.work, "Folder for the copy [beside the journal]");
        added->callback([&chosen, command] { chosen = command; });
        return added;
    };
    add("verify", "Check every digest and chain", &verify_journal, beside_daemon);
    add("stats", "Count events by epoch and type", &show_journal_stats, beside_daemon);
    CLI::App* out =
        add("export", "Write unconfirmed events to a stick, for central alone to read", &export_journal, beside_daemon,
            "\nIt writes some ten thousand events a second: minutes for a million. With --all it writes as "
            "well what central has\nand the journal still holds (journal/keep_days), which may be many times "
            "as much; central counts it once.");
    out->add_option("--to", options.target, "Folder, for example of a USB stick")
        ->required()
        ->check(CLI::ExistingDirectory);
    out->add_flag("--all", options.all, "Confirmed events that are still held, too");
    CLI::App* in =
        add("import", "Take central's receipt files for an export", &import_journal, daemon_stopped,
            "\nA receipt of another history than the journal's (an old image was restored) frees nothing: it gives all "
            "that is held\nnew numbers, and says to export again, with exit code 1.");
    in->add_option("FILE", options.files, "Receipt files")->required()->check(CLI::ExistingFile);
    CLI::App* erase = add(
        "erase", "Take the content of events out for good, such as a card number found late", &erase_from_journal,
        daemon_stopped,
        " It writes the file anew, and needs its size again on the disk.\nA seal covers it at once, if the device key "
        "can be read. Central follows when tillpostd runs again; what is deleted here\nalready is erased there: "
        "tillpost-central erase.\nOf several IDs all are erased or, if one is wrong, none.");
    erase
        ->add_option("ID", options.files,
                     "Events (<epoch>-<sequence>), quarantine records (Q1-42), or day:<business date>")
        ->required();
    erase->add_option("--reason", options.reason, "Why, for those who look later")->required();
    erase->add_option("--actor", options.actor, "Who wants it, as a pseudonym; never a name");
    CLI::App* recover = add("recover", "Read what can be read of a damaged journal, one JSON object a line",
                            &recover_journal, beside_daemon);
    recover->add_option("--to", options.target, "File to write, a new one")->required();
    return journal;
}

CLI::App* add_pan_scan(CLI::App& app, PanScanOptions& options) {
    CLI::App* scan = app.add_subcommand("pan-scan", "Search files for card numbers, tracks and security codes");
    add_config(*scan, options.config);
    scan->add_option("PATH", options.paths, "Files, folders, - for standard input [what the agent writes]");
    scan->add_flag("--json", options.json, "One line of JSON instead of words, for programs");
    scan->add_option("--work", options.work, "Folder for the copy of a journal [beside it]");
    scan->footer(
        "Reads the files as they are, also while tillpostd runs; of what it finds it shows the last four digits. If "
        "it\n"
        "finds something in a journal, it copies that and names the events and records, for `tillpost journal erase`; "
        "in\n"
        "central's database the events and lines set aside, for `tillpost-central erase`.\n"
        "Exit codes: 0 all searched, nothing found; 1 card data found; 2 something could not be searched or read, as "
        "a\n"
        "compressed file, or there was nothing to search.");
    return scan;
}

}  // namespace tillpost::cli
