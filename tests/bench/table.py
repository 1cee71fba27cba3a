# SPDX-License-Identifier: Apache-2.0
"""The table of a run: goal, figure, what stands beside it, ratio; and what machine it was."""
import os
import platform
import sys


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, figure, goal="", beside="", ratio="", met=None):
        """`met`: whether the goal is; None where there is none."""
        verdict = "" if met is None else "yes" if met else "**no**"
        row = (what, goal, figure, beside, ratio, verdict, f"{os.getloadavg()[0]:.1f}")
        self.rows.append(row)
        print("  " + " | ".join(row), file=sys.stderr, flush=True)

    def at_least(self, what, ours, other, goal, beside, unit="/s"):
        """A figure that has to be `goal` times as large as the other one."""
        self.add(what, f"{ours:,.0f}{unit}", f">= {goal:g} x", f"{beside}: {other:,.0f}{unit}", f"{ours / other:.2f}",
                 ours >= goal * other)

    def at_most(self, what, ours, other, goal, beside, unit):
        self.add(what, f"{ours:,.2f}{unit}", f"<= {goal:g} x", f"{beside}: {other:,.2f}{unit}", f"{ours / other:.2f}",
                 ours <= goal * other)

    def print(self):
        print("| what | goal | Tillpost | beside it, same run | ratio | met | load |\n|---|---|---|---|---|---|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


def machine_facts():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return (f"{platform.system()} {platform.release()}, {os.cpu_count()} cores ({model}), {int(memory) // 1048576} GiB;"
            f" load average {os.getloadavg()[0]:.1f} at the start")
