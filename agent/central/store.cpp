// SPDX-License-Identifier: Apache-2.0
#include "agent/central/store.hpp"

#include <sys/stat.h>

#include <array>
#include <utility>

#include "agent/central/position.hpp"
#include "agent/central/schema.hpp"
#include "platform/lock_holder.hpp"

namespace tillpost {
namespace {

/// More than so many epochs in memory, and the cache starts anew with the next batch.
constexpr std::size_t most_cached_epochs = 20'000;
/// Lines are appended in long transactions: a quarter of the writes that SQLite's 4 KiB pages would need.
constexpr int page_size = 16'384;
constexpr std::int64_t checkpoint_pages = 1000;

bool exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

/// SQLite's own words say nothing of what to do.
Error advised(const Error& error) {
    if (error.code != Errc::corrupt) return error;
    return {error.code, error.message +
                            ". It is no receiver's file (is its name right?), or a damaged one: then keep it, and put "
                            "the newest backup (tillpost-central backup) in its place; the agents send again what came "
                            "since"};
}

}  // namespace

CentralCounters& CentralCounters::operator+=(const CentralCounters& other) {
    taken += other.taken;
    repeats += other.repeats;
    malformed += other.malformed;
    divergent += other.divergent;
    broken += other.broken;
    crowded += other.crowded;
    dropped += other.dropped;
    return *this;
}

Result<std::unique_ptr<CentralStore>> CentralStore::open(const std::string& path, Missing missing, const Clock& clock) {
    if (missing == Missing::refuse && !exists(path)) return Error{Errc::invalid, "there is no file " + path};
    std::unique_ptr<CentralStore> store(new CentralStore(clock));
    Result<std::unique_ptr<Database>> database = Database::open({path, central_application_id, page_size});
    if (!database && database.error().code == Errc::rejected) {
        const std::string holder = lock_holder(path);
        return Error{Errc::rejected, path + " is in use by another process" +
                                         (holder.empty() ? "" : ": " + holder + " has it open") +
                                         "; a receiver's file belongs to one at a time: end that one and try again"};
    }
    if (!database) return advised(database.error());
    store->database_ = std::move(*database);
    Result<void> done = store->prepare();
    if (done) done = store->prepare_repeats();
    if (done) done = store->prepare_keyless();
    if (done) done = store->prepare_erasing();
    if (done) done = store->prepare_erasures();
    if (done) done = store->prepare_days();
    if (!done) return advised(done.error().with_context("open " + path));
    return store;
}

Result<void> CentralStore::prepare() {
    if (auto done = database_->migrate(central_migrations, central_format); !done) return done;
    // A receiver is a server program and can afford it: late and repeated lines are looked up without reading the disk.
    if (auto done = database_->execute("PRAGMA cache_size=-65536"); !done) return done;
    struct Prepared {
        const char* sql;
        Statement CentralStore::*statement;
    };
    static constexpr std::array<Prepared, 24> prepared{{
        {"INSERT INTO agent (source) VALUES (?)", &CentralStore::insert_agent_},
        {"SELECT id, coalesce(live, 0), returns FROM agent WHERE source = ?", &CentralStore::find_agent_},
        {"UPDATE agent SET repeats = repeats + ?2, malformed = malformed + ?3, divergent = divergent + ?4, broken = "
         "broken + ?5, crowded = crowded + ?6, dropped = dropped + ?7, seen = ?8, live = nullif(?9, 0), returns = ?10 "
         "WHERE id = ?1",
         &CentralStore::update_agent_},
        {"SELECT count(*) FROM set_aside WHERE agent = ?", &CentralStore::count_set_aside_},
        {"INSERT INTO epoch (agent, epoch, born) VALUES (?, ?, ?)", &CentralStore::insert_epoch_},
        {"SELECT id, epoch, fork, ordinal FROM epoch WHERE agent = ?", &CentralStore::find_epochs_},
        {"UPDATE epoch SET fork = ?2, ordinal = ?3 WHERE id = ?1", &CentralStore::update_epoch_},
        // A range that begins or ends in one that is gone has no line there: behind it the chain is taken as given.
        {"SELECT range.first, range.last, coalesce(a.kind, 1), a.digest, a.chain, coalesce(z.kind, 1), z.digest, "
         "range.chain FROM range LEFT JOIN event a ON a.position = (range.epoch << 44 | range.first) "
         "LEFT JOIN event z ON z.position = (range.epoch << 44 | range.last) WHERE range.epoch = ? ORDER BY "
         "range.first",
         &CentralStore::find_ranges_},
        {"DELETE FROM range WHERE epoch = ?", &CentralStore::delete_ranges_},
        {"INSERT INTO range VALUES (?, ?, ?, ?)", &CentralStore::insert_range_},
        {"INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &CentralStore::insert_event_},
        {"UPDATE event SET received = ?2, kind = ?3, effect = ?4, digest = ?5, chain = ?6, rejected = ?7, type = ?8, "
         "time = ?9, subject = ?10, quality = ?11, reason = ?12, body = ?13 WHERE position = ?1",
         &CentralStore::fill_event_},
        {"SELECT kind, digest, chain FROM event WHERE position = ?", &CentralStore::find_event_},
        {"INSERT OR IGNORE INTO effect VALUES (?, ?, ?)", &CentralStore::insert_effect_},
        {"INSERT INTO set_aside (agent, digest, reason, detail, received, size, line) VALUES (?, ?, ?, ?, ?, ?, ?)",
         &CentralStore::insert_set_aside_},
        {"UPDATE set_aside SET times = times + 1 WHERE agent = ? AND digest = ?", &CentralStore::count_again_},
        {"SELECT position, rejected FROM event WHERE rejected IS NOT NULL AND position BETWEEN ? AND ? "
         "AND position NOT IN (SELECT position FROM settled) ORDER BY position LIMIT ?",
         &CentralStore::find_rejected_},
        {"INSERT OR IGNORE INTO reissue VALUES (?, ?, ?, ?, ?)", &CentralStore::insert_reissue_},
        {"INSERT OR IGNORE INTO loss VALUES (?, ?, ?, ?, ?, ?)", &CentralStore::insert_loss_},
        {"INSERT OR IGNORE INTO gone VALUES (?, ?, ?, ?, ?, ?, ?)", &CentralStore::insert_gone_},
        {"SELECT last, after FROM gone WHERE epoch = ?1 AND first <= ?2 AND last >= ?2 AND taken = 1",
         &CentralStore::find_gone_},
        {"SELECT last, position, before, after FROM gone WHERE epoch = ? AND first = ? AND taken = 0",
         &CentralStore::find_waiting_},
        {"UPDATE gone SET taken = 1 WHERE epoch = ? AND first = ? AND last = ? AND position = ?",
         &CentralStore::pass_gone_},
        {"INSERT OR IGNORE INTO settled VALUES (?, ?, ?)", &CentralStore::insert_settled_},
    }};
    for (const Prepared& each : prepared) {
        Result<Statement> statement = database_->prepare(each.sql);
        if (!statement) return statement.error();
        this->*each.statement = std::move(*statement);
    }
    return load_receiver();
}

Result<void> CentralStore::load_receiver() {
    Result<Statement> find = database_->prepare("SELECT value FROM meta WHERE name = 'receiver'");
    if (!find) return find.error();
    const Result<bool> row = find->begin().step();
    if (!row) return row.error();
    if (*row) {
        receiver_ = find->bytes(0);
        return {};
    }
    receiver_ = to_hex(random_number()) + to_hex(random_number());
    return database_->execute("INSERT INTO meta VALUES ('receiver', '" + receiver_ + "')");
}

Result<CentralStore::AgentState*> CentralStore::find_agent(const std::string& source) {
    if (const auto cached = agents_.find(source); cached != agents_.end()) return &cached->second;
    Result<bool> row = find_agent_.begin().bind_text(1, source).step();
    if (!row) return row.error();
    if (!*row) return nullptr;
    AgentState agent;
    agent.id = find_agent_.integer(0);
    agent.live = find_agent_.integer(1);
    agent.returns = find_agent_.integer(2);
    find_agent_.reset();
    row = count_set_aside_.begin().bind(1, agent.id).step();
    if (!row) return row.error();
    agent.set_aside = count_set_aside_.integer(0);
    count_set_aside_.reset();
    if (auto done = load_epochs(source, agent); !done) return done.error();
    return &agents_.emplace(source, std::move(agent)).first->second;
}

Result<void> CentralStore::load_epochs(const std::string& source, AgentState& agent) {
    find_epochs_.begin().bind(1, agent.id);
    const auto read = find_epochs_.each([&](const Statement& row) {
        const Epoch number = epoch_from_bytes(row.bytes(1));
        EpochState epoch{row.integer(0), Ledger(sha_, source, number), std::nullopt, std::nullopt};
        if (!row.is_null(3)) epoch.ordinal = static_cast<std::uint32_t>(row.integer(3));
        if (!row.is_null(2)) epoch.fork = static_cast<Sequence>(row.integer(2));
        agent.epochs.emplace(number, std::move(epoch));
    });
    if (!read) return read.error();
    for (auto& [number, epoch] : agent.epochs) {
        if (auto done = load_ranges(epoch); !done) return done;
    }
    cached_epochs_ += agent.epochs.size();
    return {};
}

Result<void> CentralStore::load_ranges(EpochState& epoch) {
    find_ranges_.begin().bind(1, epoch.id);
    return find_ranges_.each([&](const Statement& row) {
        const auto first = static_cast<Sequence>(row.integer(0));
        const auto last = static_cast<Sequence>(row.integer(1));
        epoch.ledger.restore(first, {last, held_from(row, 2), held_from(row, 5)});
    });
}

Result<CentralStore::AgentState*> CentralStore::agent_of(const std::string& source) {
    Result<AgentState*> found = find_agent(source);
    if (!found || *found != nullptr) return found;
    if (auto done = insert_agent_.begin().bind_text(1, source).run(); !done) return done.error();
    AgentState agent;
    agent.id = database_->last_rowid();
    return &agents_.emplace(source, std::move(agent)).first->second;
}

Result<CentralStore::EpochState*> CentralStore::epoch_of(const std::string& source, AgentState& agent, Epoch number) {
    if (const auto found = agent.epochs.find(number); found != agent.epochs.end()) return &found->second;
    if (agent.epochs.size() >= most_epochs) return nullptr;
    const EpochBytes bytes = bytes_of(number);
    const std::int64_t now = clock_.now().wall.time_since_epoch().count();
    insert_epoch_.begin().bind(1, agent.id).bind_blob(2, view_of(bytes)).bind(3, now);
    if (auto done = insert_epoch_.run(); !done) return done.error();
    const std::int64_t id = database_->last_rowid();
    if (id > last_epoch_id) return Error{Errc::io, "the file has no room for another epoch (524,287 are taken)"};
    ++cached_epochs_;
    EpochState epoch{id, Ledger(sha_, source, number), std::nullopt, std::nullopt};
    return &agent.epochs.emplace(number, std::move(epoch)).first->second;
}

Result<std::optional<Held>> CentralStore::find_held(std::int64_t epoch_id, Sequence sequence) {
    const Result<bool> row = find_event_.begin().bind(1, position_of(epoch_id, sequence)).step();
    if (!row) return row.error();
    if (!*row) return std::optional<Held>();
    std::optional<Held> held = held_from(find_event_, 0);
    find_event_.reset();
    return held;
}

Result<Committed> CentralStore::commit(const std::vector<AgentLines>& batch, bool want_taken) {
    if (cached_epochs_ > most_cached_epochs) {
        agents_.clear();
        cached_epochs_ = 0;
    }
    Result<Committed> committed = commit_all(batch, want_taken);
    if (!committed) {
        Error error = committed.error().with_context("commit");
        // What the cache says may not have happened.
        agents_.clear();
        cached_epochs_ = 0;
        moves_.reset();
        if (!database_->rollback() && error.code == Errc::full) error.code = Errc::io;
        return error;
    }
    // What was committed into a file that is not there any more is nowhere: it gets no receipt.
    if (auto there = database_->in_place(); !there) {
        return Error{there.error().code, there.error().message +
                                             ": nothing more is receipted; put it back, with what lies beside it, or a "
                                             "backup of it, while tillpost-central is stopped. The agents send again "
                                             "what it lacks and they still hold"};
    }
    if (erased_) overwrite_erased();
    // A checkpoint that fails is tried again after the next commit; the WAL holds everything.
    if (database_->wal_pages() > checkpoint_pages) (void)database_->checkpoint();
    return committed;
}

Result<void> CentralStore::write_changes() {
    if (auto done = write_tills_of_days(); !done) return done;
    for (auto& [source, agent] : agents_) {
        if (!agent.touched) continue;
        for (auto& [number, epoch] : agent.epochs) {
            if (!epoch.changed) continue;
            if (auto done = write_ranges(epoch); !done) return done;
        }
        if (auto done = write_counters(agent); !done) return done;
    }
    return {};
}

Result<void> CentralStore::write_ranges(EpochState& epoch) {
    if (auto done = delete_ranges_.begin().bind(1, epoch.id).run(); !done) return done;
    for (const auto& [first, span] : epoch.ledger.spans()) {
        insert_range_.begin().bind(1, epoch.id).bind(2, static_cast<std::int64_t>(first));
        insert_range_.bind(3, static_cast<std::int64_t>(span.last)).bind_blob(4, view(span.at_last.chain));
        if (auto done = insert_range_.run(); !done) return done;
    }
    epoch.changed = false;
    if (!epoch.fork && !epoch.ordinal) return {};
    update_epoch_.begin().bind(1, epoch.id);
    if (epoch.fork) update_epoch_.bind(2, static_cast<std::int64_t>(*epoch.fork));
    if (epoch.ordinal) update_epoch_.bind(3, *epoch.ordinal);
    return update_epoch_.run();
}

Result<void> CentralStore::write_counters(AgentState& agent) {
    const CentralCounters news = std::exchange(agent.news, CentralCounters());
    agent.touched = false;
    update_agent_.begin().bind(1, agent.id);
    int at = 2;
    for (const std::uint64_t count :
         {news.repeats, news.malformed, news.divergent, news.broken, news.crowded, news.dropped}) {
        update_agent_.bind(at++, static_cast<std::int64_t>(count));
    }
    update_agent_.bind(at, clock_.now().wall.time_since_epoch().count());
    update_agent_.bind(at + 1, agent.live).bind(at + 2, agent.returns);
    return update_agent_.run();
}

}  // namespace tillpost
