// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <iterator>

#include "platform/sqlite.hpp"

namespace tillpost {

/// "TILC": marks a SQLite file as a receiver's store.
constexpr std::int32_t central_application_id = 0x54494c43;

/// The store's formats in order. Append only: a released step is never changed.
constexpr Database::Migration central_migrations[] = {
    {"1: events, ranges, effects, what agents say of themselves, set aside lines", R"sql(
        CREATE TABLE meta (
            name  TEXT PRIMARY KEY,         -- 'receiver': 32 hex digits, born with this file
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE agent (
            id        INTEGER PRIMARY KEY,
            source    TEXT NOT NULL UNIQUE,
            seen      INTEGER,                       -- when a message of it was last committed
            live      INTEGER,                       -- the epoch that grew last, epoch.id
            returns   INTEGER NOT NULL DEFAULT 0,    -- how often an epoch grew again that another had taken over from
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
            ordinal INTEGER,                -- as the agent's hello says, once it is known
            born  INTEGER NOT NULL,         -- when its first line was committed
            fork  INTEGER,                  -- first sequence of a second history
            UNIQUE (agent, epoch)
        ) STRICT;
        CREATE INDEX epoch_number ON epoch (epoch);
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
        -- Equal bodies have equal recorded times. The time comes first, so that entries are appended side by side:
        -- an index by digest alone would be hit all over, a page an event.
        CREATE TABLE effect (
            agent    INTEGER NOT NULL,
            recorded INTEGER NOT NULL,      -- the digits of the body's recordedtime
            digest   BLOB NOT NULL,         -- its first 16 bytes
            PRIMARY KEY (agent, recorded, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE reissue (              -- what the agent's `reissued` events say
            position INTEGER PRIMARY KEY,   -- of the event: the copies are the lines directly behind it
            former   INTEGER NOT NULL REFERENCES epoch,
            first    INTEGER NOT NULL,      -- first..last of the former epoch travel again
            last     INTEGER NOT NULL,
            cause    TEXT NOT NULL          -- fork, salvage, central_restored
        ) STRICT;
        CREATE INDEX reissue_former ON reissue (former, first);
        CREATE TABLE loss (                 -- what `loss` events say: content that is shed or unreadable
            epoch    INTEGER NOT NULL REFERENCES epoch,
            first    INTEGER NOT NULL,
            last     INTEGER NOT NULL,
            position INTEGER NOT NULL,      -- of the event
            class    TEXT NOT NULL,
            reason   TEXT NOT NULL,
            PRIMARY KEY (epoch, first, last, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE gone (                 -- what `gone` events say: pruned there before it was asked for here
            epoch    INTEGER NOT NULL REFERENCES epoch,
            first    INTEGER NOT NULL,
            last     INTEGER NOT NULL,
            position INTEGER NOT NULL,      -- of the event
            before   BLOB NOT NULL,         -- chain(first - 1)
            after    BLOB NOT NULL,         -- chain(last)
            taken    INTEGER NOT NULL,      -- 1: upto passes it; 0: it waits for first - 1, or does not fit
            PRIMARY KEY (epoch, first, last, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE settled (              -- events that a `quarantined` event of the agent names
            position    INTEGER PRIMARY KEY,
            quarantined INTEGER NOT NULL,   -- position of the event that names it
            rule        TEXT NOT NULL
        ) STRICT;
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
        CREATE VIEW gaps AS
            SELECT agent.source AS source, lower(hex(epoch.epoch)) AS epoch, missing.first AS first, missing.last AS last
              FROM (SELECT epoch, first - 1 AS last,
                           1 + lag(last, 1, 0) OVER (PARTITION BY epoch ORDER BY first) AS first FROM range) AS missing
              JOIN epoch ON epoch.id = missing.epoch JOIN agent ON agent.id = epoch.agent
             WHERE missing.first <= missing.last;
        CREATE VIEW reissues AS
            SELECT agent.source AS source, lower(hex(former.epoch)) AS former, first, last,
                   lower(hex(epoch.epoch)) AS epoch, (position & 17592186044415) + 1 AS copies_from, cause
              FROM reissue JOIN epoch AS former ON former.id = reissue.former
              JOIN epoch ON epoch.id = position >> 44 JOIN agent ON agent.id = epoch.agent;
        CREATE VIEW losses AS
            SELECT agent.source AS source, lower(hex(epoch.epoch)) AS epoch, first, last, class, reason
              FROM loss JOIN epoch ON epoch.id = loss.epoch JOIN agent ON agent.id = epoch.agent;
        CREATE VIEW epochs AS
            SELECT agent.source AS source, lower(hex(epoch.epoch)) AS epoch, ordinal, born, epoch.fork AS fork,
                   coalesce((SELECT last FROM range WHERE range.epoch = epoch.id AND first = 1), 0) AS upto,
                   coalesce((SELECT max(last) FROM range WHERE range.epoch = epoch.id), 0) AS highest,
                   (SELECT count(*) FROM gaps WHERE gaps.source = agent.source
                       AND gaps.epoch = lower(hex(epoch.epoch))) AS gaps,
                   (SELECT lower(hex(heir.epoch)) || '-' || (position & 17592186044415) FROM reissue
                      JOIN epoch AS heir ON heir.id = position >> 44
                     WHERE former = epoch.id ORDER BY position LIMIT 1) AS closed_by,
                   agent.live = epoch.id AS live
              FROM epoch JOIN agent ON agent.id = epoch.agent;
        -- One return may be late messages; two mean that two journals are alive.
        CREATE VIEW clones AS
            SELECT source, lower(hex(epoch.epoch)) AS live, returns FROM agent
              LEFT JOIN epoch ON epoch.id = agent.live WHERE returns >= 2;
    )sql"},
    {"2: whose signature counts for an agent's files", R"sql(
        CREATE TABLE signer (
            source      TEXT PRIMARY KEY,
            fingerprint TEXT NOT NULL,      -- SHA-256 of the device certificate's DER form, 64 hex digits
            since       INTEGER NOT NULL    -- milliseconds since 1970
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX signer_fingerprint ON signer (fingerprint);
    )sql"},
    {"3: the business days' certificates are found without a look at every event", R"sql(
        CREATE INDEX event_certificate ON event (position) WHERE type = 'tillpost.day_certificate.v1';
    )sql"},
    {"4: what agents have erased is not taken again", R"sql(
        CREATE INDEX loss_erased ON loss (epoch, first) WHERE reason = 'erased';
    )sql"},
    {"5: what is in the stores' quarantines, and what was decided, is found without a look at every event", R"sql(
        CREATE INDEX event_quarantine ON event (position) WHERE type IN ('tillpost.quarantined.v1',
            'tillpost.released.v1', 'tillpost.corrected.v1', 'tillpost.discarded.v1');
    )sql"},
    {"6: of which tills and business dates there are events is found without a look at every event", R"sql(
        DROP INDEX event_certificate;
        CREATE INDEX event_day ON event (position)
            WHERE type IN ('tillpost.day_certificate.v1', 'tillpost.coverage.v1');
        CREATE TABLE day_till (
            agent  INTEGER NOT NULL REFERENCES agent,
            date   TEXT NOT NULL,               -- business date
            till   TEXT NOT NULL,
            events INTEGER NOT NULL,            -- with an effect
            last   INTEGER NOT NULL,            -- the position of the newest
            PRIMARY KEY (agent, date, till)
        ) STRICT, WITHOUT ROWID;
        -- LIMIT keeps SQLite from reading a body once for each use of what is taken out of it.
        INSERT INTO day_till
            SELECT agent, json_extract(facts, '$[0]'), json_extract(facts, '$[1]'), 1, position FROM (
                SELECT position, agent, quality, CASE WHEN json_valid(body) THEN json_extract(body,
                       '$.data.business_date', '$.data.till', '$.causationid', '$.correlationid') END AS facts
                  FROM (SELECT position, epoch.agent AS agent, quality, '{' || CAST(body AS TEXT) AS body
                          FROM event JOIN epoch ON epoch.id = position >> 44
                         WHERE effect = 1 AND type IN ('tillpost.cash_movement.v1', 'tillpost.control.v1',
                               'tillpost.no_sale.v1', 'tillpost.other.v1', 'tillpost.return.v1', 'tillpost.sale.v1',
                               'tillpost.till_close.v1', 'tillpost.till_open.v1', 'tillpost.void.v1') LIMIT -1)
                 LIMIT -1)
             WHERE json_extract(facts, '$[0]') GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'
               AND json_type(facts, '$[1]') IN ('text', 'integer')
               AND length(CAST(json_extract(facts, '$[1]') AS BLOB)) BETWEEN 1 AND 64
               AND (json_extract(facts, '$[2]') IS NULL OR json_extract(facts, '$[3]') IS NULL
                    OR quality LIKE '%conflict%')
            ON CONFLICT (agent, date, till) DO UPDATE SET events = events + 1, last = max(last, excluded.last);
    )sql"},
    {"7: what was erased here alone, by whom and why", R"sql(
        CREATE TABLE erasure (
            id       INTEGER PRIMARY KEY,
            agent    INTEGER NOT NULL REFERENCES agent,
            position INTEGER UNIQUE,        -- of the event; NULL for a line that was set aside
            digest   BLOB NOT NULL,         -- of its body, which is salted; or of the line
            named    TEXT NOT NULL,         -- as it was asked for: copies under other numbers have rows of their own
            at       INTEGER NOT NULL,      -- milliseconds since 1970
            user     INTEGER NOT NULL,      -- the machine's number of who did it
            actor    TEXT NOT NULL,
            reason   TEXT NOT NULL
        ) STRICT;
        CREATE INDEX erasure_digest ON erasure (digest);
        CREATE VIEW erasures AS
            SELECT agent.source AS source, lower(hex(epoch.epoch)) AS epoch, position & 17592186044415 AS sequence,
                   named, at, user, actor, erasure.reason AS reason
              FROM erasure JOIN agent ON agent.id = erasure.agent LEFT JOIN epoch ON epoch.id = position >> 44;
    )sql"},
    {"8: tills of the same name of several stores of one agent are apart", R"sql(
        DROP TABLE day_till;
        CREATE TABLE day_till (
            agent  INTEGER NOT NULL REFERENCES agent,
            date   TEXT NOT NULL,               -- business date
            store  TEXT NOT NULL,               -- as certificates name it: without zeros before it; '': the agent's own
            till   TEXT NOT NULL,
            events INTEGER NOT NULL,            -- with an effect
            last   INTEGER NOT NULL,            -- the position of the newest
            PRIMARY KEY (agent, date, store, till)
        ) STRICT, WITHOUT ROWID;
        -- LIMIT keeps SQLite from reading a body once for each use of what is taken out of it.
        INSERT INTO day_till
            SELECT agent, json_extract(facts, '$[0]'), CASE WHEN own IN ('', named) THEN '' ELSE named END,
                   json_extract(facts, '$[1]'), 1, position FROM (
                SELECT position, agent, quality, facts, coalesce(nullif(ltrim(own, '0'), ''), substr(own, 1, 1)) AS own,
                       coalesce(nullif(ltrim(said, '0'), ''), substr(said, 1, 1)) AS named FROM (
                    SELECT position, agent, quality, facts, substr(own, 1, instr(own, ':') - 1) AS own,
                           CASE WHEN json_type(facts, '$[4]') IN ('text', 'integer')
                                 AND length(CAST(json_extract(facts, '$[4]') AS BLOB)) <= 64
                                THEN CAST(json_extract(facts, '$[4]') AS TEXT) ELSE '' END AS said FROM (
                        SELECT position, agent, quality, substr(name, instr(name, ':') + 1) AS own,
                               CASE WHEN json_valid(body) THEN json_extract(body, '$.data.business_date', '$.data.till',
                                    '$.causationid', '$.correlationid', '$.data.store') END AS facts FROM (
                            SELECT position, epoch.agent AS agent, quality, '{' || CAST(body AS TEXT) AS body,
                                   CASE WHEN source GLOB 'urn:tillpost:*' THEN substr(source, 14) ELSE '' END AS name
                              FROM event JOIN epoch ON epoch.id = position >> 44 JOIN agent ON agent.id = epoch.agent
                             WHERE effect = 1 AND type IN ('tillpost.cash_movement.v1', 'tillpost.control.v1',
                                   'tillpost.no_sale.v1', 'tillpost.other.v1', 'tillpost.return.v1',
                                   'tillpost.sale.v1', 'tillpost.till_close.v1', 'tillpost.till_open.v1',
                                   'tillpost.void.v1') LIMIT -1)
                         LIMIT -1)
                     LIMIT -1)
                 LIMIT -1)
             WHERE json_extract(facts, '$[0]') GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'
               AND json_type(facts, '$[1]') IN ('text', 'integer')
               AND length(CAST(json_extract(facts, '$[1]') AS BLOB)) BETWEEN 1 AND 64
               AND (json_extract(facts, '$[2]') IS NULL OR json_extract(facts, '$[3]') IS NULL
                    OR quality LIKE '%conflict%')
            ON CONFLICT (agent, date, store, till) DO UPDATE SET events = events + 1, last = max(last, excluded.last);
    )sql"},
    {"9: content that an agent has erased is known under whatever number it comes", R"sql(
        CREATE INDEX event_erased ON event (digest) WHERE reason = 'erased';
    )sql"},
    {"10: what may be a repeat is found when the event comes that it repeats", R"sql(
        CREATE INDEX event_doubted ON event (subject)
            WHERE subject IS NOT NULL AND effect = 1 AND instr(quality, 'possible_repeat') > 0;
    )sql"},
    {"11: what has come under a later number is no gap", R"sql(
        DROP VIEW gaps;
        CREATE VIEW gaps AS
            SELECT agent.source AS source, lower(hex(epoch.epoch)) AS epoch, missing.first AS first, missing.last AS last
              FROM (SELECT epoch, first - 1 AS last, 1 + coalesce(max(last) OVER (PARTITION BY epoch
                           ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS first
                      FROM (SELECT epoch, first, last FROM range
                            UNION ALL
                            SELECT former, first, min(last, highest) FROM reissue
                              JOIN (SELECT epoch AS held, max(last) AS highest FROM range GROUP BY epoch)
                                ON held = former WHERE first <= highest)) AS missing
              JOIN epoch ON epoch.id = missing.epoch JOIN agent ON agent.id = epoch.agent
             WHERE missing.first <= missing.last;
    )sql"},
    {"12: what has no business key is found by the event that it was first", R"sql(
        -- An event's name has 33 characters; it stands in correlationid, or else in causationid, before the data. The
        -- index and the view have the same expressions, so that the view is read by the index.
        CREATE INDEX event_origin ON event (
            substr(body, CASE instr(substr(body, 1, instr(body, CAST(',"data":' AS BLOB))),
                                    CAST(',"correlationid":"' AS BLOB))
                         WHEN 0 THEN instr(body, CAST(',"causationid":"' AS BLOB)) + 16
                         ELSE instr(body, CAST(',"correlationid":"' AS BLOB)) + 18 END, 33))
            WHERE subject IS NULL AND effect = 1
              AND instr(substr(body, 1, instr(body, CAST(',"data":' AS BLOB))), CAST(',"causationid":"' AS BLOB)) > 0;
        CREATE VIEW origins AS SELECT position, type, digest, body,
            substr(body, CASE instr(substr(body, 1, instr(body, CAST(',"data":' AS BLOB))),
                                    CAST(',"correlationid":"' AS BLOB))
                         WHEN 0 THEN instr(body, CAST(',"causationid":"' AS BLOB)) + 16
                         ELSE instr(body, CAST(',"correlationid":"' AS BLOB)) + 18 END, 33) AS origin
              FROM event INDEXED BY event_origin
             WHERE subject IS NULL AND effect = 1
               AND instr(substr(body, 1, instr(body, CAST(',"data":' AS BLOB))), CAST(',"causationid":"' AS BLOB)) > 0;
    )sql"},
};
constexpr int central_format = std::size(central_migrations);

}  // namespace tillpost
