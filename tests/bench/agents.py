# SPDX-License-Identifier: Apache-2.0
"""The processes of a run: broker, agent, central, simulated store, lines; each is ended by its pid."""
import datetime
import json
import os
import pathlib
import resource
import signal
import socket
import struct
import subprocess
import time

SOURCE = "urn:tillpost:bench:0042:till-01"


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
    raise RuntimeError(f"{what}: not within {seconds} s")


class Meter:
    """Counts a process's syncs and written bytes, and slows its syncs (meter.cpp)."""

    def __init__(self, bench, name, sync_ms=0):
        self.file = pathlib.Path(bench.path(name + ".meter"))
        self.file.write_bytes(bytes(24))
        if not (bench.programs / "bench_meter.so").exists():  # the loader would only warn, and all counts be 0
            raise RuntimeError("there is no bench_meter.so; build the release preset")
        self.environment = {"LD_PRELOAD": str(bench.programs / "bench_meter.so"), "TILLPOST_METER": str(self.file)}
        if sync_ms:
            self.environment["TILLPOST_SYNC_MS"] = str(sync_ms)

    def read(self):
        counts = struct.unpack("=3Q", self.file.read_bytes())
        return dict(zip(("syncs", "bytes", "sync_ns"), counts))


class Bench:
    def __init__(self, programs, folder):
        self.programs = pathlib.Path(programs).resolve()
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.children = []

    def path(self, name):
        return str(self.folder / name)

    def start(self, *command, log="log", meter=None, **options):
        environment = os.environ | (meter.environment if meter else {})
        with open(self.path(log), "ab") as out:
            child = subprocess.Popen([str(part) for part in command], stderr=out, env=environment,
                                     **({"stdout": out} | options))
        self.children.append(child)
        return child

    def stop(self, child, how=signal.SIGTERM):
        child.send_signal(how)
        child.wait(timeout=30)
        self.children.remove(child)

    def stop_all(self):
        for child in list(self.children):
            if child.poll() is None:
                child.kill()
                child.wait()
        self.children.clear()

    def output(self, program, *arguments, meter=None):
        environment = os.environ | (meter.environment if meter else {})
        out = subprocess.run([self.programs / program, *map(str, arguments)], check=True, stdout=subprocess.PIPE,
                             env=environment)
        return json.loads(out.stdout)

    def floor(self, *arguments, meter=None):
        return self.output("bench_floor", *arguments, meter=meter)

    def broker(self, receive_maximum=0):
        config = f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n"
        if receive_maximum:
            config += f"max_inflight_messages {receive_maximum}\n"
        (self.folder / "mosquitto.conf").write_text(config)
        child = self.start("/usr/sbin/mosquitto", "-c", self.path("mosquitto.conf"), log="mosquitto.log")
        wait_for(self.accepts, 10, "mosquitto does not accept")
        return child

    def accepts(self, port=None):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port or self.port)) == 0

    def bridge(self):
        """A store's own mosquitto, which forwards to the broker what is published at it; the child and its port."""
        port = free_port()
        (self.folder / "bridge.conf").write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n"
            f"connection up\naddress 127.0.0.1:{self.port}\ntopic # out 1\nbridge_protocol_version mqttv50\n"
            "cleansession false\nrestart_timeout 1\nnotifications false\n")
        child = self.start("/usr/sbin/mosquitto", "-c", self.path("bridge.conf"), log="bridge.log")
        wait_for(lambda: self.accepts(port), 10, "the bridge does not accept")
        return child, port

    def line(self, **options):
        """A slow line to the broker: the child and its port. It ends when its standard input is closed."""
        arguments = [part for name, value in options.items() for part in ("--" + name.replace("_", "-"), value)]
        child = self.start(self.programs / "bench_line", self.port, *arguments, log="line.log", stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE)
        return child, int(child.stdout.readline())

    def end_line(self, child):
        """How many connections it carried."""
        child.stdin.close()
        count = int(child.stdout.readline())
        child.wait(timeout=20)
        self.children.remove(child)
        return count

    def agent(self, confirm="central", port=None, meter=None, answers=True, keep_alive=30, keep_days=7):
        config = {
            "agent": {"tenant": "bench", "store": "0042", "node": "till-01"},
            "journal": {"path": self.path("journal.db"), "limit_mb": 65536, "keep_days": keep_days},
            "broker": {"address": f"tcp://127.0.0.1:{port or self.port}", "keep_alive_s": keep_alive},
            "delivery": {"confirm": confirm, "first_retry_ms": 500},
            "feed": {"socket": self.path("feed.sock"), "window": 1024},
            "control": {"socket": self.path("control.sock")},
            "log": {"level": "warn"},
        }
        (self.folder / "tillpost.json").write_text(json.dumps(config))
        child = self.start(self.programs / "tillpostd", "--config", self.path("tillpost.json"), log="agent.log",
                           meter=meter)
        if answers:
            wait_for(lambda: self.status() is not None, 30, "the agent does not answer")
        return child

    def status(self):
        command = [self.programs / "tillpost", "--socket", self.path("control.sock"), "status", "--json"]
        out = subprocess.run(command, capture_output=True)
        return json.loads(out.stdout) if out.returncode == 0 else None

    def central(self):
        return self.start(self.programs / "tillpost-central", "--broker", f"tcp://127.0.0.1:{self.port}", "--db",
                          self.path("central.db"), "--quiet", log="central.log")

    def counter(self, **options):
        arguments = [part for name, value in options.items() for part in ("--" + name, value)]
        child = self.start(self.programs / "bench_count", f"tcp://127.0.0.1:{self.port}", *arguments, log="count.log",
                           stdout=subprocess.PIPE)
        child.stdout.readline()  # subscribed
        return child

    def counted(self, child):
        out, _ = child.communicate(timeout=700)
        self.children.remove(child)
        return json.loads(out)

    def backlog(self, events):
        return self.output("bench_backlog", self.path("journal.db"), "--source", SOURCE, "--events", events)

    def sim(self, seed, socket_name="feed.sock", **options):
        # Of the time before its birth a new journal marks what comes: the store's is tomorrow.
        tomorrow = (datetime.date.today() + datetime.timedelta(days=1)).isoformat()
        command = [self.programs / "tillpost-sim", "--socket", self.path(socket_name), "--seed", seed, "--json",
                   "--start-date", tomorrow]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), value]
        out = subprocess.run([str(part) for part in command], capture_output=True)
        if out.returncode != 0:
            raise RuntimeError("tillpost-sim failed: " + out.stderr.decode())
        return json.loads(out.stdout.decode().strip().splitlines()[-1])

    def fresh(self):
        for base in ("journal.db", "central.db", "floor.db", "python.db"):
            for file in self.folder.glob(base + "*"):
                file.unlink()


class Work:
    """The processor time of the processes while a simulated store runs beside them, and the store's own."""

    def __init__(self, children):
        self.pids = {name: child.pid for name, child in children.items()}

    def read(self):
        store = resource.getrusage(resource.RUSAGE_CHILDREN)  # of those that have ended
        return {name: processor_ms_of(pid) for name, pid in self.pids.items()} | {
            "store": (store.ru_utime + store.ru_stime) * 1000}

    def __enter__(self):
        self.before = self.read()
        return self

    def __exit__(self, *_):
        after = self.read()
        self.worked = {name: value - self.before[name] for name, value in after.items()}

    def an_event(self, events):
        parts = {name: 1000 * worked / events for name, worked in self.worked.items()}
        return f"{sum(parts.values()):.0f} µs: " + ", ".join(f"{name} {part:.0f}" for name, part in parts.items())


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


def processor_ms_of(pid):
    """Milliseconds that all its threads have worked so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
