#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the C++ sources are as `./dev format` leaves them. Exit code 77: clang-format 14 isn't installed.

Only version 14 (Debian 12's) is asked: another one breaks lines differently.
"""
import re
import shutil
import subprocess
import sys

from sources import CODE, ROOT, files

TOOL = "clang-format-14"
SKIP = 77


def checked(arguments, text=None):
    command = [TOOL, "--dry-run", "-Werror", "--style=file", *arguments]
    return subprocess.run(command, input=text, cwd=ROOT, capture_output=True, text=True, check=False)


def self_test():
    good = checked(["--assume-filename=platform/x.cpp"], "int f() { return 1; }\n")
    bad = checked(["--assume-filename=platform/x.cpp"], "int f( ) {\n  return 1; }\n")
    if good.returncode != 0 or bad.returncode == 0:
        print(f"self-test: good gave {good.returncode}, bad gave {bad.returncode}\n{good.stderr}")
        return 1
    return 0


def main():
    if not shutil.which(TOOL):
        print(f"skipped: {TOOL} isn't installed (./dev lint installs it)")
        return SKIP
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    outcome = checked(list(files((".cpp", ".hpp"), CODE)))
    for line in sorted(set(re.findall(r"^(.*?):\d+:\d+: error", outcome.stderr, re.M))):
        print(f"{line}: not as `./dev format` leaves it")
    return outcome.returncode


if __name__ == "__main__":
    sys.exit(main())
