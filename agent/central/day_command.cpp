// SPDX-License-Identifier: Apache-2.0
// `tillpost-central day`: what finance can post on, store by store.
#include <cstdio>
#include <fstream>

#include "agent/central/days.hpp"
#include "agent/central/program.hpp"
#include "agent/central/store_for_reading.hpp"

namespace tillpost {
namespace {

Result<void> read_tills(const std::string& path, StoreDays& days) {
    std::ifstream file(path);
    if (!file) return Error{Errc::io, "read " + path + ": it cannot be opened"};
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        if (!days.expect_line(line)) {
            return Error{Errc::invalid, path + ", line " + std::to_string(number) + ": expected TENANT/STORE TILL"};
        }
    }
    return {};
}

Result<StoreDays> read_days(const CentralOptions& options) {
    const SystemClock clock;
    // Somewhere it is tomorrow already.
    StoreDays days(options.date, rfc3339(clock.now().wall + std::chrono::hours(24)).substr(0, 10));
    if (!options.tills_file.empty()) {
        if (auto read = read_tills(options.tills_file, days); !read) return read.error();
    }
    const auto store = StoreForReading::open(options.database, options.work, clock);
    if (!store) return store.error();
    const auto take = [&days](const CentralStore::Row& row) {
        const auto head = body_head(row.body);
        const std::string_view data = head ? head->data : std::string_view();
        if (row.type == "tillpost.coverage.v1") return days.take_coverage(row.source, data);
        days.take(row.source, data, row.position);
    };
    if (auto read = (*store)->each_of_days(take); !read) return read.error();
    const auto take_till = [&days](const CentralStore::TillOfDay& till) {
        days.take_events(till.source, till.store, till.till, till.events, till.last);
    };
    // One that has sold and is closed for the first time to-night has no certificate yet.
    const auto know = [&days](const CentralStore::TillOfDay& till) {
        days.take_known(till.source, till.store, till.till, till.date);
    };
    if (auto read = (*store)->each_till_ever(know); !read) return read.error();
    if (auto read = (*store)->each_till_of(days.date(), take_till); !read) return read.error();
    return days;
}

}  // namespace

int run_day(const CentralOptions& options) {
    const auto days = read_days(options);
    if (!days) return complain(days.error());
    std::fputs((options.json ? json_of(*days) : table_of(*days)).c_str(), stdout);
    return all_complete(days->tills()) ? 0 : 1;
}

}  // namespace tillpost
