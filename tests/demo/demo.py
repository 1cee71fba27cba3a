#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows Tillpost at work, and proves that it lost nothing.

A real broker, the agent, the reference receiver and a simulated store run in a temporary folder on this machine.
While the store sells, the broker is killed and started again, and the agent is killed with kill -9. At the end all
that the tills were told is safe is compared with what central has. Exit code 0: nothing lost, nothing doubled, the
chain verified, the tills' day complete and its sums as the tills' own; 1: not so, or something did not start.
"""

import os

try:
    import signal

    # Ctrl-C while Python still reads what is named below: nothing is started yet, and where it was is nobody's concern.
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(130))
except KeyboardInterrupt:
    os._exit(130)

import argparse
import contextlib
import datetime
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from programs import STOPPING, Asked, Failure, Program, accepts, free_port
from screen import Numbers, Totals, make_screen, print_large

FRAME = 0.2  # seconds
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def find_mosquitto():
    found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise Failure("mosquitto is not installed (Debian: apt-get install mosquitto)")
    return found


class Demo:
    """One run: everything it starts is in `programs`, everything it writes below `folder`."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tillpost-demo-"))
        self.bin = pathlib.Path(arguments.bin).resolve()
        self.port = free_port()
        self.page_port = free_port()
        self.began = time.monotonic()
        self.load_began = None
        # Of a day that the agent has seen from its beginning it can say that it is complete: the tills' is tomorrow.
        self.date = (datetime.date.today() + datetime.timedelta(days=1)).isoformat()
        self.now = "starting"
        self.happened = []
        self.awaits_connection = False  # after the broker came back …
        self.confirmed_before = 0  # … with so many events confirmed
        self.programs = []
        self.screen = make_screen(arguments.plain)
        self.totals = Totals()
        self.asked = Asked([self.path("tillpost"), "status", "--json", "--socket", self.file("control.sock")],
                           json.loads, self.stats)
        self.broker = self.central = self.agent = self.store = None

    def path(self, program):
        return str(self.bin / program)

    def file(self, name):
        return str(self.folder / name)

    # --- What runs

    def prepare(self):
        for program in ("tillpostd", "tillpost", "tillpost-central", "tillpost-sim"):
            if not os.access(self.path(program), os.X_OK):
                raise Failure(f"{self.path(program)} is missing: build it first (./dev build)")
        mosquitto = find_mosquitto()
        self.write("mosquitto.conf", f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
                                     f"user root\nlog_dest stderr\nlog_type notice\nlog_type warning\nlog_type error\n"
                                     f"log_type subscribe\nmax_queued_messages 100000\n")
        self.write("tillpost.json", json.dumps(self.configuration(), indent=2) + "\n")
        self.broker = self.add("broker", [mosquitto, "-c", self.file("mosquitto.conf")])
        self.central = self.add("central", [self.path("tillpost-central"), "--broker", self.address(),
                                            "--db", self.file("central.db"), "--summary"])
        self.agent = self.add("agent", [self.path("tillpostd"), "--config", self.file("tillpost.json")])
        self.store = self.add("store", self.store_command("--seconds", str(self.arguments.seconds)))

    def store_command(self, *more):
        return [self.path("tillpost-sim"), "--socket", self.file("feed.sock"), "--scanner-link", self.file("scanner"),
                "--rate", str(self.arguments.rate), "--in-flight", "256",
                "--start-date", self.date, "--whole-days", "--conflicts", "0",
                "--told", self.file("told.jsonl"), "--stats", self.file("stats.json"), *more]

    def address(self):
        return f"tcp://127.0.0.1:{self.port}"

    def configuration(self):
        return {"agent": {"tenant": "demo", "store": "0042", "node": "till-01"},
                "journal": {"path": self.file("journal.db")},
                "broker": {"address": self.address()},
                "delivery": {"first_retry_ms": 1000},
                "feed": {"socket": self.file("feed.sock")},
                "scanners": [{"name": "scanner-1", "device": self.file("scanner")}],
                "control": {"socket": self.file("control.sock")},
                "page": {"address": f"127.0.0.1:{self.page_port}"}}

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def add(self, name, command):
        program = Program(name, command, self.file(name + ".log"))
        self.programs.append(program)
        return program

    # --- What is seen

    def clock(self):
        if self.load_began is None:
            return f"{time.monotonic() - self.began:4.1f} s"
        played = min(time.monotonic() - self.load_began, self.arguments.seconds)
        return f"{played:4.1f} of {self.arguments.seconds:g} s"

    def stats(self):
        try:
            return json.loads((self.folder / "stats.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def draw(self):
        # Of one moment: the tills' newer numbers would be ahead of what the agent had captured when it was asked.
        stats = self.asked.beside if self.asked.value else self.stats()
        self.screen.draw(Numbers(self.totals.over_all(self.asked.value), stats), self.now, self.happened, self.clock())

    def happens(self, what):
        self.now = what
        self.happened.append(f"{self.clock():>14}  {what}")
        self.screen.say(self.happened[-1])
        self.draw()

    def frame(self):
        for program in self.programs:
            program.check()
        if self.agent.running():
            self.asked.poll()
            self.watch_connection()
        self.draw()
        time.sleep(FRAME)

    def connected(self):
        return bool(self.asked.value and self.asked.value.get("connected"))

    def watch_connection(self):
        """Connected is not yet delivered: said when central confirms more than it had when the broker came back."""
        if self.awaits_connection and self.connected() and self.asked.value["confirmed"] > self.confirmed_before:
            self.awaits_connection = False
            self.happens("the agent found the broker and central confirms: what waited goes out, in order")

    def wait_for(self, condition, seconds, what):
        """Goes on drawing until the condition holds; Failure when it does not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                logs = "\n".join(f"  {p.name}:\n{p.tail(6)}" for p in self.programs)
                raise Failure(f"{what}: not within {seconds:g} s\n{logs}")
            self.frame()

    # --- What happens

    def subscriptions(self):
        """How often central has subscribed, by the broker's log."""
        return self.broker.log().count("tillpost/v1/+/+/+/events")

    def start_broker(self):
        self.broker.start()
        self.wait_for(lambda: accepts(self.port), 10, "the broker accepts connections")

    def start_agent(self):
        started = time.monotonic()
        self.agent.start()
        self.wait_for(lambda: self.asked.answered > started, 10, "the agent answers `tillpost status`")

    def start(self):
        self.happens("starting broker and central")
        self.start_broker()
        self.central.start()
        self.wait_for(lambda: self.subscriptions() > 0, 10, "central subscribes at the broker")
        self.happens("starting tills, scanner and agent")
        self.store.start()
        self.load_began = time.monotonic()
        self.start_agent()
        self.happens("the store sells; each record is on disk before its till is told")

    def stop_broker(self):
        self.broker.kill()
        self.happens("broker stopped (kill -9): the agent goes on capturing, records wait on disk")

    def broker_back(self):
        self.start_broker()
        self.awaits_connection = True
        self.confirmed_before = (self.asked.value or {}).get("confirmed", 0)
        self.happens("broker back on its port: the agent tries it again by itself")

    def kill_agent(self):
        self.wait_for(self.connected, 20, "the agent finds the broker again")
        self.agent.kill()
        self.happens("agent killed with kill -9: the tills keep what has no answer")

    def agent_back(self):
        self.start_agent()
        self.happens("agent back: the tills send again what had no answer, with the same numbers")

    def timeline(self):
        """(seconds after the load began, what to do)"""
        seconds = self.arguments.seconds
        plan = [(0.16 * seconds, self.stop_broker), (0.32 * seconds, self.broker_back)]
        rounds = self.arguments.kill_rounds
        for i in range(rounds):
            at = (0.6 + 0.3 * i / rounds) * seconds
            plan += [(at, self.kill_agent), (at + min(1.5, 0.15 * seconds / rounds), self.agent_back)]
        return plan

    def load(self):
        self.store.may_end = True
        for at, step in self.timeline():
            while time.monotonic() - self.load_began < at and self.store.running():
                self.frame()
            step()
        self.wait_for(lambda: not self.store.running(), self.arguments.seconds + 20, "the tills have all answers")
        if self.store.process.returncode != 0:
            raise Failure(f"the store did not get all answers:\n{self.store.tail()}")

    def decide(self):
        """What is in quarantine keeps its till's day open until a person decides. The tills sent each of them again, whole."""
        tillpost = [self.path("tillpost"), "quarantine", "--socket", self.file("control.sock")]
        listed = subprocess.run([*tillpost, "list", "--json"], capture_output=True, text=True, timeout=20, check=False)
        if listed.returncode != 0:
            raise Failure(f"tillpost quarantine list: {listed.stderr.strip()}")
        records = [json.loads(line)["id"] for line in listed.stdout.splitlines()]
        for record in records:
            done = subprocess.run([*tillpost, "discard", record, "--actor", "demo-1", "--reason", "sent again, whole"],
                                  capture_output=True, text=True, timeout=20, check=False)
            if done.returncode != 0:
                raise Failure(f"tillpost quarantine discard {record}: {done.stderr.strip()}")
        self.happens(f"a person has looked through quarantine: {len(records)} records discarded, with the reason")

    def drain(self):
        self.happens("closing time: waiting until central has confirmed everything")
        since = time.monotonic()
        self.wait_for(lambda: self.asked.answered > since and self.asked.value.get("waiting") == 0, 20,
                      "the agent has nothing waiting")
        self.happens("nothing is waiting any more")

    def stop_all(self):
        """In order: sources first (the store has ended). With --keep the broker may run on."""
        for program in [self.agent, self.central] + ([] if self.arguments.keep else [self.broker]):
            if not program.stop():
                raise Failure(f"{program.name} did not stop orderly:\n{program.tail()}")

    def run(self):
        self.draw()  # at once: nobody should look at nothing
        self.prepare()
        self.start()
        self.load()
        self.decide()
        self.drain()
        self.happens("comparing what the tills were told with what central has")
        self.stop_all()
        self.screen.close()
        good = self.prove()
        if self.arguments.keep:
            self.keep_running()
        return good

    def prove(self):
        command = [self.path("tillpost-central"), "check", "--all-told", "--db", self.file("central.db"),
                   "--told", self.file("told.jsonl")]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        print("\n$ tillpost-central check --db central.db --told told.jsonl\n" + shown.stdout + shown.stderr, end="")
        answer = subprocess.run(command + ["--json"], capture_output=True, text=True, timeout=60, check=False)
        try:
            found = json.loads(answer.stdout)
            numbers = [int(found[name]) for name in ("told", "ok", "lost", "doubled", "broken")]
        except (ValueError, KeyError) as problem:
            raise Failure(f"tillpost-central check gave no verdict: {problem}") from problem
        told, ok, lost, doubled, broken = numbers
        good = shown.returncode == 0 and answer.returncode == 0 and told == ok > 0 and lost == doubled == broken == 0
        chain = "chain verified" if broken == 0 else f"CHAIN BROKEN {broken} TIMES"
        day = self.day()
        good = good and day["complete"]
        print_large([f"told durable {told:,} {'=' if told == ok else '!='} central has {ok:,}",
                     f"missing {lost:,}; doubled in effect {doubled:,}; {chain}", self.verdict(day)], good)
        return good

    def day(self):
        """What the tills' certificates say at central."""
        command = [self.path("tillpost-central"), "day", "--db", self.file("central.db"), "--date", self.date]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        print(f"\n$ tillpost-central day --db central.db --date {self.date}\n" + shown.stdout + shown.stderr, end="")
        answer = subprocess.run(command + ["--json"], capture_output=True, text=True, timeout=60, check=False)
        try:
            found = json.loads(answer.stdout)
            return {"complete": bool(found["complete"]), "tills": found["tills"]}
        except (ValueError, KeyError) as problem:
            raise Failure(f"tillpost-central day gave no verdict: {problem}\n{answer.stderr}") from problem

    @staticmethod
    def verdict(day):
        tills = day["tills"]
        if day["complete"]:
            return f"day complete: {len(tills)} tills, every number there, sums agree with the tills' own"
        wrong = [till["till"] + ": " + ", ".join(till["reasons"]) for till in tills if not till["complete"]]
        return "DAY NOT COMPLETE: " + ("; ".join(wrong) or "no till was closed")

    def keep_running(self):
        """Until Ctrl-C. The store plays on with its next day: the numbers of this one are taken."""
        subscriptions = self.subscriptions()
        self.central.start()
        deadline = time.monotonic() + 5
        while self.subscriptions() == subscriptions and time.monotonic() < deadline:
            time.sleep(0.05)  # an agent that finds nobody tries again some 15 s later
        self.agent.start()
        self.date = (datetime.date.fromisoformat(self.date) + datetime.timedelta(days=1)).isoformat()
        self.store.command = self.store_command("--seed", str(time.time_ns() % 1_000_000))
        self.store.start()
        control = f"--socket {self.file('control.sock')}"
        print(f"""
Everything runs on, until Ctrl-C. In another terminal:

  {self.path('tillpost')} status {control}
  {self.path('tillpost')} tail {control}
  tail -f {self.file('agent.log')}

  page     http://localhost:{self.page_port}/
  folder   {self.folder}
  broker   {self.address()}
  feed     {self.file('feed.sock')}
  scanner  {self.file('scanner')}
""", flush=True)
        try:
            while True:
                for program in self.programs:
                    program.check()
                time.sleep(0.5)
        except KeyboardInterrupt:
            print("\nstopping everything")

    def close(self):
        """Ends every process that was started, by its id, and removes the folder."""
        self.asked.forget()
        for program in self.programs:
            program.ask_to_stop()
        deadline = time.monotonic() + 3
        for program in self.programs:
            program.stop(max(0.1, deadline - time.monotonic()))
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # the terminal may be gone
            self.screen.close()


def parse_arguments():
    parser = argparse.ArgumentParser("./dev demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=str(REPOSITORY / "build/dev/bin"), help="folder of the programs")
    parser.add_argument("--seconds", type=float, default=25, help="how long the store sells (default 25)")
    parser.add_argument("--rate", type=float, default=150, help="records a second (default 150)")
    parser.add_argument("--kill-rounds", type=int, default=1, help="how often the agent is killed (default 1)")
    parser.add_argument("--plain", action="store_true", help="lines instead of a screen")
    parser.add_argument("--check-options", action="store_true", help=argparse.SUPPRESS)  # ./dev asks before it builds
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end, until Ctrl-C")
    arguments = parser.parse_args()
    if arguments.seconds < 2 or arguments.rate <= 0 or arguments.kill_rounds < 0:
        parser.error("--seconds must be 2 or more, --rate above 0, --kill-rounds 0 or more")
    return arguments


def on_signal(number, _frame):
    raise KeyboardInterrupt(number)


def main():
    arguments = parse_arguments()
    if arguments.check_options:
        return 0
    for number in STOPPING:
        signal.signal(number, on_signal)
    demo = None
    try:
        demo = Demo(arguments)
        return 0 if demo.run() else 1
    except Failure as failure:
        if demo:
            demo.screen.close()
        print(f"\ndemo: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    finally:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        if demo:
            demo.close()


if __name__ == "__main__":
    sys.exit(main())
