// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/cli/audit_command.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/journal_commands.hpp"
#include "agent/cli/pan_scan.hpp"
#include "agent/cli/quarantine_commands.hpp"
#include "agent/cli/reprocess_command.hpp"
#include "agent/cli/schema_commands.hpp"

namespace CLI {
class App;
}

/// What each command of `tillpost` takes, and what its help says. As CLI11 fills it.
namespace tillpost::cli {

/// What several commands share.
struct CommonOptions {
    std::string config;        ///< "": the usual one
    std::string socket, feed;  ///< "": as the configuration says
    bool json = false;
    bool quiet = false;
    int give_up = 60;  ///< Seconds

    SendOutput output() const {
        if (json) return SendOutput::json;
        return quiet ? SendOutput::failures_only : SendOutput::text;
    }
};

using QuarantineCommand = int (*)(const QuarantineOptions&);
using JournalCommand = int (*)(const JournalOptions&);

/// For all commands: they may stand before the command and behind it.
void add_sockets(CLI::App& app, CommonOptions& options);

CLI::App* add_status(CLI::App& app, CommonOptions& options);
CLI::App* add_tail(CLI::App& app, CommonOptions& options);
CLI::App* add_day(CLI::App& app, DayOptions& options);
CLI::App* add_send(CLI::App& app, CommonOptions& options);
CLI::App* add_schema(CLI::App& app, SchemaOptions& options);
CLI::App* add_validate(CLI::App& app, ValidateOptions& options);
CLI::App* add_audit(CLI::App& app, AuditOptions& options);
/// `chosen` is set to the command below it that is given.
CLI::App* add_quarantine(CLI::App& app, QuarantineOptions& options, QuarantineCommand& chosen);
CLI::App* add_reprocess(CLI::App& app, ReprocessOptions& options);
CLI::App* add_journal(CLI::App& app, JournalOptions& options, JournalCommand& chosen);
CLI::App* add_pan_scan(CLI::App& app, PanScanOptions& options);

}  // namespace tillpost::cli
