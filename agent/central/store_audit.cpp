// SPDX-License-Identifier: Apache-2.0
// What an audit asks the receiver's store beside its lines.
#include <limits>

#include "agent/central/each_row.hpp"
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t any_time = std::numeric_limits<std::int64_t>::max();

/// As `effect` has a time, "20261123101530123", for people: "2026-11-23 10:15:30".
std::string time_of_digits(std::int64_t digits) {
    std::string text = std::to_string(digits);
    if (text.size() != 17) return text;
    text.resize(14);
    for (const auto& [at, sign] : {std::pair(12, ":"), {10, ":"}, {8, " "}, {6, "-"}, {4, "-"}}) text.insert(at, sign);
    return text;
}

}  // namespace

Result<std::vector<CentralStore::EpochRow>> CentralStore::epoch_rows(const std::optional<std::string>& source) {
    std::vector<EpochRow> found;
    const auto epoch = [&found](const Statement& row) {
        EpochRow one;
        one.source = row.bytes(0);
        one.epoch = epoch_from_bytes(row.bytes(1));
        if (!row.is_null(2)) one.ordinal = static_cast<std::uint32_t>(row.integer(2));
        one.forked = !row.is_null(3);
        found.push_back(std::move(one));
    };
    const auto done = each_row(*database_,
                               "SELECT agent.source, epoch.epoch, epoch.ordinal, epoch.fork FROM epoch "
                               "JOIN agent ON agent.id = epoch.agent WHERE ?1 IS NULL OR agent.source = ?1 "
                               "ORDER BY agent.id, epoch.id",
                               source, epoch);
    if (!done) return done.error();
    return found;
}

Result<CentralStore::Ranges> CentralStore::ranges(const std::optional<std::string>& source) {
    Ranges found;
    const auto range = [&found](const Statement& row) {
        const Range held{static_cast<Sequence>(row.integer(2)), static_cast<Sequence>(row.integer(3))};
        found[{std::string(row.bytes(0)), epoch_from_bytes(row.bytes(1))}].push_back(
            {held, digest_from_bytes(row.bytes(4))});
    };
    const auto done = each_row(*database_,
                               "SELECT agent.source, epoch.epoch, range.first, range.last, range.chain FROM range "
                               "JOIN epoch ON epoch.id = range.epoch JOIN agent ON agent.id = epoch.agent "
                               "WHERE ?1 IS NULL OR agent.source = ?1 ORDER BY range.epoch, range.first",
                               source, range);
    if (!done) return done.error();
    return found;
}

/// Is there another effective event of that agent with the same subject, type and data, received before? `among`: of
/// those; of those that are marked as possible repeats; or where one of the two is a copy that a person released.
Result<bool> CentralStore::counts_elsewhere(std::int64_t position, Twins among, std::int64_t before) {
    Result<Statement> rows = database_->prepare(
        "SELECT other.body, this.body, other.quality FROM event AS this JOIN epoch ON epoch.id = this.position >> 44 "
        "JOIN event AS other ON other.subject = this.subject JOIN epoch AS its ON its.id = other.position >> 44 "
        "WHERE this.position = ?1 AND other.position <> ?1 AND other.effect = 1 AND its.agent = epoch.agent "
        "AND other.type IS this.type AND other.received < ?2");
    if (!rows) return rows.error();
    rows->begin().bind(1, position).bind(2, before);
    for (;;) {
        Result<bool> there = rows->step();
        if (!there || !*there) return there;
        if (data_of(rows->bytes(0)) != data_of(rows->bytes(1))) continue;
        Envelope marks;
        marks.quality = rows->bytes(2);
        if (among == Twins::all || (among == Twins::doubted && marks.has_mark("possible_repeat"))) return true;
        if (among != Twins::released) continue;
        const auto other = read_envelope(rows->bytes(0));
        const auto its = read_envelope(rows->bytes(1));
        if (other && its && (other->is_copy() || its->is_copy())) return true;
    }
}

