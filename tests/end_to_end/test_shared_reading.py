"""``dlhw ocr eval``, ``ocr read``, ``cnn eval`` and ``cnn predict`` on several ranks: what one process prints."""

from __future__ import annotations

import json
import shutil
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
import dlhw.cnn.classifier, dlhw.cnn.prediction, dlhw.ocr.reading, dlhw.ocr.recognizer, dlhw.ocr.sources
import dlhw.ocr.rendering.workers, dlhw.ocr.training_dataset
dlhw.ocr.recognizer.READING_BATCH = 3
dlhw.ocr.reading.CHUNK = dlhw.cnn.prediction.CHUNK = 2
dlhw.cnn.classifier.IMAGES_AT_ONCE = 5
dlhw.ocr.sources.EXCHANGED = 2
dlhw.ocr.rendering.workers.PIECE = dlhw.ocr.rendering.workers.SMALLEST_PIECE = 4
dlhw.ocr.training_dataset.RENDERED_SIZES = {"test": 18}
rank = os.environ["RANK"]

def counting(module, name, file):
    counted = getattr(module, name)

    def call(*arguments, **options):
        with open(f"{file}-{rank}", "a") as lines:
            lines.write("one\\n")
        return counted(*arguments, **options)

    setattr(module, name, call)

counting(dlhw.ocr.sources, "load_image", "opened")
counting(dlhw.ocr.rendering.workers.RenderedWords, "example", "rendered")
from dlhw.cli.app import main
main()
"""
"""Batches and chunks so small that every rank has several. Images that are opened or rendered are counted."""

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


def test_a_rank_opens_and_renders_its_share_of_the_words_alone(folder: Path) -> None:
    """All of them hold all words then: which share a batch depends on the widths of all."""
    for source, counted, share in ((("--data", "words"), "opened", 4), ((), "rendered", 9)):
        arguments = ("ocr", "eval", "--checkpoint", "weights", *source, "--json", "--csv", f"{counted}.csv")
        alone = on_ranks(1, folder, *arguments)
        written = (folder / f"{counted}.csv").read_bytes()
        (folder / f"{counted}-0").unlink()
        assert on_ranks(2, folder, *arguments) == alone
        assert (folder / f"{counted}.csv").read_bytes() == written
        shares = [len((folder / f"{counted}-{rank}").read_text().split()) for rank in range(2)]
        assert sum(shares) == 2 * share
        assert abs(shares[0] - share) <= 1 + (counted == "rendered"), "a piece is rendered by one rank"


def test_lines_are_continued_by_other_ranks(folder: Path) -> None:
    arguments = ("ocr", "read", "words", "--checkpoint", "weights", "--json", "--jsonl")
    assert on_ranks(1, folder, *arguments, "alone.jsonl")[1]["read"] == 8
    alone = (folder / "alone.jsonl").read_bytes()
    (folder / "shared.jsonl").write_bytes(alone[: alone.index(b"3.png") + 30])
    code, document = on_ranks(2, folder, *arguments, "shared.jsonl")
    assert (code, document["read"], document["skipped"], document["failed"]) == (1, 5, 3, 1)
    assert (folder / "shared.jsonl").read_bytes() == alone


def test_a_set_of_labels_that_one_rank_sees_otherwise_is_refused(folder: Path) -> None:
    shutil.copytree(folder / "words", folder / "other" / "words")
    shutil.copy(folder / "weights", folder / "other" / "weights")
    write(folder / "other" / "words" / "labels.tsv", "0.png\tab\n")
    elsewhere = "import os\nif os.environ['RANK'] == '1':\n    os.chdir('other')\n" + PROGRAM
    first, second = run_ranks(elsewhere, 2, folder, "ocr", "eval", "--checkpoint", "weights", "--data", "words")
    assert (first.code, second.code) == (1, 1)
    assert "the ranks have different labels: rank 0 has rows 8" in first.stderr
    assert second.stderr == second.stdout == first.stdout == ""


def test_what_one_rank_finds_wrong_ends_all_with_one_message(folder: Path) -> None:
    ended = run_ranks(PROGRAM, 2, folder, "ocr", "read", "words", "--checkpoint", "network")
    assert [one.code for one in ended] == [1, 1]
    assert ended[0].stderr.count("error: ") == 1
    assert ended[1].stderr == ended[1].stdout == ended[0].stdout == ""
