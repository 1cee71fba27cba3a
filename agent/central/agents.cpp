// SPDX-License-Identifier: Apache-2.0
// `tillpost-central agents`: what is known of each agent, one line each.
#include <algorithm>
#include <array>
#include <cstdio>

#include "agent/central/many_epochs.hpp"
#include "agent/central/program.hpp"
#include "agent/central/store_for_reading.hpp"
#include "agent/event/json_text.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

using AgentRow = CentralStore::AgentRow;

struct Column {
    const char* title;
    const char* key;
    std::int64_t (*value)(const AgentRow&);
};

constexpr std::array<Column, 9> columns{{
    {"EPOCHS", "epochs", [](const AgentRow& row) { return row.epochs; }},
    {"UPTO", "upto", [](const AgentRow& row) { return static_cast<std::int64_t>(row.upto); }},
    {"GAPS", "gaps", [](const AgentRow& row) { return row.gaps; }},
    {"REPEATS", "repeats", [](const AgentRow& row) { return row.repeats; }},
    {"FORKS", "forks", [](const AgentRow& row) { return row.forks; }},
    // One return may be late messages; two mean that two journals are alive.
    {"CLONES", "clones", [](const AgentRow& row) { return row.returns >= 2 ? row.returns : std::int64_t{0}; }},
    {"LOST", "losses", [](const AgentRow& row) { return row.losses; }},
    {"GONE", "gone", [](const AgentRow& row) { return row.gone; }},
    {"ASIDE", "set_aside", [](const AgentRow& row) { return row.set_aside; }},
}};

std::string seen(const AgentRow& row) { return row.seen == 0 ? "-" : rfc3339(WallTime(Millis(row.seen))); }

std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string line_of(const AgentRow& row) {
    std::string text = printable(row.source);
    text.resize(std::max<std::size_t>(text.size(), 40), ' ');
    for (const Column& column : columns) text += right(std::to_string(column.value(row)), 10);
    text += "  " + seen(row) + "\n";
    if (has_many_epochs(row))
        text += "  " + about_many_epochs(printable(row.source), static_cast<std::size_t>(row.epochs)) + "\n";
    return text;
}

std::string json_of(const AgentRow& row) {
    std::string text = "{\"agent\":";
    append_json_string(text, row.source);
    text += ",\"live\":\"" + row.live + "\"";
    for (const Column& column : columns) {
        text += ",\"" + std::string(column.key) + "\":" + std::to_string(column.value(row));
    }
    text += std::string(",\"many_epochs\":") + (has_many_epochs(row) ? "true" : "false");
    return text + ",\"seen\":\"" + seen(row) + "\"}";
}

}  // namespace

int run_agents(const CentralOptions& options) {
    const SystemClock clock;
    const auto store = StoreForReading::open(options.database, options.work, clock);
    std::string text = options.json ? "[" : "AGENT" + std::string(35, ' ');
    for (const Column& column : columns) text += options.json ? "" : right(column.title, 10);
    text += options.json ? "" : "  LAST SEEN\n";
    const auto print = [&, first = true](const AgentRow& row) mutable -> Result<void> {
        text += options.json ? (first ? "" : ",\n ") + json_of(row) : line_of(row);
        first = false;
        std::fputs(text.c_str(), stdout);
        text.clear();
        return {};
    };
    const Result<void> done = store ? (*store)->each_agent(print) : store.error();
    if (!done) return complain(done.error());
    std::fputs((text + (options.json ? "]\n" : "")).c_str(), stdout);
    return 0;
}

}  // namespace tillpost
