// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <utility>

#include "agent/cli/commands.hpp"
#include "agent/cli/pan_scan.hpp"
#include "agent/control/configuration.hpp"
#include "platform/files.hpp"

namespace tillpost::cli {

int pan_scan(const PanScanOptions& options) {
    constexpr int not_done = 2;
    std::vector<std::string> paths = options.paths;
    std::vector<OwnCards> own;
    // Files can be searched on a machine that has none.
    if (paths.empty() || file_exists(options.config)) {
        auto configuration = read_configuration(options.config);
        if (!configuration) {
            complain(configuration.error().message + (paths.empty() ? "\nor name the files and folders to be searched"
                                                                    : "\nits card_numbers are to be searched for, "
                                                                      "too: mend it, or name another with --config"));
            return not_done;
        }
        own = std::move(configuration->privacy.card_numbers);
        if (paths.empty()) paths.push_back(directory_of(configuration->journal.path));
    }
    PanScan scan(std::move(own));
    for (const std::string& path : paths) scan.scan(path);
    const PanScanReport& report = scan.report();
    std::cout << (options.json ? json_of(report) : text_of(report)) << std::flush;
    if (!std::cout) {
        complain("the report could not be written");
        return not_done;
    }
    if (report.files == 0) complain("nothing was searched: this says nothing of what is there");
    return exit_code_of(report);
}

}  // namespace tillpost::cli
