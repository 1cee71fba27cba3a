# SPDX-License-Identifier: Apache-2.0
"""Bodies of events as they lie in a journal's file, for whoever reads it without the agent. Written from the
documentation (agent/journal/README.md, "How a body lies there"), not from the agent's code."""
import ctypes
import ctypes.util

PACKED = b"\x01\x28\xb5\x2f\xfd"
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
    """connection: to a journal. Of a journal of the tenth format and before, too."""

    def __init__(self, connection):
        self.zstd = library()
        self.context = self.zstd.ZSTD_createDCtx()
        self.text = None
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'dictionary'").fetchone():
            text = connection.execute("SELECT CAST(text AS BLOB) FROM dictionary WHERE number = 1").fetchone()
            self.text = text and bytes(text[0])

    def unpacked(self, stored):
        """What cannot be unpacked stays as it is: its digest is not the event's."""
        if self.text is None or stored is None or not stored.startswith(PACKED):
            return stored
        frame = bytes(stored[1:])
        size = self.zstd.ZSTD_getFrameContentSize(frame, ctypes.c_size_t(len(frame)))
        if size > MOST:
            return stored
        body = ctypes.create_string_buffer(size or 1)
        made = self.zstd.ZSTD_decompress_usingDict(self.context, body, size, frame, len(frame), self.text, len(self.text))
        return body.raw[:size] if made == size else stored
