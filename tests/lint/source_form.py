#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The form of files that no other tool checks: licence line, include guard, lengths, blanks, machine paths, sleeps."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from sources import ROOT, code_only, files, line_of, report, self_test

LONGEST_FILE = 400
LONGEST_TEST = 500    # tables of inputs are long
LONGEST_FUNCTION = 60
SPDX = "SPDX-License-Identifier: Apache-2.0"
LICENSED = (".cpp", ".hpp", ".h", ".py", ".sh")
TEXT = LICENSED + (".md", ".txt", ".cmake", ".json", ".yaml", ".yml", ".service", ".rules", ".conf", "")
# A developer's own folders have no place in what others read; written so that this file passes.
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|home|Users)/\w")
SLEEP = re.compile(r"\b(?:(?:this_thread::)?sleep_(?:for|until)|u?sleep|nanosleep)\s*\(")


def is_script(text):
    return text.startswith("#!")


def first_lines(path, text):
    lines = text.split("\n", 3)
    if path.endswith(LICENSED) or is_script(text):
        at = 1 if is_script(text) else 0
        if SPDX not in (lines[at] if at < len(lines) else ""):
            yield at + 1, f"begin with {SPDX}"
    if path.endswith((".hpp", ".h")) and "#pragma once" not in lines[1:2]:
        yield 2, "#pragma once belongs on the second line"


def blanks(text):
    for number, line in enumerate(text.split("\n"), 1):
        if line.endswith((" ", "\t", "\r")):
            yield number, "blanks or a carriage return at the end of the line"
        if "\t" in line:
            yield number, "a tab: use spaces"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "the last line has no line break"
    elif text.endswith("\n\n"):
        yield text.count("\n"), "empty lines at the end"


def cpp_faults(path, text):
    longest = LONGEST_TEST if path.startswith("tests/") else LONGEST_FILE
    if text.count("\n") > longest:
        yield longest, f"{text.count(chr(10))} lines, more than {longest}: a second purpose hides in here"
    code = code_only(text)
    if not path.startswith("tests/"):
        for match in re.finditer(r"\busing\s+namespace\b", code):
            yield line_of(code, match.start()), "no `using namespace` outside tests"
    elif not path.startswith("tests/bench/"):    # a benchmark measures over a time
        for match in SLEEP.finditer(code):
            yield line_of(code, match.start()), "a test does not sleep: it waits on a condition with a deadline"


def check(path, text):
    yield from first_lines(path, text)
    yield from blanks(text)
    for match in MACHINE_PATH.finditer(text):
        yield line_of(text, match.start()), "a path of somebody's machine"
    if path.endswith((".cpp", ".hpp", ".h")):
        yield from cpp_faults(path, text)


def long_functions(paths):
    """(path, line, name, lines) of functions that are too long; None when there is no Universal Ctags."""
    ctags = shutil.which("ctags")
    if not ctags or "Universal" not in subprocess.run([ctags, "--version"], capture_output=True, text=True).stdout:
        return None
    listing = subprocess.run(
        [ctags, "-L", "-", "-f", "-", "--languages=C++", "--kinds-C++=f", "--fields=+ne", "--sort=no"],
        input="\n".join(map(str, paths)), capture_output=True, text=True, check=True).stdout
    found = []
    for row in listing.splitlines():
        name, path, *rest = row.split("\t")
        at = {key: value for key, _, value in (field.partition(":") for field in rest)}
        lines = int(at.get("end", at["line"])) - int(at["line"]) + 1
        if lines > LONGEST_FUNCTION:
            found.append((path, at["line"], name, lines))
    return found


def report_long_functions():
    paths = [ROOT / path for path in files((".cpp", ".hpp", ".h"))]
    found = long_functions(paths)
    if found is None:
        print("note: no Universal Ctags (package universal-ctags): the length of functions is not checked")
        return 0
    for path, line, name, lines in found:
        print(f"{pathlib.Path(path).relative_to(ROOT)}:{line}: {name} has {lines} lines, more than {LONGEST_FUNCTION}")
    return 1 if found else 0


