#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Power cuts: the agent in a virtual machine, SIGKILL for QEMU at random moments, and whether what it had acknowledged
is found afterwards. [durable-1, durable-2]

This script is the till: it feeds records through a port of the guest and reads the answers itself, so that exactly the
answers count that left the guest. After each cut the disk is made to hold what a disk with a write cache may hold
(disk.py), and a copy is checked (journal.py): every acknowledged (epoch, sequence) with its bytes, digests, chain,
numbering without gaps, no key twice. So are cuts at earlier writes of the same boot, made from QEMU's log. The next boot takes the same disk: the agent must open its journal, take what was
not answered, and answer repeated records as it did before the cut.

Then the test is tested: the agent without syncs must lose.

Exit code 0: nothing was lost. 1: something was; the folder with the disk stays. 77: skipped, see the message.
"""
import argparse
import os
import pathlib
import random
import shutil
import statistics
import sys
import tempfile
import time

import disk as disks
import feed as feeds
import guest as guests
import journal

LONG = os.environ.get("TILLPOST_LONG", "0") not in ("", "0")
CUTS_OF_A_DISK = 20         # then a fresh one: the journal's birth is cut too, and the checks stay short
LONGEST_LOAD = 3.0          # seconds from the first answer to the cut
LONGEST_OPENING = 1.5       # seconds from the agent's start to the cut
BOOT = 180                  # seconds that a boot may take on a busy machine
IN_FLIGHT = (1, 8, 64, 256)


class Bench:
    """One disk, its ledger, and what all cuts came to."""

    def __init__(self, folder, kernel, initramfs, rng, replay=0, swallow=False):
        self.folder, self.kernel, self.initramfs, self.rng = folder, kernel, initramfs, rng
        self.replay, self.swallow = replay, swallow
        self.moments = {"load": [], "opening": []}
        self.totals, self.replayed, self.states = disks.Cut(), disks.Cut(), 0
        self.acknowledged = self.found = self.lost = self.doubled = self.faults = 0
        self.fresh_disk()

    def fresh_disk(self):
        self.disk = disks.Disk(self.folder)
        self.ledger = feeds.Ledger()
        self.cuts = 0

    def boot(self, in_flight):
        feed = feeds.Feed(self.ledger, self.rng, in_flight)
        return guests.Guest(self.folder, self.kernel, self.initramfs, self.disk, feed, self.swallow)

    def cut(self, kind, seconds, keep, in_flight):
        """Boots, loads, cuts, checks. Returns the report."""
        guest = self.boot(in_flight)
        before = len(self.ledger.answered)
        try:
            guest.run_until(lambda: guest.AGENT_STARTS in guest.console, BOOT, "the guest's start")
            if kind != "opening":
                guest.run_until(lambda: guest.feed.answers, BOOT, "the first answer")
            if kind == "closing":    # no cut that counts: the journal opens, all repeated records are answered
                target = len(guest.feed.again) + len(guest.feed.sent) + guest.feed.answers
                guest.run_until(lambda: guest.feed.answers >= target, BOOT, "the answers to repeated records")
            else:
                guest.run_for(seconds)
        finally:
            guest.kill()
        (self.folder / "console.log").write_bytes(guest.console)
        entries, flushed = self.disk.read_log()
        report = self.replays(entries)
        if not report.good:
            return report
        state = self.disk.cut(self.disk.image, entries, flushed, keep, self.rng)
        report = self.look(self.disk.copy(), self.ledger.answered)
        self.count(kind, seconds, state, report)
        print(f"{sum(map(len, self.moments.values())):4} {kind:8}{1000 * seconds:6.0f} ms  in flight {in_flight:3}  "
              f"flushes {state.flushes:4}  behind the last {state.open_writes:3} writes, "
              f"{state.dropped:3} lost {state.torn:2} torn  acknowledged {len(self.ledger.answered):6} "
              f"(+{len(self.ledger.answered) - before})  found {report.found:6}  lost {len(report.lost)}", flush=True)
        return report

    def replays(self, entries):
        """Cuts at earlier writes of the same boot. Returns the first bad report, or the last."""
        report = journal.Report()
        writes = [i for i, entry in enumerate(entries) if entry[3]]
        for last in self.rng.sample(writes, min(self.replay, len(writes))):
            part, keep = entries[:last + 1], self.rng.choice(disks.KEEP)
            copy = self.disk.copy()
            self.add(self.replayed, self.disk.cut(copy, part, disks.flushed_of(part), keep, self.rng))
            report = self.look(copy, self.ledger.answered_by(part[-1][2] + part[-1][3]))
            self.states += 1
            if not report.good:
                report.problems.append(f"in the state after {last + 1} of {len(entries)} log entries, keeping {keep}")
                break
        return report

    def look(self, image, answered):
        names = self.disk.read_out(image, self.folder, "/tillpost", journal.DOCUMENTED_FILES)
        report = journal.check(self.folder / "journal.db", guests.SOURCE, answered)
        strange = [name for name in names if ".damaged-" in name or ".salvaged-" in name]
        if strange:
            report.problems.append(f"a journal was set aside: {strange}")
        report.problems += self.ledger.problems
        return report

    @staticmethod
    def add(sums, state):
        for name, value in vars(state).items():
            setattr(sums, name, getattr(sums, name) + value)

    def count(self, kind, seconds, state, report):
        if kind == "closing":
            return
        self.cuts += 1
        self.moments[kind].append(seconds)
        self.add(self.totals, state)

    def close_disk(self, report):
        """Adds the disk's last check to the sums."""
        self.acknowledged += len(self.ledger.answered)
        self.found += report.found
        self.lost += len(report.lost)
        self.doubled += len(report.doubled)
        self.faults += len(report.problems)


