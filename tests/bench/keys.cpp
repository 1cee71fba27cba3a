// SPDX-License-Identifier: Apache-2.0
// What a business key costs at capture when the table of keys is full: records with a key, and without one, with and
// without a time of their own (agent/decisions/0026). Prints one JSON object.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "agent/journal/store.hpp"

namespace {

using namespace tillpost;

enum class Kind { keyed, timed, bare };

struct Plan {
    Kind kind = Kind::keyed;
    std::int64_t keys = 1'000'000;
    std::int64_t measured = 20'000;
    std::int64_t batch = 10;
};

Draft draft(Kind kind, std::int64_t n) {
    Draft draft;
    draft.device = "feed";
    Event& event = draft.event;
    event.type = "other";
    event.entry = "pos";
    const std::string number = std::to_string(n);
    event.data = R"({"type":"other","n":)" + number + R"(,"text":")" + std::string(400, 'x') + "\"}";
    if (kind == Kind::keyed) event.subject = "pos/T01/2026-11-23/" + number;
    if (kind == Kind::timed) {
        const WallTime at{Millis(1'795'428'930'000 + n * 700)};
        event.time = rfc3339(at);
    }
    return draft;
}

/// Bytes that this process has handed to the disk, by the kernel's account.
long long bytes_written() {
    std::ifstream io("/proc/self/io");
    std::string name;
    long long value = 0;
    while (io >> name >> value) {
        if (name == "write_bytes:") return value;
    }
    return 0;
}

Result<void> record(Store& store, const Plan& plan, std::int64_t from, std::int64_t count, std::int64_t at_once) {
    for (std::int64_t made = 0; made < count; made += at_once) {
        std::vector<Draft> drafts;
        for (std::int64_t n = made; n < std::min(count, made + at_once); ++n)
            drafts.push_back(draft(plan.kind, from + n));
        const auto recorded = store.append(drafts);
        if (!recorded) return recorded.error();
        const auto kept = store.maintain();
        if (!kept) return kept.error();
    }
    return {};
}

int run(const JournalSettings& settings, const Plan& plan) {
    SystemClock clock;
    auto store = Store::open(settings, clock);
    if (!store) return std::fprintf(stderr, "bench_keys: %s\n", store.error().message.c_str()), 1;
    auto done = record(**store, plan, 0, plan.keys, 2'000);
    const long long before = bytes_written();
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    if (done) done = record(**store, plan, plan.keys, plan.measured, plan.batch);
    if (!done) return std::fprintf(stderr, "bench_keys: %s\n", done.error().message.c_str()), 1;
    const double events = static_cast<double>(plan.measured);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    const double used = 1e6 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    std::printf("{\"us_an_event\":%.1f,\"cpu_us_an_event\":%.1f,\"bytes_written_an_event\":%.0f}\n",
                took.count() / events, used / events, static_cast<double>(bytes_written() - before) / events);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App arguments{"The cost of business keys", "bench_keys"};
    JournalSettings settings;
    Plan plan;
    std::string kind = "keyed";
    arguments.add_option("file", settings.path)->required();
    arguments.add_option("--kind", kind, "Of the records' keys")->check(CLI::IsMember({"keyed", "timed", "bare"}));
    arguments.add_option("--keys", plan.keys, "In the table before");
    arguments.add_option("--measured", plan.measured);
    arguments.add_option("--batch", plan.batch, "Events of a transaction");
    CLI11_PARSE(arguments, argc, argv);
    plan.kind = kind == "keyed" ? Kind::keyed : kind == "timed" ? Kind::timed : Kind::bare;
    settings.source = "urn:tillpost:bench:bench:bench";
    settings.most_bytes = 64LL << 30;
    settings.remembered_keys = 10'000'000;
    return run(settings, plan);
}
