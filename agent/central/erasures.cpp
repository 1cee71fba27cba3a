// SPDX-License-Identifier: Apache-2.0
// [privacy-1] What is erased here alone (decisions/0021): the agent has deleted the event long ago, and seals no word
// of it.
#include <string>
#include <utility>
#include <variant>

#include "agent/central/each_row.hpp"
#include "agent/central/position.hpp"
#include "agent/central/store.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {
namespace {

constexpr std::size_t digits_of_line = 16;

/// "A<16 hex>": of lines that were set aside.
bool names_line(std::string_view name) {
    return name.size() == 1 + digits_of_line && name.front() == 'A' && number_from_hex(name.substr(1));
}

/// One of the agent's own by which other events are proven, or their absence explained.
bool proves_others(std::string_view type, std::string_view body) {
    if (type == "tillpost.seal.v1") return true;
    if (!is_own_type(type)) return false;
    const Result<OwnEvent> event = read_own_event(type, data_of(body));
    return !event || !std::holds_alternative<std::monostate>(*event);
}

}  // namespace

Result<void> CentralStore::prepare_erasures() {
    return database_->prepare_all<CentralStore>(
        *this,
        {{&CentralStore::record_erased_event_,
          "INSERT OR REPLACE INTO erasure (agent, position, digest, named, at, user, actor, reason) "
          "SELECT ?1, position, digest, ?2, ?3, ?4, ?5, ?6 FROM event WHERE position = ?7 AND kind = 0"},
         {&CentralStore::record_erased_lines_,
          "INSERT INTO erasure (agent, digest, named, at, user, actor, reason) "
          "SELECT ?1, digest, ?2, ?3, ?4, ?5, ?6 FROM set_aside WHERE agent = ?1 AND detail >= ?7 AND detail < ?8"},
         {&CentralStore::record_erased_copy_,
          "INSERT OR IGNORE INTO erasure (agent, position, digest, named, at, user, actor, reason) "
          "SELECT agent, ?1, digest, named, at, user, actor, reason FROM erasure WHERE digest = ?2 LIMIT 1"},
         {&CentralStore::find_erased_here_, "SELECT 1 FROM erasure WHERE digest = ?1 LIMIT 1"},
         {&CentralStore::find_erased_copy_,
          "SELECT 1 FROM event CROSS JOIN epoch ON epoch.id = position >> 44 "
          "WHERE event.digest = ?1 AND event.reason = 'erased' AND kind = 1 AND agent = ?2 LIMIT 1"},
         {&CentralStore::note_erased_copy_,
          "INSERT OR IGNORE INTO loss (epoch, first, last, position, class, reason) "
          "SELECT ?3 >> 44, ?3 & 17592186044415, ?3 & 17592186044415, loss.position, class, loss.reason "
          "FROM event CROSS JOIN epoch ON epoch.id = event.position >> 44 CROSS JOIN loss ON loss.epoch = epoch.id "
          "AND first <= event.position & 17592186044415 AND last >= event.position & 17592186044415 "
          "WHERE event.digest = ?1 AND event.reason = 'erased' AND kind = 1 AND agent = ?2 "
          "AND loss.reason = 'erased' LIMIT 1"}});
}

Result<bool> CentralStore::was_erased_here(const Digest& digest) {
    if (!erases_here_) {
        const Result<std::int64_t> any = database_->integer("SELECT EXISTS (SELECT 1 FROM erasure)");
        if (!any) return any.error();
        erases_here_ = *any != 0;
    }
    if (!*erases_here_) return false;
    Result<bool> row = find_erased_here_.begin().bind_blob(1, view(digest)).step();
    find_erased_here_.reset();
    return row;
}

/// Content that the agent has erased under another number, which it does not remember if it was restored from an older
/// image.
Result<bool> CentralStore::has_erased(std::int64_t agent_id, const Digest& digest) {
    Result<bool> row = find_erased_copy_.begin().bind_blob(1, view(digest)).bind(2, agent_id).step();
    find_erased_copy_.reset();
    return row;
}

/// The reason with which its tombstone stands here, "" if its content may come: by the agent's word on one of its
/// numbers, or by what was erased here. The digest is the same under all numbers of the event.
Result<std::string_view> CentralStore::erasure_of(EpochState& epoch, std::int64_t agent_id, const Line& line) {
    const Result<bool> told = is_erased(epoch, line.sequence);
    if (!told) return told.error();
    if (*told) return erased_reason;
    const Result<bool> before = has_erased(agent_id, line.digest);
    if (!before) return before.error();
    if (*before) return erased_reason;
    const Result<bool> here = was_erased_here(line.digest);
    if (!here) return here.error();
    return *here ? erased_here_reason : std::string_view();
}

