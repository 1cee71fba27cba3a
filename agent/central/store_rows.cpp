// SPDX-License-Identifier: Apache-2.0
// Rows of the receiver's file that are nobody's: every statement of an audit begins with an agent and its epochs, and
// without their rows what hangs on them is not seen at all.
#include <array>

#include "agent/central/each_row.hpp"
#include "agent/central/store.hpp"

namespace tillpost {
namespace {

struct Parent {
    const char* name;
    const char* sql;  ///< Its number, what the events say whose they are, and the rows of each of the tables.
    std::array<const char*, 6> tables;
};

// `PRAGMA foreign_key_check` would not do: `event` and `effect` have no foreign keys. These two are large, so that they
// are not read for it: one look-up finds the next epoch or agent in them, and rows are counted only where it is
// missing.
constexpr std::array<Parent, 2> parents{{
    {"agent",
     "WITH RECURSIVE next(agent) AS (SELECT min(agent) FROM effect UNION ALL "
     "SELECT (SELECT min(agent) FROM effect WHERE agent > next.agent) FROM next WHERE next.agent IS NOT NULL), "
     "named(agent) AS (SELECT agent FROM next WHERE agent IS NOT NULL UNION SELECT agent FROM epoch "
     "UNION SELECT agent FROM day_till UNION SELECT agent FROM set_aside UNION SELECT agent FROM erasure) "
     "SELECT agent, (SELECT body FROM epoch JOIN event ON position BETWEEN epoch.id << 44 AND "
     "(epoch.id << 44 | 17592186044415) WHERE epoch.agent = named.agent AND kind = 0 AND rejected IS NULL LIMIT 1), "
     "(SELECT count(*) FROM epoch WHERE epoch.agent = named.agent), "
     "(SELECT count(*) FROM epoch JOIN event ON position BETWEEN epoch.id << 44 AND "
     "(epoch.id << 44 | 17592186044415) WHERE epoch.agent = named.agent), "
     "(SELECT count(*) FROM effect WHERE effect.agent = named.agent), "
     "(SELECT count(*) FROM day_till WHERE day_till.agent = named.agent), "
     "(SELECT count(*) FROM set_aside WHERE set_aside.agent = named.agent), "
     "(SELECT count(*) FROM erasure WHERE erasure.agent = named.agent) "
     "FROM named WHERE agent NOT IN (SELECT id FROM agent)",
     {"epoch", "event", "effect", "day_till", "set_aside", "erasure"}},
    // 524287 is the last number of an epoch: behind it there is no next one.
    {"epoch",
     "WITH RECURSIVE next(epoch) AS (SELECT min(position) >> 44 FROM event UNION ALL "
     "SELECT (SELECT min(position) >> 44 FROM event WHERE position >= (next.epoch + 1) << 44) FROM next "
     "WHERE next.epoch < 524287), "
     "named(epoch) AS (SELECT epoch FROM next WHERE epoch IS NOT NULL UNION SELECT epoch FROM range "
     "UNION SELECT epoch FROM loss UNION SELECT epoch FROM gone UNION SELECT former FROM reissue) "
     "SELECT epoch, (SELECT body FROM event WHERE position BETWEEN named.epoch << 44 AND "
     "(named.epoch << 44 | 17592186044415) AND kind = 0 AND rejected IS NULL LIMIT 1), "
     "(SELECT count(*) FROM event WHERE position BETWEEN named.epoch << 44 AND "
     "(named.epoch << 44 | 17592186044415)), "
     "(SELECT count(*) FROM range WHERE range.epoch = named.epoch), "
     "(SELECT count(*) FROM loss WHERE loss.epoch = named.epoch), "
     "(SELECT count(*) FROM gone WHERE gone.epoch = named.epoch), "
     "(SELECT count(*) FROM reissue WHERE reissue.former = named.epoch), 0 "
     "FROM named WHERE epoch NOT IN (SELECT id FROM epoch)",
     {"event", "range", "loss", "gone", "reissue", ""}},
}};

std::string about(const Parent& parent, const Statement& row) {
    const std::string number = std::to_string(row.integer(0));
    std::string counts;
    for (std::size_t i = 0; i < parent.tables.size(); ++i) {
        const std::int64_t count = row.integer(static_cast<int>(i) + 2);
        if (count == 0) continue;
        counts.append(counts.empty() ? "" : ", ").append(parent.tables[i]).append(" ").append(std::to_string(count));
    }
    const auto envelope = row.is_null(1) ? std::nullopt : read_envelope(row.bytes(1));
    const std::string whose = envelope && !envelope->source.empty() ? "; its events say that they are of " : "";
    return std::string("the table `") + parent.name + "` has no row " + number + ", and rows of it are here (" +
           counts + "): it was removed, or has another number" + whose + (whose.empty() ? "" : envelope->source) +
           ". What is of it is in no list and no sum: put the newest backup (tillpost-central backup) in the file's "
           "place";
}

}  // namespace

Result<void> CentralStore::each_stray_row(const OddEffect& visit) {
    for (const Parent& parent : parents) {
        const auto stray = [&](const Statement& row) { visit(about(parent, row)); };
        if (auto done = each_row(*database_, parent.sql, stray); !done) return done;
    }
    return {};
}

}  // namespace tillpost
