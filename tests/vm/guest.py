# SPDX-License-Identifier: Apache-2.0
"""The guest: Debian's kernel, busybox and the built agent in an initramfs, run by QEMU without KVM."""
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import selectors
import socket
import stat
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
QEMU = "qemu-system-x86_64"
KERNEL_PACKAGE = "linux-image-cloud-amd64"    # small, with ext4 built in
MODULES = ("virtio_pci", "virtio_blk", "virtio_console")
# no_timer_check: on a starved host the kernel's test of its timer fails, and it panics.
KERNEL_OPTIONS = "console=ttyS0 quiet panic=-1 no_timer_check mitigations=off nokaslr"
SOURCE = "urn:tillpost:vm:0001:till-1"
CONFIGURATION = {
    "agent": {"tenant": "vm", "store": "0001", "node": "till-1"},
    "journal": {"path": "/data/tillpost/journal.db"},
    "broker": {"address": "tcp://127.0.0.1:1883"},    # there is none: nothing gets confirmed
    "feed": {"socket": "/run/feed.sock", "tcp_port": 7455, "window": 1024},
    "control": {"socket": ""},
    "log": {"level": "info"},
}
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Unavailable(Exception):
    """What this machine lacks for the test."""


class GuestFailed(Exception):
    """The guest did not do what it must, with its console's last lines."""


def fetch_kernel(cache):
    """The unpacked kernel package; downloaded once, never installed."""
    folder = cache / "kernel"
    if not (folder / "boot").is_dir():
        if not shutil.which("apt-get"):
            raise Unavailable("no apt-get to download Debian's kernel with")
        shutil.rmtree(folder, ignore_errors=True)
        depends = subprocess.run(["apt-cache", "depends", KERNEL_PACKAGE], capture_output=True, text=True).stdout
        name = re.search(r"Depends: (linux-image-\S+)", depends)
        if not name:
            raise Unavailable(f"apt knows no {KERNEL_PACKAGE} (apt-get update?)")
        download = cache / "download"
        download.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["apt-get", "download", name[1]], cwd=download, capture_output=True, text=True)
        packages = sorted(download.glob("*.deb"), key=lambda file: file.stat().st_mtime)
        if done.returncode or not packages:
            raise Unavailable(f"apt-get download {name[1]}: {done.stderr.strip()}")
        subprocess.run(["dpkg-deb", "-x", packages[-1], folder.with_suffix(".new")], check=True)
        folder.with_suffix(".new").rename(folder)
        shutil.rmtree(download)
    return next((folder / "boot").glob("vmlinuz-*")), folder


def with_needed(module, files, order):
    """Appends the module to `order`, behind what it depends on."""
    depends = re.search(rb"\0depends=([^\0]*)\0", files[module].read_bytes())
    for needed in filter(None, depends[1].decode().split(",") if depends else ()):
        with_needed(needed, files, order)
    if module not in order:
        order.append(module)


def libraries_of(program):
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", listing)


class Initramfs:
    """A cpio archive of the form newc."""

    def __init__(self):
        self.parts = []
        self.folders = set()

    def add(self, path, content, mode=stat.S_IFREG | 0o755):
        folder = str(pathlib.PurePosixPath(path).parent)
        if folder not in (".", "") and folder not in self.folders:
            self.folders.add(folder)
            self.add(folder, b"", stat.S_IFDIR | 0o755)
        name = path.encode() + b"\0"
        numbers = (len(self.parts) + 1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08x" % number for number in numbers) + name
        self.parts.append(head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4))

    def write(self, file):
        self.add("TRAILER!!!", b"", 0)
        file.write_bytes(b"".join(self.parts))


def stripped(program, folder):
    """Debug information only costs memory there."""
    target = folder / "stripped"
    if shutil.which("strip") and subprocess.run(["strip", "-o", target, program]).returncode == 0:
        return target.read_bytes()
    return pathlib.Path(program).read_bytes()