/// Has the agent erased the event that counted this content? Of what is erased the digest stays, and no key: of a
/// repeat with a mark nobody can tell any more.
Result<bool> CentralStore::erased_counted(std::int64_t position, bool doubtful) {
    Result<Statement> rows = database_->prepare(
        "SELECT 1 FROM event AS this JOIN epoch ON epoch.id = this.position >> 44 "
        "JOIN epoch AS its ON its.agent = epoch.agent "
        "JOIN (SELECT epoch << 44 | first AS first, epoch << 44 | last AS last FROM loss WHERE reason = 'erased' "
        "UNION ALL SELECT position, position FROM erasure WHERE position IS NOT NULL) AS gone "
        "ON gone.first >> 44 = its.id JOIN event AS other ON other.position BETWEEN gone.first AND gone.last "
        "WHERE this.position = ?1 AND other.kind = 1 AND other.reason IN ('erased', 'erased_at_central') "
        "AND (?2 <> 0 OR other.digest = this.digest) LIMIT 1");
    if (!rows) return rows.error();
    return rows->begin().bind(1, position).bind(2, doubtful ? 1 : 0).step();
}

// Equal digests are equal bodies, and so have equal marks. The columns digest, kind, rejected and quality are compared
// with the lines elsewhere. Of two that say the same, one of them marked, the one counts that came first.
Result<void> CentralStore::each_wrong_effect(const std::optional<std::string>& source, const WrongEffect& visit) {
    Result<Statement> rows = database_->prepare(
        "WITH content AS (SELECT coalesce(min(CASE WHEN effect <> 0 THEN position END), min(position)) AS position, "
        "total(effect) AS sum, min(effect) AS low, max(effect) AS high FROM event "
        "JOIN epoch ON epoch.id = position >> 44 JOIN agent ON agent.id = epoch.agent "
        "WHERE kind = 0 AND rejected IS NULL AND (?1 IS NULL OR source = ?1) GROUP BY epoch.agent, digest "
        "HAVING sum <> 1 OR low < 0 OR max(instr(quality, 'possible_repeat')) > 0) "
        "SELECT epoch.epoch, event.position, sum, low, high, quality, received, subject IS NOT NULL, body, "
        "EXISTS (SELECT 1 FROM settled WHERE settled.position = event.position), event.digest, type FROM content "
        "JOIN event ON event.position = content.position JOIN epoch ON epoch.id = event.position >> 44 "
        "ORDER BY event.position");
    if (!rows) return rows.error();
    rows->begin();
    if (source) rows->bind_text(1, *source);
    for (;;) {
        const Result<bool> there = rows->step();
        if (!there) return there.error();
        if (!*there) return {};
        const std::int64_t position = rows->integer(1);
        const std::int64_t sum = rows->integer(2);
        const bool in_range = rows->integer(3) >= 0 && rows->integer(4) <= 1 && sum <= 1;
        Envelope marks;
        marks.quality = rows->bytes(5);
        const bool has_key = rows->integer(7) != 0;
        const bool doubtful = marks.has_mark("possible_repeat") && has_key;
        // One that was received in the same millisecond may have come before or behind; that both count is wrong.
        const std::int64_t before = sum == 0 ? rows->integer(6) + 1 : any_time;
        Result<bool> elsewhere = false;
        if (has_key) elsewhere = counts_elsewhere(position, doubtful ? Twins::all : Twins::doubted, before);
        const Digest digest = digest_from_bytes(rows->bytes(10));
        if (!has_key && sum == 0) elsewhere = counts_otherwise({position, digest, rows->bytes(11), rows->bytes(8)});
        // A stick brings content before or behind what a person released.
        const bool may_be_released = elsewhere && !*elsewhere && !doubtful && sum == 0;
        if (may_be_released) elsewhere = counts_elsewhere(position, Twins::released, any_time);
        if (!elsewhere) return elsewhere.error();
        if (in_range && (sum == 0) == *elsewhere) continue;
        const auto read = read_envelope(rows->bytes(8));
        const bool is_copy = read && (has_key ? read->is_copy() : read->is_caused);
        const bool released = rows->integer(9) != 0 || is_copy;
        const Result<bool> erased =
            in_range && sum == 0 ? erased_counted(position, doubtful || released) : Result<bool>(false);
        if (!erased) return erased.error();
        if (*erased) continue;
        const Epoch epoch = epoch_from_bytes(rows->bytes(0));
        const Sequence sequence = static_cast<Sequence>(position) & last_sequence;
        visit(epoch, sequence,
              event_id(epoch, sequence) +
                  (in_range && sum == 0 ? " is stored without an effect, and nothing counts what it says"
                                        : " is stored with an effect that makes its content count more than once"));
    }
}

