"""``dlhw ocr eval``, ``ocr read``, ``cnn eval`` and ``cnn predict`` on several ranks: what one process prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cnn import networks
from tests.conftest import arrays
from tests.ocr.folders import write
from tests.ocr.recognisers import save, save_images
from tests.ranks import run_ranks

PROGRAM = """
import os
import dlhw.cnn.classifier, dlhw.cnn.prediction, dlhw.ocr.reading, dlhw.ocr.recognizer
dlhw.ocr.recognizer.READING_BATCH = 3
dlhw.ocr.reading.CHUNK = dlhw.cnn.prediction.CHUNK = 2
dlhw.cnn.classifier.IMAGES_AT_ONCE = 5
from dlhw.cli.app import main
main()
"""
"""Batches and chunks so small that every rank has several."""

OWN = {"seconds", "words_per_second"}
"""What no two calls share."""


COMMANDS: dict[str, tuple[str, ...]] = {
    "ocr eval": ("--checkpoint", "weights", "--data", "words", "--second-look", "--csv", "words.csv", "--methods"),
    "ocr read": ("words", "gone.png", "--checkpoint", "weights", "--second-look", "--csv", "texts.csv"),
    "cnn eval": ("--checkpoint", "network", "--data", "tiny.npz", "--predictions", "each.csv"),
    "cnn predict": ("words", "gone.png", "--checkpoint", "network", "--csv", "labels.csv"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "weights")
    write(save_images(tmp_path / "words") / "broken.png", "no image")
    networks.save(tmp_path / "network")
    np.savez(tmp_path / "tiny.npz", **arrays())
    return tmp_path


def on_ranks(size: int, folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the document, of which rank 0 alone speaks."""
    first, *others = run_ranks(PROGRAM, size, folder, *arguments, "--threads", str(size))
    assert all((one.code, one.stdout, one.stderr) == (first.code, "", "") for one in others), others
    assert first.stdout, first.stderr
    document = json.loads(first.stdout)
    return first.code, {name: value for name, value in document.items() if name not in OWN | {"threads"}}


@pytest.mark.parametrize(("command", "size"), list(zip(COMMANDS, (3, 2, 2, 3), strict=True)))
def test_ranks_print_and_write_what_one_process_does(command: str, size: int, folder: Path) -> None:
    """To the last digit, though every rank has seen but a part of the images."""
    arguments = (*command.split(), *COMMANDS[command], "--json")
    alone = on_ranks(1, folder, *arguments)
    (table,) = folder.glob("*.csv")
    written = table.read_bytes()
    table.unlink()
    assert on_ranks(size, folder, *arguments) == alone
    assert table.read_bytes() == written
    assert alone[0] == (1 if command in ("ocr read", "cnn predict") else 0), "an image could not be read"


def test_lines_are_continued_by_other_ranks(folder: Path) -> None:
    arguments = ("ocr", "read", "words", "--checkpoint", "weights", "--json", "--jsonl")
    assert on_ranks(1, folder, *arguments, "alone.jsonl")[1]["read"] == 8
    alone = (folder / "alone.jsonl").read_bytes()
    (folder / "shared.jsonl").write_bytes(alone[: alone.index(b"3.png") + 30])
    code, document = on_ranks(2, folder, *arguments, "shared.jsonl")
    assert (code, document["read"], document["skipped"], document["failed"]) == (1, 5, 3, 1)
    assert (folder / "shared.jsonl").read_bytes() == alone


def test_what_one_rank_finds_wrong_ends_all_with_one_message(folder: Path) -> None:
    ended = run_ranks(PROGRAM, 2, folder, "ocr", "read", "words", "--checkpoint", "network")
    assert [one.code for one in ended] == [1, 1]
    assert ended[0].stderr.count("error: ") == 1
    assert ended[1].stderr == ended[1].stdout == ended[0].stdout == ""
