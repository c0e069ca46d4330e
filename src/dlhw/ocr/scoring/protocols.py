"""How two texts are made comparable before they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, get_args

from dlhw.errors import UsageError, shown

ProtocolName = Literal["exact", "nocase", "alnum36"]
PROTOCOL_NAMES: tuple[ProtocolName, ...] = get_args(ProtocolName)

_NOT_ALNUM36 = re.compile("[^a-z0-9]")


def normalize(text: str, protocol: ProtocolName) -> str:
    """A reference or a candidate as a protocol compares it.

    ``exact``    Unicode normal form C; case, punctuation and spaces are kept.
    ``nocase``   the same in lower case.
    ``alnum36``  lower case, and of that only a–z and 0–9: what papers on scene text report. An accented letter is
                 dropped like any other sign.

    Raises:
        UsageError: there is no such protocol.
    """
    check_protocol(protocol)
    text = unicodedata.normalize("NFC", text)
    if protocol == "exact":
        return text
    # Lower case may come apart (İ), so the normal form is taken once more.
    text = unicodedata.normalize("NFC", text.lower())
    return text if protocol == "nocase" else _NOT_ALNUM36.sub("", text)


def check_protocol(protocol: ProtocolName) -> ProtocolName:
    """The protocol itself.

    Raises:
        UsageError: there is no such protocol.
    """
    if not isinstance(protocol, str) or protocol not in PROTOCOL_NAMES:
        raise UsageError(f"`protocol` is one of {', '.join(PROTOCOL_NAMES)}, got {shown(protocol)}")
    return protocol


def normalize_all(texts: Iterable[str], protocol: ProtocolName) -> list[str]:
    """The texts as a protocol compares them, one after the other."""
    if protocol == "exact":  # ASCII is in normal form C already
        return [text if text.isascii() else unicodedata.normalize("NFC", text) for text in texts]
    return [normalize(text, protocol) for text in texts]


def distinct(texts: Iterable[str], protocol: ProtocolName) -> tuple[str, ...]:
    """The texts as the protocol compares them, each once, in their order."""
    return tuple(dict.fromkeys(normalize(text, protocol) for text in texts))
