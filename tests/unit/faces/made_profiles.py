"""ICC profiles made here: a matrix and a gamma, as cameras and editors embed them."""

from __future__ import annotations

import struct

import numpy as np

D50 = np.array([0.96422, 1.0, 0.82521])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
# name -> chromaticities of red, green, blue and white, and the gamma
SPACES = {
    "Display P3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290), 2.2),
    "Adobe RGB (1998)": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (0.3127, 0.3290), 563 / 256),
    "ProPhoto RGB": ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585), 1.8),
}


def to_xyz(name: str) -> np.ndarray:
    """[3, 3] from linear RGB of a space to XYZ under D50."""
    *primaries, white, _ = SPACES[name]
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([white[0] / white[1], 1, (1 - white[0] - white[1]) / white[1]])
    matrix = columns * np.linalg.solve(columns, white)
    cones = BRADFORD @ D50 / (BRADFORD @ white)
    return np.linalg.inv(BRADFORD) @ np.diag(cones) @ BRADFORD @ matrix


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A display profile, version 2.1."""
    tags = {key: data + b"\0" * (-len(data) % 4) for key, data in tags.items()}
    at, table = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags))
    for key, data in tags.items():
        table += struct.pack(">4sII", key, at, len(data))
        at += len(data)
    head = struct.pack(">I4sI4s4s4s", at, b"none", 0x02100000, b"mntr", space, b"XYZ ").ljust(36, b"\0") + b"acsp"
    head = head.ljust(68, b"\0") + fixed(D50)
    return head.ljust(128, b"\0") + table + b"".join(tags.values())


def fixed(values) -> bytes:
    """s15Fixed16 numbers."""
    return struct.pack(f">{len(values)}i", *(round(float(v) * 65536) for v in values))


def _shared(name: str, gamma: float) -> dict[bytes, bytes]:
    text = name.encode() + b"\0"
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    return {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78,
        b"wtpt": b"XYZ \0\0\0\0" + fixed(D50),
        b"curve": curve,
    }


def rgb_profile(name: str) -> bytes:
    """The profile of one of SPACES."""
    tags = _shared(name, SPACES[name][-1])
    curve, matrix = tags.pop(b"curve"), to_xyz(name)
    for i, letter in enumerate("rgb"):
        tags[f"{letter}XYZ".encode()] = b"XYZ \0\0\0\0" + fixed(matrix[:, i])
        tags[f"{letter}TRC".encode()] = curve
    return _profile(b"RGB ", tags)


def grey_profile(gamma: float) -> bytes:
    """A grey profile with a gamma."""
    tags = _shared(f"Grey gamma {gamma}", gamma)
    tags[b"kTRC"] = tags.pop(b"curve")
    return _profile(b"GRAY", tags)


def encoded(srgb: np.ndarray, name: str) -> np.ndarray:
    """The same colours as uint8 values of a wider space; srgb: uint8 [H, W, 3]."""
    values = srgb / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    srgb_matrix = np.array([[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169]])
    srgb_matrix = np.vstack([srgb_matrix, [0.0139322, 0.0971045, 0.7141733]])  # under D50 (Lindbloom)
    wide = linear @ (np.linalg.inv(to_xyz(name)) @ srgb_matrix).T
    return (np.clip(wide, 0, 1) ** (1 / SPACES[name][-1]) * 255).round().astype(np.uint8)
