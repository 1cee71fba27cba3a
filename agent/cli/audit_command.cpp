// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/audit_command.hpp"

#include <unistd.h>

#include <iostream>

#include "agent/audit/files.hpp"
#include "agent/audit/trust.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/damage_words.hpp"
#include "agent/control/configuration.hpp"
#include "agent/journal/offline/journal_audit.hpp"
#include "agent/status/text.hpp"
#include "platform/files.hpp"

namespace tillpost::cli {
namespace {

void show_progress(std::uint64_t done, std::uint64_t all) {
    if (::isatty(STDERR_FILENO) == 0) return;
    std::cerr << "\rchecked " << thousands(done) << " events of " << thousands(all) << (done >= all ? "\n" : "")
              << std::flush;
}

/// A journal or an export given by name needs no configuration.
Result<Configuration> configuration_of(const AuditOptions& options) {
    const bool named = !options.journal.empty() || !options.files.empty();
    if (named && !file_exists(options.config)) return Configuration();
    auto configuration = load_configuration(options.config);
    if (configuration && !options.journal.empty()) configuration->journal.path = options.journal;
    return configuration;
}

Result<AuditTrust> trust_of(const AuditOptions& options, const Configuration& configuration) {
    if (!options.certificates.empty()) return trust_from(options.certificates);
    // This machine's own word on itself; auditors name the fingerprint that central knows.
    const std::string& own = configuration.device.certificate;
    return own.empty() || !file_exists(own) ? Result<AuditTrust>(AuditTrust()) : trust_from({own});
}

/// A journal given by name is judged by what is said of it, not by the defaults.
std::optional<AuditRetention> retention_of(const AuditOptions& options, const Configuration& configuration) {
    const bool configured = !configuration.name.tenant.empty();
    if (!options.keep_days && !configured) return std::nullopt;
    AuditRetention retention{configuration.journal.keep, configuration.journal.keep_bytes, wall_now()};
    if (options.keep_days) retention.keep = std::chrono::hours(24 * *options.keep_days);
    return retention;
}

Result<AuditReport> audit_what_is_named(const AuditOptions& options) {
    Result<Configuration> configuration = configuration_of(options);
    if (!configuration) return configuration.error();
    if (!options.journal.empty()) configuration->journal.path = options.journal;
    const auto trust = trust_of(options, *configuration);
    if (!trust) return trust.error();
    const auto expected = expectations_from(options.expected);
    if (!expected) return expected.error();
    if (!options.files.empty()) {
        return audit_files({options.files, {options.key, options.certificate}}, *trust, *expected);
    }
    const std::string& journal = configuration->journal.path;
    const std::string work = options.work.empty() ? directory_of(journal) : options.work;
    const auto file = JournalFile::open_copy(journal, work);
    if (!file) return explained(file.error(), journal);
    auto report = audit(**file, *trust, *expected, retention_of(options, *configuration), show_progress);
    if (!report) return explained(report.error(), journal);
    const std::vector<std::string> elsewhere = what_is_elsewhere(journal);
    report->unread.insert(report->unread.end(), elsewhere.begin(), elsewhere.end());
    return report;
}

}  // namespace

int verify_audit(const AuditOptions& options) {
    const Result<AuditReport> report = audit_what_is_named(options);
    if (!report) {
        complain(report.error().message);
        return static_cast<int>(AuditReport::Verdict::not_checked);
    }
    std::cout << (options.json ? audit_json(*report) : audit_table(*report)) << std::flush;
    return static_cast<int>(report->verdict());
}

}  // namespace tillpost::cli
