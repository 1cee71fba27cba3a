// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/store.hpp"

#include <algorithm>
#include <limits>

#include "agent/journal/position.hpp"
#include "agent/journal/schema.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t page_size = 4096;
constexpr Sequence newest_checked = 200;

std::string epoch_bytes(Epoch epoch) {
    std::string bytes(8, '\0');
    for (std::size_t i = 8; i-- > 0; epoch >>= 8) bytes[i] = static_cast<char>(epoch & 0xff);
    return bytes;
}

Epoch epoch_from(std::string_view bytes) {
    Epoch epoch = 0;
    for (const char byte : bytes) epoch = epoch << 8 | static_cast<unsigned char>(byte);
    return epoch;
}

std::int64_t millis(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

Store::Store(const JournalSettings& settings, const Clock& clock, std::unique_ptr<Database> database)
    : settings_(settings), clock_(clock), database_(std::move(database)) {}

Result<std::unique_ptr<Store>> Store::open(const JournalSettings& settings, const Clock& clock) {
    const std::string step = "open the journal " + settings.path;
    auto database = Database::open({settings.path, journal_application_id});
    if (!database) return database.error().with_context(step);
    std::unique_ptr<Store> store(new Store(settings, clock, std::move(*database)));
    if (auto done = store->database_->migrate(journal_migrations, journal_format); !done) {
        return done.error().with_context(step);
    }
    for (const auto part : {&Store::prepare, &Store::load_epoch, &Store::load_head, &Store::check_newest}) {
        if (auto done = ((*store).*part)(); !done) return done.error().with_context(step);
    }
    return store;
}

Result<void> Store::prepare() {
    struct Prepared {
        Statement Store::*statement;
        const char* sql;
    };
    constexpr Prepared all[] = {
        {&Store::insert_event_,
         "INSERT INTO event (position, recorded, digest, chain, body) VALUES (?1, ?2, ?3, ?4, ?5)"},
        {&Store::read_events_,
         "SELECT position, digest, chain, body FROM event WHERE position BETWEEN ?1 AND ?2 ORDER BY position"},
        {&Store::read_chain_, "SELECT chain FROM event WHERE position = ?1"},
        {&Store::find_content_, "SELECT position FROM business_key WHERE key = ?1 AND content = ?2"},
        {&Store::find_key_, "SELECT first FROM business_key WHERE key = ?1 LIMIT 1"},
        {&Store::insert_key_,
         "INSERT INTO business_key (position, recorded, key, content, first) VALUES (?1, ?2, ?3, ?4, ?5)"},
        {&Store::insert_quarantine_,
         "INSERT INTO quarantine (position, recorded, device, rule, field, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
        {&Store::count_quarantine_, "UPDATE counter SET value = ?1 WHERE name = 'quarantined'"},
        {&Store::update_watermark_, "UPDATE epoch SET confirmed = ?2 WHERE ordinal = ?1"},
        {&Store::oldest_events_,
         "SELECT position, recorded, chain FROM event WHERE position <= ?1 ORDER BY position LIMIT 256"},
        {&Store::delete_events_, "DELETE FROM event WHERE position <= ?1"},
        {&Store::update_pruned_, "UPDATE epoch SET pruned = ?2, pruned_chain = ?3 WHERE ordinal = ?1"},
        {&Store::oldest_key_, "SELECT position, recorded FROM business_key ORDER BY position LIMIT 1"},
        {&Store::delete_keys_,
         "DELETE FROM business_key WHERE position IN (SELECT position FROM (SELECT position, recorded FROM "
         "business_key ORDER BY position LIMIT 256) WHERE position <= ?1 OR recorded < ?2)"},
        {&Store::page_count_, "PRAGMA page_count"},
        {&Store::free_pages_, "PRAGMA freelist_count"},
    };
    for (const Prepared& each : all) {
        Result<Statement> statement = database_->prepare(each.sql);
        if (!statement) return statement.error();
        this->*each.statement = std::move(*statement);
    }
    return {};
}

Result<void> Store::load_epoch() {
    auto newest = database_->prepare(
        "SELECT ordinal, epoch, confirmed, pruned, pruned_chain FROM epoch ORDER BY ordinal DESC LIMIT 1");
    if (!newest) return newest.error();
    const Result<bool> row = newest->step();
    if (!row) return row.error();
    if (!*row) return create_epoch();
    live_.ordinal = static_cast<std::uint32_t>(newest->integer(0));
    live_.epoch = epoch_from(newest->bytes(1));
    live_.confirmed = static_cast<Sequence>(newest->integer(2));
    live_.first = static_cast<Sequence>(newest->integer(3)) + 1;
    live_.before = digest_of(newest->bytes(4));
    written_confirmed_ = live_.confirmed;
    return {};
}

Result<void> Store::create_epoch() {
    live_ = EpochSummary{};
    live_.epoch = random_number();
    live_.ordinal = 1;
    live_.before = chain_start(sha_, settings_.source, live_.epoch);
    auto insert = database_->prepare("INSERT INTO epoch (ordinal, epoch, born, pruned_chain) VALUES (?1, ?2, ?3, ?4)");
    if (!insert) return insert.error();
    const std::string name = epoch_bytes(live_.epoch);
    insert->begin()
        .bind(1, live_.ordinal)
        .bind_blob(2, name)
        .bind(3, millis(clock_.now().wall))
        .bind_blob(4, view(live_.before));
    return insert->run();
}

Result<void> Store::load_head() {
    auto newest = database_->prepare("SELECT position, chain FROM event ORDER BY position DESC LIMIT 1");
    if (!newest) return newest.error();
    const Result<bool> row = newest->step();
    if (!row) return row.error();
    live_.last = live_.first - 1;
    live_.head = live_.before;
    if (*row) {
        if (newest->integer(0) >> sequence_bits != live_.ordinal) {
            return Error{Errc::corrupt, "the newest event is not of the newest epoch"};
        }
        live_.last = sequence_at(newest->integer(0));
        live_.head = digest_of(newest->bytes(1));
        newest->reset();
    }
    const Result<std::int64_t> count = database_->integer("SELECT value FROM counter WHERE name = 'quarantined'");
    if (!count) return count.error();
    quarantined_ = *count;
    const Result<std::int64_t> size = measure();
    if (!size) return size.error();
    return {};
}

// Quick at any size: only the newest rows can have been written when the power went.
Result<void> Store::check_newest() {
    const Sequence from = std::max(live_.first, live_.last > newest_checked ? live_.last - newest_checked : 1);
    if (live_.last < live_.first) return {};
    const auto newest = read({from, live_.last}, std::numeric_limits<std::size_t>::max());
    if (!newest) return newest.error();
    if (newest->size() != live_.last - from + 1)
        return Error{Errc::corrupt, "the newest events have gaps in their sequence"};
    return {};
}

std::int64_t Store::position_of(Sequence sequence) const { return position_at(live_.ordinal, sequence); }

Recorded Store::recorded_at(std::int64_t position) const {
    Recorded recorded;
    recorded.epoch = live_.epoch;
    recorded.sequence = sequence_at(position);
    return recorded;
}

void Store::restore(const Head& head) {
    live_ = head.live;
    quarantined_ = head.quarantined;
}

Error Store::undo(const Error& error, const Head& before) {
    restore(before);
    tight_ = error.code == Errc::full;
    const bool undone = database_->rollback();
    if (error.code == Errc::full && undone) return error;
    if (error.code == Errc::full) return {Errc::io, error.message + " (and the transaction could not be rolled back)"};
    return error;
}

Result<std::vector<Recorded>> Store::append(std::vector<Draft>& drafts) {
    const Head before = head();
    if (auto begun = database_->begin(); !begun) return undo(begun.error(), before).with_context("record events");
    Result<std::vector<Recorded>> all = append_all(drafts);
    if (!all) return undo(all.error(), before).with_context("record events");
    if (auto done = database_->commit(); !done) return undo(done.error(), before).with_context("record events");
    written_confirmed_ = live_.confirmed;
    return all;
}

Result<std::vector<Recorded>> Store::append_all(std::vector<Draft>& drafts) {
    std::vector<Recorded> all;
    all.reserve(drafts.size());
    std::vector<std::array<std::uint8_t, 16>> salts(drafts.size());
    fill_random({salts.data()->data(), salts.size() * 16});
    Stamp stamp{clock_.now(), clock_.boot_id(), {}};
    const std::int64_t quarantined_before = quarantined_;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        stamp.salt = salts[i];
        Result<Recorded> recorded = append_one(drafts[i], stamp);
        if (!recorded) return recorded.error();
        all.push_back(std::move(*recorded));
    }
    if (quarantined_ != quarantined_before) {
        if (auto done = count_quarantine_.begin().bind(1, quarantined_).run(); !done) return done.error();
    }
    if (live_.confirmed != written_confirmed_) {
        if (auto done = write_watermark(); !done) return done.error();
    }
    return all;
}

// [once-2] The same key with the same content is the same event; with other content both travel.
Result<std::optional<Recorded>> Store::find_repeat(Draft& draft, std::string_view content, std::int64_t& first) {
    find_content_.begin().bind_text(1, draft.event.subject).bind_blob(2, content);
    const Result<bool> known = find_content_.step();
    if (!known) return known.error();
    if (*known) {
        Recorded repeat = recorded_at(find_content_.integer(0));
        find_content_.reset();
        repeat.repeat = true;
        return std::optional(std::move(repeat));
    }
    find_key_.begin().bind_text(1, draft.event.subject);
    const Result<bool> taken = find_key_.step();
    if (!taken) return taken.error();
    if (*taken) {
        first = find_key_.integer(0);
        find_key_.reset();
        draft.event.quality.mark("conflict");
        draft.event.correlation = event_id(live_.epoch, recorded_at(first).sequence);
    }
    return std::optional<Recorded>();
}

Result<Recorded> Store::append_one(Draft& draft, const Stamp& stamp) {
    if (draft.event.subject.empty() || draft.quarantine) return insert(draft, stamp, {}, 0);
    const Digest data_digest = sha_(draft.event.data);
    const std::string_view content = view(data_digest).substr(0, 16);
    std::int64_t first = 0;
    Result<std::optional<Recorded>> repeat = find_repeat(draft, content, first);
    if (!repeat) return repeat.error();
    if (*repeat) return std::move(**repeat);
    return insert(draft, stamp, content, first);
}

Result<Recorded> Store::insert(Draft& draft, const Stamp& stamp, std::string_view content, std::int64_t first) {
    if (live_.last >= last_sequence) return Error{Errc::io, "the epoch's last sequence number is used up"};
    const Sequence sequence = live_.last + 1;
    const std::int64_t position = position_of(sequence);
    const std::int64_t recorded = millis(stamp.recorded.wall);
    const std::string body = encode_body(settings_.source, draft.event, stamp);
    const Digest digest = sha_(body);
    const Digest chain = chain_next(sha_, live_.head, live_.epoch, sequence, digest);
    insert_event_.begin()
        .bind(1, position)
        .bind(2, recorded)
        .bind_blob(3, view(digest))
        .bind_blob(4, view(chain))
        .bind_blob(5, body);
    if (auto done = insert_event_.run(); !done) return done.error();
    if (!content.empty()) {
        insert_key_.begin().bind(1, position).bind(2, recorded).bind_text(3, draft.event.subject).bind_blob(4, content);
        insert_key_.bind(5, first != 0 ? first : position);
        if (auto done = insert_key_.run(); !done) return done.error();
    }
    live_.last = sequence;
    live_.head = chain;
    Recorded answer = recorded_at(position);
    answer.conflict = first != 0;
    answer.quality = draft.event.quality.text();
    if (draft.quarantine) {
        if (auto done = insert_quarantine(draft, position, recorded); !done) return done.error();
        answer.quarantine_id = "Q" + std::to_string(live_.ordinal) + "-" + std::to_string(sequence);
    }
    return answer;
}

Result<void> Store::insert_quarantine(const Draft& draft, std::int64_t position, std::int64_t recorded) {
    insert_quarantine_.begin().bind(1, position).bind(2, recorded).bind_text(3, draft.device);
    insert_quarantine_.bind_text(4, draft.quarantine->rule).bind_text(5, draft.quarantine->field);
    insert_quarantine_.bind_blob(6, draft.quarantine->bytes);
    ++quarantined_;
    return insert_quarantine_.run();
}

Result<std::vector<StoredLine>> Store::read(Range range, std::size_t max_bytes) {
    std::vector<StoredLine> lines;
    std::size_t bytes = 0;
    read_events_.begin().bind(1, position_of(range.from)).bind(2, position_of(range.to));
    for (;;) {
        const Result<bool> row = read_events_.step();
        if (!row) return row.error().with_context("read events");
        if (!*row) return lines;
        const Sequence sequence = recorded_at(read_events_.integer(0)).sequence;
        const Digest digest = digest_of(read_events_.bytes(1));
        const std::string_view body = read_events_.bytes(3);
        // [intact-1] SQLite has no checksums: a flipped bit is found here, not at central.
        if (sha_(body) != digest) {
            read_events_.reset();
            return Error{Errc::corrupt, "event " + event_id(live_.epoch, sequence) + " differs from its digest"};
        }
        std::string text = line_prefix(live_.epoch, sequence, digest_of(read_events_.bytes(2)));
        if (!lines.empty() && bytes + text.size() + body.size() + 1 > max_bytes) break;
        text += body;
        bytes += text.size() + 1;
        lines.push_back({sequence, std::move(text)});
        if (bytes >= max_bytes) break;
    }
    read_events_.reset();
    return lines;
}

Result<std::optional<Digest>> Store::chain_at(Sequence sequence) {
    if (sequence == live_.last) return std::optional(live_.head);
    if (sequence + 1 == live_.first) return std::optional(live_.before);
    read_chain_.begin().bind(1, position_of(sequence));
    const Result<bool> row = read_chain_.step();
    if (!row) return row.error();
    if (!*row) return std::optional<Digest>();
    std::optional<Digest> chain = digest_of(read_chain_.bytes(0));
    read_chain_.reset();
    return chain;
}

// [end-1] Nothing is freed but by the final consumer's receipt with our own chain hash.
Result<Confirmation> Store::confirm(const EpochReceipt& receipt) {
    Confirmation outcome;
    if (receipt.epoch != live_.epoch) {
        outcome.confirmed = live_.confirmed;
        outcome.alarm = "a receipt for the epoch " + to_hex(receipt.epoch) + ", which this journal does not hold";
        return outcome;
    }
    if (receipt.upto > live_.last) {
        outcome.alarm =
            "a receipt up to " + std::to_string(receipt.upto) + ", beyond our last event " + std::to_string(live_.last);
    } else {
        const Result<std::optional<Digest>> ours = chain_at(receipt.upto);
        if (!ours) return ours.error().with_context("check a receipt");
        const bool below_retained = receipt.upto + 1 < live_.first;
        if (!below_retained && (!*ours || **ours != receipt.hash)) {
            outcome.alarm = "a receipt up to " + std::to_string(receipt.upto) + " with another chain hash than ours";
        } else {
            live_.confirmed = receipt.upto;
        }
    }
    for (const RangeWithHash& also : receipt.also) {
        if (also.range.to > live_.last) continue;
        const Result<std::optional<Digest>> ours = chain_at(also.range.to);
        if (!ours) return ours.error().with_context("check a receipt");
        if (*ours && **ours == also.hash) outcome.also.push_back(also.range);
    }
    outcome.confirmed = live_.confirmed;
    return outcome;
}

Confirmation Store::confirm_sent(Sequence upto) {
    live_.confirmed = std::clamp(upto, live_.confirmed, live_.last);
    Confirmation outcome;
    outcome.confirmed = live_.confirmed;
    return outcome;
}

Result<void> Store::write_watermark() {
    return update_watermark_.begin().bind(1, live_.ordinal).bind(2, static_cast<std::int64_t>(live_.confirmed)).run();
}

Result<std::int64_t> Store::measure() {
    std::int64_t pages[2] = {0, 0};
    Statement* const statements[2] = {&page_count_, &free_pages_};
    for (int i = 0; i < 2; ++i) {
        const Result<bool> row = statements[i]->begin().step();
        if (!row) return row.error();
        pages[i] = statements[i]->integer(0);
        statements[i]->reset();
    }
    bytes_ = (pages[0] - pages[1]) * page_size;
    return bytes_;
}

}  // namespace tillpost
