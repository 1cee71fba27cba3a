// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <iterator>

#include "platform/sqlite.hpp"

namespace tillpost {

/// "TILC": marks a SQLite file as a receiver's store.
constexpr std::int32_t central_application_id = 0x54494c43;

/// The store's formats in order. Append only: a released step is never changed.
constexpr Database::Migration central_migrations[] = {
    {"1: events, ranges, effects, set aside lines", R"sql(
        CREATE TABLE meta (
            name  TEXT PRIMARY KEY,         -- 'receiver': 32 hex digits, born with this file
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE agent (
            id        INTEGER PRIMARY KEY,
            source    TEXT NOT NULL UNIQUE,
            repeats   INTEGER NOT NULL DEFAULT 0,    -- lines that came again
            malformed INTEGER NOT NULL DEFAULT 0,    -- lines of each kind that were set aside …
            divergent INTEGER NOT NULL DEFAULT 0,
            broken    INTEGER NOT NULL DEFAULT 0,
            crowded   INTEGER NOT NULL DEFAULT 0,    -- … or left for later: too many gaps, epochs or agents
            dropped   INTEGER NOT NULL DEFAULT 0     -- lines not even set aside: the table's bound was reached
        ) STRICT;
        CREATE TABLE epoch (
            id    INTEGER PRIMARY KEY,
            agent INTEGER NOT NULL REFERENCES agent,
            epoch BLOB NOT NULL,            -- 8 bytes, big-endian
            fork  INTEGER,                  -- first sequence of a second history
            UNIQUE (agent, epoch)
        ) STRICT;
        CREATE TABLE event (
            position INTEGER PRIMARY KEY,   -- epoch.id << 44 | sequence
            received INTEGER NOT NULL,      -- milliseconds since 1970
            kind     INTEGER NOT NULL,      -- 0 event, 1 content withheld, 2 content lost
            effect   INTEGER NOT NULL,      -- 1: counts; 0: same digest or business content was taken before
            digest   BLOB NOT NULL,
            chain    BLOB NOT NULL,
            rejected TEXT,                  -- why it is unacceptable
            type     TEXT,
            time     TEXT,
            subject  TEXT,
            quality  TEXT,
            reason   TEXT,                  -- withheld, lost
            body     BLOB                   -- event: the bytes that digest is the SHA-256 of
        ) STRICT;
        CREATE INDEX event_subject ON event (subject) WHERE subject IS NOT NULL;
        CREATE INDEX event_rejected ON event (position) WHERE rejected IS NOT NULL;
        CREATE TABLE range (
            epoch INTEGER NOT NULL REFERENCES epoch,
            first INTEGER NOT NULL,
            last  INTEGER NOT NULL,
            chain BLOB NOT NULL,            -- of last
            PRIMARY KEY (epoch, first)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE effect (
            agent  INTEGER NOT NULL,
            digest BLOB NOT NULL,
            PRIMARY KEY (agent, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE set_aside (
            agent    INTEGER NOT NULL REFERENCES agent,
            digest   BLOB NOT NULL,         -- SHA-256 of the line
            reason   TEXT NOT NULL,         -- malformed, divergent, broken
            detail   TEXT NOT NULL,
            received INTEGER NOT NULL,
            times    INTEGER NOT NULL DEFAULT 1,
            size     INTEGER NOT NULL,
            line     BLOB NOT NULL,         -- its first 4,096 bytes
            PRIMARY KEY (agent, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE VIEW events AS
            SELECT agent.source AS source, lower(hex(epoch.epoch)) AS epoch, event.position & 17592186044415 AS sequence,
                   type, time, subject, quality, effect, rejected,
                   CASE kind WHEN 0 THEN 'event' WHEN 1 THEN 'withheld' ELSE 'lost' END AS kind,
                   CASE kind WHEN 0 THEN '{' || CAST(body AS TEXT) END AS event
              FROM event JOIN epoch ON epoch.id = event.position >> 44 JOIN agent ON agent.id = epoch.agent;
    )sql"},
};
constexpr int central_format = std::size(central_migrations);

}  // namespace tillpost
