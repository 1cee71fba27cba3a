#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the model of the wire (wire.pml) exhaustively with SPIN, and that no guard can be taken out of it unnoticed.

check.py                  the bounds of CI, within a minute on two cores
check.py --long           the larger bounds of WORLDS: minutes; each search is bounded in memory and time
check.py --trace NAME     the counterexample of one mutant, step by step
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

MODEL = pathlib.Path(__file__).with_name("wire.pml")
SKIPPED = 77
MEMORY_MB = 4000      # of one search; two run at a time
LONGEST_S = 1800      # a search that takes longer gives no verdict, and fails

# name: (bounds in CI, bounds with --long, what it is about)
WORLDS = {
    "line": ("EVENTS=3 EPOCHS=1 UP=3 DOWN=2 FLOW=2", "EVENTS=4 EPOCHS=1 UP=3 DOWN=2 FLOW=3", "any line, any crash"),
    "backup": ("EVENTS=2 EPOCHS=1 UP=2 DOWN=2 BACKUP", "EVENTS=3 EPOCHS=1 UP=2 DOWN=2 BACKUP", "central restored"),
    "image": ("EVENTS=3 EPOCHS=2 UP=2 DOWN=1 IMAGE", "EVENTS=4 EPOCHS=2 UP=3 DOWN=1 IMAGE", "agent restored"),
    "both": ("EVENTS=2 EPOCHS=2 UP=2 DOWN=1 IMAGE BACKUP", "EVENTS=3 EPOCHS=2 UP=2 DOWN=1 IMAGE BACKUP",
             "both restored"),
    "late": ("EVENTS=2 EPOCHS=2 UP=2 DOWN=1 IMAGE BACKUP LATE_LINES",
             "EVENTS=3 EPOCHS=2 UP=2 DOWN=1 IMAGE BACKUP LATE_LINES", "both restored, and lines of a former life come"),
    "rejected": ("EVENTS=3 EPOCHS=1 UP=2 DOWN=1 BAD=6", "EVENTS=4 EPOCHS=1 UP=3 DOWN=3 BAD=10", "central rejects"),
}

# (guard taken out, world in which that is found, what it is)
MUTANTS = [
    ("PRUNE_ON_PUBACK", "line", "retention takes the broker's word"),
    ("RECEIPT_BEFORE_COMMIT", "line", "central receipts from memory"),
    ("ALSO_FREES_ROWS", "line", "`also` moves the confirmed mark"),
    ("NO_FLOW_LIMIT", "line", "as much as the line takes"),
    ("NO_PROBE", "line", "after a hello without progress, all at once"),
    ("NO_HELLO_WITHOUT_PROGRESS", "line", "a hello on connecting only"),
    ("ANSWER_UNSENDS_NOTHING", "line", "what the hello's answer lacks counts as sent"),
    ("NO_HELLO_QUOTE", "backup", "any receipt counts"),
    ("UPTO_NEVER_LOWERS", "backup", "the confirmed mark only rises"),
    ("NO_GONE", "backup", "nothing says what is pruned"),
    ("NO_RUN_NUMBER", "backup", "a receipt overtaken by central's restore counts"),
    ("NEW_RUN_NEEDS_NO_HELLO", "backup", "what another run of central says counts before a new hello is answered"),
    ("NO_IDLE_HELLO", "backup", "an idle agent never asks"),
    ("NO_HASH_CHECK", "image", "an `upto` with another hash counts"),
    ("CENTRAL_IGNORES_LINE_BEFORE", "image", "central takes a line that does not fit the one before"),
    ("CENTRAL_IGNORES_LINE_AFTER", "image", "central takes a line that the one behind does not fit"),
    ("EVENTS_NEVER_FORK", "image", "a line of another history is only set aside"),
    ("FORK_IS_IGNORED", "image", "the agent does not care for central's `fork`"),
    ("NO_DIGEST_DEDUP", "image", "each number has its effect"),
    ("AHEAD_IS_NO_FORK", "image", "an `upto` beyond our last is ignored"),
    ("FORK_KEEPS_EPOCH", "image", "no new epoch"),
    ("FORK_DROPS_UNCONFIRMED", "image", "no reissue"),
    ("FORK_TRUSTS_CONFIRMED", "late", "a fork reissues from the confirmed mark on"),
    ("REJECTED_AFTER_CONFIRM", "rejected", "quarantined in a later transaction"),
    ("REJECTED_LIST_FULL", "rejected", "`upto` passes what `rejected` has no room for"),
    ("REJECTED_NEVER_SETTLED", "rejected", "what a `quarantined` event has named stays in the list"),
]

# Those that only the larger bounds find.
RARE_MUTANTS = [
    ("GONE_NEVER_FORKS", "late", "a `gone` that contradicts what central holds is set aside"),
    ("GONE_FITS_ANYTHING", "late", "a `gone` that contradicts what central holds is taken"),
]

# What is in the design for another reason than (a) to (e): with --long it is shown that these hold without it.
SPARE = [
    ("ALSO_WITHOUT_HASH", "image", "`also` of another history is seen at once, not when its gap is filled"),
    ("LOWERED_IS_NO_REASON", "backup", "a lower `upto` is asked about at once, not after the time without progress"),
    ("PRUNES_WHAT_IS_OWED", "image", "a fork confirms nothing above what is pruned, so that there is nothing to prune"),
    ("GONE_STAYS_GONE", "late", "a late line fills what was said to be gone; nothing promises that it comes"),
]

