#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What documents say is shown by a test is: each GoogleTest that a document names (`StoreTest.KeepsWhatItHas`) exists."""
import re
import sys

from sources import ROOT, files, line_of, run

DEFINED = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.M)
NAMED = re.compile(r"`(?:\w+/)?(\w+Test)\.(\w+)(?:/\w+)?`")


class NamedTests:
    def __init__(self, tests):
        self.tests = tests

    def __call__(self, path, text):
        for match in NAMED.finditer(text):
            if ".".join(match.groups()) not in self.tests:
                yield line_of(text, match.start()), f"there is no test {'.'.join(match.groups())}: name the one that shows it"


def defined():
    for path in files((".cpp",), ("tests",)):
        yield from (".".join(match) for match in DEFINED.findall((ROOT / path).read_text(encoding="utf-8")))


CASES = [
    ("a test", "a.md", "it is shown by `StoreTest.Keeps` and `StoreTest.Loses`", "StoreTest.Loses"),
    ("with its instances", "b.md", "`Kinds/StoreTest.Keeps/0`", None),
    ("an instance of none", "c.md", "`Kinds/StoreTest.Loses/0`", "StoreTest.Loses"),
    ("another suite's", "d.md", "`JournalTest.Keeps`", "JournalTest.Keeps"),
    ("a suite alone, or a pattern", "e.md", "`StoreTest`, `--gtest_filter='StoreTest.*'`", None),
]

if __name__ == "__main__":
    own = sys.argv[1:] == ["--self-test"]
    run(NamedTests({"StoreTest.Keeps"} if own else set(defined())), CASES, files((".md",)))
