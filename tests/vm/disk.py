# SPDX-License-Identifier: Apache-2.0
"""The guest's disk: an ext4 image, and what a disk with a volatile write cache would hold of it after a power cut.

QEMU's death alone loses only the guest's page cache: whatever QEMU has handed to the host's kernel survives in the
host's page cache, flushed or not. A real disk may lose, tear and reorder all writes since the last completed flush.
So the guest works on a scratch copy behind QEMU's `blklogwrites`, which logs each write and each flush in order (the
format of Linux' dm-log-writes); after the cut the image is made anew from the copy before the boot and the log: every
write before the last flush, and of those behind it all, none, or a random part, some of them torn at a sector. The same
log gives further cuts without a boot: at any write.
The guest sees a write-back cache (write-cache=on) and therefore sends flushes.

No root and no mount: mke2fs, e2fsck (which replays ext4's journal as the next boot would) and debugfs suffice.
"""
import dataclasses
import os
import shutil
import struct
import subprocess

SECTOR = 512
FLUSH, FUA, DISCARD = 1, 2, 4
LOG_MAGIC = 0x6A736677736872
TOOLS = ("mke2fs", "e2fsck", "debugfs")
KEEP = ("all", "none", "some")    # of the writes behind the last flush
CLEAN_OR_MENDED = (0, 1)          # e2fsck: nothing found; mended what an unclean end leaves (orphans)


def tool(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout + done.stderr


def copy_sparse(source, target):
    subprocess.run(["cp", "--reflink=auto", "--sparse=always", source, target], check=True)


@dataclasses.dataclass
class Cut:
    """What became of the writes of one boot."""
    writes: int = 0
    flushes: int = 0
    open_writes: int = 0    # behind the last flush
    dropped: int = 0
    torn: int = 0


def log_entries(log, size):
    """(flags, byte offset on the disk, offset in the log, bytes) of each whole entry. Returns whether a hole ended it."""
    magic, _version, _count, sector = struct.unpack("<QQQI", os.pread(log, 28, 0))
    if magic != LOG_MAGIC or sector != SECTOR:
        raise ValueError(f"no write log of {SECTOR}-byte sectors")
    entries = []
    at = SECTOR
    while at + SECTOR <= size:
        where, sectors, flags, _length = struct.unpack("<QQQQ", os.pread(log, 32, at))
        if not (where or sectors or flags):
            return entries, True
        length = 0 if flags & (FLUSH | DISCARD) and not sectors else sectors * SECTOR
        if at + SECTOR + length > size:
            return entries, False
        entries.append((flags, where * SECTOR, at + SECTOR, length))
        at += SECTOR + length
    return entries, False


def flushed_of(entries):
    return max((i + 1 for i, entry in enumerate(entries) if entry[0] & FLUSH), default=0)


class Disk:
    def __init__(self, folder, megabytes=1024):
        self.folder = folder
        self.image = folder / "disk.img"
        self.scratch = folder / "scratch.img"
        self.log = folder / "writes.log"
        content = folder / "content"
        (content / "tillpost").mkdir(parents=True, exist_ok=True)
        with open(self.image, "wb") as image:
            image.truncate(megabytes << 20)
        code, text = run(tool("mke2fs"), "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=0,lazy_journal_init=0",
                         "-d", content, self.image)
        if code:
            raise RuntimeError(f"mke2fs: {text}")

    def prepare(self):
        """Before a boot."""
        copy_sparse(self.image, self.scratch)
        with open(self.log, "wb"):
            pass

    def qemu_options(self):
        # no-flush: the host's power stays on, so its own fdatasync would only cost; blklogwrites stands above it.
        def file(name, path):
            return ["-blockdev", f"driver=file,node-name={name},filename={path},cache.no-flush=on,discard=ignore"]
        return [*file("scratch", self.scratch), *file("log", self.log),
                "-blockdev", f"driver=blklogwrites,node-name=disk,file=scratch,log=log,log-sector-size={SECTOR}",
                "-device", "virtio-blk-pci,drive=disk,write-cache=on,discard=off,write-zeroes=off"]

    def log_size(self):
        return self.log.stat().st_size

    def read_log(self):
        """Its entries, and how many of them a completed flush covers."""
        with open(self.log, "rb") as log:
            entries, hole = log_entries(log.fileno(), self.log_size())
        # Behind a hole (a write that QEMU was still logging) there may be a flush that had completed: then all before
        # the hole was safe.
        return entries, len(entries) if hole else flushed_of(entries)

    def cut(self, image, entries, flushed, keep, random):
        """Makes `image`, a copy from before the boot, what the disk holds after these entries. keep: one of KEEP."""
        result = Cut()
        with open(self.log, "rb") as log, open(image, "r+b") as target:
            for i, (flags, where, at, length) in enumerate(entries):
                result.flushes += bool(flags & FLUSH)
                if not length:
                    continue
                result.writes += 1
                if i >= flushed and not flags & FUA:
                    length = self.survives(keep, length, random, result)
                os.pwrite(target.fileno(), os.pread(log.fileno(), length, at), where)
        return result

    @staticmethod
    def survives(keep, length, random, result):
        result.open_writes += 1
        if keep == "all":
            return length
        draw = random.random() if keep == "some" else 0
        if draw < 0.4:
            result.dropped += 1
            return 0
        if draw < 0.6 and length > SECTOR:
            result.torn += 1
            return random.randrange(SECTOR, length, SECTOR)
        return length

    def copy(self):
        copy = self.folder / "look.img"
        copy_sparse(self.image, copy)
        return copy

    @staticmethod
    def read_out(copy, target, path, names):
        """Moves files of the folder `path` of an image to `target`; returns the names found in it. Removes the image."""
        try:
            code, text = run(tool("e2fsck"), "-fp", copy)
            if code not in CLEAN_OR_MENDED:
                raise RuntimeError(f"ext4 itself is damaged: {text}")
            for name in names:
                (target / name).unlink(missing_ok=True)
                run(tool("debugfs"), "-R", f"dump {path}/{name} {target / name}", copy)
            _code, listing = run(tool("debugfs"), "-R", f"ls -p {path}", copy)
            fields = (line.split("/") for line in listing.splitlines() if line.startswith("/"))
            return sorted(each[5] for each in fields if len(each) > 5 and each[5] not in (".", ".."))
        finally:
            copy.unlink()
