#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ./dev says and does not do: help and refusals come at once, and touch nothing.

It runs in a folder of its own, where everything that builds, installs or formats is a stub that writes its name down.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from sources import ROOT

COMMANDS = ("demo", "test", "build", "fuzz", "bench", "lint", "format", "install", "clean")
STUBS = ("cmake", "ninja", "ctest", "apt-get", "sudo", "clang-format-14", "clang-tidy-14", "setarch")
REFUSED = {  # arguments: what is said
    ("build", "--verbose"): '"--verbose"', ("build", "dev", "extra"): '"extra"', ("build", "nightly"): "asan tsan",
    ("clean", "--all"): '"--all"', ("clean", "build/dev"): "removes build/", ("format", "--check"): "brings the C++",
    ("fuzz", "--minutes", "3"): "--seconds N", ("fuzz", "--seconds", "soon"): "--seconds N", ("fuzz", "nothing"): "intake",
    ("install", "--yes"): "contract", ("install", "coffee"): "contract", ("test", "--fast"): "--filter REGEX",
    ("demo", "--fast"): "--fast", ("demo", "--seconds", "1"): "2 or more", ("bench", "--fast"): "--fast",
    ("lint", "--fast"): "--fast", ("dance",): 'no command "dance"', ("test", "--preset", "nightly"): '"nightly"',
}


class DevTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copy(ROOT / "dev", self.folder / "dev")
        for name in ("tests", "agent", "drivers", "platform", "CMakePresets.json"):
            (self.folder / name).symlink_to(ROOT / name)
        (self.folder / "build").mkdir()
        (self.folder / "build" / "mine").touch()
        self.stubs = self.folder / "stubs"
        self.stubs.mkdir()
        for name in STUBS:
            self.stub(name, f'echo "{name} $*" >> "{self.folder}/called"; exit 1')

    def stub(self, name, text):
        (self.stubs / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.stubs / name).chmod(0o755)

    def dev(self, *arguments):
        began = time.monotonic()
        path = f"{self.stubs}:{os.environ['PATH']}"
        outcome = subprocess.run([self.folder / "dev", *arguments], env={**os.environ, "PATH": path}, text=True,
                                 capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=30)
        self.assertLess(time.monotonic() - began, 10)
        return outcome

    def called(self):
        file = self.folder / "called"
        return file.read_text() if file.exists() else ""

    def assert_nothing_done(self):
        self.assertEqual(self.called(), "")
        self.assertTrue((self.folder / "build" / "mine").exists())

    def test_each_command_has_help_that_does_nothing(self):
        for command in COMMANDS:
            for arguments in ((command, "--help"), (command, "-h")):
                with self.subTest(arguments):
                    outcome = self.dev(*arguments)
                    self.assertEqual(outcome.returncode, 0, outcome.stderr)
                    self.assertTrue(outcome.stdout.startswith(f"usage: ./dev {command}"), outcome.stdout)
                    self.assert_nothing_done()

    def test_the_list_names_each_command(self):
        outcome = self.dev("--help")
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", outcome.stdout)
        self.assertEqual(self.dev().stdout, outcome.stdout)

    def test_the_demo_ends_quietly_by_ctrl_c_while_python_still_reads_its_modules(self):
        """Modules of these names are found before those that the demo means, and are Ctrl-C."""
        for module in ("signal", "argparse"):
            with self.subTest(module):
                shadow = self.folder / f"before {module}"
                shadow.mkdir()
                (shadow / f"{module}.py").write_text("import _signal, os\nos.kill(os.getpid(), _signal.SIGINT)\n")
                # Whoever runs the tests in the background of a script has SIGINT ignored, and it is inherited.
                outcome = subprocess.run([sys.executable, ROOT / "tests" / "demo" / "demo.py", "--check-options"],
                                         env={**os.environ, "PYTHONPATH": str(shadow)}, text=True,
                                         capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=30,
                                         preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
                self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (130, "", ""))

    def test_what_it_does_not_know_it_refuses_and_says_what_it_takes(self):
        for arguments, said in REFUSED.items():
            with self.subTest(arguments):
                outcome = self.dev(*arguments)
                self.assertEqual(outcome.returncode, 2, outcome.stderr)
                self.assertIn(said, outcome.stderr)
                self.assert_nothing_done()

    def test_the_wrong_word_stands_before_what_there_is(self):
        """A list of two dozen lines hides what stands behind it, and whoever looks at its head alone misses it."""
        for arguments in (("frobnicate",), ("",), ("--fast",), ("build fuzz",)):
            with self.subTest(arguments):
                said = self.dev(*arguments).stderr.splitlines()
                self.assertEqual(said[0], f'dev: there is no command "{arguments[0]}". There are:')
                self.assertIn("usage: ./dev COMMAND [OPTION…]", said[1])

    def test_what_goes_to_ctest_is_not_ours(self):
        self.assertNotIn("usage: ./dev test", self.dev("test", "--", "--help").stdout)

    def test_without_root_it_says_what_root_has_to_do(self):
        self.stub("id", "echo 1000")
        self.stub("dpkg-query", "exit 0")
        outcome = self.dev("install", "demo")
        self.assertNotEqual(outcome.returncode, 0)
        self.assertIn("as root: apt-get update && apt-get install --no-install-recommends mosquitto", outcome.stderr)
        self.assertIn("apt-get", self.called(), "it tried, by sudo")


if __name__ == "__main__":
    sys.exit(unittest.main())