// [once-2] Each body that was taken is in `effect` once, and stays there; of what was erased the digest is here still.
Result<void> CentralStore::each_odd_effect(const std::optional<std::string>& source, const OddEffect& visit) {
    constexpr const char* gone =
        "SELECT source, count(*), min(recorded), max(recorded) FROM effect JOIN agent ON agent.id = effect.agent "
        "WHERE (?1 IS NULL OR source = ?1) AND (effect.agent, effect.digest) IN (SELECT agent, digest FROM effect "
        "EXCEPT SELECT epoch.agent, substr(event.digest, 1, 16) FROM event JOIN epoch ON epoch.id = position >> 44) "
        "GROUP BY source";
    const auto is_gone = [&](const Statement& row) {
        visit(std::to_string(row.integer(1)) + " events of " + std::string(row.bytes(0)) +
              " have had their effect and are not here: they were removed. They were recorded from " +
              time_of_digits(row.integer(2)) + " to " + time_of_digits(row.integer(3)));
    };
    return each_row(*database_, gone, source, is_gone);
}

Result<bool> CentralStore::is_in_effects(std::int64_t position, std::int64_t recorded, const Digest& digest) {
    if (!find_effect_.prepared()) {
        Result<Statement> find = database_->prepare(
            "SELECT 1 FROM effect WHERE agent = (SELECT agent FROM epoch WHERE id = ?1) AND recorded = ?2 "
            "AND digest = ?3");
        if (!find) return find.error();
        find_effect_ = std::move(*find);
    }
    find_effect_.begin().bind(1, position >> 44).bind(2, recorded);
    Result<bool> there = find_effect_.bind_blob(3, view(digest).substr(0, effect_digest_size)).step();
    find_effect_.reset();
    return there;
}

Result<std::vector<std::pair<std::string, std::string>>> CentralStore::signers() {
    Result<Statement> rows = database_->prepare("SELECT source, fingerprint FROM signer");
    if (!rows) return rows.error();
    rows->begin();
    std::vector<std::pair<std::string, std::string>> found;
    const auto read = rows->each([&](const Statement& row) { found.emplace_back(row.bytes(0), row.bytes(1)); });
    if (!read) return read.error();
    return found;
}

Result<std::vector<std::string>> CentralStore::agents_without_live(const std::optional<std::string>& source) {
    Result<Statement> rows = database_->prepare(
        "SELECT source FROM agent WHERE (?1 IS NULL OR source = ?1) AND live > 0 AND NOT EXISTS (SELECT 1 FROM epoch "
        "WHERE epoch.id = agent.live)");
    if (!rows) return rows.error();
    rows->begin();
    if (source) rows->bind_text(1, *source);
    std::vector<std::string> found;
    const auto read = rows->each([&](const Statement& row) { found.emplace_back(row.bytes(0)); });
    if (!read) return read.error();
    return found;
}

