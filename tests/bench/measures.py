# SPDX-License-Identifier: Apache-2.0
"""What is measured. Each function begins and ends with no process running and no file left."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import sqlite3
import sys
import time

from agents import Meter, Work, memory_of, processor_ms_of, wait_for, wake_ups_of

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import packed_bodies  # noqa: E402
LINE_BYTES = 1_680  # a journal row's body, on average, with the simulated store's baskets; capture() checks it


def rate_of(result):
    return result["accepted"] / result["seconds"]


def bare(bench, batch, seconds, *options, rate=0, meter=None):
    result = bench.floor("sqlite", bench.path("floor.db"), "--batch", batch, "--bytes", LINE_BYTES, "--seconds", seconds,
                         "--rate", rate, *options, meter=meter)
    bench.fresh()
    return result


def cost(bench, table, size):
    """One core; profile.py says where the instructions go."""
    result = bench.output("bench_cost")
    table.add(f"capture cost of a sale of {result['bytes']} bytes: redaction, parsing, rules, body, digests",
              f"{result['whole_ns'] / 1000:.1f} µs", "<= 8 µs", met=result["whole_ns"] <= 8_000)


def capture(bench, table, size):
    """Central down: the broker's port refuses."""
    for in_flight, batch, goal in ((1, 1, 0), (16, 16, 0), (200, 100, 0.25)):
        floor = bare(bench, batch, size.seconds)["rows_per_second"]
        agent = bench.agent()
        ours = rate_of(bench.sim(1, in_flight=in_flight, rate=0, seconds=size.seconds))
        bench.stop(agent)
        check_row(bench)
        bench.fresh()
        what, beside = f"durable capture, {in_flight} in flight, central down", f"bare SQLite, batch {batch}"
        if goal:
            table.at_least(what, ours, floor, goal, beside)
        else:
            table.add(what, f"{ours:,.0f}/s", "", f"{beside}: {floor:,.0f}/s", f"{ours / floor:.2f}")


def python(bench, table, size):
    """Capture while forwarding, beside an agent of some 40 lines; then both with slow syncs.

    To the Python agent the broker's acknowledgement is the end: ours is measured so, and with a central that commits
    all of it on the same processors.
    """
    for sync_ms, in_flight, goal in ((0, 200, 8), (5, 16, 14), (5, 200, 70)):
        meter = Meter(bench, "capture", sync_ms)
        theirs = peer_while_forwarding(bench, size, in_flight, meter)
        slow = f", {sync_ms} ms a sync" if sync_ms else ""
        for confirm, beside in (("broker", ""), ("central", ", central beside it")):
            ours = while_forwarding(bench, size, in_flight, meter, confirm)
            table.at_least(f"durable capture while forwarding, {in_flight} in flight{slow}{beside}", ours["rate"],
                           theirs["rate"], goal, "Python, sqlite3 and paho")
            table.add(f"events a sync, {in_flight} in flight{slow}{beside}", f"{ours['events_a_sync']:.1f}")
            table.add(f"processor time an event, {in_flight} in flight{slow}{beside}", ours["worked"], "", theirs["worked"])


def while_forwarding(bench, size, in_flight, meter, confirm):
    others = {"broker": bench.broker()}
    if confirm == "central":
        others["central"] = bench.central()
    agent = bench.agent(confirm, meter=meter)
    before = meter.read()["syncs"]
    with Work({"agent": agent, **others}) as work:
        result = bench.sim(2, in_flight=in_flight, rate=0, seconds=size.seconds)
    events_a_sync = result["accepted"] / (meter.read()["syncs"] - before)
    for child in (agent, *others.values()):
        bench.stop(child)
    bench.fresh()
    return {"rate": rate_of(result), "events_a_sync": events_a_sync, "worked": work.an_event(result["accepted"])}


