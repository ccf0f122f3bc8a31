"""TIFF pages in depth: bits and tiles in any order, and resolutions that no fax machine should have."""

from __future__ import annotations

import struct

import numpy as np

from tests.paper.loaded import Load, gray, load, sheet, stored

__all__ = ["load"]


def tiff(width: int, height: int, data: list[bytes], *tags: tuple[int, int, int]) -> bytes:
    """Return a little-endian TIFF with these strips or tiles; tags are (number, type 3 or 4, value)."""
    about: dict[int, tuple[int, list[int]]] = {258: (3, [8]), 259: (3, [1]), 262: (3, [1]), 277: (3, [1])}
    about |= {256: (4, [width]), 257: (4, [height])} | {number: (kind, [value]) for number, kind, value in tags}
    tiled = 322 in about
    sizes = [len(one) for one in data]
    offsets = [8 + sum(sizes[:place]) for place in range(len(data))]
    about |= {324 if tiled else 273: (4, offsets), 325 if tiled else 279: (4, sizes)}
    start = 8 + sum(sizes)
    after = start + 2 + 12 * len(about) + 4
    entries, more = b"", b""
    for number, (kind, values) in sorted(about.items()):
        packed = b"".join(struct.pack("<H" if kind == 3 else "<L", one) for one in values)
        if len(packed) > 4:
            packed, more = struct.pack("<L", after + len(more)), more + packed
        entries += struct.pack("<HHL", number, kind, len(values)) + packed.ljust(4, b"\0")
    head = struct.pack("<2sHL", b"II", 42, start)
    return head + b"".join(data) + struct.pack("<H", len(about)) + entries + bytes(4) + more


def test_bits_in_the_other_order_tiles_and_white_as_zero(load: Load) -> None:
    page = sheet(848, 1104)
    rows = page.tobytes()
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in rows)
    assert np.array_equal(load(tiff(848, 1104, [turned], (258, 3, 1), (266, 3, 2), (278, 4, 1104))).gray, gray(page))
    inverse = bytes(255 - byte for byte in rows)
    assert np.array_equal(load(tiff(848, 1104, [inverse], (258, 3, 1), (262, 3, 0), (278, 4, 1104))).gray, gray(page))
    page = sheet(832, 1088)
    levels = gray(page)
    tiles = [
        levels[top : top + 272, left : left + 208].tobytes()
        for top in range(0, 1088, 272)
        for left in range(0, 832, 208)
    ]
    assert np.array_equal(load(tiff(832, 1088, tiles, (322, 4, 208), (323, 4, 272))).gray, levels)


def test_other_resolutions_double_nothing(load: Load) -> None:
    fine = load(stored(sheet(1728, 2291), "TIFF", compression="group4", dpi=(204, 196)))
    assert (fine.gray.shape, fine.origin, fine.dpi) == ((2291, 1728), "fax", 204)
    short = load(stored(sheet(1728, 1143), "TIFF", compression="group4", dpi=(204, 196)))
    assert short.gray.shape == (1143, 1728)
    sideways = load(stored(sheet(1100, 1728), "TIFF", compression="group4", dpi=(98, 204)))
    assert sideways.gray.shape == (1728, 2200)
    superfine = load(stored(sheet(1728, 4300), "TIFF", compression="group4", dpi=(204, 391)))
    assert superfine.gray.shape == (2150, 1728)
