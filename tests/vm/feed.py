# SPDX-License-Identifier: Apache-2.0
"""The till: sends records through the guest's port, and keeps what it was told."""
import collections
import dataclasses
import json
from typing import Optional


LETTERS = str.maketrans("0123456789", "ghijklmnop")  # sixteen digits in a row may be a card number, which is cut


@dataclasses.dataclass(frozen=True)
class Record:
    line: bytes
    subject: Optional[str]    # None: cannot be read, is to be quarantined


class Ledger:
    """What the till knows of one disk, over all its cuts."""

    def __init__(self):
        self.answered = {}      # (epoch, sequence) → Record
        self.receipts = {}      # subject → (epoch, sequence)
        self.logged = {}        # of this boot's answers: how long the disk's write log was when they came
        self.waiting = []       # sent, and the power went before the answer: to be sent again
        self.number = 0
        self.problems = []

    def new_record(self, random):
        self.number += 1
        if random.random() < 0.03:
            return Record(b'{"type":"receiving","document":"%d' % self.number, None)
        size = random.choice((100, 300, 300, 600)) if random.random() < 0.99 else 20000
        document = f"D-{self.number}"
        value = {"type": "receiving", "document": document, "business_date": "2026-11-23", "supplier": "4012345000009",
                 "status": "closed", "lines": [], "note": ("%x" % random.getrandbits(4 * size)).translate(LETTERS)}
        return Record(json.dumps(value, separators=(",", ":")).encode(), f"receiving/{document}")

    def again(self, random, repeats=5):
        """What a careful till sends first after a power cut: all unanswered, and some that were answered."""
        subjects = list(self.receipts)[-200:]
        known = [self.answered[self.receipts[each]] for each in random.sample(subjects, min(repeats, len(subjects)))]
        lines = self.waiting + known
        self.waiting = []
        return lines

    def answered_by(self, log_size):
        """What must be there if the power goes when the disk's log is so long."""
        return {place: record for place, record in self.answered.items() if self.logged.get(place, 0) <= log_size}

    def take(self, record, answer, log_size):
        place = answer.get("accepted") or answer.get("quarantined")
        if not place or ("accepted" in answer) != (record.subject is not None):
            self.problems.append(f"unexpected answer to {record.subject}: {answer}")
            return
        place = place["epoch"], place["sequence"]
        if self.receipts.get(record.subject, place) != place:
            self.problems.append(f"{record.subject} got {place}, and had got {self.receipts[record.subject]}")
        if self.answered.get(place, record) != record:
            self.problems.append(f"{place} was given to {self.answered[place].subject} and to {record.subject}")
        if place not in self.answered:
            self.logged[place] = log_size
        self.answered[place] = record
        if record.subject is not None:
            self.receipts[record.subject] = place


class Feed:
    """One connection: keeps `in_flight` records on their way."""

    def __init__(self, ledger, random, in_flight):
        self.ledger = ledger
        self.random = random
        self.in_flight = in_flight
        self.again = collections.deque(ledger.again(random))
        ledger.logged = {}
        self.sent = collections.deque()
        self.answers = 0
        self.output = b""
        self.input = b""

    def to_send(self):
        while len(self.sent) < self.in_flight and len(self.output) < 65536:
            record = self.again.popleft() if self.again else self.ledger.new_record(self.random)
            self.sent.append(record)
            self.output += record.line + b"\n"
        return self.output

    def was_sent(self, count):
        self.output = self.output[count:]

    def received(self, data, log_size):
        *lines, self.input = (self.input + data).split(b"\n")
        for line in lines:
            self.ledger.take(self.sent.popleft(), json.loads(line), log_size)
            self.answers += 1

    def end(self):
        """The power is gone: the rest has to be sent again."""
        self.ledger.waiting = list(self.sent) + list(self.again)