def peer_while_forwarding(bench, size, in_flight, meter):
    broker = bench.broker()
    peer = bench.start("/usr/bin/python3", HERE / "python_agent.py", bench.path("python.sock"), bench.path("python.db"),
                       bench.port, log="python.log", meter=meter)
    wait_for(lambda: os.path.exists(bench.path("python.sock")), 10, "the Python agent does not start")
    with Work({"agent": peer, "broker": broker}) as work:
        result = bench.sim(2, socket_name="python.sock", in_flight=in_flight, rate=0, seconds=size.seconds)
    bench.stop(peer, signal.SIGKILL)
    bench.stop(broker)
    bench.fresh()
    return {"rate": rate_of(result), "worked": work.an_event(result["accepted"])}


def acknowledgement(bench, table, size):
    """The bare one runs before and after, as the disk's speed changes: the mean of the two is beside ours."""
    meter, bare_meter = Meter(bench, "single"), Meter(bench, "bare")
    first = bare(bench, 1, size.seconds, rate=100, meter=bare_meter)
    agent = bench.agent(meter=meter)
    before = meter.read()
    with Work({"agent": agent}) as work:
        result = bench.sim(7, in_flight=1, rate=100, seconds=size.seconds)
    after = meter.read()
    syncs = after["syncs"] - before["syncs"]
    bench.stop(agent)
    bench.fresh()
    second = bare(bench, 1, size.seconds, rate=100, meter=bare_meter)
    for name, goal in (("p50", 1.6), ("p99", 3)):
        other = (first[f"{name}_ms"] + second[f"{name}_ms"]) / 2
        table.at_most(f"durable acknowledgement at 100/s, {name}", result[f"ack_{name}_ms"], other, goal,
                      "bare SQLite, batch 1", " ms")
    others = bare_meter.read()
    table.add("a sync of these, on average", f"{(after['sync_ns'] - before['sync_ns']) / syncs / 1e6:.2f} ms", "",
              f"bare SQLite: {others['sync_ns'] / others['syncs'] / 1e6:.2f} ms")
    table.add("processor time of these", work.an_event(result["accepted"]))
    table.add("syncs for a single acknowledgement, checkpoints included", f"{syncs / result['accepted']:.3f}",
              "1, more at checkpoints only", met=1 <= syncs / result["accepted"] <= 1.05)


def drain_time(bench, seconds):
    """Events a second from the first confirmation to the last, and how many."""
    confirmed, waiting = wait_for(lambda: (lambda s: s["confirmed"] > 0 and (s["confirmed"], s["waiting"]))(bench.status()),
                                  60, "nothing is confirmed")
    start = time.monotonic()
    wait_for(lambda: bench.status()["waiting"] == 0, seconds, "the backlog does not drain")
    return waiting / (time.monotonic() - start)


