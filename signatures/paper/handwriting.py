"""Ink as hands make it: written words and signatures, as strokes, for the returns that the demonstration shows.

A letter is strokes of points on a grid: the baseline at 3, small letters up to 7, capitals up to 11. Points are two
hexadecimal digits, x and y; a point that stands twice is a sharp corner. All is smoothed, slanted and shaken a little.
"""

from __future__ import annotations

import unicodedata
import zlib

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.float64]  # points by x, y; y upward from the baseline

_LETTERS = {
    "a": "47 27 05 13 33 46 47 44 53",
    "b": "0b 03 03 15 37 46 44 23 03",
    "c": "46 27 05 04 23 43",
    "d": "46 27 05 04 23 44 4b 4b 44 53",
    "e": "05 35 46 27 05 04 23 44",
    "f": "4a 3b 29 23 21;17 47",
    "g": "47 27 05 14 34 46 47 41 20 01",
    "h": "0b 03 03 06 27 36 33 43",
    "i": "07 03 13;19 1a",
    "j": "27 21 10 00;29 2a",
    "k": "0b 03;37 05 05 33",
    "l": "0b 04 13",
    "m": "07 03 03 06 17 26 23 23 26 37 46 43 53",
    "n": "07 03 03 06 27 36 33 43",
    "o": "27 05 04 23 44 45 27 37",
    "p": "07 00 00 06 27 45 34 23 04",
    "q": "47 27 05 14 34 46 47 40 51",
    "r": "07 03 03 06 17 37",
    "s": "46 27 06 25 44 23 03",
    "t": "1a 14 23 33;07 37",
    "u": "07 04 13 33 46 47 44 53",
    "v": "07 23 23 47",
    "w": "07 13 13 26 26 43 43 57",
    "x": "07 43;47 03",
    "y": "07 04 23 45 47 41 20 01",
    "z": "07 47 47 03 03 43",
    "A": "03 3b 3b 63;15 55",
    "B": "03 0b 0b 3b 49 37 07 07 47 55 33 03",
    "C": "5a 3b 18 05 13 33 54",
    "D": "0b 03 03 33 56 58 3b 0b",
    "E": "5b 0b 0b 03 03 53;07 47",
    "F": "5b 0b 0b 03;07 47",
    "G": "5a 3b 08 05 23 43 56 56 36",
    "H": "0b 03;5b 53;07 57",
    "I": "1b 13",
    "J": "4b 44 23 04",
    "K": "0b 03;5b 06 06 53",
    "L": "0b 03 03 53",
    "M": "03 0b 0b 36 36 6b 6b 63",
    "N": "03 0b 0b 53 53 5b",
    "O": "3b 08 05 23 43 66 68 4b 3b",
    "P": "03 0b 0b 3b 59 47 37 06",
    "Q": "3b 08 05 23 43 66 68 4b 3b;45 63",
    "R": "03 0b 0b 3b 59 47 07 07 53",
    "S": "5a 3b 09 27 55 33 04",
    "T": "0b 6b;3b 33",
    "U": "0b 05 23 43 55 5b",
    "V": "0b 33 33 6b",
    "W": "0b 23 23 48 48 63 63 8b",
    "X": "0b 63;6b 03",
    "Y": "0b 37 37 6b;37 33",
    "Z": "0b 5b 5b 03 03 53",
    "0": "2b 09 06 14 23 34 46 49 3b 2b",
    "1": "09 2b 2b 23",
    "2": "09 2b 49 26 03 03 53",
    "3": "0a 2b 49 27 27 45 33 04",
    "4": "3b 06 06 56;39 33",
    "5": "4b 1b 1b 07 07 38 45 23 04",
    "6": "4b 18 05 13 33 45 36 16 05",
    "7": "0b 4b 4b 13",
    "8": "27 09 2b 49 27 05 23 45 27",
    "9": "49 27 17 09 1b 3b 49 48 43",
    ",": "14 02",
    ".": "13 14",
    "$": "5a 3a 09 27 45 23 04;2c 22",
    "/": "03 4b",
    "-": "06 36",
    "'": "0b 09",
    "&": "53 0a 2b 39 05 23 45",
}
_BASELINE, _CAPITAL = 3, 8


def written(text: str, height: float, seed: int) -> list[Stroke]:
    """Return a line of writing with capitals of this height in points, from x 0 on, baseline at 0."""
    random = np.random.default_rng([seed, zlib.crc32(text.encode())])
    unit, slant, at = height / _CAPITAL, random.uniform(0.05, 0.25), 0.0
    strokes = []
    for letter in _plain(text):
        lift, width = random.normal(0, 0.15), 0.0
        for points in _points(letter):
            shaken = points + random.normal(0, 0.16, points.shape) + np.array([0, lift])
            width = max(width, float(points[:, 0].max()))
            strokes.append(_smooth(_slanted(shaken, slant) * unit) + np.array([at, 0]))
        at += (width + random.uniform(1.5, 2.3) if width else 3.0) * unit
    return strokes


