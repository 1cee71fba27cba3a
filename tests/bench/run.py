#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the whole agent beside its floors (bare SQLite, bare Paho) in one run, and prints a table.

Real processes, a real broker on a free loopback port, files in a temporary folder on the disk. Machines differ and
are noisy: the ratios count. Each load is bounded in time; every process started here is ended by its pid.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

LINE_BYTES = 900  # a journal row's body, on average, with the simulated store's baskets


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise SystemExit(f"bench: {what}: not within {seconds} s")


class Bench:
    def __init__(self, programs, folder):
        self.programs = pathlib.Path(programs)
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.children = []

    def path(self, name):
        return str(self.folder / name)

    def start(self, *command, log="log"):
        with open(self.path(log), "ab") as out:
            child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out)
        self.children.append(child)
        return child

    def stop(self, child, how=signal.SIGTERM):
        child.send_signal(how)
        child.wait(timeout=20)
        self.children.remove(child)

    def stop_all(self):
        for child in list(self.children):
            if child.poll() is None:
                child.kill()
                child.wait()

    def floor(self, *arguments):
        out = subprocess.run([self.programs / "bench_floor", *map(str, arguments)], check=True, capture_output=True)
        return json.loads(out.stdout)

    def broker(self):
        config = f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n"
        (self.folder / "mosquitto.conf").write_text(config)
        child = self.start("/usr/sbin/mosquitto", "-c", self.path("mosquitto.conf"), log="mosquitto.log")
        wait_for(lambda: self.accepts(), 10, "mosquitto does not accept")
        return child

    def accepts(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def agent(self, confirm="central"):
        config = {
            "agent": {"tenant": "bench", "store": "0042", "node": "till-01"},
            "journal": {"path": self.path("journal.db")},
            "broker": {"address": f"tcp://127.0.0.1:{self.port}"},
            "delivery": {"confirm": confirm, "first_retry_ms": 500},
            "feed": {"socket": self.path("feed.sock"), "window": 1024},
            "control": {"socket": self.path("control.sock")},
            "log": {"level": "warn"},
        }
        (self.folder / "tillpost.json").write_text(json.dumps(config))
        child = self.start(self.programs / "tillpostd", "--config", self.path("tillpost.json"), log="agent.log")
        wait_for(lambda: self.status() is not None, 20, "the agent does not answer, see " + self.path("agent.log"))
        return child

    def status(self):
        command = [self.programs / "tillpost", "--socket", self.path("control.sock"), "status", "--json"]
        out = subprocess.run(command, capture_output=True)
        return json.loads(out.stdout) if out.returncode == 0 else None

    def central(self):
        return self.start(self.programs / "tillpost-central", "--broker", f"tcp://127.0.0.1:{self.port}", "--db",
                          self.path("central.db"), "--quiet", log="central.log")

    def sim(self, seed, **options):
        command = [self.programs / "tillpost-sim", "--socket", self.path("feed.sock"), "--seed", seed, "--json"]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), value]
        out = subprocess.run([str(part) for part in command], capture_output=True)
        if out.returncode != 0:
            raise SystemExit("bench: tillpost-sim failed: " + out.stderr.decode())
        return json.loads(out.stdout.decode().strip().splitlines()[-1])

    def fresh(self):
        for name in ("journal.db", "journal.db-wal", "central.db", "central.db-wal", "floor.db", "floor.db-wal"):
            (self.folder / name).unlink(missing_ok=True)


def memory_of(pid):
    kib = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        parts = line.split()
        if len(parts) == 3:
            kib[parts[0].rstrip(":")] = int(parts[1])
    return kib


