// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

/// `tillpost journal …`: for the journal of a daemon that does not run. Everything but `import` and `erase` works on a
/// copy. Each gives the exit code: 0 done, 1 faults were found (verify, recover: something is lost; import: a receipt
/// freed nothing, or raises an alarm), 2 it could not be done.
namespace tillpost::cli {

struct JournalOptions {
    std::string config;
    std::string journal;             ///< "": the configuration's
    std::string work;                ///< Where the copy goes; "": beside the journal
    std::string target;              ///< export: the folder; recover: the file
    std::vector<std::string> files;  ///< import; erase: events and quarantine records
    std::string reason, actor;       ///< erase
    bool all = false;
    bool json = false;
};

int verify_journal(const JournalOptions& options);
int show_journal_stats(const JournalOptions& options);
int export_journal(const JournalOptions& options);
int import_journal(const JournalOptions& options);
int erase_from_journal(const JournalOptions& options);
int recover_journal(const JournalOptions& options);

}  // namespace tillpost::cli
