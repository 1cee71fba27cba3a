# SPDX-License-Identifier: Apache-2.0
"""What the lints share: which files there are, C++ text without its comments and strings, and the two ways to run.

A lint is a function check(path, text) that yields (line, message); path is relative to the repository's root, with
slashes. Each lint has CASES, snippets with what must be found in them, so that a check that finds nothing is seen.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = ("agent", "drivers", "platform", "tests")
SKIPPED = {"build", ".git", ".cache", "__pycache__"}

# Order matters: a quote inside a comment is no string, and a digit separator (20'000) is no character.
_TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9A-Za-z_])(?:u8|[uUL])?'(?:[^'\\\n]|\\.)+'",
    re.S)


def code_only(text):
    """The text with comments and the contents of literals replaced by blanks; offsets and line numbers stay."""
    def blank(match):
        token = match.group(0)
        if token.startswith("/"):
            return re.sub(r"[^\n]", " ", token)
        return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]
    return _TOKEN.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def files(suffixes=None, folders=None):
    """Relative paths of the repository's files, without build output; suffixes such as (".cpp", ".hpp")."""
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT)
        if SKIPPED & set(relative.parts) or not path.is_file() or path.is_symlink():
            continue
        if folders and relative.parts[0] not in folders:
            continue
        if suffixes is None or path.suffix in suffixes:
            yield relative.as_posix()


def self_test(check, cases):
    """Each case is (name, path, text, part of the expected message, or None for a snippet that is fine)."""
    failed = 0
    for name, path, text, expected in cases:
        found = [message for _, message in check(path, text)]
        as_it_should = not found if expected is None else any(expected in message for message in found)
        if not as_it_should:
            print(f"self-test: {name}: expected {expected or 'nothing'}, found {found or 'nothing'}")
            failed += 1
    print(f"self-test: {len(cases) - failed} of {len(cases)} cases as they should be")
    return 1 if failed or not cases else 0


def report(check, paths):
    """Prints what the check finds; 0 when it looked at something and found nothing."""
    seen = found = 0
    for path in paths:
        seen += 1
        for line, message in check(path, (ROOT / path).read_text(encoding="utf-8", errors="replace")):
            print(f"{path}:{line}: {message}")
            found += 1
    print(f"{seen} files, {found} findings")
    return 1 if found or not seen else 0


def run(check, cases, paths):
    """The lint's main: `--self-test`, or the whole repository."""
    sys.exit(self_test(check, cases) if sys.argv[1:] == ["--self-test"] else report(check, paths))
