# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive us, each with a log of its own."""

import ctypes
import os
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)  # looked up before any fork
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Failure(Exception):
    """Why the demonstration cannot go on: a sentence for people."""


def spawn(command, **more):
    """A child that the kernel kills when we die, however we die."""
    parent = os.getpid()

    def in_child():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        for number in STOPPING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    # A Ctrl-C between fork and exec would run our handlers in the child: it waits until both are through.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=in_child,
                                start_new_session=True,  # Ctrl-C reaches us alone; we stop the others in order
                                **more)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Program:
    """A program that is started, stopped, killed and started again. Its output goes to one file."""

    def __init__(self, name, command, log_path):
        self.name = name
        self.command = command
        self.log_path = log_path
        self.process = None
        self.may_end = False

    def start(self):
        self.may_end = False
        with open(self.log_path, "ab") as log:
            self.process = spawn(self.command, stdout=log, stderr=subprocess.STDOUT)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9"""
        self.may_end = True
        if self.running():
            self.process.kill()
            self.process.wait()

    def ask_to_stop(self):
        self.may_end = True
        if self.running():
            self.process.terminate()

    def stop(self, within=10.0):
        """SIGTERM, and SIGKILL if that does not help. True: it ended by itself, with code 0."""
        self.ask_to_stop()
        if self.process is None:
            return True
        try:
            return self.process.wait(within) == 0
        except subprocess.TimeoutExpired:
            self.kill()
            return False

    def check(self):
        """Raises when it ended and should not have."""
        if self.process is not None and not self.may_end and not self.running():
            code = self.process.returncode
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise Failure(f"{self.name} ended by itself ({how}):\n{self.tail()}")

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def tail(self, lines=12):
        return "\n".join("    " + line[-200:] for line in self.log().splitlines()[-lines:])


def free_port():
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Asked:
    """Asks a program again and again without ever waiting for it; `value` is its newest good answer, and `beside` what
    look_beside() gave just before that was asked."""

    def __init__(self, command, parse, look_beside, interval=0.2):
        self.command = command
        self.parse = parse
        self.interval = interval
        self.look_beside = look_beside
        self.value = self.beside = self.asked_beside = None
        self.answered = 0.0  # when `value` came
        self.process = None
        self.started = 0.0

    def poll(self):
        now = time.monotonic()
        if self.process is None:
            if now - self.started >= self.interval:
                self.ask(now)
            return
        if self.process.poll() is None:
            if now - self.started > 3:  # it hangs: away with it
                self.forget()
            return
        output, _ = self.process.communicate()
        good = self.process.returncode == 0
        self.process = None
        try:
            if good:
                self.value, self.beside = self.parse(output), self.asked_beside
            self.answered = self.started if good else self.answered
        except ValueError:
            pass  # the next answer may be whole

    def ask(self, now):
        self.started = now
        self.asked_beside = self.look_beside()
        self.process = spawn(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def forget(self):
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None
