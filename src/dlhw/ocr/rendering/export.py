"""Rendered words as files: a folder of images with their labels, or a contact sheet."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from dlhw.errors import RunError, UsageError
from dlhw.ocr.rendering.contact_sheet import draw_sheet
from dlhw.ocr.rendering.kinds import samples
from dlhw.ocr.rendering.mix import MIXES
from dlhw.ocr.rendering.rendered import RenderedWords
from dlhw.plurals import counted

LABELS, IMAGES = "labels.tsv", "images"
NUMBERED = re.compile(r"\d{6,}\.png")
MOST_ON_A_SHEET = 3000
WORDS_A_KIND = 12


def refuse_used(folder: Path) -> None:
    """See that a folder is new, empty, or holds no more than an interrupted rendering left. Nothing is changed.

    Raises:
        RunError: it is not a folder, or holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is a file; `out` expects a new or an empty folder")
    if folder.is_dir() and any(folder.iterdir()) and not _interrupted(folder):
        raise RunError(f"{folder} is not empty", "`out` expects a new or an empty folder: nothing is overwritten")


def make_folder(folder: Path) -> None:
    """Make the folder; what an interrupted rendering left in it is cleared.

    Raises:
        RunError: as :func:`refuse_used` does, or it cannot be made or written.
    """
    refuse_used(folder)
    try:
        if _interrupted(folder):
            shutil.rmtree(folder / IMAGES)
        (folder / IMAGES).mkdir(parents=True)
    except OSError as error:
        raise RunError(f"could not write to {folder}: {error.strerror or error}") from error


def _interrupted(folder: Path) -> bool:
    """Whether a folder holds numbered images alone: their labels are written last."""
    if not folder.is_dir() or [path.name for path in folder.iterdir()] != [IMAGES]:
        return False
    images = folder / IMAGES
    return images.is_dir() and all(NUMBERED.fullmatch(path.name) and path.is_file() for path in images.iterdir())


def check_sheet(path: Path, count: int) -> None:
    """See that a contact sheet of so many words can be written there.

    Raises:
        UsageError: it is no PNG, or the words are too many for one.
        RunError: its folder does not exist.
    """
    if path.suffix.lower() != ".png":
        raise UsageError(f"`sheet` draws a .png, got {path.name}")
    if count > MOST_ON_A_SHEET:
        raise UsageError(f"a sheet holds at most {MOST_ON_A_SHEET:,} words, got `count` {count:,}")
    if not path.parent.is_dir() or path.is_dir():
        raise RunError(f"{path} cannot be written: " + ("it is a folder" if path.is_dir() else "no such folder"))


def write_folder(words: RenderedWords, count: int, folder: Path) -> None:
    """Write ``images/000000.png`` and so on, then ``labels.tsv``: path, tab, text, in UTF-8.

    Raises:
        RunError: the disk is full or the folder cannot be written.
    """
    lines = []
    try:
        for index in range(count):
            text, image = words.example(index)
            name = f"{IMAGES}/{index:06}.png"
            image.save(folder / name)
            lines.append(f"{name}\t{text}\n")
        # Bytes, because text would get other line ends on Windows.
        (folder / LABELS).write_bytes("".join(lines).encode())
    except OSError as error:
        raise RunError(f"could not write to {folder}: {error.strerror or error}") from error


def write_sheet(words: RenderedWords, count: int, path: Path) -> None:
    """Write a contact sheet of the first ``count`` words; where they are of several kinds, a row of each kind below.

    Raises:
        RunError: it cannot be written.
    """
    title = f"{counted(count, 'word')} of {words.source.name} · {words.split} · {words.difficulty} · seed {words.seed}"
    kinds = samples(words, MIXES[words.difficulty], WORDS_A_KIND)
    sheet = draw_sheet((words.example(index) for index in range(count)), title, kinds)
    try:
        sheet.save(path)
    except OSError as error:
        raise RunError(f"could not write {path}: {error.strerror or error}") from error
