// SPDX-License-Identifier: Apache-2.0
// The receiver's file itself, beside what its rows say: indexes and views are what people, and the receiver, look at.
#include <map>
#include <utility>

#include "agent/central/each_row.hpp"
#include "agent/central/schema.hpp"
#include "agent/central/store.hpp"
#include "platform/sqlite_schema.hpp"

namespace tillpost {
namespace {

constexpr const char* remedy =
    ": put the newest backup (tillpost-central backup) in the file's place; the agents send again what came since";

/// `ANALYZE` makes these, which only say how large tables are.
bool is_statistics(std::string_view name) { return name.starts_with("sqlite_stat"); }

/// Tables, indexes and views that people add for reports change nothing of ours.
std::string foreign_trigger(const std::string& name, std::string_view table) {
    return "the file has the trigger `" + name + "` of table `" + std::string(table) +
           "`, which no Tillpost makes: it changes what is written there, unseen. Take it out (DROP TRIGGER), and see "
           "what it did";
}

}  // namespace

Result<void> CentralStore::each_odd_schema(const OddEffect& visit) {
    auto made = schema_made_by(central_migrations, central_format);
    if (!made) return made.error();
    std::map<std::pair<std::string, std::string>, SchemaRow> expected;
    for (SchemaRow& each : *made) expected.emplace(std::pair(each.type, each.name), std::move(each));
    const auto compare = [&](const Statement& row) {
        const std::string type(row.bytes(0));
        const std::string name(row.bytes(1));
        if (is_statistics(name)) return;
        const auto known = expected.extract({type, name});
        if (known.empty()) {
            if (type == "trigger") visit(foreign_trigger(name, row.bytes(2)));
            return;
        }
        if (known.mapped().table == row.bytes(2) && known.mapped().sql == row.bytes(3)) return;
        visit("the " + type + " `" + name + "` is not the one that this program makes: it was replaced, and what it " +
              "shows or lets in nobody vouches for" + remedy);
    };
    if (auto done = each_row(*database_, "SELECT type, name, tbl_name, sql FROM sqlite_schema", compare); !done)
        return done;
    for (const auto& [key, row] : expected) {
        visit("the " + key.first + " `" + key.second + "` is not in the file: somebody took it out" + remedy);
    }
    return {};
}

// It reads the whole file once more and compares each index with its table: 3 µs an event, where all else that is
// audited takes 50 and more. `quick_check` takes half of that, and does not compare indexes.
Result<void> CentralStore::each_damage(const OddEffect& visit) {
    return each_row(*database_, "PRAGMA integrity_check(10)", [&visit](const Statement& row) {
        if (row.bytes(0) != "ok") visit("the file is damaged, as SQLite says: " + std::string(row.bytes(0)) + remedy);
    });
}

}  // namespace tillpost