/// In a transaction: a copy of what is erased stands at `position`. A `loss` holds for it as for those that were here
/// when it came.
Result<void> CentralStore::note_erased_copy(EpochState& epoch, std::int64_t agent_id, std::int64_t position,
                                            const Line& line) {
    if (line.reason == erased_here_reason) {
        return record_erased_copy_.begin().bind(1, position).bind_blob(2, view(line.digest)).run();
    }
    const Result<bool> told = is_erased(epoch, line.sequence);
    if (!told || *told) return told ? Result<void>() : told.error();
    note_erased_copy_.begin().bind_blob(1, view(line.digest)).bind(2, agent_id).bind(3, position);
    epoch.erases.reset();
    return note_erased_copy_.run();
}

Result<std::size_t> CentralStore::erase(const std::vector<std::string>& names, const std::optional<std::string>& source,
                                        const ErasedBy& by) {
    for (const std::string& name : names) {
        if (number_of_event(name) || names_line(name)) continue;
        return Error{Errc::invalid, name +
                                        " names neither an event, such as 00c0ffee00c0ffee-0000000000000042, nor a "
                                        "line that was set aside, such as A0123456789abcdef"};
    }
    std::size_t count = 0;
    const auto work = [&]() -> Result<void> {
        // Not only in the page that is written anew: in those that become free, too.
        if (auto done = database_->execute("PRAGMA secure_delete=ON"); !done) return done;
        for (const std::string& name : names) {
            const Result<bool> any = erase_one(name, source, by);
            if (!any) return any.error().with_context(name);
            count += *any ? 1 : 0;
        }
        return {};
    };
    Result<void> done = database_->begin();
    if (done) done = work();
    if (done) done = database_->commit();
    agents_.clear();  // how much is set aside, and where ranges end
    cached_epochs_ = 0;
    tills_of_days_.clear();
    erases_here_.reset();
    if (!done) {
        (void)database_->rollback();
        return done.error();
    }
    erased_ = true;
    overwrite_erased();
    return count;
}

Result<bool> CentralStore::erase_one(const std::string& name, const std::optional<std::string>& source,
                                     const ErasedBy& by) {
    const auto event = number_of_event(name);
    if (!event) return erase_set_aside(name, source, by);
    Result<Statement> rows = database_->prepare(
        "SELECT epoch.id, epoch.agent FROM epoch JOIN agent ON agent.id = epoch.agent "
        "JOIN event ON event.position = (epoch.id << 44 | ?2) WHERE epoch.epoch = ?1 AND (?3 IS NULL OR source = ?3)");
    if (!rows) return rows.error();
    const EpochBytes bytes = bytes_of(event->first);
    rows->begin().bind_blob(1, view_of(bytes)).bind(2, static_cast<std::int64_t>(event->second));
    if (source) rows->bind_text(3, *source);
    std::vector<std::pair<std::int64_t, std::int64_t>> found;
    const auto read = rows->each([&](const Statement& row) { found.emplace_back(row.integer(0), row.integer(1)); });
    if (!read) return read.error();
    if (found.empty()) return Error{Errc::invalid, "is not here"};
    if (found.size() > 1)
        return Error{Errc::invalid, "several agents have an event of that id: name one with --source"};
    return erase_event(found.front().first, event->second, found.front().second, {name, by});
}

Result<bool> CentralStore::erase_event(std::int64_t epoch_id, Sequence sequence, std::int64_t agent_id,
                                       const Asked& asked) {
    Result<Statement> row = database_->prepare(
        "SELECT event.type, event.body, epoch.epoch FROM event JOIN epoch ON epoch.id = position >> 44 "
        "WHERE position = ?1");
    if (!row) return row.error();
    const Result<std::vector<Moves::Span>> places = places_of(epoch_id, {sequence, sequence});
    if (!places) return places.error();
    bool any = false;
    for (const Moves::Span& place : *places) {
        const std::int64_t position = position_of(static_cast<std::int64_t>(place.epoch), place.range.from);
        const Result<bool> there = row->begin().bind(1, position).step();
        if (!there) return there.error();
        if (!*there) continue;
        if (proves_others(row->bytes(0), row->bytes(1))) {
            return Error{Errc::invalid,
                         "is an event by which its agent proves others: it has no record's content, and stays"};
        }
        const std::string id = event_id(epoch_from_bytes(row->bytes(2)), place.range.from);
        row->reset();
        if (auto done = record(record_erased_event_, agent_id, asked).bind(7, position).run(); !done)
            return done.error();
        any = any || database_->changes() > 0;
        if (auto done = forget_tills_of(position, position, agent_id); !done) return done.error();
        erase_events_.begin().bind(1, position).bind(2, position).bind_text(3, erased_here_reason);
        erase_events_.bind(4, position - position_of(epoch_id, sequence));
        if (auto done = erase_events_.run(); !done) return done.error();
        const Result<bool> aside = erase_lines(id, id + "!", agent_id, asked);
        if (!aside) return aside.error();
        any = any || *aside;
    }
    return any;
}

