// SPDX-License-Identifier: Apache-2.0
// Taking over what was salvaged of a damaged journal: slice by slice, with the progress in the same transaction.
#include "agent/event/day_facts.hpp"
#include "agent/event/glance.hpp"
#include "agent/event/intake.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/places.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/quarantine_content.hpp"
#include "agent/journal/store_transaction.hpp"
#include "agent/journal/twins.hpp"

namespace tillpost {
namespace {

/// `told`: the event that says who decided is not behind this position.
void bind(Statement& insert, const SalvagedQuarantine::Row& row, std::int64_t told) {
    insert.begin().bind(1, row.position).bind(2, row.recorded).bind_text(3, row.device);
    insert.bind_text(4, row.rule).bind_text(5, row.field).bind_blob(6, row.bytes);
    if (row.about) insert.bind(7, *row.about);
    insert.bind_text(8, row.type).bind_text(9, row.amount);
    if (row.digest) insert.bind_blob(16, view(*row.digest));
    if (row.decision.empty()) return;  // what is not bound is NULL
    insert.bind_text(10, row.decision).bind(11, row.decided).bind(12, row.user).bind_text(13, row.actor);
    if (row.became) insert.bind(14, *row.became);
    insert.bind(15, told);
}

/// As far as it says what it takes back or replaces; nullopt for what changes no other event.
std::optional<Event> correction_in(const StoredRow& row, Intake& intake) {
    if (row.state != RowState::whole) return std::nullopt;
    Event event;
    event.corrects = body_attribute(row.body, "corrects");
    event.corrects_kind = body_attribute(row.body, "correctskind");
    event.maps_again = body_attribute(row.body, "mapsagain");
    if (body_type(row.body) == "void") {
        auto parsed = intake.parse(body_data(row.body));
        const Event* const said = std::get_if<Event>(&parsed);
        if (said == nullptr || !said->day) return std::nullopt;
        event.data = said->data;
        event.day = said->day;
        return event;
    }
    if (event.corrects.empty() || event.corrects_kind == "supplement") return std::nullopt;
    event.day = std::make_shared<DayFacts>();
    return event;
}

/// In a transaction: what post-voids find by number is found under its new one.
Result<void> note_numbers(Store& store, Intake& intake, const KeyRules& keys, const SalvagedRows& salvaged) {
    for (std::size_t i = 0; i < salvaged.rows.size(); ++i) {
        const StoredRow& row = salvaged.rows[i];
        if (row.state != RowState::whole || keys.key_of(body_type(row.body)) == nullptr) continue;
        auto parsed = intake.parse(body_data(row.body));
        const Event* const event = std::get_if<Event>(&parsed);
        if (event == nullptr || event->type != body_type(row.body)) continue;
        const std::int64_t position = position_at(store.live().ordinal, salvaged.places[i]);
        if (auto done = Places(store).note_number(*event, position, row.recorded); !done) return done;
    }
    return {};
}

/// For the business days. What a correction or a post-void is of may have come with it, or before.
Result<void> find_corrected(Store& store, const std::shared_ptr<const KeyRules>& keys, SalvagedRows& salvaged) {
    Intake::Settings settings;
    settings.keys = keys;
    Intake intake(std::move(settings));
    if (keys != nullptr) {
        if (auto done = note_numbers(store, intake, *keys, salvaged); !done) return done;
    }
    salvaged.bears_on.assign(salvaged.rows.size(), {});
    for (std::size_t i = 0; i < salvaged.rows.size(); ++i) {
        const auto event = correction_in(salvaged.rows[i], intake);
        if (!event) continue;
        auto found = Places(store).bears_on(*event, position_at(store.live().ordinal, salvaged.places[i]));
        if (!found) return found.error();
        salvaged.bears_on[i] = std::move(*found);
    }
    return {};
}

/// The name of a counter while the file is being taken over.
std::string lost_of(const std::string& file) { return "salvage_lost/" + file; }

/// In a transaction: the last word on a file speaks of all starts that it took.
Result<void> count_lost(Database& database, const SalvagedRows& salvaged) {
    std::int64_t lost = 0;
    for (const Range& range : salvaged.lost) lost += static_cast<std::int64_t>(range.to - range.from + 1);
    if (lost == 0) return {};
    auto add =
        database.prepare("INSERT INTO counter VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + ?2");
    if (!add) return add.error();
    return add->begin().bind_text(1, lost_of(salvaged.file)).bind(2, lost).run();
}

}  // namespace

Result<void> Store::adopt(SalvagedRows& salvaged) {
    salvaged.places.clear();
    const auto work = [&]() -> Result<void> {
        if (auto done = know_former(salvaged.former); !done) return done;
        if (auto done = move_rows(salvaged.former, salvaged.rows, "salvage", &salvaged.places); !done) return done;
        if (auto done = Twins(*this).find(salvaged); !done) return done;
        if (auto done = find_corrected(*this, settings_.keys, salvaged); !done) return done;
        if (auto done = tell_loss(salvaged.former.epoch, salvaged.lost, "unreadable"); !done) return done;
        if (auto done = count_lost(*database_, salvaged); !done) return done;
        if (salvaged.keys_lost) {
            if (auto done = doubt_unknown_keys(); !done) return done;
        }
        return put_salvage_rows_.begin().bind_text(1, salvaged.file).bind(2, salvaged.upto).run();
    };
    return transaction("take over salvaged events", slice_.timed(work));
}

/// [end-2] What could not be read is named, and what is found lost.
Result<void> Store::tell_loss(Epoch epoch, const std::vector<Range>& lost, std::string_view reason) {
    for (std::size_t from = 0; from < lost.size(); from += own::most_loss_ranges) {
        const std::size_t to = std::min(lost.size(), from + own::most_loss_ranges);
        const std::vector<Range> some(lost.begin() + static_cast<std::ptrdiff_t>(from),
                                      lost.begin() + static_cast<std::ptrdiff_t>(to));
        const auto told = insert_own(own::loss(epoch, some, "unknown", reason));
        if (!told) return told.error();
        for (const Range& range : some) counters_.lost += static_cast<std::int64_t>(range.to - range.from + 1);
    }
    return {};
}

/// Its number is needed for the first receipts of repeats. Nothing of it is held here under its own numbers.
Result<void> Store::know_former(const EpochSummary& former) {
    if (former.epoch == 0 || former.ordinal >= live_.ordinal || find_former_by_ordinal(former.ordinal) != nullptr)
        return {};
    Former closed;
    closed.summary = former;
    closed.summary.last = former.confirmed;
    closed.summary.first = former.confirmed + 1;
    closed.top = former.last;
    closed.given = former.last;
    closed.cause = "salvage";
    const EpochBytes name = bytes_of(former.epoch);
    insert_epoch_.begin().bind(1, former.ordinal).bind_blob(2, view_of(name));
    insert_epoch_.bind(3, clock_.now().wall.time_since_epoch().count()).bind_blob(4, view(former.before));
    if (auto done = insert_epoch_.bind_text(5, settings_.source).run(); !done) return done;
    close_epoch_.begin().bind(1, former.ordinal).bind(2, static_cast<std::int64_t>(former.confirmed));
    close_epoch_.bind(3, static_cast<std::int64_t>(former.last)).bind_text(4, closed.cause);
    if (auto done = close_epoch_.run(); !done) return done;
    update_pruned_.begin().bind(1, former.ordinal).bind(2, static_cast<std::int64_t>(former.confirmed));
    if (auto done = update_pruned_.bind_blob(3, view(former.before)).run(); !done) return done;
    const auto behind = std::find_if(formers_.begin(), formers_.end(),
                                     [&](const Former& each) { return each.summary.ordinal > former.ordinal; });
    formers_.insert(behind, std::move(closed));
    return {};
}

Result<void> Store::adopt(const SalvagedKeys& salvaged) {
    return transaction("take over salvaged business keys", [&]() -> Result<void> {
        for (const SalvagedKeys::Row& row : salvaged.rows) {
            if (auto done = insert_key(row); !done) return done;
        }
        if (salvaged.lost) {
            if (auto done = doubt_unknown_keys(); !done) return done;
        }
        return put_salvage_keys_.begin().bind_text(1, salvaged.file).bind(2, salvaged.upto).run();
    });
}

Result<void> Store::adopt(SalvagedQuarantine& salvaged) {
    return transaction("take over salvaged quarantine", [&]() -> Result<void> {
        auto insert = database_->prepare(
            "INSERT OR IGNORE INTO quarantine (position, recorded, device, rule, field, bytes, about, type, amount, "
            "decision, decided, user, actor, became, told, digest) "
            "VALUES (?1, ?2, ?3, ?4, ?5, packed(?6), ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
            "RETURNING length(bytes)");
        if (!insert) return insert.error();
        // Its event may have had another number when the file was damaged: not found under this one, its key was freed.
        auto forget = database_->prepare("DELETE FROM business_key WHERE position = ?1 AND first = 0");
        if (!forget) return forget.error();
        for (SalvagedQuarantine::Row& row : salvaged.rows) {
            bind(*insert, row, position_of(live_.last));
            const Result<bool> added = insert->step();
            if (!added) return added.error();
            if (!*added) continue;
            const std::int64_t taken = insert->integer(0) + JournalCounters::bytes_of_record;
            counters_.quarantine_bytes += taken;
            if (!row.decision.empty()) counters_.decided_bytes += taken;
            insert->reset();
            if (const auto key = key_of_salvaged(sha_, row)) {
                if (auto done = forget->begin().bind(1, row.position).run(); !done) return done;
                if (auto done = insert_key(*key); !done) return done;
            }
            row.waits = row.decision.empty();
            if (row.waits) ++counters_.quarantined;
            if (!row.waits || row.about) continue;
            if (auto done = begin_waiting(row.position, row.recorded, glance_at(row.bytes)); !done) return done;
        }
        return {};
    });
}

Result<void> Store::salvage_done(const std::string& file) {
    return transaction("end a salvage", [&]() -> Result<void> {
        if (auto done = drop_oldest_runs(); !done) return done;
        const std::pair<const char*, std::string> all[] = {{"DELETE FROM salvage WHERE file = ?1", file},
                                                           {"DELETE FROM counter WHERE name = ?1", lost_of(file)}};
        for (const auto& [sql, name] : all) {
            auto remove = database_->prepare(sql);
            if (!remove) return remove.error();
            if (auto done = remove->begin().bind_text(1, name).run(); !done) return done;
        }
        return {};
    });
}

Result<SalvageProgress> Store::salvage_progress(const std::string& file) {
    auto find = database_->prepare(
        "SELECT rows, keys, coalesce((SELECT value FROM counter WHERE name = ?2), 0) FROM salvage WHERE file = ?1");
    if (!find) return find.error();
    const std::string lost = lost_of(file);
    const Result<bool> row = find->begin().bind_text(1, file).bind_text(2, lost).step();
    if (!row) return row.error();
    return *row ? SalvageProgress{find->integer(0), find->integer(1), find->integer(2)} : SalvageProgress{};
}

}  // namespace tillpost
