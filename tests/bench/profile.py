#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the capture cost of a sale of 500 bytes goes: instructions an event, counted by callgrind (Debian's valgrind).

Unlike times these are the same on a busy machine. First the steps with all that they call, then what the functions
do themselves, libraries' functions included.
"""
import argparse
import pathlib
import re
import subprocess
import tempfile

EVENTS = 500
ROUNDS = 2
STEPS = {
    "redaction": "Path::redact",
    "parsing and rules": "Path::parse_and_judge",
    "· JSON into a record": "parse_json",
    "· rules of the type": "mark_sale",
    "· what counts in its day": "take_day_facts",
    "body of the line": "Path::encode[abi:cxx11]",
    "digest and chain": "Path::digest",
}
LINE = re.compile(r"^\s*([\d,]+) \([^)]*\)\s+(?:[^:]*|\?\?\?):(.+?)(?: \[[^\]]*\])?$")


def profile(program, folder):
    out = pathlib.Path(folder) / "callgrind.out"
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                    "--toggle-collect=tillpost::bench::whole_path*", program, "--rounds", str(ROUNDS), "--events",
                    str(EVENTS)], check=True, capture_output=True)
    return out


def functions(out, inclusive):
    """(instructions, function) of all that took part, most first."""
    listing = subprocess.run(["callgrind_annotate", "--auto=no", "--threshold=100", f"--inclusive={inclusive}", out],
                             check=True, capture_output=True, text=True).stdout
    matches = filter(None, map(LINE.match, listing.splitlines()))
    return [(int(match[1].replace(",", "")) / (EVENTS * ROUNDS), match[2]) for match in matches]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder with the built programs (release preset)")
    parser.add_argument("--top", type=int, default=25, help="so many functions")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = profile(pathlib.Path(arguments.bin) / "bench_cost", folder)
        whole = functions(out, "yes")
        own = functions(out, "no")
    total = sum(cost for cost, _ in own)
    print(f"| step | instructions | |\n|---|---|---|\n| all | {total:,.0f} | |")
    for name, symbol in STEPS.items():
        cost = next((cost for cost, function in whole if symbol + "(" in function), 0)
        print(f"| {name} | {cost:,.0f} | {cost / total:.0%} |")
    print("\n| function, without what it calls | instructions | |\n|---|---|---|")
    for cost, function in own[:arguments.top]:
        print(f"| `{re.sub(r'<.*', '<…>', function)[:90]}` | {cost:,.0f} | {cost / total:.0%} |")


if __name__ == "__main__":
    main()
