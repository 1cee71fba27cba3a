#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the dependency rule (agent/README.md): platform <- drivers <- agent, and inside agent the arrows below.

The link lines keep it too, but only where a symbol is needed; a header slips through. Test code may include anything.
"""
import fnmatch
import re

from sources import CODE, ROOT, code_only, files, line_of, run

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")', re.M)

EVENT, PLATFORM, WIRE, AUDIT = "agent/event/*", "platform/*", "agent/wire/*", "agent/audit/*"
SETTINGS = ["agent/*/settings.hpp", "drivers/*/settings.hpp", "agent/mqtt/connection.hpp",
            "agent/mqtt/address.hpp", WIRE]

# Who (the first pattern that fits counts) may include what, besides files of its own folder.
ALLOWED = [
    ("platform/*", []),
    ("drivers/*/*", ["drivers/driver.hpp", PLATFORM]),
    ("drivers/*", [PLATFORM]),
    ("agent/event/redaction/*", ["agent/event/identifiers.hpp", "agent/event/json_text.hpp", "agent/event/gs1/*",
                                PLATFORM]),
    ("agent/event/gs1/*", ["agent/event/decimal.hpp", PLATFORM]),
    ("agent/event/*", ["agent/event/redaction/redactor.hpp", "agent/event/redaction/json_token.hpp", "agent/event/gs1/*",
                       PLATFORM]),
    ("agent/day/*", [EVENT, PLATFORM]),
    ("agent/wire/*", [EVENT, PLATFORM]),
    ("agent/audit/*", [EVENT, WIRE, PLATFORM, "agent/day/*"]),
    ("agent/journal/offline/*", [EVENT, WIRE, AUDIT, "agent/journal/*", PLATFORM]),
    ("agent/journal/*", [EVENT, WIRE, PLATFORM]),
    ("agent/capture/*", [EVENT, WIRE, "agent/day/*", "agent/journal/*", "drivers/driver.hpp", PLATFORM]),
    ("agent/mqtt/*", [PLATFORM]),
    ("agent/forward/*", [EVENT, WIRE, "agent/journal/*", "agent/mqtt/*", PLATFORM]),
    # How POS numbers are written and make series is the same at the box and at the receiver.
    ("agent/central/*", [AUDIT, EVENT, "agent/day/number_ranges.hpp", "agent/day/pos_numbers.hpp", "agent/mqtt/*", WIRE,
                         PLATFORM]),
    ("agent/control/*", SETTINGS + ["agent/event/gs1/measure_template.hpp",
                                     "agent/event/redaction/people.hpp", "agent/status/*", PLATFORM]),
    ("agent/status/*", SETTINGS + [PLATFORM]),
    ("agent/cli/*", [AUDIT, EVENT, "agent/status/*", "agent/wire/line.hpp", "agent/journal/offline/*",
                     "agent/journal/packed_body.hpp", "agent/control/configuration.hpp", "drivers/feed/line_framer.hpp", "drivers/feed/settings.hpp", PLATFORM, "agent/capture/day_history.hpp",
                     "agent/capture/reprocess_json.hpp", "agent/capture/request_members.hpp"]),
    ("agent/*/*", None),    # a new part: give it a line of its own
    ("agent/*", ["agent/*", "drivers/*", PLATFORM]),    # the composition root
]

# Foreign headers with one home each; () is nowhere.
HOMES = [
    (r"sqlite3(ext)?\.h", ("platform/sqlite*",), "SQLite stays behind platform/sqlite.hpp"),
    (r"mqtt/.*|MQTT\w*\.h", ("agent/mqtt/paho_*",), "Paho stays behind agent/mqtt/connection.hpp"),
    (r"boost/asio\.hpp", (), "the whole of Asio costs 1.7 s a file: include its narrow headers"),
    (r"boost/beast.*", ("agent/status/http_request.cpp",), "Beast parses HTTP behind agent/status/http_request.hpp alone"),
    (r"nlohmann/(?!json_fwd\.hpp).*", ("*.cpp",), "in a header include <nlohmann/json_fwd.hpp>"),
]


def fits(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def folder(path):
    return path.rpartition("/")[0]


def foreign_fault(path, header):
    for pattern, homes, reason in HOMES:
        if re.fullmatch(pattern, header) and not fits(path, homes):
            return f"<{header}>: {reason}"
    return None


def project_fault(path, header):
    """header is written from the repository's root."""
    who, allowed = next(((who, allowed) for who, allowed in ALLOWED if fnmatch.fnmatchcase(path, who)), (path, None))
    if allowed is None:
        return f"tests/lint/includes.py has no rule for {folder(path)}: say there what it may include"
    if folder(header) == folder(path) or header.startswith(folder(path) + "/") and who == "agent/*":
        return None
    return None if fits(header, allowed) else f'{folder(path)} may not include "{header}"'


