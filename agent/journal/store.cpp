// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/store_transaction.hpp"

#include <algorithm>
#include <utility>

#include "agent/event/business_class.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/severities.hpp"
#include "agent/journal/damage.hpp"
#include "agent/journal/packed_column.hpp"
#include "agent/journal/places.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/schema.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

std::int64_t millis(WallTime time) { return time.time_since_epoch().count(); }

/// What is known by the present key, under which nothing says the same, and by former ones.
KeyMatch together(const KeyMatch& present, const KeyMatch& former) {
    if (present.first == 0) return {former.key, former.same, former.first, former.first != 0};
    return {former.key, former.same, present.first, present.knows_first || former.first != 0};
}

}  // namespace

Store::Store(const JournalSettings& settings, const Clock& clock, std::unique_ptr<Database> database)
    : settings_(settings), clock_(clock), database_(std::move(database)), slice_(settings.slice_now) {}

Result<std::unique_ptr<Store>> Store::open(const JournalSettings& settings, const Clock& clock,
                                           std::uint32_t least_ordinal) {
    const std::string step = "open the journal " + settings.path;
    auto database = open_database(settings.path);
    if (!database && database.error().code == Errc::rejected) {
        return Error{Errc::rejected,
                     step +
                         ": another process has it open, most likely a running tillpostd: stop that first (systemctl "
                         "stop tillpostd); tills keep what has no answer and send it again"};
    }
    if (!database) return database.error().with_context(step);
    std::unique_ptr<Store> store(new Store(settings, clock, std::move(*database)));
    if (auto done = store->load(least_ordinal); !done) return done.error().with_context(step);
    store->keep_ballast();
    return store;
}

// SQLite deletes the WAL of an empty database, and whatever is written comes over the WAL's damaged part: what the
// witness contradicts is left as it is.
Result<std::unique_ptr<Database>> Store::open_database(const std::string& path) {
    const std::optional<Witnessed> witnessed = Witness::of(path);
    if (!holds_bytes(path) && (witnessed || holds_bytes(path + "-wal"))) {
        return Error{Errc::corrupt, path +
                                        " is missing or empty, and what lies beside it says that it was not: is its "
                                        "disk mounted, was it removed?"};
    }
    Database::Settings settings{path, journal_application_id};
    settings.keeps_room = true;
    settings.before_writing = [&path, &witnessed](Database& database) {
        const Result<void> known = check_format(database);
        return known ? Witness::agrees(database, path, witnessed) : known;
    };
    auto database = Database::open(settings);
    if (!database) return database;
    if (auto done = define_packing(**database); !done) return done.error();
    return database;
}

Result<void> Store::load(std::uint32_t least_ordinal) {
    if (auto done = database_->migrate(journal_migrations, journal_format); !done) return done;
    if (auto done = prepare(); !done) return done;
    if (auto done = prepare_upkeep(); !done) return done;
    if (auto done = prepare_keys(); !done) return done;
    if (auto done = prepare_quarantine(); !done) return done;
    if (auto done = prepare_waiting(); !done) return done;
    if (auto done = prepare_returned(); !done) return done;
    if (auto done = prepare_corrections(); !done) return done;
    if (auto done = load_epochs(least_ordinal); !done) return done;
    if (auto done = load_head(); !done) return done;
    if (auto done = load_ages(); !done) return done;
    if (auto done = load_clock(); !done) return done;  // before anything is recorded
    if (auto done = load_seals(); !done) return done;
    if (auto done = check_source(); !done) return done;
    if (auto done = load_keys(); !done) return done;
    if (auto done = disown_unsealed(); !done) return done;
    if (auto done = check_newest(); !done) return done;
    if (auto done = load_key_rules(); !done) return done;
    const Result<std::int64_t> scrubbed =
        database_->integer("SELECT coalesce((SELECT value FROM counter WHERE name = 'scrubbed'), 0)");
    if (!scrubbed) return scrubbed.error();
    scrubbed_ = written_scrubbed_ = *scrubbed;
    newest_cheap_ = live_.last;
    keep_witness();  // What was read back is durable by now, whoever wrote it.
    return {};
}

void Store::keep_witness() {
    if (witness_) return;
    auto witness = Witness::open(settings_.path);
    if (witness) {
        witness_ = std::move(*witness);
        witness_->put(receipt_rules::marked(live_, kept_from_));
    } else if (!std::exchange(witness_missing_, true)) {
        log::warn("the journal has no witness for now: a damage at rest may go unnoticed",
                  {{"why", witness.error().message}});
    }
}

