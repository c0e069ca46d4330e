"""The colours of things, before any light falls on them, as hexadecimal RGB."""

import numpy as np

from dlhw.cnn.scenery.brushes import FloatArray


def rgb(codes: tuple[str, ...]) -> FloatArray:
    """(colours, 3), 0..1."""
    return np.array([list(bytes.fromhex(code)) for code in codes], dtype=np.float32) / 255


ROCK = ("5a544c", "6b6258", "8a7a68", "75737a", "666b78", "9a8672")
SNOW = ("f4f6fa", "e6edf6", "fbf6f0")
ICE = ("e4f0f6", "c9e2ee", "d8e8ee", "b4d6e6")
BLUE_ICE = ("5a9cc0", "7fbcd2", "4a86ac", "9cc6d4")
DEEP_WATER = ("12384a", "1d5568", "2a7686", "274a68", "3a6a70", "2f8f9a", "5a6a5e", "6c7a80")
SAND = ("d9c49a", "c8ae84", "b89c78", "8f8474")
MEADOW = ("5e7a36", "7d8f45", "a39a55", "6d7f4c", "8c7a4a", "4f6b3a")
LITTER = ("5a4a2e", "7a5a32", "4a5a2a", "9a6a34", "3f5a30")
PATH = ("a08a68", "8a7a66", "b8a27c")
NEEDLES = ("1f3a2a", "2f4a2c", "3d5636", "29463d")
LEAVES = ("3f6b2a", "6a8f35", "2f5a33", "8f9a3a", "c98a2b", "b5562a", "5a7a3a")
BARK = ("3a2e26", "57463a", "6e5a48", "4a4440", "2c2622")
BIRCH = ("dcd6c8", "c8c4b8")
SAILCLOTH = ("fbf8f0", "e8ded0", "c8503c")
HULL = ("3a2a24", "f0f0f0")
PLASTER = (
    *("e8d8b4", "d9b48a", "c98a66", "b5604a", "a84a3a", "e6e2d8", "cfc8ba", "9a9a98"),
    *("8fa3ac", "b8c4b0", "d8a24a", "8c6c5a", "6f7f90", "e2c2b0", "6c6a72"),
)
SHOPFRONT = ("ffffff", "8a7060", "5a5a62")
TILES = ("8a4a36", "6a4038", "4a4c54", "5c4a40", "7a3c30", "3c424c")
LAMPLIGHT = ("ffd890", "ffc470", "fff0c8")
ASPHALT = ("4a4a4e", "5c5a5a", "6e6c6a", "3c3e46", "7a7068")
PAVING = ("a8a298", "8e8a86", "b8aea0", "98928c")
CAR_PAINT = ("b8322a", "e8e8e8", "2a4a7a", "1e1e22", "c8c8cc", "d8a030")
CAR_LAMPS = ("ff5040", "fff0c0", "c03028")