def self_test_functions(folder):
    for name, lines in (("fits", LONGEST_FUNCTION), ("too_long", LONGEST_FUNCTION + 1)):
        body = "    ++x;\n" * (lines - 2)
        (folder / f"{name}.cpp").write_text(f"void {name}(int x) {{\n{body}}}\n")
    found = long_functions(sorted(folder.glob("*.cpp")))
    return found is None or [name for _, _, name, _ in found] == ["too_long"]


_TOP = f"// {SPDX}\n"
_HEADER = _TOP + "#pragma once\n"
CASES = [
    ("a fine header", "platform/a.hpp", _HEADER + "struct A {};\n", None),
    ("no licence line", "platform/a.cpp", "int a;\n", "SPDX"),
    ("licence line too late", "platform/a.cpp", "\n" + _TOP, "SPDX"),
    ("a script", "dev", "#!/usr/bin/env bash\n# " + SPDX + "\ntrue\n", None),
    ("a script without licence line", "dev", "#!/usr/bin/env bash\ntrue\n", "SPDX"),
    ("a page needs none", "README.md", "# Tillpost\n", None),
    ("no guard", "platform/a.hpp", _TOP + "struct A {};\n", "#pragma once"),
    ("a guard in a comment", "platform/a.hpp", _TOP + "// #pragma once\n", "#pragma once"),
    ("as long as it may be", "platform/a.cpp", _TOP + "int a;\n" * (LONGEST_FILE - 1), None),
    ("one line longer", "platform/a.cpp", _TOP + "int a;\n" * LONGEST_FILE, "401 lines"),
    ("a test as long as it may be", "tests/unit/a.cpp", _TOP + "int a;\n" * (LONGEST_TEST - 1), None),
    ("a test one line longer", "tests/unit/a.cpp", _TOP + "int a;\n" * LONGEST_TEST, "501 lines"),
    ("using namespace", "agent/a.cpp", _TOP + "using namespace std;\n", "using namespace"),
    ("a using declaration", "agent/a.cpp", _TOP + "using std::chrono::seconds;\n", None),
    ("using namespace in a comment", "agent/a.cpp", _TOP + "// using namespace std;\n", None),
    ("using namespace in a test", "tests/unit/a.cpp", _TOP + "using namespace std::chrono_literals;\n", None),
    ("a tab", "agent/a.cpp", _TOP + "\tint a;\n", "tab"),
    ("a trailing blank", "README.md", "text \n", "blanks"),
    ("a carriage return", "README.md", "text\r\n", "carriage return"),
    ("no last line break", "README.md", "text", "no line break"),
    ("empty lines at the end", "README.md", "text\n\n", "empty lines"),
    ("a checkout's path", "README.md", "cd /wo" "rk/main\n", "machine"),
    ("a home folder", "README.md", "cd /ho" "me/anna/tillpost\n", "machine"),
    ("a path that ends alike", "README.md", "/var/lib/tillpost/work/x ~/work/y docs/home/z\n", None),
    ("a test that sleeps", "tests/unit/a.cpp", _TOP + "std::this_thread::sleep_for(5ms);\n", "sleep"),
    ("a test that sleeps in C", "tests/unit/a.cpp", _TOP + "usleep(5);\n", "sleep"),
    ("a benchmark that sleeps", "tests/bench/a.cpp", _TOP + "std::this_thread::sleep_for(1s);\n", None),
    ("a test that names a sleeper", "tests/unit/a.cpp", _TOP + "EXPECT_EQ(asleep(1), 2);  // sleep_for(x)\n", None),
]


def self_test_all():
    with tempfile.TemporaryDirectory() as folder:
        if not self_test_functions(pathlib.Path(folder)):
            print("self-test: a function that is too long is not found")
            return 1
    return self_test(check, CASES)


def is_ours(path):
    """Recorded device bytes and the like are data: they are what they are."""
    return pathlib.Path(path).suffix in TEXT and "/data/" not in path and "/corpus/" not in path and path != "LICENSE"


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test_all())
    sys.exit(report_long_functions() | report(check, filter(is_ours, files())))