Result<void> CentralStore::each_kept(const std::string& source, const std::function<void(const Kept&)>& visit) {
    // Each table's event is named by a position; of `settled` the position is that of the event which it names.
    constexpr const char* rows =
        "WITH kept AS ("
        "SELECT 0 AS kind, position AS by, former AS named, first, last, cause AS word, '' AS reason, NULL AS before, "
        "NULL AS after FROM reissue UNION ALL "
        "SELECT 1, position, epoch, first, last, class, reason, NULL, NULL FROM loss UNION ALL "
        "SELECT 2, position, epoch, first, last, '', '', before, after FROM gone UNION ALL "
        "SELECT 3, quarantined, position >> 44, position & 17592186044415, position & 17592186044415, rule, '', NULL, "
        "NULL FROM settled) "
        "SELECT kept.kind, teller.epoch, by & 17592186044415, kept.kind = 1 AND EXISTS (SELECT 1 FROM event "
        "WHERE position BETWEEN kept.named << 44 | first AND kept.named << 44 | last AND kind = 0), "
        "named.epoch, first, last, word, kept.reason, "
        "before, after FROM kept JOIN epoch AS named ON named.id = kept.named "
        "JOIN agent ON agent.id = named.agent LEFT JOIN epoch AS teller ON teller.id = by >> 44 "
        "WHERE agent.source = ?1 ORDER BY kept.kind, by";
    return each_row(*database_, rows, source, [&visit](const Statement& row) {
        Kept kept;
        kept.table = static_cast<Kept::Table>(row.integer(0));
        kept.by_epoch = row.is_null(1) ? 0 : epoch_from_bytes(row.bytes(1));
        kept.by_sequence = static_cast<Sequence>(row.integer(2));
        kept.has_content = row.integer(3) != 0;
        kept.epoch = epoch_from_bytes(row.bytes(4));
        kept.range = {static_cast<Sequence>(row.integer(5)), static_cast<Sequence>(row.integer(6))};
        kept.word = row.bytes(7);
        kept.reason = row.bytes(8);
        if (!row.is_null(9)) kept.before = digest_from_bytes(row.bytes(9));
        if (!row.is_null(10)) kept.after = digest_from_bytes(row.bytes(10));
        visit(kept);
    });
}

// A line that was set aside leaves when its content is erased, and is not kept at all beyond the bound.
Result<void> CentralStore::each_odd_evidence(const std::optional<std::string>& source, const OddEffect& visit) {
    Sha256 sha;
    const auto aside = [&](const Statement& row) {
        const std::string_view line = row.bytes(3);
        const bool whole = row.integer(2) == static_cast<std::int64_t>(line.size());
        if (whole && view(sha(line)) == row.bytes(1)) return;
        if (!whole && row.integer(2) > static_cast<std::int64_t>(line.size()) && line.size() == longest_set_aside)
            return;
        visit("a line of " + std::string(row.bytes(0)) + " that was set aside (" + std::string(row.bytes(4)) +
              ") is not the one whose hash it is kept by");
    };
    auto done = each_row(*database_,
                         "SELECT source, digest, size, line, reason FROM set_aside JOIN agent ON agent.id = agent "
                         "WHERE ?1 IS NULL OR source = ?1",
                         source, aside);
    if (!done) return done;
    const auto fork = [&visit](const Statement& row) {
        const Epoch epoch = epoch_from_bytes(row.bytes(1));
        const auto sequence = static_cast<Sequence>(row.integer(2));
        visit("the epoch " + to_hex(epoch) + " of " + std::string(row.bytes(0)) +
              " is said to have another history from " + event_id(epoch, sequence) +
              " on, and neither a line that was set aside nor a `gone` event shows it");
    };
    return each_row(*database_,
                    "SELECT source, epoch.epoch, fork FROM epoch JOIN agent ON agent.id = epoch.agent "
                    "WHERE fork IS NOT NULL AND (?1 IS NULL OR source = ?1) AND dropped = 0 "
                    "AND NOT EXISTS (SELECT 1 FROM gone WHERE gone.epoch = epoch.id AND first = fork) "
                    "AND NOT EXISTS (SELECT 1 FROM loss WHERE loss.epoch = epoch.id AND reason = 'erased' "
                    "AND loss.first <= fork AND loss.last >= fork) "
                    "AND NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.agent = agent.id AND position IS NULL) "
                    "AND NOT EXISTS (SELECT 1 FROM set_aside WHERE set_aside.agent = agent.id AND detail LIKE "
                    "lower(hex(epoch.epoch)) || '-' || substr('0000000000000000' || fork, -16) || '%')",
                    source, fork);
}

}  // namespace tillpost
