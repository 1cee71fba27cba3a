#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The units of systemd/: `systemd-analyze verify` finds nothing, they are confined as their README says, and what
Documentation= points to is what that README installs. Skipped (77) where there is no systemd-analyze."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from sources import ROOT

UNITS = ROOT / "systemd"
MOST_EXPOSED = 25  # tenths, of systemd-analyze security: "OK" ends at 4.9
INSTALLED = re.compile(r"^ +install .* (/usr/\S+)$", re.M)


def analyze(*arguments):
    outcome = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    return outcome.returncode, outcome.stdout + outcome.stderr


def faults(name, text, installed):
    """What is wrong with a unit, one a line. Its program is taken as installed."""
    found = []
    program = re.search(r"^ExecStart=(\S+)", text, re.M)
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder, name)
        unit.write_text(text.replace(f"ExecStart={program[1]}", "ExecStart=/bin/true") if program else text)
        code, said = analyze("verify", "--man=no", "--recursive-errors=no", str(unit))
        found += [line for line in said.splitlines() if name in line] or ([said.strip()] if code else [])
        code, said = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(unit))
        if code:
            found.append(f"{name}: {said.strip().splitlines()[-1]}")
    for page in re.findall(r"^Documentation=(.*)$", text, re.M) or [""]:
        for each in page.split() or ["nothing"]:
            if each.removeprefix("file://") not in installed:
                found.append(f"{name}: Documentation= points to {each}, which systemd/README.md does not install")
    return found


def self_test():
    """What is wrong is found."""
    good = (UNITS / "tillpostd.service").read_text()
    installed = set(INSTALLED.findall((UNITS / "README.md").read_text()))
    for old, new in (("", ""), ("WatchdogSec=30", "WatchdogSec=soon"), ("NoNewPrivileges=yes", "NoNewPrivilege=yes"),
                     ("ProtectSystem=strict\n", ""), ("ExecStart=", "#"), ("README.md", "nowhere.md")):
        # Without confinement at all it is exposed; without a single line of it not beyond the threshold.
        text = re.sub(r"^(Protect|Private|Restrict|System|Capab|NoNew).*\n", "", good, flags=re.M) \
            if old.startswith("Protect") else good.replace(old, new, 1) if old else good
        if bool(faults("tillpostd.service", text, installed)) != bool(old):
            print(f"self-test: {old or 'the unit as it is'}: {faults('tillpostd.service', text, installed)}")
            return 1
    return 0


def main():
    if shutil.which("systemd-analyze") is None:
        print("skipped: there is no systemd-analyze")
        return 77
    if "--self-test" in sys.argv:
        return self_test()
    installed = set(INSTALLED.findall((UNITS / "README.md").read_text()))
    units = sorted(UNITS.glob("*.service"))
    found = [line for unit in units for line in faults(unit.name, unit.read_text(), installed)]
    print("\n".join(found + [f"{len(units)} units, {len(found)} findings"]))
    return 1 if found or not units else 0


if __name__ == "__main__":
    sys.exit(main())
