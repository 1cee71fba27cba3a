// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/journal_commands.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "agent/capture/day_history.hpp"
#include "agent/capture/request_members.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/damage_words.hpp"
#include "agent/control/configuration.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/redaction/card_finder.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "agent/journal/offline/erase.hpp"
#include "agent/journal/offline/export.hpp"
#include "agent/journal/offline/import.hpp"
#include "agent/status/text.hpp"
#include "platform/database_copy.hpp"
#include "platform/files.hpp"
#include "platform/signature.hpp"
#include "platform/time_zone.hpp"

namespace tillpost::cli {
namespace {

constexpr int faults_found = 1;
constexpr int not_done = 2;
constexpr std::size_t largest_receipt = 1 << 20;

int give_up(const Error& error) {
    complain(error.message);
    return not_done;
}

std::string events(std::uint64_t number) { return counted(number, "event", "events"); }

/// On a terminal one line that is written over; else nothing, so that logs stay short.
Progress progress_on_terminal(const char* what) {
    if (::isatty(STDERR_FILENO) == 0) return [](std::uint64_t, std::uint64_t) {};
    return [what](std::uint64_t done, std::uint64_t all) {
        std::cerr << "\r" << what << " " << thousands(done) << " events";
        if (all > 0) std::cerr << " of " << thousands(all);
        if (all > 0 && done >= all) std::cerr << "\n";
        std::cerr << std::flush;
    };
}

/// The daemon's configuration; a journal given by name needs none.
Result<Configuration> configuration_of(const JournalOptions& options) {
    const bool named = !options.journal.empty() && !file_exists(options.config);
    auto configuration = named ? Result<Configuration>(Configuration()) : load_configuration(options.config);
    if (!configuration) return configuration;
    if (!options.journal.empty()) configuration->journal.path = options.journal;
    return configuration;
}

std::string work_of(const JournalOptions& options, const Configuration& configuration) {
    return options.work.empty() ? directory_of(configuration.journal.path) : options.work;
}

Result<std::unique_ptr<JournalFile>> open_copy(const JournalOptions& options, const Configuration& configuration) {
    return JournalFile::open_copy(configuration.journal.path, work_of(options, configuration));
}

std::string source_of(const Configuration& configuration) {
    return configuration.name.tenant.empty() ? "" : configuration.name.source();
}

/// As the daemon opens it: keys that are not its own would let repeats count as new.
JournalSettings settings_of_daemon(const Configuration& configuration) {
    JournalSettings settings = configuration.journal;
    settings.source = source_of(configuration);
    settings.keys = std::make_shared<const KeyRules>(configuration.keys, configuration.name.store);
    return settings;
}

/// What was found damaged before, and is not in this journal (yet). True if there is some.
bool tell_what_is_elsewhere(const std::string& journal, const char* what) {
    const std::vector<std::string> all = what_is_elsewhere(journal);
    for (const std::string& each : all) std::cerr << what << ": " << printable(each) << "\n";
    return !all.empty();
}

/// Who erases and why, as it may be written down for good: as of a decision on quarantine.
Result<Erasure> erasure_of(const JournalOptions& options, const PrivacySettings& privacy) {
    const nlohmann::json said{{"actor", options.actor}, {"reason", options.reason}};
    RequestMembers members(said);
    Erasure by;
    by.user = ::getuid();
    members.words("actor", by.actor, longest_actor);
    members.words("reason", by.reason, longest_reason);
    if (by.reason.empty()) members.fail("reason", "erasing needs one");
    if (!members.fault().empty()) return Error{Errc::invalid, "erase: " + members.fault()};
    Redactor redactor(privacy);
    for (std::string* text : {&by.actor, &by.reason}) {
        const Redaction& redaction = redactor.redact_line(*text);
        if (redaction.changed) *text = redaction.bytes;
    }
    return by;
}

void tell_imported(const std::string& name, const ImportReport& report) {
    if (report.forked) {
        std::cout << name << ": nothing is freed; all " << events(report.waiting)
                  << " here have new numbers, and central is to get them under these: export again (tillpost journal "
                     "export), and import central's next receipt, or start tillpostd where the line is back. Central "
                     "counts none twice";
    } else {
        std::cout << name << ": confirmed up to " << thousands(report.confirmed)
                  << " (before: " << thousands(report.confirmed_before) << ")";
    }
    if (report.contents > 0) {
        std::cout << "; delivered: the content of " << thousands(report.contents) << " that waited in quarantine";
    }
    std::cout << "\n";
}

/// Whether everything that is here could be exported.
bool tell_what_is_left_out(const ExportReport& report) {
    if (report.damaged > 0) {
        std::cerr
            << "NOT EXPORTED: " << events(report.damaged) << " missing or damaged here, first " << report.first_damaged
            << " (tillpost journal verify names all); restart tillpostd, which saves what can be read, and export "
               "again\n";
    }
    if (!report.unread.empty()) {
        std::cerr << "NOT EXPORTED: contents that wait in quarantine, which cannot be read: "
                  << printable(report.unread)
                  << "; restart tillpostd, which saves what can be read, and export again\n";
    }
    return report.damaged == 0 && report.unread.empty();
}

}  // namespace

int verify_journal(const JournalOptions& options) {
    const auto configuration = configuration_of(options);
    if (!configuration) return give_up(configuration.error());
    const auto file = open_copy(options, *configuration);
    const std::string& path = configuration->journal.path;
    if (!file) return give_up(explained(file.error(), path));
    const auto report = verify(**file, source_of(*configuration), progress_on_terminal("checked"));
    if (!report) return give_up(explained(report.error(), path));
    const bool elsewhere = tell_what_is_elsewhere(path, "NOT CHECKED");
    const bool witnessed = (*file)->witnessed().has_value();
    if (!witnessed) std::cerr << "NOT CHECKED: " << no_witness << "\n";
    for (const std::string& fault : report->faults) std::cout << "FAULT: " << printable(fault) << "\n";
    std::cout << events(report->rows) << " in " << counted(report->epochs, "epoch", "epochs") << ": digests and chains "
              << (report->fault_count == 0 ? "hold" : "DO NOT HOLD") << "; " << thousands(report->withheld)
              << " withheld, " << thousands(report->lost) << " lost, " << thousands(report->owed)
              << " to be reissued\n";
    if (report->fault_count == 0 && !elsewhere) return witnessed ? ok : not_done;
    if (report->fault_count == 0) return faults_found;
    std::cout
        << counted(report->fault_count, "fault", "faults")
        << ". Restart tillpostd (systemctl restart tillpostd): it takes a damaged event out of the stream, "
        << "when it comes to it, and sets the file aside and saves what can be read where more is damaged; or read "
        << "it yourself: tillpost journal recover\n";
    return faults_found;
}

int show_journal_stats(const JournalOptions& options) {
    const auto configuration = configuration_of(options);
    if (!configuration) return give_up(configuration.error());
    const auto file = open_copy(options, *configuration);
    const std::string& path = configuration->journal.path;
    if (!file) return give_up(explained(file.error(), path));
    const auto found = stats(**file, progress_on_terminal("counted"));
    if (!found) return give_up(explained(found.error(), path));
    (void)tell_what_is_elsewhere(path, "NOT COUNTED");
    for (const std::string& each : found->unread) std::cerr << "NOT COUNTED: " << printable(each) << "\n";
    const bool runs = is_open_elsewhere(path);
    std::cout
        << "Journal      " << path << ", " << byte_size(found->bytes) << " (" << byte_size(found->log_bytes)
        << " of that in its WAL)\n"
        << "Waiting      " << counted(found->waiting, "event is", "events are") << " not confirmed\n"
        << "Quarantine   " << counted(static_cast<std::uint64_t>(found->quarantined), "record", "records") << "\n"
        << "Given up     " << thousands(static_cast<std::uint64_t>(found->shed)) << " near the limit, "
        << thousands(static_cast<std::uint64_t>(found->lost)) << " damaged\n"
        << "Keys         " << counted(static_cast<std::uint64_t>(found->keys), "business key", "business keys")
        << " remembered\n"
        << (runs ? "             Mark and keys are written late: what waits, and how many keys there are, is as of "
                   "the last time.\n             The running agent knows better: tillpost status\n"
                 : "");
    for (const JournalFile::FileEpoch& epoch : found->epochs) {
        std::cout << "Epoch        " << to_hex(epoch.summary.epoch) << " (" << epoch.summary.ordinal << "), events "
                  << thousands(epoch.summary.first) << " to " << thousands(epoch.summary.last)
                  << (epoch.live ? ", confirmed " + thousands(epoch.summary.confirmed) : ", closed") << "\n";
    }
    for (const JournalStats::Count& count : found->types) {
        std::cout << "  " << padded(printable(count.name), 24) << events(count.events) << ", "
                  << byte_size(static_cast<std::int64_t>(count.bytes)) << "\n";
    }
    return found->unread.empty() ? ok : faults_found;
}

int export_journal(const JournalOptions& options) {
    const auto configuration = configuration_of(options);
    if (!configuration) return give_up(configuration.error());
    if (configuration->central_certificate.empty() || configuration->name.tenant.empty()) {
        return give_up({Errc::invalid, options.config +
                                           " names no /export/central_certificate: whose certificate it is "
                                           "can read the export, and nobody else"});
    }
    if (::access(options.target.c_str(), W_OK) != 0) {
        const Error why = system_error("nothing can be written to " + options.target, errno);
        return give_up({why.code, why.message + ": take away the stick's write protection, or name another folder"});
    }
    const auto file = open_copy(options, *configuration);
    const std::string& path = configuration->journal.path;
    if (!file) return give_up(explained(file.error(), path));
    ExportSettings settings;
    settings.source = source_of(*configuration);
    settings.version = TILLPOST_VERSION;
    settings.folder = options.target;
    settings.central_certificate = configuration->central_certificate;
    settings.device = {configuration->device.key, configuration->device.certificate};
    settings.all = options.all;
    const auto report = export_events(**file, settings, progress_on_terminal("exported"));
    if (!report && report.error().code == Errc::full) {
        return give_up({Errc::full, report.error().message + ": make room in " + options.target +
                                        ", or take a larger stick, and export again"});
    }
    if (!report) return give_up(explained(report.error(), path));
    for (const std::string& name : report->files) std::cout << name << "\n";
    std::cerr << events(report->events) << " in " << counted(report->files.size(), "file", "files");
    if (report->contents > 0) {
        std::cerr << "; in it the content of " << thousands(report->contents)
                  << " that waited in quarantine because no packet was large enough";
    }
    if (report->left > 0 && report->owed == 0) {
        std::cerr
            << "; not in it the content of " << thousands(report->left)
            << " more in quarantine, whose events are deleted here, or whose bytes were changed (tillpost journal "
               "verify): raise the broker's limit and release those that are whole: tillpost quarantine list";
    }
    if (report->owed > 0) {
        std::cerr << "; " << counted(report->owed, "event of a closed epoch is", "events of a closed epoch are")
                  << " left out: start tillpostd, wait "
                  << "until `tillpost status` counts no more captured, and export again";
    }
    const auto fingerprint = certificate_fingerprint(configuration->device.certificate);
    std::cerr << "\nsigned by the certificate " << (fingerprint ? *fingerprint : "?")
              << "; central answers with receipt files: tillpost journal import FILE\n";
    const bool all = tell_what_is_left_out(*report);
    const bool elsewhere = tell_what_is_elsewhere(path, "NOT EXPORTED");
    return elsewhere || !all ? faults_found : ok;
}

int import_journal(const JournalOptions& options) {
    const auto configuration = configuration_of(options);
    if (!configuration) return give_up(configuration.error());
    if (configuration->central_certificate.empty() || configuration->name.tenant.empty()) {
        return give_up({Errc::invalid, options.config + " names no /export/central_certificate, whose signature is to "
                                                        "be trusted"});
    }
    JournalSettings settings = settings_of_daemon(*configuration);
    if (!configuration->time_zone.empty()) use_time_zone(configuration->time_zone);
    if (auto signer = load_message_signer(configuration->device)) settings.signer = std::move(*signer);
    const SystemClock clock;
    std::size_t taken = 0, wrong = 0;
    for (const std::string& name : options.files) {
        const Result<std::string> bytes = read_file(name, largest_receipt);
        const auto report =
            bytes ? import_receipt(settings, clock, *bytes, configuration->central_certificate, ::getuid())
                  : Result<ImportReport>(bytes.error());
        // The journal is the same for all of them; what a file is, is its own.
        const bool is_files_own = !bytes || (!report && report.error().code == Errc::invalid);
        if (!report && !is_files_own) return give_up(report.error().with_context(name));
        if (!report) complain(name + ": " + report.error().message + "; nothing of it is taken");
        if (report && !report->alarm.empty()) complain(name + ": " + report->alarm);
        if (!report || !report->alarm.empty()) ++wrong;
        if (!report) continue;
        ++taken;
        tell_imported(name, *report);
    }
    if (taken == 0) return not_done;
    return wrong > 0 ? faults_found : ok;
}

int erase_from_journal(const JournalOptions& options) {
    const auto configuration = configuration_of(options);
    if (!configuration) return give_up(configuration.error());
    const Result<Erasure> by = erasure_of(options, configuration->privacy);
    if (!by) return give_up(by.error());
    JournalSettings settings = settings_of_daemon(*configuration);
    if (!configuration->time_zone.empty()) use_time_zone(configuration->time_zone);
    Result<std::unique_ptr<MessageSigner>> signer = load_message_signer(configuration->device);
    if (signer) settings.signer = std::move(*signer);
    const SystemClock clock;
    const Intake::Settings intake{settings.keys};
    CardFinder finder(configuration->privacy.card_numbers);
    const auto is_card = [&finder](const std::string& text) { return !finder.find(text).empty(); };
    const auto keep_days = [&](Store& store, const LeavingContents& leaving) {
        return keep_days_of(store, configuration->day, intake, clock, leaving, is_card);
    };
    const auto erased = erase_contents(settings, clock, options.files, *by, keep_days);
    if (!erased) return give_up(erased.error());
    if (erased->count > 0) {
        std::cout << "erased: " << counted(erased->count, "content", "contents")
                  << "; central has copies of its own, and erases them when tillpostd runs again and tells it\n"
                  << (erased->sealed ? "sealed: an audit has it proven\n"
                                     : "not sealed yet: an audit has it proven once tillpostd, at its next start, has "
                                       "made a seal\n");
        if (!signer) complain("no seal was made: " + signer.error().message);
    }
    if (erased->before > 0)
        std::cout << "erased before: " << counted(erased->before, "content", "contents")
                  << "; nothing was left to take out\n";
    if (!erased->decisions.empty()) {
        std::cout
            << "who decided on such a record before says its SHA-256; where the content was little more than a card "
               "number, take that out, too: tillpost journal erase --reason WHY";
        for (const std::string& each : erased->decisions) std::cout << " " << each;
        std::cout << "\n";
    }
    if (erased->days > 0) {
        std::cout << "what was kept of " << counted(erased->days, "business date", "business dates")
                  << " has no card number any more that pan-scan finds; the events that said it, and "
                     "certificates, are to be named themselves\n";
    }
    return ok;
}

int recover_journal(const JournalOptions& options) {
    const auto configuration = configuration_of(options);
    if (!configuration) return give_up(configuration.error());
    if (std::error_code unknown; std::filesystem::is_regular_file(options.target, unknown)) {
        return give_up({Errc::rejected, options.target + " is there already: name another file, or delete it first"});
    }
    ::umask(S_IRWXG | S_IRWXO);  // they are sales, as readable as in the journal
    errno = 0;
    std::ofstream out(options.target, std::ios::binary | std::ios::trunc);
    if (!out) return give_up(system_error("create " + options.target, errno));
    const auto write = [&](std::string_view line) -> Result<void> {
        out << line << '\n';
        if (!out) return Error{Errc::io, "cannot write " + options.target + ": is there space?"};
        return {};
    };
    const auto report = recover(configuration->journal.path, work_of(options, *configuration), write,
                                progress_on_terminal("recovered"));
    if (!report) {
        std::error_code kept;
        if (out.tellp() == std::streampos(0)) std::filesystem::remove(options.target, kept);
        return give_up(not_recovered(report.error(), configuration->journal.path));
    }
    out.flush();
    if (!out) return give_up({Errc::io, "cannot write " + options.target + ": is there space?"});
    for (const std::string& range : report->lost) std::cout << "LOST: " << printable(range) << "\n";
    if (report->cut) std::cout << "LOST: " << cut_words(*report->cut) << "\n";
    if (!report->knows_its_end && !report->cut) std::cerr << "NOT CHECKED: " << end_unknown << "\n";
    std::cout << events(report->events) << " recovered to " << options.target << ", " << thousands(report->lost_count)
              << " could not be read\n";
    return report->lost_count == 0 && !report->cut ? ok : faults_found;
}

}  // namespace tillpost::cli
