// SPDX-License-Identifier: Apache-2.0
// A slow or narrow TCP line to a port of this machine, until standard input ends. Prints its own port first and, at the
// end, how many connections it carried.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/support/fault_proxy.hpp"

int main(int argc, char** argv) {
    CLI::App arguments{"A TCP line with a delay or a limit", "bench_line"};
    int port = 0;
    int delay = 0;
    std::size_t rate = 0;
    arguments.add_option("port", port, "Where it leads")->required()->check(CLI::Range(1, 65535));
    arguments.add_option("--delay-ms", delay, "One way");
    arguments.add_option("--bytes-per-second", rate, "Each way; 0: no limit");
    CLI11_PARSE(arguments, argc, argv);
    tillpost::test::FaultProxy proxy(port);
    tillpost::test::FaultProxy::Line line;
    line.delay = tillpost::Millis(delay);
    line.bytes_per_second = rate;
    proxy.set(line);
    std::printf("%d\n", proxy.port());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    std::printf("%zu\n", proxy.connections());
    return 0;
}
