#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the whole agent beside its floors and peers in one run, and prints a table of goals and figures.

Real processes, a real broker on a free loopback port, files in a temporary folder on the disk. Machines differ and
are noisy: the ratios count. Each load is bounded in time; every process started here is ended by its pid.
"""
import argparse
import dataclasses
import shutil
import signal
import subprocess
import sys
import tempfile

import measures
from agents import Bench
from table import Table, machine_facts


@dataclasses.dataclass
class Size:
    seconds: int  # of a load
    drain: int    # events of a backlog
    live: int     # … that is drained while live events come
    narrow: int   # seconds on the narrow line
    idle: int     # seconds
    waiting: tuple


SIZES = {
    "quick": Size(2, 20_000, 400_000, 20, 4, (10_000, 100_000)),
    "default": Size(5, 100_000, 1_000_000, 45, 10, (10_000, 1_000_000)),
    "long": Size(8, 100_000, 1_000_000, 120, 20, (10_000, 1_000_000, 10_000_000)),
}


def main():
    parser = argparse.ArgumentParser("./dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("--bin", default="build/release/bin",
                        help="folder with the built programs (default: %(default)s, which ./dev bench builds first)")
    parser.add_argument("--folder", help="where the files go (default: the system's temporary folder)")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", help="small loads, to try it out")
    size.add_argument("--long", dest="size", action="store_const", const="long", help="10 million events; 30 GB of free disk")
    parser.add_argument("--only", action="append", choices=measures.ALL, help="this part only; may be repeated")
    parser.add_argument("--parts", action="store_true", help="run the parts' benchmarks (Google Benchmark), too")
    parser.add_argument("--check-options", action="store_true", help=argparse.SUPPRESS)  # ./dev asks before it builds
    arguments = parser.parse_args()
    if arguments.check_options:
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the children are ended, too
    folder = tempfile.mkdtemp(prefix="tillpost-bench-", dir=arguments.folder)
    if arguments.size == "long" and shutil.disk_usage(folder).free < 30 << 30:
        raise SystemExit(f"bench: --long needs 30 GB free in {folder}; name another place with --folder")
    bench, table, failed = Bench(arguments.bin, folder), Table(), []
    print(machine_facts(), flush=True)
    try:
        if arguments.parts:
            subprocess.run([bench.programs / "bench_parts", "--benchmark_min_time=0.5"], check=True)
        for name in arguments.only or measures.ALL:
            try:
                measures.ALL[name](bench, table, SIZES[arguments.size or "default"])
            except (RuntimeError, subprocess.SubprocessError, OSError) as error:
                failed.append(name)
                print(f"bench: {name}: {error}", file=sys.stderr, flush=True)
                bench.stop_all()
                bench.fresh()
        table.print()
    finally:
        bench.stop_all()
        shutil.rmtree(folder, ignore_errors=True)
    if failed:
        raise SystemExit("bench: not measured: " + ", ".join(failed))


if __name__ == "__main__":
    main()
