// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace tillpost {

/// What the command line says; each command's run returns the exit code.
struct CentralOptions {
    std::string broker;
    std::string client_id;  ///< "": made from the receiver's id
    std::string ca_file, certificate_file, key_file, username, password_file;
    std::string database = "central.db";
    std::vector<std::string> stores;  ///< "tenant/store"; empty: all
    bool summary = false;
    bool quiet = false;
    std::string told_file;
    bool json = false;
    std::string source;
};

/// 0 after a signal, 1 when the store failed, 2 when it could not start.
int run_receiver(const CentralOptions& options);
/// 0: good; 1: faults found; 2: could not check.
int run_check(const CentralOptions& options);
/// 0, or 2 when the lines could not be read or written.
int run_export(const CentralOptions& options);
/// 0, or 2 when the table could not be read.
int run_agents(const CentralOptions& options);

}  // namespace tillpost
