#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the capture cost of a sale of 500 bytes goes: instructions an event, counted by callgrind (Debian's valgrind).

Unlike times these are the same on a busy machine. First the steps with all that they call, then what the functions
do themselves, libraries' functions included. With --forwarding: where the whole agent's processor time goes while it
captures 200 in flight and forwards, sampled by perf (Debian's linux-perf, as root).
"""
import argparse
import pathlib
import re
import signal
import subprocess
import tempfile

from agents import Bench, Work

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
# The first that fits the library and function names what a sample is for.
GROUPS = {
    "reading JSON (nlohmann)": r"tillpostd nlohmann::",
    "memory: allocation, copies": r"libc\.so\S* \S*(alloc|free|mem(move|set|cpy)|chunk|arena)|tillpostd operator (new|delete)",
    "packing (zstd)": r"libzstd",
    "SQLite": r"libsqlite3",
    "digests (OpenSSL)": r"libcrypto",
    "MQTT (Paho)": r"libpaho",
    "kernel: disk, sockets, switches": r"\[kernel",
    "tillpostd's own": r"tillpostd ",
    "other libraries": "",
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


def forwarding(programs, seconds=10):
    with tempfile.TemporaryDirectory(prefix="tillpost-bench-") as folder:
        bench, samples = Bench(programs, folder), f"{folder}/perf.data"
        try:
            broker = bench.broker()
            agent = bench.agent("broker")
            perf = bench.start("perf", "record", "-q", "-F", 2000, "-o", samples, "-p", agent.pid, log="perf.log")
            with Work({"agent": agent, "broker": broker}) as work:
                result = bench.sim(2, in_flight=200, rate=0, seconds=seconds)
            bench.stop(perf, signal.SIGINT)
            report = subprocess.run(["perf", "report", "-i", samples, "--no-children", "--sort", "dso,symbol", "-g", "none",
                                     "-t", ";"], check=True, capture_output=True, text=True).stdout
        finally:
            bench.stop_all()
    shares = dict.fromkeys(GROUPS, 0.0)
    for line in report.splitlines():
        parts = [part.strip() for part in line.split(";")]
        if len(parts) >= 3 and parts[0].endswith("%"):
            name = f"{parts[1]} {re.sub(r'^.[.k]. ', '', parts[2])}"
            shares[next(group for group, form in GROUPS.items() if re.search(form, name))] += float(parts[0][:-1])
    print(f"{result['accepted'] / result['seconds']:,.0f} events/s; processor time an event {work.an_event(result['accepted'])}")
    print("\n| of the agent's | |\n|---|---|")
    for group, share in shares.items():
        print(f"| {group} | {share:.0f} % |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder with the built programs (release preset)")
    parser.add_argument("--top", type=int, default=25, help="so many functions")
    parser.add_argument("--forwarding", action="store_true", help="the whole agent while it captures and forwards")
    arguments = parser.parse_args()
    if arguments.forwarding:
        return forwarding(arguments.bin)
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