def signature(name: str, width: float, seed: int) -> list[Stroke]:
    """Return somebody's signature, at most so wide in points, from x 0 on, baseline at 0.

    The hand is the name's: the same person signs alike, and never twice the same, whatever the seed.
    """
    hand = np.random.default_rng(zlib.crc32(name.encode()))
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    slant, tight, tall = hand.uniform(0.2, 0.55), hand.uniform(0.55, 0.8), hand.uniform(22.0, 28.0)
    unit, at = tall / _CAPITAL, 0.0
    strokes: list[Stroke] = []
    for word in _signed_words(name, hand):
        initial = np.concatenate(_points(word[0]))
        loop = np.concatenate([[[-1.5, 2.0 + 3 * hand.random()]], initial]) + random.normal(0, 0.2, (1, 2))
        strokes.append(_smooth(_slanted(loop, slant) * unit) + np.array([at, 0]))
        at += (float(initial[:, 0].max()) + 0.3) * unit
        tail, reach = _joined(word[1:], tight, hand, random)
        if len(tail) > 1:
            strokes.append(_smooth(_slanted(tail, slant) * unit * 0.75) + np.array([at, 0]))
        at += (reach + 1.5) * unit * 0.75
    if hand.random() < 0.6:
        strokes.append(_flourish(at, tall, hand, random))
    shrink = min(1.0, width / max(1.0, max(float(stroke[:, 0].max()) for stroke in strokes)))
    turn = random.normal(0.03, 0.02)
    return [
        np.stack([stroke[:, 0], stroke[:, 1] + turn * stroke[:, 0]], 1) * (shrink, min(1, shrink + 0.2))
        for stroke in strokes
    ]


def _signed_words(name: str, hand: np.random.Generator) -> list[str]:
    """Return what of the name the hand writes: first name or its initial, and the last, without degrees."""
    words = ["".join(_plain(word)).strip(".,'-&") for word in name.split()]
    words = [word for word in words if word and not (len(word) > 1 and word.isupper() and len(words) > 2)] or ["X"]
    first = words[0] if hand.random() < 0.5 else words[0][:1]
    return [first, words[-1]] if len(words) > 1 else [words[0]]


def _joined(letters: str, tight: float, hand: np.random.Generator, random: np.random.Generator) -> tuple[Stroke, float]:
    """Return small letters run together into one line that gets flatter, and how far it reaches in grid units."""
    points: list[list[float]] = []
    at = 0.0
    for place, letter in enumerate(letters.lower()):
        flat = max(0.35, 1 - 0.09 * place * hand.uniform(0.6, 1.4))
        outline = np.concatenate(_points(letter))
        kept = outline[:: 2 if place > 1 else 1]
        for x, y in kept + random.normal(0, 0.15, kept.shape):
            points.append([at + x * tight, y * flat])
        at += (float(outline[:, 0].max()) + 0.8) * tight
    return np.array(points).reshape(-1, 2), at


def _flourish(at: float, tall: float, hand: np.random.Generator, random: np.random.Generator) -> Stroke:
    back = hand.uniform(0.2, 0.5) * at
    points = np.array([[at * 0.96, 0.1 * tall], [at * 1.05, 0.2 * tall], [at * 0.8, -0.1 * tall], [back, -0.12 * tall]])
    return _smooth(points + random.normal(0, 0.6, points.shape))


def _plain(text: str) -> list[str]:
    """Return the letters that can be written: without accents; a letter of another script becomes one of ours."""
    letters = []
    for letter in unicodedata.normalize("NFD", text):
        if letter in _LETTERS or letter.isspace():
            letters.append(letter)
        elif letter.isalpha():
            letters.append(chr((ord("A") if letter.isupper() else ord("a")) + ord(letter) % 26))
    return letters


def _points(letter: str) -> list[Stroke]:
    """Return a letter's strokes on the grid, the baseline at 0; none for a space."""
    return [
        np.array([[int(point[0], 16), int(point[1], 16) - _BASELINE] for point in stroke.split()], float)
        for stroke in _LETTERS.get(letter, "").split(";")
        if stroke
    ]


def _slanted(points: Stroke, slant: float) -> Stroke:
    return np.stack([points[:, 0] + slant * points[:, 1], points[:, 1]], 1)


def _smooth(points: Stroke, steps: int = 10) -> Stroke:
    """Return a Catmull-Rom curve through the points."""
    if len(points) < 2:
        return points
    padded = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    before, here, following, after = padded[:-3, None], padded[1:-2, None], padded[2:-1, None], padded[3:, None]
    along = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    curve = 0.5 * (
        2 * here
        + (following - before) * along
        + (2 * before - 5 * here + 4 * following - after) * along**2
        + (3 * here - before - 3 * following + after) * along**3
    )
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])
