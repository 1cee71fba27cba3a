// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "agent/audit/trust.hpp"
#include "agent/central/audit.hpp"
#include "agent/central/program.hpp"
#include "agent/central/store_for_reading.hpp"
#include "agent/central/times.hpp"

namespace tillpost {
namespace {

Result<AuditReport> audit_database(const CentralOptions& options) {
    const SystemClock clock;
    Result<AuditTrust> trust = trust_from(options.trusted);
    if (!trust) return trust.error();
    const auto expected = expectations_from(options.expected);
    if (!expected) return expected.error();
    const auto store = StoreForReading::open(options.database, options.work, clock);
    if (!store) return store.error();
    const auto source = options.source.empty() ? std::nullopt : std::optional(options.source);
    return audit(**store, source, std::move(*trust), *expected);
}

}  // namespace

int run_times(const CentralOptions& options) {
    const SystemClock clock;
    const auto source = options.source.empty() ? std::nullopt : std::optional(options.source);
    const auto store = StoreForReading::open(options.database, options.work, clock);
    const auto found = store ? unsynchronised(**store, source) : Result<std::vector<Stretch>>(store.error());
    if (!found) return complain(found.error());
    std::fputs((options.json ? times_json(*found) : times_table(*found)).c_str(), stdout);
    return 0;
}

int run_audit(const CentralOptions& options) {
    const Result<AuditReport> report = audit_database(options);
    if (!report) return complain(report.error());
    std::fputs((options.json ? audit_json(*report) : audit_table(*report)).c_str(), stdout);
    return static_cast<int>(report->verdict());
}

}  // namespace tillpost
