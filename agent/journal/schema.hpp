// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "platform/sqlite.hpp"

namespace tillpost {

/// "TILL": marks a SQLite file as a journal.
constexpr std::int32_t journal_application_id = 0x54494c4c;

/// The journal's formats in order. Append only: a released step is never changed.
constexpr Database::Migration journal_migrations[] = {
    {"1: events, epochs, business keys, quarantine", R"sql(
        -- position = ordinal of the epoch << 44 | sequence: one order over all epochs.
        CREATE TABLE event (
            position INTEGER PRIMARY KEY,
            recorded INTEGER NOT NULL,     -- milliseconds since 1970
            class    INTEGER NOT NULL,     -- 0 critical, 1 normal, 2 bulk: for shedding
            state    INTEGER NOT NULL,     -- 0 whole, 1 withheld (a tombstone travels), 2 lost
            digest   BLOB NOT NULL,        -- SHA-256 of the body as it was committed
            chain    BLOB NOT NULL,
            reason   TEXT,                 -- why withheld or lost
            body     BLOB                  -- NULL when withheld or lost
        ) STRICT;
        CREATE TABLE epoch (
            ordinal      INTEGER PRIMARY KEY,
            epoch        BLOB NOT NULL UNIQUE,      -- 8 bytes, big-endian
            source       TEXT NOT NULL,             -- whose: its chain begins with it
            born         INTEGER NOT NULL,
            confirmed    INTEGER NOT NULL DEFAULT 0,
            pruned       INTEGER NOT NULL DEFAULT 0,    -- last sequence deleted after its confirmation …
            pruned_chain BLOB NOT NULL,                 -- … and its chain; chain(0) while nothing is deleted
            closed       INTEGER,   -- NULL: the live epoch; else rows above are owed: they are reissued
            top          INTEGER,   -- the last sequence it ever had
            moved        INTEGER NOT NULL DEFAULT 0,    -- how many of its events were reissued into it
            cause        TEXT       -- why it was closed
        ) STRICT;
        CREATE TABLE business_key (
            position INTEGER PRIMARY KEY,
            recorded INTEGER NOT NULL,
            key      TEXT NOT NULL,
            content  BLOB NOT NULL,        -- first 16 bytes of SHA-256 of the data
            first    INTEGER NOT NULL      -- position of the first event with this key; 0: that event was lost
        ) STRICT;
        CREATE UNIQUE INDEX business_key_lookup ON business_key (key, content);
        CREATE TABLE quarantine (
            position INTEGER PRIMARY KEY,  -- of the `quarantined` event that speaks of it, when it was recorded
            recorded INTEGER NOT NULL,
            device   TEXT NOT NULL,
            rule     TEXT NOT NULL,
            field    TEXT NOT NULL,
            bytes    BLOB NOT NULL,
            about    INTEGER               -- position of the event whose content this is; NULL: it never was one
        ) STRICT;
        CREATE UNIQUE INDEX quarantine_about ON quarantine (about) WHERE about IS NOT NULL;
        CREATE TABLE counter (
            name  TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO counter VALUES ('quarantined', 0), ('shed', 0), ('lost', 0);
        -- How far the content of a damaged journal that was set aside has been taken over.
        CREATE TABLE salvage (
            file TEXT PRIMARY KEY,
            rows INTEGER NOT NULL,         -- positions up to here are done …
            keys INTEGER NOT NULL          -- … and business keys up to here
        ) STRICT, WITHOUT ROWID;
    )sql"},
    {"2: keys of the newest events are not in the table yet", R"sql(
        -- Of events up to this position the keys are in business_key.
        INSERT INTO counter SELECT 'keyed', coalesce(max(position), 0) FROM event;
        -- Milliseconds since 1970: until then an event whose key is not known may be a repeat.
        INSERT INTO counter VALUES ('doubt_until', 0);
    )sql"},
    {"3: what people decide of quarantine", R"sql(
        ALTER TABLE quarantine ADD COLUMN type TEXT;         -- what the record says it is, '' or NULL: nobody knows
        ALTER TABLE quarantine ADD COLUMN amount TEXT;       -- a decimal as written, '' or NULL: none
        ALTER TABLE quarantine ADD COLUMN decision TEXT;     -- NULL: open; released, corrected, discarded (no bytes)
        ALTER TABLE quarantine ADD COLUMN decided INTEGER;   -- milliseconds since 1970
        ALTER TABLE quarantine ADD COLUMN user INTEGER;      -- number of the machine's user who decided
        ALTER TABLE quarantine ADD COLUMN actor TEXT;        -- whom that user named, '' for nobody
        ALTER TABLE quarantine ADD COLUMN became INTEGER;    -- position of the event that it became; NULL: none
        CREATE INDEX quarantine_open ON quarantine (position) WHERE decision IS NULL;
    )sql"},
    {"4: business days", R"sql(
        -- What is kept of a till's business day beside the events; '' and '': what is kept of all together.
        CREATE TABLE day (
            business_date TEXT NOT NULL,  -- first: a till's digits and a date behind them look like a card number
            till          TEXT NOT NULL,
            state         TEXT NOT NULL,
            PRIMARY KEY (business_date, till)
        ) STRICT, WITHOUT ROWID;
        -- The table says what events up to this position make of the days.
        INSERT INTO counter SELECT 'day_upto', coalesce(max(position), 0) FROM event;
    )sql"},
    {"5: what was given back, what was corrected", R"sql(
        -- What returns have given back of sales that they name. Few rows: others cost nothing.
        CREATE TABLE returned (
            position INTEGER NOT NULL,   -- of the return
            number   INTEGER NOT NULL,   -- which of its lines that count
            recorded INTEGER NOT NULL,
            key      TEXT NOT NULL,      -- business key of the sale …
            line     TEXT NOT NULL,      -- … and its line, '' where the return names none
            article  TEXT NOT NULL,
            quantity TEXT NOT NULL,      -- a decimal
            PRIMARY KEY (position, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX returned_of ON returned (key);
        -- Events in whose place others stand, or that did not happen: `tillpost reprocess` leaves them alone.
        CREATE TABLE corrected (
            position INTEGER PRIMARY KEY,
            by       INTEGER NOT NULL    -- position of the event that says so
        ) STRICT;
    )sql"},
    {"6: what was decided of quarantine is forgotten in time", R"sql(
        -- Position of the event that says who decided, or of a later one; NULL while nobody has.
        ALTER TABLE quarantine ADD COLUMN told INTEGER;
        UPDATE quarantine SET told = (SELECT max(position) FROM event) WHERE decision IS NOT NULL;
        CREATE INDEX quarantine_decided ON quarantine (decided) WHERE decision IS NOT NULL;
    )sql"},
    {"7: what is in quarantine is what was put there", R"sql(
        ALTER TABLE quarantine ADD COLUMN digest BLOB;       -- SHA-256 of bytes as they came; NULL: nobody knows
    )sql"},
    {"8: ages are counted in time that has passed for certain", R"sql(
        -- One row; all in milliseconds.
        CREATE TABLE passed (
            id         INTEGER PRIMARY KEY,
            passed     INTEGER NOT NULL,   -- since this journal counts
            boot       TEXT NOT NULL,      -- the kernel's boot id when that was written …
            since_boot INTEGER NOT NULL,   -- … and the time since that boot
            ahead      INTEGER,            -- wall time minus passed by the last synchronised clock; NULL: there was none
            was_off    INTEGER NOT NULL    -- 1: there was a boot since
        ) STRICT;
        -- Whatever has a position up to this one was recorded at that time or before it.
        CREATE TABLE age (
            at       INTEGER PRIMARY KEY,  -- as `passed` counts
            position INTEGER NOT NULL
        ) STRICT;
        -- Was wall time, is `passed`.
        UPDATE counter SET value = iif(value > 1000 * strftime('%s'), 86400000, 0) WHERE name = 'doubt_until';
        -- They age by the event that says who decided.
        DROP INDEX quarantine_decided;
        CREATE INDEX quarantine_told ON quarantine (told) WHERE decision IS NOT NULL;
    )sql"},
    {"9: how business keys were made before", R"sql(
        CREATE TABLE key_rules (
            rules TEXT PRIMARY KEY,      -- KeyRules::text()
            upto  INTEGER                -- position of the last event that was recorded by them; NULL: the present ones
        ) STRICT, WITHOUT ROWID;
    )sql"},
    {"10: what waits in quarantine, without its content", R"sql(
        -- Of records that became no event and wait for a decision: what business days need of them.
        CREATE TABLE waiting (
            position INTEGER PRIMARY KEY,  -- as in quarantine
            recorded INTEGER NOT NULL,
            says     TEXT                  -- JSON: business_date, till, number; NULL: nobody has looked
        ) STRICT;
        INSERT INTO waiting (position, recorded)
            SELECT position, recorded FROM quarantine WHERE decision IS NULL AND about IS NULL;
        INSERT INTO counter SELECT 'waiting', count(*) FROM waiting;
        -- Of all content in quarantine, with 512 for each record.
        INSERT INTO counter SELECT 'quarantine_bytes', 512 * count(*) + coalesce(sum(length(bytes)), 0) FROM quarantine;
    )sql"},
    {"11: bodies lie packed", R"sql(
        -- With what: for who reads event.body without this program, see packed_body.hpp. Older rows stay as they are.
        CREATE TABLE dictionary (
            number INTEGER PRIMARY KEY,    -- the first byte of what was packed with it
            text   TEXT NOT NULL
        ) STRICT;
        INSERT INTO dictionary VALUES (1, CAST(packing_dictionary(1) AS TEXT));
    )sql"},
    {"12: content in quarantine lies packed, too", R"sql(
        -- quarantine.bytes as event.body: older rows stay as they are, but for what would be taken for a packed one. Of
        -- JSON nothing is.
        UPDATE quarantine SET bytes = packed(bytes)
            WHERE rule = 'not_json' AND substr(bytes, 1, 5) IN (x'0128b52ffd', x'0228b52ffd');
        INSERT OR REPLACE INTO counter VALUES ('second_sign', 1);  -- for step 13, which came later: it need not look
        UPDATE counter SET value = (SELECT 512 * count(*) + coalesce(sum(length(bytes)), 0) FROM quarantine)
            WHERE name = 'quarantine_bytes';
        -- … and of those that are decided.
        INSERT OR REPLACE INTO counter SELECT 'decided_bytes', 512 * count(*) + coalesce(sum(length(bytes)), 0)
            FROM quarantine WHERE decision IS NOT NULL;
        -- One row: what the broker takes, and which events wait that are larger.
        CREATE TABLE too_large (
            id       INTEGER PRIMARY KEY,
            line     INTEGER NOT NULL,   -- bytes that a line may have, as was learnt last; 0: nobody knows a limit
            bytes    INTEGER NOT NULL,   -- of larger events that wait, as they lie here …
            position INTEGER NOT NULL,   -- … which begin here …
            upto     INTEGER NOT NULL,   -- … and end here
            largest  INTEGER NOT NULL    -- bytes of the largest of their lines
        ) STRICT;
        INSERT INTO too_large VALUES (1, 0, 0, 0, 0, 0);
    )sql"},
    {"13: bodies are packed with tables, too", R"sql(
        -- A dictionary is these bytes and its text behind them; NULL: its text alone.
        ALTER TABLE dictionary ADD COLUMN tables BLOB;
        INSERT INTO dictionary VALUES (2, CAST(packing_dictionary(1) AS TEXT),
            substr(CAST(packing_dictionary(2) AS BLOB), 1,
                   length(CAST(packing_dictionary(2) AS BLOB)) - length(CAST(packing_dictionary(1) AS BLOB))));
        -- What lies as it is, and would be taken for one that is packed so, unless step 12 has seen to it just now.
        UPDATE quarantine SET bytes = packed(bytes) WHERE rule = 'not_json' AND substr(bytes, 1, 5) = x'0228b52ffd'
            AND NOT EXISTS (SELECT 1 FROM counter WHERE name = 'second_sign');
        DELETE FROM counter WHERE name = 'second_sign';
        UPDATE counter SET value = (SELECT 512 * count(*) + coalesce(sum(length(bytes)), 0) FROM quarantine)
            WHERE name = 'quarantine_bytes';
        UPDATE counter SET value = (SELECT 512 * count(*) + coalesce(sum(length(bytes)), 0) FROM quarantine
            WHERE decision IS NOT NULL) WHERE name = 'decided_bytes';
    )sql"},
};
constexpr int journal_format = std::size(journal_migrations);
/// Columns of all tables by format, 0 for an empty file: they tell a format's number from one with a flipped bit. So a
/// step that takes no column away and adds one tells a newer file from a damaged one; see check_format().
constexpr std::int64_t journal_columns[] = {0, 36, 36, 43, 46, 55, 56, 57, 65, 67, 70, 72, 78, 79};
static_assert(std::size(journal_columns) == journal_format + 1);

/// The column event.state.
enum class RowState : std::int64_t { whole = 0, withheld = 1, lost = 2 };

/// nullopt: there is no such state, or it says the contrary of the column event.body.
constexpr std::optional<RowState> row_state(std::int64_t state, bool has_body) {
    const bool whole = state == static_cast<std::int64_t>(RowState::whole);
    const bool given_up =
        state == static_cast<std::int64_t>(RowState::withheld) || state == static_cast<std::int64_t>(RowState::lost);
    if (has_body ? !whole : !given_up) return std::nullopt;
    return static_cast<RowState>(state);
}

}  // namespace tillpost
