// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/mqtt/connection.hpp"

namespace tillpost {

/// What the command line says; each command's run returns the exit code.
struct CentralOptions {
    std::string broker;
    std::string protocol = "5";  ///< or "3.1.1"
    std::string client_id;       ///< "": made from the receiver's id
    std::string ca_file, certificate_file, key_file, username, password_file;
    std::string database = "central.db";
    std::string work;                 ///< Folder for a copy of it, "": beside it
    std::vector<std::string> stores;  ///< "tenant/store"; empty: all
    std::optional<std::uint64_t> backlog_rate;
    bool summary = false;
    bool quiet = false;
    std::string told_file;
    bool all_told = false;
    bool strict = false;      ///< What is told and missing, though named, is a fault, too.
    std::string backup_file;  ///< Where it goes
    bool json = false;
    std::string source;
    // day
    std::string date;        ///< "": the newest
    std::string tills_file;  ///< Who must report, "" for who did before
    // quarantine
    std::string verb = "list";
    std::string sort = "age";  ///< age, amount or class
    bool all = false;          ///< The decided ones, too
    // conformance
    std::string tenant = "conformance", store = "test";
    std::string node;        ///< "": one of its own
    bool all_cases = false;  ///< One that is not run counts as failed.
    std::vector<std::string> cases;
    std::string restore_command;
    unsigned patience_seconds = 10;
    // import
    std::vector<std::string> files;
    std::string receipts;              ///< Folder
    std::vector<std::string> trusted;  ///< FILE, SOURCE=FILE or SOURCE=FINGERPRINT
    // erase
    std::vector<std::string> names;
    std::string reason, actor;
    // audit; `trusted`: FILE or FINGERPRINT
    std::vector<std::string> expected;  ///< Ids of events up to which it must reach
    bool create = false;                ///< The database, if there is none
    bool accept_new = false;
    bool replace = false;
};

/// How to reach options.broker; the client id is `client_id` unless the options name one.
Result<MqttSettings> mqtt_settings(const CentralOptions& options, const std::string& client_id);

/// 0 after a signal, 1 when the store failed, 2 when it could not start.
int run_receiver(const CentralOptions& options);
/// 0, or 2 when nothing was written.
int run_backup(const CentralOptions& options);
/// 0: good; 1: faults found; 2: could not check.
int run_check(const CentralOptions& options);
/// 0, or 2 when the lines could not be read or written.
int run_export(const CentralOptions& options);
/// 0: all cases that ran passed; 1: one failed; 2: could not run.
int run_conformance_command(const CentralOptions& options);
/// 0: every till's day is complete; 1: one is not, or there is none; 2: could not read.
int run_day(const CentralOptions& options);
/// 0: nothing is open; 1: something is; 2: could not read.
int run_quarantine(const CentralOptions& options);
/// 0, or 2 when the table could not be read.
int run_agents(const CentralOptions& options);

/// 0: all are erased; 1: the file could not be written anew; 2: nothing is erased.
int run_erase(const CentralOptions& options);
/// 0: proven; 1: broken; 2: could not be checked; 3: proven, and content is destroyed.
int run_audit(const CentralOptions& options);
/// 0, or 2 when the lines could not be read.
int run_times(const CentralOptions& options);

/// 0: all are recorded; 1: another certificate is, for one; 2: could not read or write.
int run_trust(const CentralOptions& options);
/// 0: all files taken and answered; 1: not all, or the store failed; 2: could not start.
int run_import(const CentralOptions& options);

/// Says on standard error what is wrong. Always 2: could not.
int complain(const Error& error);

}  // namespace tillpost