def bridge_rate(bench, events):
    """Of a mosquitto that forwards what it holds in its memory, one message an event."""
    bridge, port = bench.bridge()
    bench.floor("paho", f"tcp://127.0.0.1:{port}", "--topic", "tillpost/v1/bench/0042/till-01/events", "--messages",
                events, "--bytes", LINE_BYTES + 174)
    broker = bench.broker()
    counter = bench.counter(events=events // 2, seconds=60)  # the first may go before it has subscribed
    result = bench.counted(counter)
    for child in (bridge, broker):
        bench.stop(child, signal.SIGKILL)
    if result["lines"] < events // 2:
        raise RuntimeError(f"the bridge brought {result['lines']} of {events} messages")
    return result["lines"] / result["seconds"]


def drain(bench, table, size):
    bridge = bridge_rate(bench, 20_000)
    bench.backlog(size.drain)
    broker = bench.broker()
    counter = bench.counter(events=size.drain, seconds=60)
    agent = bench.agent("broker")
    result = bench.counted(counter)
    bench.stop(agent)
    rate = result["lines"] / result["seconds"]
    floor = bench.floor("paho", f"tcp://127.0.0.1:{bench.port}", "--messages", 20_000, "--bytes", LINE_BYTES + 174)
    table.add(f"drain of {result['lines']:,}, at a subscriber, confirm: broker", f"{rate:,.0f}/s",
              ">= 100,000/s, >= 1 x", f"mosquitto's bridge: {bridge:,.0f}/s", f"{rate / bridge:.1f}",
              rate >= max(100_000, bridge))
    beside = f"bare Paho, one message an event: {floor['messages_per_second']:,.0f}/s"
    bench.fresh()
    bench.backlog(size.drain)
    central = bench.central()
    agent = bench.agent()
    rate = drain_time(bench, 120)
    table.add(f"drain of {size.drain:,}, committed and receipted by central", f"{rate:,.0f}/s", ">= 30,000/s", beside,
              f"{rate / floor['messages_per_second']:.1f}", rate >= 30_000)
    for child in (agent, central, broker):
        bench.stop(child)
    bench.fresh()


def slow_lines(bench, table, size):
    bench.backlog(size.drain)
    broker = bench.broker(receive_maximum=20)
    counter = bench.counter(events=size.drain, seconds=60)
    line, port = bench.line(delay_ms=20)
    agent = bench.agent("broker", port)
    result = bench.counted(counter)
    rate = result["lines"] / result["seconds"]
    table.add("drain at 40 ms round trip, Receive Maximum 20", f"{rate:,.0f}/s", ">= 10,000/s", met=rate >= 10_000)
    bench.stop(agent)
    bench.end_line(line)
    bench.fresh()
    bench.backlog(2_000)
    line, port = bench.line(bytes_per_second=8_000)
    counter = bench.counter(seconds=size.narrow)
    agent = bench.agent("broker", port, keep_alive=5)  # given up after 12.5 s without an answer
    lines = bench.counted(counter)["lines"]
    bench.stop(agent, signal.SIGKILL)
    again = bench.end_line(line) - 1
    table.add(f"64 kbit/s for {size.narrow} s, keep-alive 5 s: connections made again", f"{again} ({lines:,} events came)", "0",
              met=again == 0)
    bench.stop(broker)
    bench.fresh()


def send_live(bench, count, seconds):
    """A device that says in each event when it sent it."""
    with socket.socket(socket.AF_UNIX) as feed:
        feed.connect(bench.path("feed.sock"))
        answers = feed.makefile("rb")
        for _ in range(count):
            feed.sendall(json.dumps({"type": "other", "sent": f"live-{time.time_ns()}-"}).encode() + b"\n")
            answers.readline()
            time.sleep(seconds / count)


def live(bench, table, size):
    rates, count = [], 40 * size.seconds
    for with_live in (False, True):
        bench.backlog(size.live)
        broker = bench.broker()
        central = bench.central()
        counter = bench.counter(seconds=120, live=count)
        agent = bench.agent()
        wait_for(lambda: bench.status()["confirmed"] > 0, 60, "nothing is confirmed")
        time.sleep(0.5)
        before, start = bench.status()["confirmed"], time.monotonic()
        if with_live:
            send_live(bench, count, size.seconds)
        else:
            time.sleep(size.seconds)
        rates.append((bench.status()["confirmed"] - before) / (time.monotonic() - start))
        left = bench.status()["waiting"]
        if with_live:
            result = bench.counted(counter)
        else:
            bench.stop(counter, signal.SIGKILL)
        for child in (agent, central, broker):
            bench.stop(child, signal.SIGKILL)
        bench.fresh()
    if left < 100:
        raise RuntimeError(f"the backlog of {size.live:,} ended before the live events did; let more wait")
    if result["live"] < count:
        raise RuntimeError(f"only {result['live']} of {count} live events came to the subscriber")
    for name, goal in (("p50", 20), ("p99", 50)):
        value = result[f"{name}_ms"]
        table.add(f"live while {size.live:,} drain, device to central's broker, {name}", f"{value:.1f} ms",
                  f"<= {goal} ms", f"{result['live']} events", met=0 <= value <= goal)
    table.at_least("backlog's rate with live events beside it", rates[1], rates[0], 0.6, "without")


def idle(bench, table, size):
    broker = bench.broker()
    agent = bench.agent()
    central = bench.central()
    other = bench.start(bench.programs / "bench_floor", "idle", f"tcp://127.0.0.1:{bench.port}", "--seconds", 300,
                        log="idle.log")
    wait_for(lambda: "connected" in pathlib.Path(bench.path("idle.log")).read_text(), 10, "bare Paho does not connect")
    bench.sim(2, in_flight=200, rate=0, seconds=2 * size.seconds)  # what work leaves behind counts, too
    wait_for(lambda: bench.status()["waiting"] == 0, 60, "the events are not confirmed")
    time.sleep(10)  # memory is given back five seconds after the last change
    pids, start = (agent.pid, other.pid), time.monotonic()
    before = [(wake_ups_of(pid), processor_ms_of(pid)) for pid in pids]
    time.sleep(size.idle)
    wakes, worked = zip(*(((wake_ups_of(pid) - old[0]) / (time.monotonic() - start),
                           (processor_ms_of(pid) - old[1]) / (time.monotonic() - start))
                          for pid, old in zip(pids, before)))
    memory = [memory_of(pid) for pid in pids]
    for name, key in (("RSS", "Rss"), ("PSS", "Pss"), ("private dirty", "Private_Dirty")):
        ours, theirs = (part[key] / 1024 for part in memory)
        goal = {"Private_Dirty": ("<= 6 MB", ours <= 6)}.get(key, ("", None))
        table.add(f"idle after work, connected: {name}", f"{ours:.1f} MB", goal[0], f"bare Paho: {theirs:.1f} MB",
                  f"{ours / theirs:.1f}", goal[1])
    table.add("idle after work, connected: wake-ups", f"{wakes[0]:.1f}/s", "", f"bare Paho: {wakes[1]:.1f}/s",
              f"{wakes[0] / wakes[1]:.1f}")
    table.add("idle after work, connected: processor time", f"{worked[0]:.1f} ms/s", "<= 5 ms/s", f"bare Paho: {worked[1]:.1f} ms/s",
              met=worked[0] <= 5)
    for child in (other, central, agent, broker):
        bench.stop(child, signal.SIGKILL)
    bench.fresh()
    return memory[0]["Private_Dirty"] / 1024


def wear(bench, table, size):
    """Bytes given to pwrite, an event's whole life: capture, confirmation, deletion, checkpoint at the end."""
    for batch in (1, 10, 100):
        meter = Meter(bench, "floor")
        rows = bare(bench, batch, 2, "--whole-life", meter=meter)["rows"]
        theirs = meter.read()["bytes"] / rows
        meter = Meter(bench, "agent")
        agent = bench.agent("broker", meter=meter, keep_days=0)
        result = bench.sim(5, in_flight=batch, rate=0, seconds=4)
        broker = bench.broker()
        wait_for(lambda: bench.status()["waiting"] == 0, 60, "the events are not sent")
        settled(meter)
        bench.stop(agent)
        bench.stop(broker)
        if (left := in_journal(bench, "count(*)")) > max(1_024, result["accepted"] / 20):  # the newest may wait
            raise RuntimeError(f"{left} of {result['accepted']} events were not deleted")
        bench.fresh()
        table.at_most(f"bytes written per event, {batch} in flight", meter.read()["bytes"] / result["accepted"], theirs,
                      1.3, f"bare SQLite, batch {batch}", " B")


def settled(meter):
    """Waits until nothing has been written for two seconds."""
    seen = (0, time.monotonic())

    def quiet():
        nonlocal seen
        if (written := meter.read()["bytes"]) != seen[0]:
            seen = (written, time.monotonic())
        return time.monotonic() > seen[1] + 2
    wait_for(quiet, 60, "writing does not end")


def in_journal(bench, what):
    with contextlib.closing(sqlite3.connect(bench.path("journal.db"))) as journal:
        return journal.execute(f"SELECT {what} FROM event").fetchone()[0]


def check_row(bench):
    with contextlib.closing(sqlite3.connect(bench.path("journal.db"))) as journal:
        bodies = packed_bodies.Bodies(journal)
        sizes = [len(bodies.unpacked(body)) for (body,) in journal.execute("SELECT body FROM event WHERE body NOT NULL")]
    mean = sum(sizes) / len(sizes)
    if abs(mean - LINE_BYTES) > LINE_BYTES / 20:
        raise RuntimeError(f"a row's body has {mean:.0f} bytes on average: LINE_BYTES is to say so")


def first_answer(bench):
    """Milliseconds from the program's start to its first durable answer."""
    start = time.monotonic()
    agent = bench.agent(answers=False)

    def answered():
        try:
            with socket.socket(socket.AF_UNIX) as feed:
                feed.settimeout(30)
                feed.connect(bench.path("feed.sock"))
                feed.sendall(json.dumps({"type": "other", "restart": time.time_ns()}).encode() + b"\n")
                return b"accepted" in feed.recv(4096)
        except OSError:
            return False
    wait_for(answered, 60, "no answer after the restart")
    return agent, (time.monotonic() - start) * 1000


def drain_rate(bench):
    """From the first receipt to the last of five seconds: what comes before and behind them are round trips."""
    steps = []

    def drained():
        status = bench.status() or {"confirmed": 0, "waiting": 1}
        if status["confirmed"] > (steps[-1][1] if steps else 0):
            steps.append((time.monotonic(), status["confirmed"]))
        return status["waiting"] == 0 or (steps and steps[-1][0] > steps[0][0] + 5)
    wait_for(drained, 70, "drain")
    (begun, first), (ended, last) = steps[0], steps[-1]
    if ended == begun:
        raise RuntimeError("drain: a single receipt tells no rate; let more wait")
    return (last - first) / (ended - begun)


def growth(bench, table, size):
    """Capture, restart, memory and drain by how much waits: what the most costs more than the least."""
    figures = []
    for events in size.waiting:
        bench.backlog(events)
        os.sync()  # the filling is not to be measured
        agent = bench.agent()
        captured = rate_of(bench.sim(9, in_flight=200, rate=0, seconds=2))
        bench.stop(agent, signal.SIGKILL)
        agent, restart = first_answer(bench)
        broker = bench.broker()
        central = bench.central()
        drained = drain_rate(bench)
        figures.append((captured, drained, restart, memory_of(agent.pid)["Private_Dirty"] / 1024))
        for child in (agent, central, broker):
            bench.stop(child, signal.SIGKILL)
        bench.fresh()
    names = [f"{events:,}" for events in size.waiting]
    for at, (what, unit) in enumerate((("capture", "/s"), ("drain", "/s"), ("first answer after kill -9", " ms"))):
        values = [figure[at] for figure in figures]
        least, others = values[0], values[1:]
        dearer = max(other / least for other in others) if unit == " ms" else max(least / other for other in others)
        table.add(f"{what} with {' / '.join(names)} waiting", " / ".join(f"{v:,.0f}{unit}" for v in values),
                  "<= 1.2 x as dear", "", f"{dearer:.2f}", dearer <= 1.2)
    table.add(f"first answer after kill -9, {names[-1]} waiting", f"{figures[-1][2]:.0f} ms", "<= 150 ms",
              met=figures[-1][2] <= 150)
    table.add(f"private dirty while {names[-1]} drain", f"{figures[-1][3]:.1f} MB", "<= 6 + 12 MB",
              met=figures[-1][3] <= 18)


ALL = {each.__name__: each
       for each in (cost, capture, python, acknowledgement, drain, slow_lines, live, idle, wear, growth)}