Result<void> Store::prepare() {
    return database_->prepare_all(
        *this, {{&Store::insert_event_,
                 "INSERT INTO event (position, recorded, class, state, digest, chain, reason, body) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, packed(?8))"},
                {&Store::read_events_, events_in_order},
                {&Store::read_chain_, "SELECT chain FROM event WHERE position = ?1"},
                {&Store::read_link_, "SELECT chain, state FROM event WHERE position = ?1"},
                {&Store::update_state_, "UPDATE event SET state = ?2, reason = ?3, body = NULL WHERE position = ?1"},
                {&Store::find_about_, "SELECT 1 FROM quarantine WHERE about = ?1"},
                {&Store::count_, "UPDATE counter SET value = ?2 WHERE name = ?1"},
                {&Store::delete_moved_, "DELETE FROM event WHERE position BETWEEN ?1 AND ?2"},
                {&Store::insert_epoch_,
                 "INSERT INTO epoch (ordinal, epoch, born, pruned_chain, source) VALUES (?1, ?2, ?3, ?4, ?5)"},
                {&Store::close_epoch_,
                 "UPDATE epoch SET closed = ?2, confirmed = ?2, top = ?3, cause = ?4 WHERE ordinal = ?1"},
                {&Store::update_moved_, "UPDATE epoch SET moved = ?2 WHERE ordinal = ?1"},
                {&Store::put_salvage_rows_,
                 "INSERT INTO salvage VALUES (?1, ?2, 0) ON CONFLICT (file) DO UPDATE SET rows = ?2"},
                {&Store::put_salvage_keys_,
                 "INSERT INTO salvage VALUES (?1, 0, ?2) ON CONFLICT (file) DO UPDATE SET keys = ?2"}});
}

void Store::restore(const Head& head) {
    live_ = head.live;
    formers_ = head.formers;
    counters_ = head.counters;
    written_confirmed_ = head.written_confirmed;
    moved_ = head.moved;
    unsealed_ = head.unsealed;
    clock_watch_ = head.clock_watch;
    days_upto_ = head.days_upto;
    ages_ = head.ages;
    recent_keys_.drop_behind(position_of(live_.last));
    cut_records_.drop_behind(position_of(live_.last));
    writing_keys_ = 0;
    const auto undone = [this](const OwnRecorded& each) {
        return each.epoch != live_.epoch || each.sequence > live_.last;
    };
    own_.erase(std::remove_if(own_.begin(), own_.end(), undone), own_.end());
}

Error Store::undo(const Error& error, const Head& before) {
    restore(before);
    const bool undone = database_->rollback();
    if (error.code != Errc::full) return noted(error);
    tight_ = true;
    room_.refused(told_free());
    return undone ? error : Error{Errc::io, error.message + " (and the transaction could not be rolled back)"};
}

// The next start must know: its own look at the newest rows may not meet the damage.
Error Store::noted(const Error& error) const {
    if (error.code == Errc::corrupt)
        note_damage(settings_.path, receipt_rules::marked(live_, kept_from_), error.message);
    return error;
}

Result<void> Store::finish_transaction(Database::Spare spare) {
    if (counters_ != written_counters_) {
        if (auto done = write_counters(); !done) return done;
    }
    if (std::exchange(prunes_, false) || mark_due()) {
        if (auto done = write_watermark(); !done) return done;
    }
    if (auto done = write_ages(false); !done) return done;
    return database_->commit(spare);
}

Result<std::vector<Recorded>> Store::append(std::vector<Draft>& drafts) {
    std::vector<Recorded> recorded;
    const auto work = [&]() -> Result<void> {
        Result<std::vector<Recorded>> all = append_all(drafts);
        if (!all) return all.error();
        recorded = std::move(*all);
        return {};
    };
    const bool critical = std::any_of(drafts.begin(), drafts.end(), is_critical);
    if (critical && bytes_ >= settings_.most_bytes) {
        if (auto made = make_room(drafts); !made) return made.error();
    }
    Result<void> done = transaction("record events", work);
    const auto is_full = [&done] { return !done && done.error().code == Errc::full; };
    if (is_full() && give_up_ballast()) done = transaction("record events", work);
    for (bool more = critical; more && is_full();) {
        const Result<bool> made = make_room(drafts);
        if (!made) return made.error();
        more = *made;
        done = transaction("record events", work);
    }
    if (!done) return done.error();
    return recorded;
}