def real_cuts(bench, number):
    """True if nothing was lost."""
    for n in range(1, number + 1):
        kind = "opening" if bench.rng.random() < 0.25 else "load"
        seconds = bench.rng.uniform(0, LONGEST_OPENING if kind == "opening" else LONGEST_LOAD)
        report = bench.cut(kind, seconds, bench.rng.choice(disks.KEEP), bench.rng.choice(IN_FLIGHT))
        last = n == number or bench.cuts == CUTS_OF_A_DISK
        if report.good and last:
            report = bench.cut("closing", 0, "none", 64)
        if last or not report.good:
            bench.close_disk(report)
        if not report.good:
            print(report.text(), flush=True)
            return False
        if last and n < number:
            bench.fresh_disk()
    return True


def cuts_without_syncs(bench, number):
    """The test's test: True if acknowledged events were lost in each of them."""
    always = True
    for n in range(number):
        if n:
            bench.fresh_disk()
        report = bench.cut("load", bench.rng.uniform(1, 2), disks.KEEP[n % len(disks.KEEP)], 64)
        bench.close_disk(report)
        always = always and bool(report.lost)
    return always


def summary(name, bench, began):
    moments = sorted(1000 * each for kind in bench.moments.values() for each in kind)
    loads, openings = len(bench.moments["load"]), len(bench.moments["opening"])
    print(f"{name}: {len(moments)} cuts ({loads} under load, {openings} while opening) at {moments[0]:.0f} … "
          f"{moments[-1]:.0f} ms, median {statistics.median(moments):.0f} ms; {bench.totals.writes} writes, "
          f"{bench.totals.flushes} flushes, {bench.totals.open_writes} writes behind the last flush, of these "
          f"{bench.totals.dropped} lost and {bench.totals.torn} torn")
    if bench.states:
        print(f"{name}: and {bench.states} cuts at earlier writes of the same boots: {bench.replayed.open_writes} writes "
              f"behind the last flush, of these {bench.replayed.dropped} lost and {bench.replayed.torn} torn")
    print(f"{name}: acknowledged {bench.acknowledged}, found {bench.found}, lost {bench.lost}, doubled "
          f"{bench.doubled}, other faults {bench.faults}; {time.monotonic() - began:.0f} s", flush=True)


def prepare(options, folder):
    for program in (guests.QEMU, "busybox"):
        if not shutil.which(program):
            raise guests.Unavailable(f"no {program} on this machine (./dev install vm)")
    for name in disks.TOOLS:
        if not disks.tool(name):
            raise guests.Unavailable(f"no {name} on this machine (./dev install vm)")
    options.cache.mkdir(parents=True, exist_ok=True)
    kernel, kernel_folder = guests.fetch_kernel(options.cache)
    return kernel, guests.make_initramfs(options.bin, kernel_folder, folder)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the built programs")
    parser.add_argument("--cache", type=pathlib.Path, required=True, help="folder that keeps the guest's kernel")
    parser.add_argument("--cuts", type=int, default=100 if LONG else 5)
    parser.add_argument("--cuts-without-syncs", type=int, default=10 if LONG else 1)
    parser.add_argument("--replays", type=int, default=10 if LONG else 5, help="further cuts of each boot, without one")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    return parser.parse_args()


def main():
    options = arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tillpost-vm-"))
    good = False
    try:
        kernel, initramfs = prepare(options, folder)
        print(f"seed {options.seed}: {options.cuts} cuts (again: --seed {options.seed}; moments are the host's)", flush=True)
        rng = random.Random(options.seed)
        began = time.monotonic()
        bench = Bench(folder, kernel, initramfs, rng, options.replays)
        good = real_cuts(bench, options.cuts)
        summary("power cuts", bench, began)
        if good and options.cuts_without_syncs:
            print("the same without syncs, which must lose:")
            began = time.monotonic()
            bench = Bench(folder, kernel, initramfs, rng, swallow=True)
            good = cuts_without_syncs(bench, options.cuts_without_syncs)
            summary("without syncs", bench, began)
            if not good:
                print("the test is blind: without syncs nothing was lost")
    except guests.Unavailable as why:
        good = True
        print(f"skipped: {why}")
        return 1 if os.environ.get("CI") else 77    # CI installs all of it: there, a skip would hide a hole
    except (guests.GuestFailed, RuntimeError) as error:
        print(f"FAILED: {error}")
    finally:
        if good:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"kept for analysis: {folder} (disk.img, scratch.img, writes.log, journal.db, console.log)")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