def make_initramfs(programs, kernel_folder, folder):
    archive = Initramfs()
    archive.add("init", (HERE / "init.sh").read_bytes())
    archive.add("bin/busybox", pathlib.Path(shutil.which("busybox")).read_bytes())
    archive.add("bin/tillpostd", stripped(programs / "tillpostd", folder))
    archive.add("swallow_syncs.so", (programs / "swallow_syncs.so").read_bytes())
    archive.add("etc/tillpost.json", json.dumps(CONFIGURATION).encode())
    archive.add("etc/passwd", b"root:x:0:0:root:/:/bin/sh\n")
    archive.add("etc/group", b"root:x:0:\n")
    for library in libraries_of(programs / "tillpostd"):
        archive.add(library.lstrip("/"), pathlib.Path(library).read_bytes())
    files = {file.stem.replace("-", "_"): file for file in (kernel_folder / "lib/modules").rglob("*.ko")}
    order = []
    for module in MODULES:
        with_needed(module, files, order)
    for module in order:
        archive.add(f"modules/{module}.ko", files[module].read_bytes())
    archive.add("modules/order", "".join(f"{module}.ko\n" for module in order).encode())
    archive.write(folder / "initramfs")
    return folder / "initramfs"


def die_with(parent):
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class Guest:
    """One boot, from power on to SIGKILL."""

    AGENT_STARTS = b"guest: agent starts"

    def __init__(self, folder, kernel, initramfs, disk, feed, swallow=False):
        self.feed = feed
        self.disk = disk
        self.console = b""
        self.selector = selectors.DefaultSelector()
        port = folder / "feed.port"
        port.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(port))
            listener.listen(1)
            disk.prepare()
            parent = os.getpid()
            self.process = subprocess.Popen(
                [QEMU, "-accel", "tcg", "-m", "256", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                 "-serial", "stdio", "-kernel", kernel, "-initrd", initramfs,
                 "-append", f"{KERNEL_OPTIONS} swallow={int(swallow)}", *disk.qemu_options(),
                 "-chardev", f"socket,id=feed,path={port}",
                 "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=feed,name=feed"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                preexec_fn=lambda: die_with(parent))
            listener.settimeout(60)
            try:
                self.socket, _ = listener.accept()
            except TimeoutError as error:
                self.process.kill()
                raise GuestFailed("QEMU did not start: " + self.process.communicate()[0].decode()) from error
        self.socket.setblocking(False)
        self.selector.register(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self.exchange)
        self.selector.register(self.process.stdout, selectors.EVENT_READ, self.read_console)

    def exchange(self, events):
        if events & selectors.EVENT_READ:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionResetError:    # it ended with lines of ours unread
                data = b""
            if not data:
                raise self.failed("the guest ended by itself")
            self.feed.received(data, self.disk.log_size())
        more = self.feed.to_send()
        if more and events & selectors.EVENT_WRITE:
            self.feed.was_sent(self.socket.send(more))
            more = self.feed.to_send()
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if more else 0)
        self.selector.modify(self.socket, wanted, self.exchange)

    def read_console(self, _events):
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        if not data:
            raise self.failed("QEMU ended by itself")
        self.console += data

    def failed(self, why):
        try:
            self.console += self.process.communicate(timeout=2)[0]
            why += f" (QEMU's exit code {self.process.returncode})"
        except subprocess.TimeoutExpired:
            pass
        return GuestFailed(why + "; its console:\n" + "\n".join(self.console.decode(errors="replace").splitlines()[-15:]))

    def run_until(self, condition, seconds, what):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise self.failed(f"{what}: not within {seconds} s")
            self.step(deadline)

    def run_for(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.step(deadline)

    def step(self, deadline):
        for key, events in self.selector.select(max(0.0, deadline - time.monotonic())):
            key.data(events)

    def kill(self):
        """The power cut. Answers that had left the guest are still read: somebody has them."""
        self.process.kill()
        self.process.wait()
        self.socket.setblocking(True)
        try:
            while data := self.socket.recv(1 << 16):
                self.feed.received(data, self.disk.log_size())
        except ConnectionResetError:
            pass
        self.feed.end()
        self.close()

    def close(self):
        self.selector.close()
        self.socket.close()
        self.process.stdout.close()
