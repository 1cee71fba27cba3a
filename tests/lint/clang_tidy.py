#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy 14 over the programs' sources (tests are left to the sanitizers), by the compile commands of a build.

A file that passed isn't looked at again until it, a header of ours that it includes, its command or .clang-tidy has
changed: build/lint keeps an empty file named after the hash of all that. `--all` looks at everything.
"""
import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

from sources import ROOT

TOOL = "clang-tidy-14"
CODE = ("agent", "drivers", "platform")
STAMPS = ROOT / "build" / "lint"
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.M)
# What only g++ or only the build needs; the rest of a command is clang's language too.
NOT_FOR_CLANG = re.compile(r"^(-fcoroutines|-Wno-maybe-uninitialized|-ffile-prefix-map=.*|-fsanitize=.*)$")


@functools.lru_cache(maxsize=None)
def with_headers(path):
    """The file and the headers of ours that it includes, directly or not."""
    seen, todo = set(), [path]
    while todo:
        name = todo.pop()
        if name in seen or not (ROOT / name).is_file():
            continue
        seen.add(name)
        todo += [match.decode() for match in INCLUDE.findall((ROOT / name).read_bytes())]
    return sorted(seen)


def for_clang(command):
    words = [word for word in shlex.split(command) if not NOT_FOR_CLANG.match(word)]
    while words and not words[0].startswith("-") and "++" not in words[0]:
        words = words[1:]    # ccache
    return words[1:]


def stamp(path, arguments):
    digest = hashlib.sha256(repr(arguments).encode() + (ROOT / ".clang-tidy").read_bytes())
    for name in with_headers(path):
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return STAMPS / digest.hexdigest()


def commands(build):
    """(relative path, clang arguments) of the sources of ours in the compile database, each once."""
    found = {}
    for entry in json.loads((ROOT / build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"])
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in CODE:
            found[path.relative_to(ROOT).as_posix()] = (entry["directory"], for_clang(entry["command"]))
    return sorted(found.items())


def tidy(path, directory, arguments, *options):
    """(exit code, findings): clang-tidy's own chatter about suppressed warnings is dropped."""
    headers = f"--header-filter=^{re.escape(str(ROOT))}/({'|'.join(CODE)})/"
    outcome = subprocess.run([TOOL, "--quiet", headers, *options, str(path), "--", *arguments],
                             cwd=directory, capture_output=True, text=True, check=False)
    failure = outcome.stderr if outcome.returncode and not outcome.stdout else ""
    return outcome.returncode, outcome.stdout + failure


def look_at(each):
    path, (directory, arguments) = each
    began = time.monotonic()
    code, findings = tidy(ROOT / path, directory, arguments)
    return path, code, findings, time.monotonic() - began


def self_test():
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        source = pathlib.Path(folder, "bad.cpp")
        source.write_text("#include <string>\n#include <utility>\nstd::size_t f(std::string text) {\n"
                          "    const std::string moved = std::move(text);\n    return moved.size() + text.size();\n}\n")
        code, findings = tidy(source, folder, ["-std=c++20", "-c", str(source)], f"--config-file={ROOT}/.clang-tidy")
    if code == 0 or "bugprone-use-after-move" not in findings:
        print(f"self-test: a use after move is not found: {findings}")
        return 1
    return 0


def prune():
    """Stamps of a month ago are of files that have changed since."""
    for old in STAMPS.iterdir():
        if time.time() - old.stat().st_mtime > 30 * 24 * 3600:
            old.unlink()


def look(entries, jobs, timing):
    bad = 0
    done = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for path, code, findings, seconds in pool.map(look_at, entries):
            done += 1
            if code == 0:
                stamp(path, dict(entries)[path]).touch()
            else:
                bad += 1
                print(findings, flush=True)
            if timing or done * 10 // len(entries) > (done - 1) * 10 // len(entries):
                print(f"    {done} of {len(entries)}: {path} {seconds:.1f} s", flush=True)
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/dev", help="the folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--all", action="store_true", help="also what passed before")
    parser.add_argument("--timing", action="store_true", help="a line for each file")
    parser.add_argument("paths", nargs="*", help="only these files")
    options = parser.parse_args()
    STAMPS.mkdir(parents=True, exist_ok=True)
    prune()
    if self_test():
        return 1
    entries = [each for each in commands(options.build) if not options.paths or each[0] in options.paths]
    waiting = [each for each in entries if options.all or not stamp(*each).exists()]
    print(f"{len(waiting)} of {len(entries)} files to look at", flush=True)
    bad = look(waiting, options.jobs, options.timing) if waiting else 0
    print(f"{bad} of {len(entries)} files with findings")
    return 1 if bad or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
