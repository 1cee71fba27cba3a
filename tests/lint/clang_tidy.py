#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy 14 over the programs' sources (tests are left to the sanitizers), by the compile commands of a build.

A file that passed isn't looked at again until it, a header of ours that it includes, its command or .clang-tidy has
changed: build/lint/stamps keeps an empty file named after the hash of all that. `--all` looks at everything.

Most of clang-tidy's time goes into reading the same headers, so some files of one target are looked at together, as one
source that includes them. Where anything is found that way, each of them is looked at by itself, and that counts.
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
import shutil
import subprocess
import sys
import tempfile
import time

from sources import ROOT

TOOL = "clang-tidy-14"
CODE = ("agent", "drivers", "platform")
STAMPS = ROOT / "build" / "lint" / "stamps"
TOGETHER = 8  # files in a batch
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.M)
# What the self-test seeds, and the check that has to name it.
WARNINGS = ["-Wall", "-Wextra", "-Wshadow"]  # as CMakeLists.txt has them
FAULTS = {
    "good": ("int f();\n", ""),
    "use after move": ("#include <string>\n#include <utility>\nstd::size_t g(std::string text) {\n"
                       "    const std::string moved = std::move(text);\n    return moved.size() + text.size();\n}\n",
                       "bugprone-use-after-move"),
    "shadow": ("int h(int n) {\n    if (n > 1) {\n        const int n = 2;\n        return n;\n    }\n    return n;\n}\n",
               "clang-diagnostic-shadow"),
    "shadow of a local in a lambda": ("int k(int n) {\n    const auto twice = [](int m) { const int n = 2; return m * n; };\n"
                                      "    return twice(n);\n}\n", "clang-diagnostic-shadow-uncaptured-local"),
    "undefined": ("namespace {\nint missing();\n}\nint i() { return missing(); }\n",
                  "clang-diagnostic-undefined-internal"),
    "unused": ("namespace {\nint idle() { return 1; }\n}\n", "clang-diagnostic-unused-function"),
    "hidden": ('#include "fault.hpp"\n', "google-build-namespaces"),
}
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


def output(arguments):
    return arguments[arguments.index("-o") + 1]


def batches(entries):
    """Lists of at most TOGETHER entries of the same target and the same options."""
    groups = {}
    for path, (directory, arguments) in entries:
        rest = tuple(word for word in arguments if word != output(arguments) and not word.endswith(path))
        target = (directory, os.path.dirname(output(arguments)).split(".dir")[0], rest)
        groups.setdefault(target, []).append((path, (directory, arguments)))
    return [group[at:at + TOGETHER] for group in groups.values() for at in range(0, len(group), TOGETHER)]


def look_at_all(batch):
    """Whether nothing is found in the files of a batch, read as one."""
    path, (directory, arguments) = batch[0]
    with tempfile.NamedTemporaryFile("w", suffix=".cpp", dir=STAMPS) as source:
        source.writelines(f'#include "{ROOT / each}"\n' for each, _ in batch)
        source.flush()
        arguments = [source.name if word.endswith(path) else word for word in arguments]
        return tidy(source.name, directory, arguments)[0] == 0


def look_at(batch):
    """[(path, exit code, findings)], seconds"""
    began = time.monotonic()
    if len(batch) > 1 and look_at_all(batch):
        outcomes = [(path, 0, "") for path, _ in batch]
    else:
        outcomes = [(path, *tidy(ROOT / path, *command)) for path, command in batch]
    return outcomes, time.monotonic() - began


def fault_entries(folder):
    """Entries of FAULTS, and the check that has to find each; the first has none."""
    entries = []
    for name, (text, _) in FAULTS.items():
        source = pathlib.Path(folder, name + ".cpp")
        source.write_text(text)
        arguments = ["-std=c++20", *WARNINGS, "-o", f"x.dir/{name}.o", "-c", str(source)]
        entries.append((source.relative_to(ROOT).as_posix(), (folder, arguments)))
    return entries


