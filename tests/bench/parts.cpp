// SPDX-License-Identifier: Apache-2.0
// What one event costs in the agent's parts, on one core.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "agent/event/intake.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "agent/journal/packed_body.hpp"
#include "agent/journal/store.hpp"
#include "agent/wire/line.hpp"
#include "drivers/simulator/store.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace tillpost;

std::vector<std::string> sales(std::size_t count) {
    simulator::StorePlay play{simulator::PlaySettings{}};
    std::vector<std::string> lines;
    while (lines.size() < count) lines.push_back(play.next().line);
    return lines;
}

void intake_parses_a_line(benchmark::State& state) {
    const auto lines = sales(1'000);
    Intake intake;
    std::size_t bytes = 0;
    std::size_t at = 0;
    for (auto _ : state) {
        const std::string& line = lines[at++ % lines.size()];
        bytes += line.size();
        benchmark::DoNotOptimize(intake.parse(line));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(intake_parses_a_line);

/// What a line costs before it is parsed, when there is nothing to be cut.
void redaction_of_a_line(benchmark::State& state) {
    const auto lines = sales(1'000);
    Redactor redactor;
    std::size_t bytes = 0;
    std::size_t at = 0;
    for (auto _ : state) {
        const std::string& line = lines[at++ % lines.size()];
        bytes += line.size();
        if (redactor.redact_line(line).changed) state.SkipWithError("a sale without card data was changed");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(redaction_of_a_line);

void redaction_of_a_card_number(benchmark::State& state) {
    std::string line = sales(1).front();
    line.insert(line.size() - 1, R"(,"card":"4111 1111 1111 1111")");
    Redactor redactor;
    for (auto _ : state) {
        if (!redactor.redact_line(line).changed) state.SkipWithError("a card number was not cut");
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(redaction_of_a_card_number);

void body_digest_and_chain(benchmark::State& state) {
    SystemClock clock;
    Event event;
    event.type = "sale";
    event.data = sales(1).front();
    Sha256 sha;
    Digest chain{};
    Sequence sequence = 0;
    const Stamp stamp{clock.now(), clock.boot_id(), {}};
    for (auto _ : state) {
        const std::string body = encode_body("urn:tillpost:acme:0042:till-01", event, stamp);
        chain = chain_next(sha, chain, 1, ++sequence, sha(body));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(body_digest_and_chain);

std::vector<std::string> bodies(std::size_t count) {
    SystemClock clock;
    std::vector<std::string> made;
    for (std::string& data : sales(count)) {
        Event event;
        event.type = "sale";
        event.data = std::move(data);
        made.push_back(encode_body("urn:tillpost:acme:0042:till-01", event, {clock.now(), clock.boot_id(), {}}));
    }
    return made;
}

void packing_of_a_body(benchmark::State& state) {
    const auto all = bodies(1'000);
    Packer packer;
    std::size_t before = 0;
    std::size_t after = 0;
    std::size_t at = 0;
    for (auto _ : state) {
        const std::string& body = all[at++ % all.size()];
        before += body.size();
        after += packer.pack(body).size();
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["part"] = static_cast<double>(after) / static_cast<double>(before);
}
BENCHMARK(packing_of_a_body);

void unpacking_of_a_body(benchmark::State& state) {
    Packer packer;
    std::vector<std::string> stored;
    for (const std::string& body : bodies(1'000)) stored.emplace_back(packer.pack(body));
    Unpacker unpacker;
    std::string body;
    std::size_t at = 0;
    for (auto _ : state) {
        const std::string& each = stored[at++ % stored.size()];
        body.resize(unpacker.size(each).value_or(0));
        if (!unpacker.unpack(each, body.data())) state.SkipWithError("a body was not packed");
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(unpacking_of_a_body);

void store_appends_a_batch(benchmark::State& state) {
    const test::TempDir folder;
    SystemClock clock;
    JournalSettings settings;
    settings.path = folder.file("journal.db");
    settings.source = "urn:tillpost:acme:0042:till-01";
    auto store = Store::open(settings, clock);
    const std::string data = sales(1).front();
    std::int64_t number = 0;
    for (auto _ : state) {
        std::vector<Draft> drafts(static_cast<std::size_t>(state.range(0)));
        for (Draft& draft : drafts) {
            draft.event.type = "sale";
            draft.event.subject = "pos/T01/2026-11-23/" + std::to_string(++number);
            draft.event.data = data;
        }
        if (!(*store)->append(drafts)) state.SkipWithError("append failed");
        if (number % 1'000 == 0) (void)(*store)->maintain();
    }
    state.SetItemsProcessed(number);
}
BENCHMARK(store_appends_a_batch)->Arg(1)->Arg(10)->Arg(100)->Arg(500)->UseRealTime();

}  // namespace
