// SPDX-License-Identifier: Apache-2.0
// What the reference receiver's store takes: lines committed per second on one core, beside the parts of it.
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <vector>

#include "agent/central/envelope.hpp"
#include "agent/central/store.hpp"
#include "agent/wire/line.hpp"
#include "drivers/simulator/store.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace tillpost;

const AgentName agent{"bench", "0042", "till-01"};

/// The lines of one epoch, as an agent makes them of the simulated store's baskets, at 20 events a second.
class Stream {
public:
    Stream() {
        simulator::StorePlay play{simulator::PlaySettings{}};
        for (int i = 0; i < 512; ++i) sales_.push_back(play.next().line);
    }

    std::string body() {
        ++sequence_;
        Event event;
        event.type = "sale";
        event.subject = "pos/T01/2026-11-23/" + std::to_string(sequence_);
        event.data = sales_[sequence_ % sales_.size()];
        Stamp stamp{{WallTime(Millis(1'795'000'000'000 + 50 * sequence_)), Millis(50 * sequence_), true},
                    std::string(32, 'b'),
                    {}};
        fill_random(stamp.salt);
        return encode_body(agent.source(), event, stamp);
    }
    AgentLines message(int lines) {
        AgentLines batch{agent, {}};
        for (int i = 0; i < lines; ++i) {
            const std::string text = body();
            chain_ = chain_next(sha_, chain_, 0xe1, sequence_, sha_(text));
            batch.payload += line_prefix(0xe1, sequence_, chain_) + text + "\n";
        }
        return batch;
    }

private:
    std::vector<std::string> sales_;
    Sha256 sha_;
    Digest chain_ = chain_start(sha_, agent.source(), 0xe1);
    Sequence sequence_ = 0;
};

void envelope_is_read(benchmark::State& state) {
    Stream stream;
    const std::string body = stream.body();
    for (auto _ : state) benchmark::DoNotOptimize(read_envelope(body));
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(envelope_is_read);

void line_is_parsed(benchmark::State& state) {
    Stream stream;
    AgentLines lines = stream.message(1);
    lines.payload.pop_back();
    Sha256 sha;
    for (auto _ : state) benchmark::DoNotOptimize(parse_line(sha, lines.payload));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(line_is_parsed);

/// Commits of range(0) messages of 64 lines each, into a file that holds range(1) lines already.
void central_commits(benchmark::State& state) {
    const test::TempDir folder;
    const SystemClock clock;
    auto store = CentralStore::open(folder.file("central.db"), CentralStore::Missing::create, clock);
    Stream stream;
    for (std::int64_t held = 0; held < state.range(1); held += 4096) {
        if (!(*store)->commit({stream.message(4096)}, false)) state.SkipWithError("commit failed");
    }
    std::int64_t lines = 0;
    for (auto _ : state) {
        std::vector<AgentLines> batch;
        for (std::int64_t i = 0; i < state.range(0); ++i) batch.push_back(stream.message(64));
        const auto start = std::chrono::steady_clock::now();
        const auto committed = (*store)->commit(batch, false);
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        if (!committed || committed->counters.taken != 64U * batch.size()) state.SkipWithError("commit failed");
        lines += 64 * state.range(0);
    }
    state.SetItemsProcessed(lines);
}
BENCHMARK(central_commits)
    ->ArgNames({"messages", "held"})
    ->Args({1, 0})
    ->Args({16, 0})
    ->Args({64, 0})
    ->Args({64, 500'000})
    ->UseManualTime();

}  // namespace