Result<std::vector<Recorded>> Store::append_all(std::vector<Draft>& drafts) {
    if (const Result<std::int64_t> size = measure(); !size) return size.error();
    std::vector<Recorded> all;
    all.reserve(drafts.size());
    std::vector<std::array<std::uint8_t, 16>> salts(drafts.size());
    fill_random({salts.data()->data(), salts.size() * 16});
    Stamp stamp{clock_.now(), clock_.boot_id(), {}};
    if (auto done = note_clock(stamp.recorded); !done) return done.error();
    if (!birth_.sure() && stamp.recorded.synced) {
        if (auto done = begin_birth(stamp.recorded); !done) return done.error();
    }
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        stamp.salt = salts[i];
        Result<Recorded> recorded = append_one(drafts[i], stamp);
        if (!recorded) return recorded.error();
        all.push_back(std::move(*recorded));
        if (!drafts[i].days) continue;
        if (auto done = write_days(*drafts[i].days); !done) return done.error();
    }
    // Upkeep writes them; this is for when it does not come to it.
    if (recent_keys_.rows().size() > 4 * settings_.keys_in_memory || unkeyed_bytes_ > most_read_again) {
        if (auto done = write_keys(); !done) return done.error();
    }
    return all;
}

// [once-2] The same key with the same content is the same event; with other content both travel, the later one marked,
// unless it says itself that it corrects an earlier one. Without a key, what a feed says in the same words is the same.
Result<Recorded> Store::append_one(Draft& draft, const Stamp& stamp) {
    if (draft.quarantine) return append_unless_recorded(draft, stamp);
    const bool by_content = draft.event.subject.empty() && is_known_by_content(draft.event.type, draft.event.entry);
    if (draft.event.subject.empty() && !by_content) {
        if (draft.unless_known && !draft.held_for) return not_recorded(*draft.unless_known);
        return draft.held_for ? hold_back(draft, stamp, *draft.held_for) : insert(draft, stamp, {}, 0);
    }
    const KeyRules* const keys = settings_.keys.get();
    const std::string content = content_of(sha_, keys, draft.event.type, draft.event.data);
    Result<KeyMatch> match =
        find_key(by_content ? keyless_key(keys, draft.event, content) : draft.event.subject, content);
    if (!match) return match.error();
    if (by_content && match->key == Key::unknown && keys != nullptr && keys->changes(draft.event.type)) {
        match = find_key(timeless_key(content), content);
        if (!match) return match.error();
    }
    if (match->key == Key::unknown && !former_rules_.empty()) {
        const Result<KeyMatch> former = find_formerly(draft.event);
        if (!former) return former.error();
        match = together(*match, *former);
    }
    Result<std::int64_t> same = 0;
    if (match->key == Key::unknown && match->first != 0) {
        same = find_same(draft.event, keys, draft.event.subject);
        if (!same) return same.error();
    }
    if (match->key == Key::known) {
        const bool is_cut = by_content && draft.cut;
        same = is_cut ? cut_records_.find(*draft.cut).value_or(0) : match->same;
        if (*same == 0) *match = {match->key};  // another record, as far as anybody knows
    }
    if (draft.held_for && *same == 0) return hold_back(draft, stamp, *draft.held_for);
    if (*same != 0 || match->first != 0 || by_content) {
        const Result<std::optional<Recorded>> before = decided_before(draft);
        if (!before) return before.error();
        if (*before) return **before;
    }
    if (*same != 0) return repeat_of(*same);
    if (draft.unless_known) return not_recorded(*draft.unless_known);
    if (match->key == Key::freed) {
        if (auto done = free_key_.begin().bind(1, match->same).run(); !done) return done.error();
    }
    const bool doubted =
        match->key != Key::unknown || salvaging_ || (doubt_until_ > Millis(0) && passed() < doubt_until_);
    const bool may_repeat = !match->knows_first && draft.event.corrects.empty();
    if (doubted || (may_repeat && may_be_forgotten(draft.event, stamp.recorded)))
        draft.event.quality.mark_always("possible_repeat");
    if (match->first != 0) {
        if (draft.event.corrects.empty()) draft.event.quality.mark_always("conflict");
        draft.event.correlation = id_at(match->first);
    }
    if (draft.event.returned) {
        const auto broken = mark_over_returned(draft.event);
        if (!broken) return broken.error();
        if (*broken && draft.holds_over_return) {
            return hold_back(draft, stamp, rejection_for(**broken, draft.event.type));
        }
    }
    return insert(draft, stamp, content, match->first);
}