PROPERTY = re.compile(r"/\* (\([a-e]\).*?|the bound.*?)\*/")


class Outcome:
    def __init__(self, name, world):
        self.name, self.world = name, world
        self.states = self.depth = 0
        self.seconds = 0.0
        self.error = ""     # the property that failed
        self.broken = ""    # why there is no verdict


def run(arguments, folder, timeout=None):
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False)


def number(pattern, text):
    found = re.search(pattern, text)
    return int(found.group(1)) if found else 0


def failed_property(folder, defines):
    """The comment behind the assertion that failed; SPIN itself only knows its line after a replay."""
    replay = run(["spin", "-t", *defines, MODEL.name], folder).stdout
    line = number(MODEL.name + r":(\d+), Error: assertion violated", replay)
    text = (pathlib.Path(folder) / MODEL.name).read_text(encoding="utf-8").split("\n")
    for candidate in (text[line - 1], text[line - 2]) if line else ():
        found = PROPERTY.search(candidate)
        if found:
            return found.group(1).strip(), replay
    return f"line {line}", replay


def check(name, world, switches, long, trace=False):
    outcome = Outcome(name, world)
    defines = [f"-D{each}" for each in WORLDS[world][1 if long else 0].split() + switches]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tillpost-model-") as folder:
        shutil.copy(MODEL, folder)
        made = run(["spin", "-a", *defines, MODEL.name], folder)
        if made.returncode or "Error" in made.stdout:
            outcome.broken = made.stdout.strip()
            return outcome
        # A mutant is found after a few thousand states: there the compiler takes longer than the search.
        level = "-O2" if long or not switches else "-O0"
        built = run(["gcc", level, "-w", "-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE", f"-DMEMLIM={MEMORY_MB}", "-o", "pan", "pan.c"],
                    folder)
        if built.returncode:
            outcome.broken = built.stderr.strip()
            return outcome
        try:
            search = run(["./pan", "-E", "-m100000", "-w24" if long else "-w20"], folder, LONGEST_S)
        except subprocess.TimeoutExpired:
            outcome.broken = f"the search was not completed in {LONGEST_S} s"
            return outcome
        report = search.stdout
        outcome.seconds = time.monotonic() - began
        outcome.states = number(r"(\d+)(?:\.\d+)?(?:e\+\d+)? states, stored", report)
        outcome.depth = number(r"depth reached (\d+)", report)
        if "errors: 0" in report:
            if "Search not completed" in report or "max search depth too small" in report:
                outcome.broken = "the search was not completed"
        elif "assertion violated" in report:
            outcome.error, replay = failed_property(folder, defines)
            if trace:
                print("\n".join(each.strip() for each in replay.split("\n")
                                if re.match(r" *(agent|central|line|from here) |spin:", each)))
        else:
            outcome.broken = f"pan ended with code {search.returncode}: {report.strip()[-500:]}"
    return outcome


def print_row(outcome, verdict, text):
    print(f"{outcome.name:29} {outcome.world:9} {outcome.states:>9,} {outcome.depth:>6} {outcome.seconds:6.1f}  "
          f"{verdict:9} {text}", flush=True)


def all_jobs(long):
    """(kind, name, world, switches, larger bounds or not, what it is about)"""
    for world, (_, _, what) in WORLDS.items():
        yield "model", world, world, [], long, what
    for guard, world, what in MUTANTS:
        yield "mutant", guard, world, [guard], False, what
    for guard, world, what in RARE_MUTANTS if long else ():
        yield "mutant", guard, world, [guard], True, what
    for guard, world, what in SPARE if long else ():
        yield "spare", guard, world, [guard], False, what


def judge(kind, outcome, what):
    """Prints the row; whether it is as it has to be."""
    bound = outcome.error.startswith("the bound")
    if outcome.broken or bound:
        print_row(outcome, "BROKEN", outcome.broken or outcome.error)
        return False
    if kind in ("model", "spare"):
        holds = "spare" if kind == "spare" else "holds"
        print_row(outcome, "FAILS" if outcome.error else holds, outcome.error or what)
        return not outcome.error
    print_row(outcome, "found" if outcome.error else "SURVIVES", f"{outcome.error}  <- {what}")
    return bool(outcome.error)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", default=os.environ.get("TILLPOST_LONG") == "1",
                        help="larger bounds (also with TILLPOST_LONG=1)")
    parser.add_argument("--jobs", type=int, default=2, help="searches at a time")
    parser.add_argument("--trace", metavar="NAME", help="prints the counterexample of a mutant, or of a world")
    options = parser.parse_args()
    missing = [tool for tool in ("spin", "gcc") if not shutil.which(tool)]
    if missing:
        print(f"skipped: {' and '.join(missing)} not installed (./dev install test)")
        return SKIPPED
    jobs = [job for job in all_jobs(options.long) if options.trace in (None, job[1])]
    if not jobs:
        sys.exit(f"check.py: nothing is named {options.trace}")
    began = time.monotonic()
    print(f"{'':29} {'world':9} {'states':>9} {'depth':>6} {'s':>6}  verdict")
    good = True
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = [(kind, what, pool.submit(check, name, world, switches, large, options.trace is not None))
                   for kind, name, world, switches, large, what in jobs]
        for kind, what, each in running:
            good = judge(kind, each.result(), what) and good
    print(f"{'as it has to be' if good else 'NOT as it has to be'}: {len(jobs)} searches, "
          f"{time.monotonic() - began:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
