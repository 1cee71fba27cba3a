# SPDX-License-Identifier: Apache-2.0
"""Checks a journal against what was acknowledged. Written from the documentation, not from the agent's code."""
import hashlib
import json
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import packed_bodies  # noqa: E402

SEQUENCE_BITS = 44
DOCUMENTED_FILES = ("journal.db", "journal.db-wal")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Report:
    def __init__(self):
        self.problems = []    # anything that must not be, in words
        self.found = 0        # acknowledged and there
        self.lost = []        # acknowledged and not there (or not as it was)
        self.doubled = []     # business keys with more than one event
        self.events = 0

    @property
    def good(self):
        return not (self.problems or self.lost or self.doubled)

    def text(self):
        parts = list(self.problems)
        if self.lost:
            parts.append(f"{len(self.lost)} acknowledged and lost: " + "; ".join(map(str, self.lost[:5])))
        if self.doubled:
            parts.append(f"{len(self.doubled)} keys doubled: {self.doubled[:5]}")
        return "\n".join(parts)


def check(database, source, answered):
    """database: a path. answered: (epoch, sequence) → Record of feed.py, what must be there."""
    report = Report()
    events, bytes_kept = {}, {}
    if not database.exists():
        if answered:
            report.problems.append("there is no journal")
    else:
        connection = sqlite3.connect(database)
        connection.text_factory = bytes
        try:
            read(connection, source, report, events, bytes_kept)
        except sqlite3.Error as error:
            report.problems.append(f"SQLite: {error}")
        finally:
            connection.close()
    compare(answered, events, bytes_kept, report)
    return report


def read(connection, source, report, events, bytes_kept):
    verdict = connection.execute("PRAGMA integrity_check").fetchall()
    if verdict != [(b"ok",)]:
        report.problems.append(f"integrity_check: {verdict[:3]}")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'event'").fetchone():
        return    # cut before the first migration had committed
    epochs = connection.execute("SELECT ordinal, epoch, pruned, pruned_chain FROM epoch ORDER BY ordinal").fetchall()
    if len(epochs) > 1:
        report.problems.append(f"{len(epochs)} epochs: a power cut must not begin a new one")
    for ordinal, epoch, pruned, pruned_chain in epochs:
        start = sha(b"tillpost/1", source.encode(), epoch)
        if not pruned and pruned_chain != start:
            report.problems.append(f"epoch {epoch.hex()}: chain(0) is wrong")
        read_epoch(connection, ordinal, epoch, pruned, pruned_chain, report, events)
    bodies = packed_bodies.Bodies(connection)
    for position, content in connection.execute("SELECT position, bytes FROM quarantine"):
        bytes_kept[position & (1 << SEQUENCE_BITS) - 1] = bytes(bodies.unpacked(content))


def read_epoch(connection, ordinal, epoch, sequence, chain, report, events):
    rows = connection.execute("SELECT position, digest, chain, body FROM event WHERE position >> ? = ? ORDER BY position",
                              (SEQUENCE_BITS, ordinal))
    bodies = packed_bodies.Bodies(connection)
    for position, digest, row_chain, stored in rows:
        body = bodies.unpacked(stored)
        sequence += 1
        report.events += 1
        if position != ordinal << SEQUENCE_BITS | sequence:
            report.problems.append(f"numbering: sequence {position & (1 << SEQUENCE_BITS) - 1} where {sequence} was due")
            return
        if sha(body) != digest:
            report.problems.append(f"sequence {sequence}: the digest is wrong")
        chain = sha(b"tillpost/1", chain, epoch, sequence.to_bytes(8, "big"), digest)
        if chain != row_chain:
            report.problems.append(f"sequence {sequence}: the chain is wrong")
            return
        if sha(body) == digest:
            events[epoch.hex(), sequence] = body


def compare(answered, events, bytes_kept, report):
    for place, record in answered.items():
        body = events.get(place)
        if body is None:
            report.lost.append((*place, record.subject, "not there"))
        elif record.subject is None and bytes_kept.get(place[1]) != record.line:
            report.lost.append((*place, "quarantined", "its bytes are not there"))
        elif record.subject is not None and record.line not in body:
            report.lost.append((*place, record.subject, "something else is there"))
        else:
            report.found += 1
    seen = set()
    for body in events.values():
        subject = json.loads(b"{" + body).get("subject")
        if subject in seen and subject is not None:
            report.doubled.append(subject)
        seen.add(subject)
