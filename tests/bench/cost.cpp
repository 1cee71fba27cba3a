// SPDX-License-Identifier: Apache-2.0
// What the agent does with one sale of some 500 bytes between the feed's line and the disk, on one core, step by step.
// Prints one JSON object: nanoseconds an event. profile.py counts the instructions of the same steps.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/event/business_day.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "agent/event/till_numbers.hpp"
#include "agent/wire/line.hpp"
#include "platform/clock.hpp"

namespace tillpost::bench {

using Steady = std::chrono::steady_clock;

std::string sale(unsigned number) {
    std::string line =
        R"({"type":"sale","till":"T01","number":"######","business_date":"2026-11-23",)"
        R"("time":"2026-11-23T10:15:30.123+01:00","offline":false,"origin":{"adapter":"pos"},"currency":"EUR","lines":[)"
        R"({"line":1,"kind":"goods","direction":"sale","gtin":"4006381333931","entry_method":"scanned","quantity":"2",)"
        R"("unit":"EA","unit_price":"2.09",)"
        R"("amount":"4.18","tax":{"rate":"19"}}],"tenders":[{"type":"cash","amount":"4.18","tendered":"5.00",)"
        R"("change":"0.82"}],"taxes":[{"rate":"19","base":"3.51","amount":"0.67"}],)"
        R"("totals":{"net":"3.51","tax":"0.67","gross":"4.18"}})";
    const std::string digits = std::to_string(100'000 + number % 900'000);
    return line.replace(line.find('#'), digits.size(), digits);
}

/// The steps, and what they keep between events. Not inlined, so that a profile names them.
class Path {
public:
    [[gnu::noinline]] bool redact(const std::string& line) { return redactor_.redact_line(line).changed; }
    [[gnu::noinline]] Event parse_and_judge(const std::string& line) {
        Event event = std::get<Event>(intake_.parse(line));
        numbers_.check(event);
        if (is_far_from(event.business_date, std::chrono::floor<std::chrono::days>(clock_.wall()))) {
            event.quality.mark("business_date", "/business_date");
        }
        return event;
    }
    [[gnu::noinline]] std::string encode(const Event& event, const Stamp& stamp) {
        return encode_body("urn:tillpost:acme:0042:till-01", event, stamp);
    }
    /// Once a commit.
    Stamp stamp() const { return {clock_.now(), clock_.boot_id(), {}}; }
    [[gnu::noinline]] void digest(const std::string& body) {
        chain_ = chain_next(sha_, chain_, 1, ++sequence_, sha_(body));
    }

private:
    Redactor redactor_;
    Intake intake_;
    TillNumbers numbers_;
    SystemClock clock_;
    Sha256 sha_;
    Digest chain_{};
    Sequence sequence_ = 0;
};

struct Taken {
    double redact = 0, parse = 0, encode = 0, digest = 0;
};

/// Each step over all events before the next one: so few readings of the clock disturb nothing.
[[gnu::noinline]] Taken whole_path(Path& path, const std::vector<std::string>& lines) {
    std::vector<Event> events;
    std::vector<std::string> bodies;
    events.reserve(lines.size());
    bodies.reserve(lines.size());
    const auto start = Steady::now();
    for (const std::string& line : lines) {
        if (path.redact(line)) throw std::runtime_error("a sale without card data was changed");
    }
    const auto redacted = Steady::now();
    for (const std::string& line : lines) events.push_back(path.parse_and_judge(line));
    const auto parsed = Steady::now();
    const Stamp stamp = path.stamp();
    for (const Event& event : events) bodies.push_back(path.encode(event, stamp));
    const auto encoded = Steady::now();
    for (const std::string& body : bodies) path.digest(body);
    const auto end = Steady::now();
    const std::string marks = events.front().quality.text();
    if (marks != "ok" && marks != "business_date:/business_date") throw std::runtime_error("a sale is marked " + marks);
    const auto each = [&lines](Steady::duration time) {
        return std::chrono::duration<double, std::nano>(time).count() / static_cast<double>(lines.size());
    };
    return {each(redacted - start), each(parsed - redacted), each(encoded - parsed), each(end - encoded)};
}

/// The fastest of the rounds: the others were disturbed.
Taken fastest(unsigned rounds, unsigned events) {
    Path path;
    Taken best{1e9, 1e9, 1e9, 1e9};
    for (unsigned round = 0; round < rounds; ++round) {
        std::vector<std::string> lines;
        for (unsigned i = 0; i < events; ++i) lines.push_back(sale(round * events + i));
        const Taken taken = whole_path(path, lines);
        best.redact = std::min(best.redact, taken.redact);
        best.parse = std::min(best.parse, taken.parse);
        best.encode = std::min(best.encode, taken.encode);
        best.digest = std::min(best.digest, taken.digest);
    }
    return best;
}

}  // namespace tillpost::bench

int main(int argc, char** argv) {
    CLI::App arguments{"Capture cost of a sale", "bench_cost"};
    unsigned rounds = 200;
    unsigned events = 500;
    arguments.add_option("--rounds", rounds)->check(CLI::PositiveNumber);
    arguments.add_option("--events", events, "A round")->check(CLI::PositiveNumber);
    CLI11_PARSE(arguments, argc, argv);
    const auto taken = tillpost::bench::fastest(rounds, events);
    std::printf(
        "{\"bytes\":%zu,\"redact_ns\":%.0f,\"parse_ns\":%.0f,\"encode_ns\":%.0f,\"digest_ns\":%.0f,\"whole_ns\":%.0f}"
        "\n",
        tillpost::bench::sale(0).size(), taken.redact, taken.parse, taken.encode, taken.digest,
        taken.redact + taken.parse + taken.encode + taken.digest);
    return 0;
}
