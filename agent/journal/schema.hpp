// SPDX-License-Identifier: Apache-2.0
#pragma once
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
            digest   BLOB NOT NULL,        -- SHA-256 of body
            chain    BLOB NOT NULL,
            body     BLOB                  -- NULL: withheld or lost
        ) STRICT;
        CREATE TABLE epoch (
            ordinal      INTEGER PRIMARY KEY,
            epoch        BLOB NOT NULL UNIQUE,      -- 8 bytes, big-endian
            born         INTEGER NOT NULL,
            confirmed    INTEGER NOT NULL DEFAULT 0,
            pruned       INTEGER NOT NULL DEFAULT 0,    -- last sequence deleted after its confirmation …
            pruned_chain BLOB NOT NULL                  -- … and its chain; chain(0) while nothing is deleted
        ) STRICT;
        CREATE TABLE business_key (
            position INTEGER PRIMARY KEY,
            recorded INTEGER NOT NULL,
            key      TEXT NOT NULL,
            content  BLOB NOT NULL,        -- first 16 bytes of SHA-256 of the data
            first    INTEGER NOT NULL      -- position of the first event with this key
        ) STRICT;
        CREATE UNIQUE INDEX business_key_lookup ON business_key (key, content);
        CREATE TABLE quarantine (
            position INTEGER PRIMARY KEY,  -- of the `quarantined` event that speaks of it
            recorded INTEGER NOT NULL,
            device   TEXT NOT NULL,
            rule     TEXT NOT NULL,
            field    TEXT NOT NULL,
            bytes    BLOB NOT NULL
        ) STRICT;
        CREATE TABLE counter (
            name  TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO counter VALUES ('quarantined', 0);
    )sql"},
};
constexpr int journal_format = std::size(journal_migrations);

}  // namespace tillpost
