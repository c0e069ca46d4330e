"""Damage to files, drawn at random: to any bytes, to JSON where it is one, and to the headers of weights and arrays."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2**31, 2**63, 10**30, 0.5, -0.5, 1e-300, 1e308),
    *("", "a", "\0", "../../../etc/passwd", "x" * 300, "\ud800", "1"),
    *([], {}, [[]], [None], {"a": 1}),
)
BEGINNING = 600
"""Bytes in which most formats have their headers."""

DEPTH = 3000


def mutations(content: bytes, count: int, *, seed: int) -> Iterator[bytes]:
    """So many damaged versions of a file."""
    random = Random(seed)
    for _ in range(count):
        yield _mutated(content, random)


def _mutated(content: bytes, random: Random) -> bytes:
    if random.random() < 0.5 and (structured := _structured(content, random)) is not None:
        return structured
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        content = _bytes(content, random)
    return content


def _structured(content: bytes, random: Random) -> bytes | None:
    """Damage to JSON: all of the file, a line of it, or the header of a safetensors file and the JSON within."""
    try:
        return _json(content, random)
    except ValueError:
        pass
    if content.startswith(b"{"):
        lines = content.splitlines(keepends=True)
        place = random.randrange(len(lines))
        try:
            lines[place] = _json(lines[place], random) + b"\n"
        except ValueError:
            return None
        return b"".join(lines)
    size = struct.unpack("<Q", content[:8])[0] if len(content) > 8 else 0
    if not 8 + size < len(content):
        return None
    header = json.loads(content[8 : 8 + size])
    inner = header.get("__metadata__", {}).get("dlhw")
    if inner is not None and random.random() < 0.8:
        header["__metadata__"]["dlhw"] = _json(inner.encode(), random).decode("utf-8", "surrogatepass")
        changed = json.dumps(header).encode()
    else:
        changed = _json(content[8 : 8 + size], random)
    return struct.pack("<Q", len(changed)) + changed + content[8 + size :]


def _json(content: bytes, random: Random) -> bytes:
    document = json.loads(content)
    kind = random.random()
    if kind < 0.05:
        return b"[" * DEPTH + b"]" * DEPTH
    if kind < 0.1:
        return content.replace(b": ", b": NaN, ", 1) if kind < 0.07 else content.replace(b'"', b"'")
    places = list(_places(document))
    if not places:
        return b"null"
    parent, key = random.choice(places)
    action = random.random()
    if action < 0.2:
        del parent[key]
    elif action < 0.3 and isinstance(parent[key], int | float) and not isinstance(parent[key], bool):
        parent[key] = parent[key] * random.choice((-1, 2, 10**6)) + random.choice((0, 1))
    elif action < 0.35:
        parent[key] = "DEEP"
        return json.dumps(document).encode().replace(b'"DEEP"', b'{"a":' * DEPTH + b"1" + b"}" * DEPTH)
    else:
        parent[key] = random.choice(ODD)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _bytes(content: bytes, random: Random) -> bytes:
    size = len(content)
    end = min(size, BEGINNING) if random.random() < 0.6 else size
    at = random.randrange(max(end, 1))
    length = random.choice((1, 1, 2, 8, 64))
    action = random.randrange(7)
    if action == 0 and size:
        return content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :]
    if action == 1:
        return content[:at] + random.randbytes(length) + content[at + length :]
    if action == 2:
        return content[:at] + content[at + length :]
    if action == 3:
        return content[:at] + random.randbytes(length) + content[at:]
    if action == 4:
        return content[:at]
    if action == 5:
        return content[:at] + bytes(length) + content[at + length :]
    digits = bytes(random.choice(b"0123456789-,()'\"") for _ in range(length))
    return content[:at] + digits + content[at + length :]