/// Lines that were set aside, by what is said of them.
Result<bool> CentralStore::erase_lines(const std::string& first, const std::string& behind, std::int64_t agent_id,
                                       const Asked& asked) {
    Statement& insert = record(record_erased_lines_, agent_id, asked).bind_text(7, first).bind_text(8, behind);
    if (auto done = insert.run(); !done) return done.error();
    const bool any = database_->changes() > 0;
    delete_set_aside_.begin().bind(1, agent_id).bind_text(2, first).bind_text(3, behind);
    if (auto done = delete_set_aside_.run(); !done) return done.error();
    return any;
}

/// One line, by its hash; false: it was erased before.
Result<bool> CentralStore::erase_set_aside(const std::string& name, const std::optional<std::string>& source,
                                           const ErasedBy& by) {
    const std::string digits = name.substr(1);
    const std::string is_it =
        "lower(substr(hex(digest), 1, 16)) = ?1 AND agent IN (SELECT id FROM agent WHERE ?7 IS NULL OR source = ?7)";
    Result<Statement> insert = database_->prepare(
        "INSERT INTO erasure (agent, digest, named, at, user, actor, reason) "
        "SELECT agent, digest, ?2, ?3, ?4, ?5, ?6 FROM set_aside WHERE " +
        is_it);
    Result<Statement> remove = database_->prepare("DELETE FROM set_aside WHERE " + is_it);
    Result<Statement> before = database_->prepare("SELECT 1 FROM erasure WHERE position IS NULL AND " + is_it);
    for (Result<Statement>* each : {&insert, &remove, &before}) {
        if (!*each) return each->error();
        (*each)->begin();
        if (source) (*each)->bind_text(7, *source);
    }
    insert->bind_text(1, digits).bind_text(2, name);
    insert->bind(3, clock_.now().wall.time_since_epoch().count()).bind(4, by.user);
    if (auto done = insert->bind_text(5, by.actor).bind_text(6, by.reason).run(); !done) return done.error();
    if (database_->changes() == 0) {
        const Result<bool> known = before->bind_text(1, digits).step();
        if (!known || *known) return known ? Result<bool>(false) : known;
        return Error{Errc::invalid, "is not here: no line that was set aside has that hash"};
    }
    if (auto done = remove->bind_text(1, digits).run(); !done) return done.error();
    return true;
}

/// With what the two insertions have in common.
Statement& CentralStore::record(Statement& insert, std::int64_t agent_id, const Asked& asked) {
    insert.begin().bind(1, agent_id).bind_text(2, asked.name);
    insert.bind(3, clock_.now().wall.time_since_epoch().count()).bind(4, asked.by.user);
    return insert.bind_text(5, asked.by.actor).bind_text(6, asked.by.reason);
}

Result<void> CentralStore::compact() {
    if (auto done = database_->checkpoint(true); !done) return done;
    if (auto done = database_->execute("VACUUM"); !done) return done;
    return database_->checkpoint(true);
}

Result<void> CentralStore::each_erasure(const std::optional<std::string>& source,
                                        const std::function<void(const ErasureRow&)>& visit) {
    return each_row(*database_,
                    "SELECT epoch.epoch, erasure.position & 17592186044415, named, actor, erasure.reason, at, user, "
                    "coalesce(event.kind = 1 AND event.digest = erasure.digest, 0) FROM erasure "
                    "JOIN agent ON agent.id = erasure.agent LEFT JOIN epoch ON epoch.id = erasure.position >> 44 "
                    "LEFT JOIN event ON event.position = erasure.position WHERE ?1 IS NULL OR source = ?1 "
                    "ORDER BY erasure.id",
                    source, [&visit](const Statement& row) {
                        ErasureRow one;
                        if (!row.is_null(0)) one.epoch = epoch_from_bytes(row.bytes(0));
                        if (!row.is_null(1)) one.sequence = static_cast<Sequence>(row.integer(1));
                        one.named = row.bytes(2);
                        one.actor = row.bytes(3);
                        one.reason = row.bytes(4);
                        one.at = row.integer(5);
                        one.user = row.integer(6);
                        one.is_tombstone = row.integer(7) != 0;
                        visit(one);
                    });
}

}  // namespace tillpost
