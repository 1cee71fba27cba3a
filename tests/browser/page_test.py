#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""page_test.py BIN [--screenshots FOLDER]: the daemon's local page in a real browser.

77 (skipped) without a Chromium. With --screenshots what a person would see is written, light and dark, narrow and wide.
"""
import argparse
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import browser

# WCAG 2: 4.5 for text. Of each text the colour against the nearest background that is painted.
CONTRASTS = """(() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const faults = [];
  for (const each of document.querySelectorAll("body *")) {
    const own = [...each.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !each.getClientRects().length || ["SCRIPT", "OPTION", "INPUT", "BUTTON"].includes(each.tagName)) continue;
    let paper = each;
    while (paper && (rgb(getComputedStyle(paper).backgroundColor)[3] ?? 1) === 0) paper = paper.parentElement;
    if (!paper) { faults.push("no background: " + each.outerHTML); continue; }
    const pair = [getComputedStyle(each).color, getComputedStyle(paper).backgroundColor].map(c => light(rgb(c)));
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) faults.push(ratio.toFixed(2) + ": " + each.outerHTML.slice(0, 80));
  }
  return faults;
})()"""

# The page was hidden, and is looked at again: it does not wait for its next turn.
LOOK_NOW = "document.dispatchEvent(new Event('visibilitychange'))"


class Daemon:
    """tillpostd with a page and a feed, and no broker."""

    def __init__(self, bin_folder, folder):
        self.program = os.path.join(bin_folder, "tillpostd")
        self.folder = pathlib.Path(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        (self.folder / "tillpost.json").write_text(json.dumps({
            "agent": {"tenant": "acme", "store": "0042", "node": "till-01"},
            "journal": {"path": str(self.folder / "journal.db")},
            "broker": {"address": "tcp://127.0.0.1:1"},
            "feed": {"socket": str(self.folder / "feed.sock")},
            "control": {"socket": ""},
            "page": {"address": f"127.0.0.1:{self.port}"}}))
        self.process = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self.program, "--config", str(self.folder / "tillpost.json")], stderr=log)
        self.wait_for(socket.AF_INET, ("127.0.0.1", self.port))
        # The feed opens when the page has: a moment later, or a long one on a busy machine.
        self.wait_for(socket.AF_UNIX, str(self.folder / "feed.sock"))

    def wait_for(self, family, address):
        deadline = time.monotonic() + 60
        while True:
            try:
                with socket.socket(family) as one:
                    one.connect(address)
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    log = (self.folder / "log").read_text()
                    raise RuntimeError(f"tillpostd does not answer at {address}: {log}") from None
                time.sleep(0.01)

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def tell(self, *records):
        with socket.socket(socket.AF_UNIX) as feed:
            feed.settimeout(20)
            feed.connect(str(self.folder / "feed.sock"))
            lines = feed.makefile("rw")
            for record in records:
                lines.write(json.dumps(record) + "\n")
                lines.flush()
                answer = lines.readline()
                assert "accepted" in answer, answer


def sale(till, number, amount):
    return {"type": "sale", "till": till, "business_date": "2026-11-23", "time": "2026-11-23T12:00:00Z",
            "currency": "EUR", "number": number,
            "lines": [{"line": 1, "kind": "goods", "direction": "sale", "item": "1", "quantity": 1, "unit": "EA",
                       "amount": amount}],
            "tenders": [{"type": "cash", "amount": amount}], "totals": {"net": amount, "tax": "0", "gross": amount}}


def closing(till, first, last, cash):
    return {"type": "till_close", "till": till, "business_date": "2026-11-23", "time": "2026-11-23T20:00:00Z",
            "currency": "EUR", "session": 1, "first_number": first, "last_number": last,
            "tenders": [{"type": "cash", "amount": cash, "expected": "0", "counted": "0"}]}


def looked_at(page, url):
    """What is to be seen, and that nothing of it needed what the policy forbids."""
    page.open(url)
    assert page.run("document.title").startswith("All safe, waiting for central"), page.run("document.title")
    text = page.run("document.body.innerText")
    for part in ("Everything is safe", "There is no line to central", "Till T01", "not complete", "Till T02"):
        assert part in text, (part, text)
    assert page.run("getComputedStyle(document.querySelector('.banner')).padding") != "0px", "the style is not applied"
    assert page.run("document.getElementById('stale').hidden")


def kept_fresh(page, daemon):
    """Without a reload, and without disturbing who reads."""
    page.run("window.mark = 1; document.querySelector('#till-T02 summary').focus()")
    page.press("Enter")     # it is open, because it is not complete
    page.wait_for("!document.getElementById('till-T02').open", "Enter closes a till")
    daemon.tell(sale("T02", 2, "5.00"))
    page.wait_for("document.getElementById('till-T02').innerText.includes('7.00 EUR')", "the new sale is shown")
    assert page.run("window.mark") == 1, "the page was loaded again"
    assert not page.run("document.getElementById('till-T02').open"), "a refresh has opened what was closed"
    assert page.run("document.activeElement.closest('details').id") == "till-T02", "a refresh has taken the focus"


def quiet_when_hidden(page):
    page.run("""window.timers = []; window.realTimeout = setTimeout;
      window.setTimeout = (f, delay) => { timers.push(delay); return realTimeout(f, delay); };
      window.seen = 'hidden';
      Object.defineProperty(document, 'visibilityState', {get: () => seen, configurable: true});""" + LOOK_NOW)
    assert page.run("timers.length") == 0, "a hidden page plans to refresh"
    page.run("seen = 'visible'; " + LOOK_NOW)
    page.wait_for("timers.length > 0 && timers[0] === 0", "shown again, it refreshes at once")
    page.wait_for("timers.includes(5000)", "and then again and again")
    page.run("window.setTimeout = realTimeout")


def says_when_the_daemon_is_gone(page, daemon):
    assert not page.complaints, page.complaints
    daemon.stop()
    page.run(LOOK_NOW)
    page.wait_for("!document.getElementById('stale').hidden", "the page says that it is old")
    daemon.start()
    page.run(LOOK_NOW)
    page.wait_for("document.getElementById('stale').hidden", "the page knows that it is back")
    page.complaints[:] = [text for text in page.complaints if not text.endswith("ERR_CONNECTION_REFUSED")]


def works_without_scripts(page, url):
    page.ask("Emulation.setScriptExecutionDisabled", value=True)
    page.open(url)
    text = page.run("document.body.innerText")
    for part in ("Everything is safe", "Till T01", "Look again"):
        assert part in text, (part, text)
    page.run("document.getElementById('date').value = '2026-11-22'; document.getElementById('date').form.submit()")
    page.wait_for("location.search === '?date=2026-11-22' && document.readyState === 'complete'", "the form leads there")
    assert "Nothing is known of this day" in page.run("document.body.innerText")
    page.ask("Emulation.setScriptExecutionDisabled", value=False)


def reached_by_keyboard(page, url):
    page.open(url)
    reached = []
    for _ in range(12):
        page.press("Tab")
        reached.append(page.run("document.activeElement.textContent.trim() || document.activeElement.id"))
    for part in ("Day before", "date", "Show"):
        assert any(part in each for each in reached), (part, reached)
    outline = page.run("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "the focus is not to be seen"


def fits_every_screen(page, url, shots):
    for width, height in ((320, 568), (800, 600), (1280, 800)):
        for scheme in ("light", "dark"):
            page.look(width, height, scheme)
            page.open(url)
            page.run("for (const each of document.querySelectorAll('details')) each.open = true")
            wide = page.run("document.documentElement.scrollWidth")
            assert wide <= width, f"{wide} pixels on a screen of {width}"
            faults = page.run(CONTRASTS)
            assert not faults, (scheme, faults)
            if shots:
                page.screenshot(os.path.join(shots, f"{scheme}-{width}.png"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bin")
    parser.add_argument("--screenshots")
    options = parser.parse_args()
    program = browser.find()
    if not program:
        print("there is no Chromium to show the page to (./dev install browser)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(options.bin, folder)
        daemon.start()
        try:
            daemon.tell(sale("T01", 1, "1.99"), sale("T01", 3, "10.01"), closing("T01", 1, 3, "14.00"),
                        sale("T02", 1, "2.00"))
            with browser.Browser(program) as page:
                looked_at(page, daemon.url)
                kept_fresh(page, daemon)
                quiet_when_hidden(page)
                says_when_the_daemon_is_gone(page, daemon)
                works_without_scripts(page, daemon.url)
                reached_by_keyboard(page, daemon.url)
                fits_every_screen(page, daemon.url, options.screenshots)
                assert not page.complaints, page.complaints
        finally:
            daemon.stop()
    print("the page works in " + program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
