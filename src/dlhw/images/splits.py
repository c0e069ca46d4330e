"""Which split a folder or a file is, by its name, whatever its case and wording."""

from __future__ import annotations

import re
from typing import Literal

Split = Literal["train", "validation", "test"]

WORDS: dict[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
BESIDES = {
    *("seg", "set", "sets", "data", "dataset", "split", "image", "images", "img", "imgs", "picture", "pictures"),
    *("photo", "photos", "folder", "rec", "gt", "label", "labels", "word", "words", "annotation", "annotations"),
}
"""Words that may stand beside: ``training_set``, ``seg_test``, ``rec_gt_train``, ``Valid Images``."""

KNOWN = "; ".join(
    ", ".join(word for word, split in WORDS.items() if split == each) for each in ("train", "validation", "test")
)
"""The names of splits, for a message."""


def split_of(name: str) -> Split | None:
    """The split that a name without its suffix stands for: ``Train``, ``training_set``, ``trainset``, ``val2017``.

    Returns:
        ``None`` for any other name, such as that of a class or ``trains``.
    """
    parts = re.findall(r"[a-z]+", re.sub(r"\d+$", "", name.casefold()))
    if not parts or re.search(r"[^a-z0-9 _.\-]", name.casefold()):
        return None
    found = [split for part in parts if (split := _of_word(part))]
    others = [part for part in parts if _of_word(part) is None]
    return found[0] if len(found) == 1 and BESIDES.issuperset(others) else None


def split_word(name: str) -> Split | None:
    """The split that one word of a name stands for, whatever stands beside: ``written_name_train_v2``.

    Returns:
        ``None`` where no word or more than one does.
    """
    found = [split for part in re.findall(r"[a-z]+", name.casefold()) if (split := _of_word(part))]
    return found[0] if len(found) == 1 else None


def without_split(name: str) -> str:
    """What of a name is no word of a split: the same for ``written_name_train_v2`` and ``written_name_test_v2``."""
    return re.sub(r"[a-z]+", lambda word: "*" if _of_word(word[0]) else word[0], name.casefold())


def _of_word(part: str) -> Split | None:
    if part in WORDS:
        return WORDS[part]
    glued = next((part.removesuffix(end) for end in ("dataset", "set", "data", "images") if part.endswith(end)), part)
    return WORDS.get(glued)
