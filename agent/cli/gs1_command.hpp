// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tillpost::cli {

/// `tillpost gs1`: reads GS1 data without a daemon. As CLI11 fills it.
struct Gs1Arguments {
    bool json = false;
    bool no_pairs = false;
    int year = 0;
    std::vector<std::string> templates;
    std::vector<std::string> codes;
};

CLI::App* add_gs1(CLI::App& app, Gs1Arguments& arguments);

/// 0: nothing is wrong with any code; 1: something is; 64: a template is wrong.
int read_gs1(const Gs1Arguments& arguments);

}  // namespace tillpost::cli
