# SPDX-License-Identifier: Apache-2.0
"""What the audience sees: one screen that is drawn over itself, or a line a second where there is no terminal."""

import datetime
import os
import re
import shutil
import sys
import time

BOLD, DIM, RED, GREEN, YELLOW, OFF = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"


def count(number):
    return "-" if number is None else f"{number:,}"


def millis(number):
    return "-" if number is None else f"{number:.1f} ms"


def told(till):
    """Events that the tills were told are durable; a line that was known before names one of them again."""
    return (till("accepted") or 0) + (till("quarantined") or 0) - (till("known") or 0)


def fit(rows, happened, clock, height):
    """At most `height` rows: what happened last gives way first, then the empty ones, then what is below."""
    rows = [(BOLD, f"Tillpost  {clock}")] + rows
    if len(rows) + min(len(happened), 3) > height:
        rows = [row for row in rows if row[1]]
    rows = rows[:height]
    room = min(8, height - len(rows))
    return rows + [(DIM, line) for line in happened[len(happened) - min(room, len(happened)):]]


class Totals:
    """What the agent says, over all of its starts: it counts what it sends anew in each, and knows after a kill only with
    the next receipt what was confirmed last."""

    def __init__(self):
        self.started = None
        self.sent_before = self.sent = self.confirmed = 0

    def over_all(self, status):
        if not status:
            return status
        if status.get("started") != self.started:
            self.started = status.get("started")
            self.sent_before, self.sent = self.sent_before + self.sent, 0
        self.sent = status.get("sent", 0)
        self.confirmed = max(self.confirmed, status.get("confirmed", 0))
        return {**status, "sent": self.sent_before + self.sent, "confirmed": self.confirmed,
                "waiting": status.get("captured", 0) - self.confirmed}


class Numbers:
    """The newest numbers of agent and tills, for either screen."""

    def __init__(self, status, stats):
        self.status = status or {}
        self.stats = stats or {}

    def agent(self, name):
        return self.status.get(name)

    def till(self, name):
        return self.stats.get(name)


class Screen:
    """Five frames a second over one another (ANSI)."""

    def __init__(self):
        self.height = 0
        sys.stdout.write("\x1b[?25l")  # no cursor

    def draw(self, numbers, now_happening, happened, clock):
        size = shutil.get_terminal_size()
        rows = fit(self.rows(numbers, now_happening), happened, clock, size.lines - 1)
        width = size.columns - 1
        up = f"\x1b[{self.height}A" if self.height else ""
        body = "".join(f"{style}{text[:width]}{OFF}\x1b[K\n" for style, text in rows)
        sys.stdout.write(f"{up}\r{body}\x1b[J")
        sys.stdout.flush()
        self.height = len(rows)

    @staticmethod
    def rows(numbers, now_happening):
        agent, till = numbers.agent, numbers.till
        p50, p99 = millis(agent("acknowledge_p50_ms")), millis(agent("acknowledge_p99_ms"))
        link = link_of(agent, datetime.datetime.now(datetime.timezone.utc))
        return [
            (DIM, "tills and a scanner -> tillpostd -> mosquitto -> tillpost-central"),
            ("", ""),
            (BOLD + YELLOW, f"now   {now_happening}"),
            ("", ""),
            (BOLD, f"  captured, on disk       {count(agent('captured')):>10}"),
            (BOLD, f"  waiting for central     {count(agent('waiting')):>10}"),
            ("", f"  sent                    {count(agent('sent')):>10}"),
            (BOLD, f"  confirmed by central    {count(agent('confirmed')):>10}"),
            ("", f"  quarantined             {count(agent('quarantined')):>10}"),
            ("", f"  durable acknowledge     p50 {p50}   p99 {p99}"),
            ("", f"  delivery                {agent('delivery') or '-'} / {link}"),
            ("", ""),
            ("", f"  tills: told durable     {count(told(till)):>10}"),
            ("", f"  tills: without answer   {count(till('waiting')):>10}"),
            ("", f"  tills: sent again       {count(till('repeated')):>10}"),
            ("", ""),
        ]

    @staticmethod
    def say(line):
        """Part of every frame anyway."""

    @staticmethod
    def close():
        sys.stdout.write("\x1b[?25h")
        sys.stdout.flush()


def link_of(agent, now):
    """The line to the broker, and when the agent tries again: what it waits for then is its backoff, not the broker."""
    if agent("connected"):
        return "connected"
    detail = agent("broker_detail") or "-"
    found = re.search(r"(.*); next try at (\S+)Z$", detail)
    if not found:
        return detail
    left = (datetime.datetime.fromisoformat(found[2] + "+00:00") - now).total_seconds()
    return f"none, next try in {max(0, left):.0f} s ({found[1]})"


class PlainScreen:
    """A line about once a second, and one for each thing that happens."""

    def __init__(self):
        self.next_line = 0.0

    def draw(self, numbers, now_happening, _happened, clock):
        if time.monotonic() < self.next_line:
            return
        self.next_line = time.monotonic() + 1
        agent, till = numbers.agent, numbers.till
        print(f"{clock:>16}  captured {count(agent('captured'))}  waiting {count(agent('waiting'))}"
              f"  sent {count(agent('sent'))}  confirmed {count(agent('confirmed'))}"
              f"  quarantined {count(agent('quarantined'))}  told {count(told(till))}"
              f"  line {link_of(agent, datetime.datetime.now(datetime.timezone.utc))}"
              f"  acknowledge p50 {millis(agent('acknowledge_p50_ms'))} p99 {millis(agent('acknowledge_p99_ms'))}"
              f"  | {now_happening}", flush=True)

    @staticmethod
    def say(line):
        print(line, flush=True)

    @staticmethod
    def close():
        pass


def can_draw():
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def make_screen(plain):
    return PlainScreen() if plain or not can_draw() else Screen()


def print_large(lines, good):
    """The verdict, in a frame."""
    color = (GREEN if good else RED) + BOLD if can_draw() else ""
    off = OFF if color else ""
    width = max(len(line) for line in lines) + 4
    print()
    print(color + "=" * width + off)
    for line in lines:
        print(f"{color}  {line}{off}")
    print(color + "=" * width + off, flush=True)
