// SPDX-License-Identifier: Apache-2.0
// Makes a journal with so many waiting events, through the product's own store in large transactions: what an outage
// leaves, faster than an outage. Prints one JSON object.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "agent/journal/store.hpp"

namespace {

using namespace tillpost;

std::vector<Draft> batch(std::int64_t from, std::int64_t count, std::size_t bytes) {
    std::vector<Draft> drafts(static_cast<std::size_t>(count));
    for (Draft& draft : drafts) {
        draft.event.type = "other";
        draft.event.data = "{\"n\":" + std::to_string(from++) + ",\"text\":\"" + std::string(bytes, 'x') + "\"}";
    }
    return drafts;
}

int fail(const Error& error) {
    std::fprintf(stderr, "bench_backlog: %s\n", error.message.c_str());
    return 1;
}

int make(const JournalSettings& settings, std::int64_t events, std::size_t bytes) {
    constexpr std::int64_t most = 2000;  // a transaction
    SystemClock clock;
    auto store = Store::open(settings, clock);
    if (!store) return fail(store.error());
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t made = 0; made < events; made += most) {
        auto drafts = batch(made, std::min(most, events - made), bytes);
        const auto recorded = (*store)->append(drafts);
        if (!recorded) return fail(recorded.error());
        const auto kept = (*store)->maintain();
        if (!kept) return fail(kept.error());
    }
    // As the agent does now and then: else its first start would read all of them for the business days.
    const EpochSummary live = (*store)->live();
    KeptDays days;
    days.epoch = live.epoch;
    days.upto = live.last;
    if (auto kept = (*store)->keep_days(days); !kept) return fail(kept.error());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("{\"events\":%lld,\"seconds\":%.2f}\n", static_cast<long long>(events), took.count());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App arguments{"A journal with waiting events", "bench_backlog"};
    JournalSettings settings;
    std::int64_t events = 100'000;
    std::size_t bytes = 300;
    arguments.add_option("file", settings.path)->required();
    arguments.add_option("--source", settings.source)->required();
    arguments.add_option("--events", events);
    arguments.add_option("--bytes", bytes, "Of an event's text");
    CLI11_PARSE(arguments, argc, argv);
    settings.most_bytes = 64LL << 30;
    return make(settings, events, bytes);
}