Result<Recorded> Store::insert(Draft& draft, const Stamp& stamp, std::string_view content, std::int64_t first) {
    StoredRow row;
    row.recorded = millis(stamp.recorded.wall);
    row.business_class = static_cast<std::int64_t>(business_class(draft.event.type));
    row.body = encode_body(settings_.source, draft.event, stamp);
    row.digest = sha_(row.body);
    const Result<Sequence> sequence = insert_row(row);
    if (!sequence) return sequence.error();
    const std::int64_t position = position_of(*sequence);
    if (!content.empty()) {
        const std::string& subject = draft.event.subject;
        recent_keys_.add({position, row.recorded,
                          subject.empty() ? keyless_key(settings_.keys.get(), draft.event, content) : subject,
                          std::string(content), first != 0 ? first : position});
    }
    if (draft.cut) cut_records_.add(*draft.cut, position);
    if (draft.event.corrects.empty()) {
        if (auto done = note_returned(draft.event, position, row.recorded); !done) return done.error();
    }
    if (auto done = Places(*this).note_correction(draft.event, position, row.recorded); !done) return done.error();
    Recorded answer = recorded_at(position);
    answer.conflict = first != 0 && draft.event.corrects.empty();
    answer.quality = draft.event.quality.text();
    answer.bytes = row.body.size();
    auto bears_upon = Places(*this).bears_on(draft.event, position);
    if (!bears_upon) return bears_upon.error();
    answer.bears_on = std::move(*bears_upon);
    if (draft.quarantine) {
        if (auto done = insert_quarantine(*draft.quarantine, draft.device, position, {}); !done) return done.error();
        answer.quarantine_id = quarantine_id(position);
    }
    return answer;
}

/// The row's sequence, digest and chain: nothing else in this program gives numbers.
Result<Sequence> Store::insert_row(const StoredRow& row) {
    if (live_.last >= last_sequence) return Error{Errc::io, "the epoch's last sequence number is used up"};
    const Sequence sequence = live_.last + 1;
    const Digest chain = chain_next(sha_, live_.head, live_.epoch, sequence, row.digest);
    insert_event_.begin().bind(1, position_of(sequence)).bind(2, row.recorded).bind(3, row.business_class);
    insert_event_.bind(4, static_cast<std::int64_t>(row.state)).bind_blob(5, view(row.digest));
    insert_event_.bind_blob(6, view(chain));
    if (row.state == RowState::whole) insert_event_.bind_null(7).bind_blob(8, row.body);
    if (row.state != RowState::whole) insert_event_.bind_text(7, row.reason).bind_null(8);
    if (auto done = insert_event_.run(); !done) return done.error();
    const std::size_t line = line_prefix_size + row.body.size();
    if (row.state == RowState::whole && counters_.too_large.holds_back(line)) {
        const Result<std::int64_t> bytes = bytes_in_quarantine(*database_, position_of(sequence));
        if (!bytes) return bytes.error();
        counters_.too_large.add(position_of(sequence), *bytes, line, position_of(live_.confirmed));
    }
    note_unsealed(row, live_.head, chain, sequence);
    unkeyed_bytes_ += row.body.size();
    live_.last = sequence;
    live_.head = chain;
    if (row.business_class != static_cast<std::int64_t>(BusinessClass::critical)) newest_cheap_ = sequence;
    return sequence;
}

/// Behind a `clock_step`, if its time needs one.
Result<Sequence> Store::insert_own(const Event& event) {
    const Timestamp now = clock_.now();
    if (auto done = note_clock(now); !done) return done.error();
    return insert_own_at(event, now);
}

Result<Sequence> Store::insert_own_at(const Event& event, const Timestamp& now) {
    Stamp stamp{now, clock_.boot_id(), {}};
    fill_random(stamp.salt);
    StoredRow row;
    row.recorded = millis(stamp.recorded.wall);
    row.body = encode_body(settings_.source, event, stamp);
    row.digest = sha_(row.body);
    Result<Sequence> told = insert_row(row);
    constexpr std::size_t most_own = 256;  // between two looks of the loop
    if (told && own_.size() < most_own) own_.push_back({live_.epoch, *told, event.type});
    return told;
}

Result<void> Store::write_counters() {
    const std::pair<std::string_view, std::int64_t> all[] = {{"quarantined", counters_.quarantined},
                                                             {"shed", counters_.shed},
                                                             {"lost", counters_.lost},
                                                             {"waiting", counters_.waiting},
                                                             {"quarantine_bytes", counters_.quarantine_bytes},
                                                             {"decided_bytes", counters_.decided_bytes}};
    for (const auto& [name, value] : all) {
        if (auto done = count_.begin().bind_text(1, name).bind(2, value).run(); !done) return done;
    }
    const bool same = counters_.too_large == written_counters_.too_large;
    return same ? Result<void>() : write_too_large(*database_, counters_.too_large);
}

}  // namespace tillpost