def wake_ups_of(pid):
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, figure, beside="", ratio=""):
        self.rows.append((what, figure, beside, ratio))
        print(f"  {what}: {figure}" + (f"  ({beside}; {ratio})" if beside else ""), file=sys.stderr, flush=True)

    def print(self):
        print("| what | Tillpost | beside it, same run | ratio |\n|---|---|---|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


def floors_of_sqlite(bench, seconds):
    floors = {}
    for batch in (1, 16, 100):
        floors[batch] = bench.floor("sqlite", bench.path("floor.db"), "--batch", batch, "--bytes", LINE_BYTES,
                                    "--seconds", seconds)
        bench.fresh()
    return floors


def measure_capture(bench, table, floors, seconds):
    """Durable capture with central down: the broker's port refuses."""
    beside = {1: 1, 16: 16, 200: 100}
    agent = bench.agent()
    for seed, in_flight in enumerate((1, 16, 200), start=1):
        result = bench.sim(seed, in_flight=in_flight, rate=0, seconds=seconds)
        rate = result["accepted"] / result["seconds"]
        floor = floors[beside[in_flight]]["rows_per_second"]
        table.add(f"durable capture, {in_flight} in flight, central down", f"{rate:,.0f}/s",
                  f"bare SQLite, batch {beside[in_flight]}: {floor:,.0f}/s", f"{rate / floor:.2f}")
    bench.stop(agent)
    bench.fresh()


def measure_latency(bench, table, seconds):
    floor = bench.floor("sqlite", bench.path("floor.db"), "--batch", 1, "--bytes", LINE_BYTES, "--seconds", seconds,
                        "--rate", 100)
    bench.fresh()
    agent = bench.agent()
    result = bench.sim(7, in_flight=1, rate=100, seconds=seconds)
    for name in ("p50", "p99"):
        ours, bare = result[f"ack_{name}_ms"], floor[f"{name}_ms"]
        table.add(f"durable acknowledgement at 100/s, {name}", f"{ours:.2f} ms", f"bare SQLite, batch 1: {bare:.2f} ms",
                  f"{ours / bare:.1f}")
    bench.stop(agent)
    bench.fresh()


def measure_drain(bench, table, events):
    agent = bench.agent()
    bench.sim(11, in_flight=200, rate=0, events=events)
    waiting = bench.status()["waiting"]
    broker = bench.broker()
    central = bench.central()
    wait_for(lambda: bench.status()["confirmed"] > 0, 60, "no receipt")
    start, confirmed = time.monotonic(), bench.status()["confirmed"]
    wait_for(lambda: bench.status()["waiting"] == 0, 300, "the backlog does not drain")
    rate = (waiting - confirmed) / (time.monotonic() - start)
    peak = memory_of(agent.pid)
    bench.stop(central)
    bare = bench.floor("paho", f"tcp://127.0.0.1:{bench.port}", "--messages", 50_000, "--bytes", LINE_BYTES + 174)
    floor = bare["messages_per_second"]
    table.add(f"drain of {waiting:,} events, committed and receipted by central", f"{rate:,.0f}/s",
              f"bare Paho, one message an event: {floor:,.0f}/s", f"{rate / floor:.1f}")
    table.add("private dirty memory after the drain", f"{peak['Private_Dirty'] / 1024:.1f} MB")
    bench.stop(agent)
    bench.stop(broker)
    bench.fresh()


def measure_idle(bench, table, seconds):
    broker = bench.broker()
    agent = bench.agent()
    central = bench.central()
    wait_for(lambda: bench.status()["waiting"] == 0, 30, "not idle")
    time.sleep(3)
    before, start = wake_ups_of(agent.pid), time.monotonic()
    time.sleep(seconds)
    wakes = (wake_ups_of(agent.pid) - before) / (time.monotonic() - start)
    memory = memory_of(agent.pid)
    bare = bench.start(bench.programs / "bench_floor", "idle", f"tcp://127.0.0.1:{bench.port}", "--seconds", 3 + seconds,
                       log="idle.log")
    wait_for(lambda: "connected" in pathlib.Path(bench.path("idle.log")).read_text(), 10, "bare Paho does not connect")
    before, start = wake_ups_of(bare.pid), time.monotonic()
    time.sleep(seconds)
    bare_wakes = (wake_ups_of(bare.pid) - before) / (time.monotonic() - start)
    bare_memory = memory_of(bare.pid)
    for name, key in (("RSS", "Rss"), ("PSS", "Pss"), ("private dirty", "Private_Dirty")):
        table.add(f"idle, connected: {name}", f"{memory[key] / 1024:.1f} MB", f"bare Paho: {bare_memory[key] / 1024:.1f} MB",
                  f"{memory[key] / bare_memory[key]:.1f}")
    table.add("idle, connected: wake-ups", f"{wakes:.1f}/s", f"bare Paho: {bare_wakes:.1f}/s",
              f"{wakes / bare_wakes:.1f}")
    bare.wait(timeout=30)
    bench.children.remove(bare)
    for child in (central, agent, broker):
        bench.stop(child)
    bench.fresh()


def machine_facts():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return f"{platform.system()} {platform.release()}, {os.cpu_count()} cores ({model}), {int(memory) // 1048576} GiB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder with the built programs (release preset)")
    parser.add_argument("--folder", help="where the files go (default: the system's temporary folder)")
    parser.add_argument("--quick", action="store_true", help="short runs, for trying it out")
    parser.add_argument("--parts", action="store_true", help="run the parts' benchmarks (Google Benchmark), too")
    arguments = parser.parse_args()
    seconds, events = (2, 20_000) if arguments.quick else (8, 100_000)
    folder = tempfile.mkdtemp(prefix="tillpost-bench-", dir=arguments.folder)
    bench, table = Bench(arguments.bin, folder), Table()
    print(machine_facts(), flush=True)
    try:
        if arguments.parts:
            subprocess.run([bench.programs / "bench_parts", "--benchmark_min_time=0.5"], check=True)
        floors = floors_of_sqlite(bench, min(seconds, 4))
        measure_capture(bench, table, floors, seconds)
        measure_latency(bench, table, seconds)
        measure_drain(bench, table, events)
        measure_idle(bench, table, 5 if arguments.quick else 20)
        table.print()
    finally:
        bench.stop_all()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
