#!/usr/bin/env python3
"""Draws icon.png, a skep (a beehive of straw), as NuGet wants it: 128 by 128, PNG. Usage: icon.py >icon.png"""
import struct
import sys
import zlib

SIZE = 128
BACK, STRAW, SEAM, DOOR = 0, 1, 2, 3
PALETTE = [(0, 0, 0), (224, 164, 52), (138, 90, 16), (58, 36, 8)]


def colour(x: int, y: int) -> int:
    """The hive is five coils, each narrower than the one below, with a door in the lowest."""
    if y < 12 or y >= 116:
        return BACK
    coil, inside = divmod(y - 12, 21)
    coil = min(coil, 4)
    half = [24, 38, 47, 52, 54][coil]
    rounded = half - max(0, abs(inside - 10) - 5) ** 2 // 4
    distance = abs(x - 64)
    if distance > rounded:
        return BACK
    if coil >= 3 and distance ** 2 + (y - 115) ** 2 < 18 ** 2:
        return DOOR
    return SEAM if inside >= 18 and coil < 4 else STRAW


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b"".join(b"\0" + bytes(colour(x, y) for x in range(SIZE)) for y in range(SIZE))
sys.stdout.buffer.write(
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 3, 0, 0, 0))
    + chunk(b"PLTE", bytes(part for entry in PALETTE for part in entry))
    + chunk(b"tRNS", b"\0")
    + chunk(b"IDAT", zlib.compress(rows, 9))
    + chunk(b"IEND", b""))
