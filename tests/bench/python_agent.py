#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The agent that a script of an afternoon would be, durable and forwarding: a peer for `./dev bench`. One sync an event:
what the broker has acknowledged is noted in the next event's transaction."""
import json
import os
import socket
import sqlite3
import sys

import paho.mqtt.client as mqtt

feed, journal, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
db = sqlite3.connect(journal, check_same_thread=False, isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=FULL")
db.execute("CREATE TABLE IF NOT EXISTS event (n INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, sent INTEGER DEFAULT 0)")
client = mqtt.Client("python-agent")
client.max_inflight_messages_set(20)
in_flight, done = {}, []
client.on_publish = lambda _client, _data, message: done.append(in_flight.pop(message, None))
if port:
    client.connect("127.0.0.1", port)
    client.loop_start()
if os.path.exists(feed):
    os.unlink(feed)
server = socket.socket(socket.AF_UNIX)
server.bind(feed)
server.listen()
while True:
    peer, _ = server.accept()
    lines = peer.makefile("rwb")
    for line in lines:
        acknowledged, done = done, []
        db.execute("BEGIN")
        db.executemany("UPDATE event SET sent = 1 WHERE n = ?", [(number,) for number in acknowledged])
        number = db.execute("INSERT INTO event (body) VALUES (?)", (line.decode(errors="replace"),)).lastrowid
        db.execute("COMMIT")
        lines.write(json.dumps({"accepted": {"epoch": "0" * 16, "sequence": number}}).encode() + b"\n")
        lines.flush()
        if port:
            in_flight[client.publish("tillpost/v1/bench/0042/till-01/events", line, qos=1).mid] = number