def self_test():
    """A fault is found in a file, by itself and behind another file of a batch."""
    with tempfile.TemporaryDirectory(dir=ROOT / "agent") as folder:
        (pathlib.Path(folder) / "fault.hpp").write_text("#pragma once\nnamespace {\nstruct Hidden {};\n}\n")
        entries = fault_entries(folder)
        good = entries[0]
        for entry, (name, (_, check)) in zip(entries[1:], list(FAULTS.items())[1:]):
            alone = tidy(ROOT / entry[0], *entry[1])
            if alone[0] == 0 or check not in alone[1]:
                print(f"self-test: {name} is not found: {alone}")
                return 1
            if len(batches([good, entry])) != 1 or look_at_all([good, entry]):
                print(f"self-test: {name} is not found in a batch")
                return 1
            outcomes, _ = look_at([good, entry])
            if [code != 0 for _, code, _ in outcomes] != [False, True] or check not in outcomes[1][2]:
                print(f"self-test: {name} is not found: {outcomes}")
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
    command_of = dict(entries)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for outcomes, seconds in pool.map(look_at, batches(entries)):
            before, done = done, done + len(outcomes)
            for path, code, findings in outcomes:
                if code == 0:
                    stamp(path, command_of[path]).touch()
                else:
                    bad += 1
                    print(findings, flush=True)
            if timing or done * 10 // len(entries) > before * 10 // len(entries):
                names = " ".join(path for path, _, _ in outcomes) if timing else outcomes[-1][0]
                print(f"    {done} of {len(entries)}: {names} {seconds:.1f} s", flush=True)
    return bad


def git(*arguments):
    """What it says, line by line; nothing where it fails."""
    outcome = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return outcome.stdout.splitlines() if outcome.returncode == 0 else []


def upstream():
    """The last commit that the upstream has; without one the last of all."""
    for name in ("@{upstream}", "origin/HEAD", "origin/main"):
        if base := git("merge-base", "HEAD", name):
            return base[0]
    return "HEAD"


def changed():
    """Sources that differ from the upstream's, committed or not."""
    found = git("diff", "--name-only", "--diff-filter=d", upstream()) + git("ls-files", "--others", "--exclude-standard")
    return sorted(path for path in found if path.endswith(".cpp") and path.split("/")[0] in CODE)


def prepare_test(options):
    """False, with a word, where there is nothing to look at."""
    if shutil.which(TOOL) is None:
        print(f"skipped: {TOOL} is not installed (./dev install lint)")
        return False
    if not os.environ.get("TILLPOST_LONG"):
        options.paths = changed()
        if not options.paths:
            print("skipped: no source differs from the upstream's (./dev test --long looks at all)")
            return False
    subprocess.run(["cmake", "--preset", "lint"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return True


def main():
    parser = argparse.ArgumentParser("./dev lint", description="Format and rules of tests/lint, then " + __doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("--build", default="build/lint", help="the folder with compile_commands.json (%(default)s)")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--all", action="store_true", help="also what passed before")
    parser.add_argument("--timing", action="store_true", help="a line for each batch of files")
    parser.add_argument("--test", action="store_true", help="as a test: what has changed against the upstream, and with "
                        "TILLPOST_LONG=1 all; skipped (77) where that is nothing, or there is no clang-tidy")
    parser.add_argument("paths", nargs="*", help="only these files, for clang-tidy")
    parser.add_argument("--check-options", action="store_true", help=argparse.SUPPRESS)  # ./dev asks before it does anything
    options = parser.parse_args()
    if options.check_options:
        return 0
    if options.test and not prepare_test(options):
        return 77
    STAMPS.mkdir(parents=True, exist_ok=True)
    prune()
    entries = [each for each in commands(options.build) if not options.paths or each[0] in options.paths]
    waiting = [each for each in entries if options.all or not stamp(*each).exists()]
    print(f"{len(waiting)} of {len(entries)} files to look at", flush=True)
    if waiting and self_test():
        return 1
    bad = look(waiting, options.jobs, options.timing) if waiting else 0
    print(f"{bad} of {len(entries)} files with findings")
    return 1 if bad or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