def check(path, text):
    if path.startswith("tests/"):
        return
    comments_gone = code_only(text)
    for match in INCLUDE.finditer(text):
        if comments_gone[match.start():match.end()].strip()[:1] != "#":
            continue    # inside a comment
        foreign, project = match.groups()
        fault = foreign_fault(path, foreign or project)
        if project and not fault:
            fault = project_fault(path, project)
        if foreign and (ROOT / foreign).is_file():
            fault = f'write "{foreign}", it is ours'
        if fault:
            yield line_of(text, match.start()), fault


def _case(path, header, expected=None):
    return f"{path} includes {header}", path, f"#pragma once\n#include {header}\n", expected


NO = "may not include"
CASES = [
    _case("platform/a.cpp", '"platform/b.hpp"'),
    _case("platform/a.cpp", '"drivers/driver.hpp"', NO),
    _case("platform/a.hpp", '"agent/wire/line.hpp"', NO),
    _case("drivers/scanner/a.cpp", '"drivers/driver.hpp"'),
    _case("drivers/scanner/a.cpp", '"drivers/scanner/b.hpp"'),
    _case("drivers/scanner/a.cpp", '"drivers/feed/b.hpp"', NO),
    _case("drivers/scanner/a.cpp", '"agent/event/event.hpp"', NO),
    _case("drivers/driver.hpp", '"platform/error.hpp"'),
    _case("drivers/driver.hpp", '"drivers/feed/feed.hpp"', NO),
    _case("agent/event/a.cpp", '"platform/bytes.hpp"'),
    _case("agent/event/a.cpp", '"agent/journal/journal.hpp"', NO),
    _case("agent/event/scan.cpp", '"agent/event/gs1/scan_data.hpp"'),
    _case("agent/event/gs1/a.cpp", '"agent/event/decimal.hpp"'),
    _case("agent/event/gs1/a.cpp", '"agent/event/scan.hpp"', NO),
    _case("agent/journal/a.cpp", '"agent/wire/line.hpp"'),
    _case("agent/journal/a.hpp", '"agent/wire/protocol.hpp"'),
    _case("agent/journal/a.cpp", '"agent/forward/delivery.hpp"', NO),
    _case("agent/journal/a.cpp", '"agent/mqtt/connection.hpp"', NO),
    _case("agent/journal/a.cpp", '"agent/capture/capture.hpp"', NO),
    _case("agent/capture/a.cpp", '"agent/journal/journal.hpp"'),
    _case("agent/capture/a.cpp", '"drivers/driver.hpp"'),
    _case("agent/capture/a.cpp", '"drivers/feed/settings.hpp"', NO),
    _case("agent/capture/a.cpp", '"agent/forward/forwarder.hpp"', NO),
    _case("agent/mqtt/a.cpp", '"agent/wire/line.hpp"', NO),
    _case("agent/wire/protocol.hpp", '"agent/wire/line.hpp"'),
    _case("agent/wire/protocol.cpp", '"agent/event/event.hpp"'),
    _case("agent/wire/protocol.cpp", '"agent/forward/delivery.hpp"', NO),
    _case("agent/wire/protocol.cpp", '"agent/mqtt/connection.hpp"', NO),
    _case("agent/event/a.cpp", '"agent/wire/line.hpp"', NO),
    _case("agent/forward/a.cpp", '"agent/mqtt/connection.hpp"'),
    _case("agent/forward/a.cpp", '"agent/capture/capture.hpp"', NO),
    _case("agent/central/a.cpp", '"agent/wire/protocol.hpp"'),
    _case("agent/central/a.cpp", '"agent/day/pos_numbers.hpp"'),
    _case("agent/central/a.cpp", '"agent/day/book.hpp"', NO),
    _case("agent/central/a.cpp", '"agent/forward/forwarder.hpp"', NO),
    _case("agent/central/a.cpp", '"agent/journal/journal.hpp"', NO),
    _case("agent/control/a.cpp", '"drivers/feed/settings.hpp"'),
    _case("agent/control/a.cpp", '"agent/status/status.hpp"'),
    _case("agent/control/a.cpp", '"agent/journal/journal.hpp"', NO),
    _case("agent/status/a.cpp", '"agent/journal/settings.hpp"'),
    _case("agent/status/a.cpp", '"agent/forward/forwarder.hpp"', NO),
    _case("agent/cli/a.cpp", '"agent/status/status.hpp"'),
    _case("agent/cli/a.cpp", '"agent/journal/journal.hpp"', NO),
    _case("agent/cli/a.cpp", '"agent/event/intake.hpp"'),
    _case("agent/cli/a.cpp", '"drivers/feed/line_framer.hpp"'),
    _case("agent/cli/a.cpp", '"drivers/feed/connection.hpp"', NO),
    _case("agent/app.cpp", '"agent/journal/journal.hpp"'),
    _case("agent/app.cpp", '"drivers/feed/feed.hpp"'),
    _case("agent/app.cpp", '"tests/support/broker.hpp"', NO),
    _case("agent/newpart/a.cpp", '"platform/error.hpp"', "no rule for agent/newpart"),
    _case("agent/journal/a.cpp", '"journal.hpp"', NO),
    _case("agent/journal/a.cpp", '"../event/line.hpp"', NO),
    _case("agent/journal/a.cpp", "<platform/error.hpp>", "it is ours"),
    _case("platform/sqlite.cpp", "<sqlite3.h>"),
    _case("platform/files.cpp", "<sqlite3.h>", "SQLite"),
    _case("agent/journal/a.cpp", "<sqlite3.h>", "SQLite"),
    _case("agent/mqtt/paho_connection.cpp", "<mqtt/async_client.h>"),
    _case("agent/mqtt/connection.hpp", "<mqtt/async_client.h>", "Paho"),
    _case("agent/forward/a.cpp", "<MQTTAsync.h>", "Paho"),
    _case("agent/forward/a.cpp", "<boost/asio.hpp>", "narrow"),
    _case("agent/forward/a.cpp", "<boost/asio/post.hpp>"),
    _case("agent/status/http_request.cpp", "<boost/beast/http/parser.hpp>"),
    _case("agent/status/page_server.cpp", "<boost/beast/http.hpp>", "HTTP"),
    _case("agent/event/a.cpp", "<nlohmann/json.hpp>"),
    _case("agent/event/a.hpp", "<nlohmann/json.hpp>", "json_fwd"),
    _case("agent/event/a.hpp", "<nlohmann/json_fwd.hpp>"),
    ("indented and spaced", "platform/a.cpp", '#  include   "agent/app.hpp"\n', NO),
    ("in a comment", "platform/a.cpp", '// #include "agent/app.hpp"\n/*\n#include <sqlite3.h>\n*/\n', None),
    ("a test", "tests/unit/a.cpp", "#include <sqlite3.h>\n#include <boost/asio.hpp>\n", None),
]

if __name__ == "__main__":
    run(check, CASES, files((".cpp", ".hpp"), CODE))
