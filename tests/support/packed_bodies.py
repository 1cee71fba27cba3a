# SPDX-License-Identifier: Apache-2.0
"""Bodies of events as they lie in a journal's file, for whoever reads it without the agent. Written from the
documentation (agent/journal/README.md, "How a body lies there"), not from the agent's code."""
import ctypes
import ctypes.util

FRAME = b"\x28\xb5\x2f\xfd"
MOST = 16 << 20


def library():
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    zstd.ZSTD_createDCtx.restype = ctypes.c_void_p
    zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
    zstd.ZSTD_decompress_usingDict.restype = ctypes.c_size_t
    zstd.ZSTD_decompress_usingDict.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                               ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    return zstd


class Bodies:
    """connection: to a journal. Of one of a former format, too, which has no dictionary or the first alone."""

    def __init__(self, connection):
        self.zstd = library()
        self.context = self.zstd.ZSTD_createDCtx()
        self.dictionaries = {}
        # Compared in SQL: this connection may give texts as bytes (text_factory).
        columns, with_tables = connection.execute(
            "SELECT count(*), total(name = 'tables') FROM pragma_table_info('dictionary')").fetchone()
        if columns:
            tables = "tables" if with_tables else "NULL"
            rows = connection.execute(f"SELECT number, {tables}, CAST(text AS BLOB) FROM dictionary")
            self.dictionaries = {number: (in_front or b"") + text for number, in_front, text in rows}

    def unpacked(self, stored):
        """What cannot be unpacked stays as it is: its digest is not the event's."""
        if not stored or stored[0] not in self.dictionaries or not stored[1:].startswith(FRAME):
            return stored
        dictionary = self.dictionaries[stored[0]]
        frame = bytes(stored[1:])
        size = self.zstd.ZSTD_getFrameContentSize(frame, ctypes.c_size_t(len(frame)))
        if size > MOST:
            return stored
        body = ctypes.create_string_buffer(size or 1)
        made = self.zstd.ZSTD_decompress_usingDict(self.context, body, size, frame, len(frame), dictionary, len(dictionary))
        return body.raw[:size] if made == size else stored
